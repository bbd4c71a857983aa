// What a machine needs to run nodes: root, namespaces, control groups, and Debian's containerd,
// runc, CNI plugins and busybox, which it installs when they are absent.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Program or file -> Debian package. */
const needed: Readonly<Record<string, string>> = {
  "/usr/bin/containerd": "containerd",
  "/usr/sbin/runc": "runc",
  "/usr/bin/busybox": "busybox-static",
  "/usr/lib/cni/bridge": "containernetworking-plugins",
  "/usr/sbin/ip": "iproute2",
  "/usr/bin/openssl": "openssl",
};

export const pluginFolder = "/usr/lib/cni";

/** Why no node can run here, in one line; undefined when nodes can run. */
export function unable(): string | undefined {
  if (process.platform !== "linux") return "nodes need Linux";
  if (process.getuid?.() !== 0) return "nodes need root";
  const tried = spawnSync(
    "unshare",
    ["--net", "--pid", "--mount", "--uts", "--fork", "--mount-proc", "true"],
    { encoding: "utf8" },
  );
  if (tried.status !== 0) return `no private namespaces: ${tried.stderr.trim() || "unshare fails"}`;
  const missing = missingPackages();
  if (missing.length > 0 && !existsSync("/usr/bin/apt-get"))
    return `missing ${missing.join(", ")}, and no apt-get to install them`;
  return refusedControlGroup() ?? refusedOverlay();
}

function refusedControlGroup(): string | undefined {
  for (const hierarchy of hierarchies()) {
    const probe = join(hierarchy, `nova-pci-probe-${process.pid}`);
    const made = spawnSync("mkdir", [probe], { encoding: "utf8" });
    if (made.status !== 0) return `no control groups: ${made.stderr.trim()}`;
    rmdirSync(probe);
  }
  return hierarchies().length === 0 ? "no control groups below /sys/fs/cgroup" : undefined;
}

/** The folders in which a control group of ours must exist: one on v2, one per controller on v1. */
export function hierarchies(): readonly string[] {
  const top = "/sys/fs/cgroup";
  if (existsSync(join(top, "cgroup.controllers"))) return [top];
  const below = existsSync(top) ? readdirSync(top, { withFileTypes: true }) : [];
  return below.filter((entry) => entry.isDirectory()).map((entry) => join(top, entry.name));
}

function refusedOverlay(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-overlay-"));
  const script = `mkdir l u w m && mount -t overlay -o lowerdir=l,upperdir=u,workdir=w overlay m`;
  const tried = spawnSync("unshare", ["--mount", "sh", "-ec", script], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true, force: true });
  return tried.status === 0 ? undefined : `no overlay file system: ${tried.stderr.trim()}`;
}

function missingPackages(): readonly string[] {
  return Object.entries(needed)
    .filter(([file]) => !existsSync(file))
    .map(([, name]) => name);
}

/** Installs what is missing; starts nothing (Debian would start containerd). */
export function installPackages(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    apt(["update", "-qq"]);
    apt(["install", "-y", "-qq", "--no-install-recommends", ...missing]);
  } finally {
    if (ours) rmSync(policy);
  }
}

function apt(args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const done = spawnSync("apt-get", args, { env, encoding: "utf8" });
  if (done.status !== 0)
    throw new Error(`apt-get ${args[0] ?? ""} failed: ${done.stderr.trim().slice(-1000)}`);
}
