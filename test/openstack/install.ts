// Installs Keystone, Placement and Nova on this machine: each pinned release from PyPI into a
// virtual environment of its own below the cache, once, and RabbitMQ and MariaDB from Debian when
// they are missing. Run it alone to fill the cache: node test/openstack/install.ts
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Keystone and Placement live in the first one's environment and serve all. */
const releases = ["34.0.0", "32.2.1", "31.3.1"] as const;
export type Release = (typeof releases)[number];
const identityRelease: Release = "34.0.0";

export type Installed = {
  /** Folder of the virtual environment with this Nova. */
  readonly nova: string;
  /** Folder of the virtual environment with Keystone and Placement. */
  readonly identity: string;
  /** Where the interpreter and its library live: a container needs it beside the environment. */
  readonly pythonRoot: string;
};

const here = dirname(fileURLToPath(import.meta.url));

export function cacheFolder(): string {
  return process.env["NOVA_PCI_CACHE"] ?? join(homedir(), ".cache", "nova-pci-operator");
}

/** What keeps the real thing from running here, as one line; undefined when nothing does. */
export function missingHere(): string | undefined {
  if (pythonFacts() === undefined) return "Python 3.11 or later with its venv module (python3)";
  const servers = missingServers();
  if (servers.length > 0 && !canInstallServers())
    return `${servers.join(" and ")} (apt-get install ${servers.join(" ")})`;
  return undefined;
}

export async function install(release: Release): Promise<Installed> {
  const missing = missingHere();
  if (missing !== undefined) throw new Error(`OpenStack cannot be installed: missing ${missing}`);
  mkdirSync(cacheFolder(), { recursive: true });
  return withLock(join(cacheFolder(), "openstack.lock"), () => {
    installServers();
    const nova = environment(release);
    const identity = release === identityRelease ? nova : environment(identityRelease);
    return { nova, identity, pythonRoot: pythonFacts()!.root };
  });
}

function environment(release: Release): string {
  const freeze = join(here, "freeze", `nova-${release}.txt`);
  const text = readFileSync(freeze, "utf8");
  const { version, root } = pythonFacts()!;
  const key = createHash("sha256").update(`${text}\n${version}\n${root}`).digest("hex");
  const folder = join(cacheFolder(), `openstack-${release}-${key.slice(0, 12)}`);
  const done = join(folder, ".complete");
  if (existsSync(done)) return folder;
  // Scripts of an environment hold its absolute path, so it is made where it stays.
  rmSync(folder, { recursive: true, force: true });
  run("python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"];
  run(join(folder, "bin/python"), [...pip, "-r", freeze]);
  writeFileSync(done, "");
  return folder;
}

type PythonFacts = { readonly version: string; readonly root: string };
let facts: PythonFacts | undefined;

function pythonFacts(): PythonFacts | undefined {
  if (facts !== undefined) return facts;
  const ask = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.base_prefix)";
  const asked = spawnSync("python3", ["-c", ask], { encoding: "utf8" });
  const [version, root] = asked.status === 0 ? asked.stdout.trim().split(" ") : [];
  if (version === undefined || root === undefined) return undefined;
  if (Number(version.split(".")[1]) < 11) return undefined;
  return (facts = { version, root });
}

/** RabbitMQ is started below its wrapper, which would change the user. */
export const rabbitProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server";

function missingServers(): readonly string[] {
  const missing: string[] = [];
  if (!existsSync(rabbitProgram)) missing.push("rabbitmq-server");
  if (!existsSync("/usr/sbin/mariadbd")) missing.push("mariadb-server");
  return missing;
}

function canInstallServers(): boolean {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

function installServers(): void {
  const missing = missingServers();
  if (missing.length === 0) return;
  // Debian starts a server when it installs it, unless this file says no.
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    run("apt-get", ["update", "-qq"]);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], env);
  } finally {
    if (ours) rmSync(policy);
  }
}

function run(program: string, args: readonly string[], env = process.env): void {
  const done = spawnSync(program, args, { encoding: "utf8", env, maxBuffer: 1 << 26 });
  if (done.status === 0) return;
  const said = `${done.stdout}\n${done.stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`${program} ${args.join(" ")} failed:\n${said}`);
}

/** Test files run in several processes; one of them installs, the others wait. */
async function withLock<T>(file: string, work: () => T): Promise<T> {
  while (!take(file)) await pause(500);
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    const owner = Number(existsSync(file) ? readFileSync(file, "utf8") : "0");
    // Left behind by a process that was killed.
    if (owner > 0 && !existsSync(`/proc/${owner}`)) rmSync(file, { force: true });
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const release of releases) {
    const { nova } = await install(release);
    process.stdout.write(`nova ${release}: ${nova}\n`);
  }
