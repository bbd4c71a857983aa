// Installs real Nova of a release on this machine: one virtual environment with pinned packages
// serves many releases, each of which is only Nova's own files in a folder beside it. Everything is
// made once below the cache and then stays.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../openstack/install.ts";
import { prepareForPython38 } from "./oracle-old.ts";

/** Which packages a release shares, and with which Python they run. */
type Shared = {
  readonly base: string;
  readonly constraints: string;
  readonly pythons: readonly string[];
  readonly wanted: string;
};

const current: Shared = {
  base: "nova==26.3.0",
  constraints: "constraints.txt",
  pythons: ["python3.11", "python3"],
  wanted: "Python 3.11 or later with its venv module (python3)",
};

const old: Shared = {
  base: "nova==22.0.1",
  constraints: "constraints-python38.txt",
  pythons: ["python3.8"],
  wanted: "Python 3.8 (python3.8)",
};

/** Every release whose verdicts can be asked for, newest first. */
export const oracleReleases = [
  "34.0.0",
  "33.0.2",
  "32.2.1",
  "32.0.0",
  "31.3.1",
  "31.3.0",
  "31.0.0",
  "30.3.0",
  "29.4.0",
  "28.3.1",
  "27.5.1",
  "26.3.0",
  "26.2.2",
  "25.3.0",
  "24.2.1",
  "23.2.2",
  "22.0.1",
  "21.2.4",
  "20.6.1",
  "19.3.2",
  "18.3.0",
  "17.0.13",
] as const;
export type OracleRelease = (typeof oracleReleases)[number];

/** Those that every run asks. */
export const usualReleases: readonly OracleRelease[] = [
  "26.3.0",
  "29.4.0",
  "31.0.0",
  "31.3.1",
  "34.0.0",
];

export type InstalledNova = { readonly python: string; readonly path: string };

const here = dirname(fileURLToPath(import.meta.url));

function sharedBy(release: OracleRelease): Shared {
  return Number(release.split(".")[0]) >= 23 ? current : old;
}

/** What keeps this release from running here, as one line; undefined when nothing does. */
export function missingForOracle(release: OracleRelease): string | undefined {
  const shared = sharedBy(release);
  return findPython(shared) === undefined ? shared.wanted : undefined;
}

export async function installNova(release: OracleRelease): Promise<InstalledNova> {
  const shared = sharedBy(release);
  const python = findPython(shared);
  if (python === undefined) throw new Error(`nova ${release} needs ${shared.wanted}`);
  mkdirSync(cacheFolder(), { recursive: true });
  return withLock(join(cacheFolder(), "nova-oracle.lock"), () => {
    const environment = makeEnvironment(shared, python);
    const program = join(environment, "bin", "python");
    return { python: program, path: addRelease(environment, program, release) };
  });
}

function makeEnvironment(shared: Shared, python: Python): string {
  const constraints = join(here, shared.constraints);
  const key = createHash("sha256")
    .update(
      [readFileSync(constraints, "utf8"), shared.base, python.version, python.root].join("\n"),
    )
    .digest("hex");
  const folder = join(cacheFolder(), `nova-oracle-${key.slice(0, 12)}`);
  return once(folder, () => {
    // Scripts of an environment hold its absolute path, so it is made where it stays.
    run(python.program, ["-m", "venv", folder]);
    const pins = ["-r", constraints, shared.base];
    run(join(folder, "bin", "python"), [...pipInstall, ...pins]);
  });
}

function addRelease(environment: string, python: string, release: OracleRelease): string {
  const folder = join(environment, "releases", release);
  return once(folder, () => {
    const packages = [`nova==${release}`, ...(ownPackages[release] ?? [])];
    run(python, [...pipInstall, "--no-compile", "--target", folder, ...packages]);
    prepareForPython38(folder, release);
  });
}

const pipInstall = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"];

/** What a release needs in another version than all others. */
const ownPackages: Partial<Record<OracleRelease, readonly string[]>> = {
  "23.2.2": ["oslo.db==14.1.0"],
};

function once(folder: string, make: () => void): string {
  const done = join(folder, ".complete");
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  make();
  writeFileSync(done, "");
  return folder;
}

type Python = { readonly program: string; readonly version: string; readonly root: string };
const found = new Map<Shared, Python | undefined>();

function findPython(shared: Shared): Python | undefined {
  if (!found.has(shared)) found.set(shared, lookForPython(shared));
  return found.get(shared);
}

function lookForPython(shared: Shared): Python | undefined {
  const ask = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.base_prefix)";
  const all = shared === old ? [...shared.pythons, ...versionsOfPyenv("3.8")] : shared.pythons;
  for (const program of all) {
    const asked = spawnSync(program, ["-c", ask], { encoding: "utf8" });
    const [version, root] = asked.status === 0 ? asked.stdout.trim().split(" ") : [];
    if (version === undefined || root === undefined) continue;
    const minor = Number(version.split(".")[1]);
    if (shared === old ? minor === 8 : minor >= 11) return { program, version, root };
  }
  return undefined;
}

/** pyenv offers a version by name only when it is selected; where it lies is known all the same. */
function versionsOfPyenv(version: string): readonly string[] {
  const asked = spawnSync("pyenv", ["prefix", version], { encoding: "utf8" });
  return asked.status === 0 ? [join(asked.stdout.trim(), "bin", "python3")] : [];
}

function run(program: string, args: readonly string[]): void {
  const done = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26 });
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
    const owner = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    // Left behind by a process that was killed.
    if (owner > 0 && !existsSync(`/proc/${owner}`)) rmSync(file, { force: true });
    return false;
  }
}
