// The programs of a control plane: etcd and Kubernetes are built from pinned Go modules when they are
// missing, once, into the cache below a key of their sources. Knows no test and starts nothing. Run
// it alone to fill the cache: node test/control-plane/build.ts [RELEASE ...]
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { withLock } from "./lock.ts";
import { moduleFileOf, olderFolder } from "./older.ts";

export const kubernetesVersion = "1.36.3";
const etcdVersion = "3.7.3";

/** What a folder of binaries must hold for a control plane. */
const needed = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] as const;
const names = [...needed, "kube-scheduler", "kubelet"] as const;

const older = ["kube-apiserver", "kube-controller-manager"] as const;

type Source = {
  readonly program: string;
  readonly version: string;
  readonly folder: string;
  readonly duration: string;
  readonly linkFlags: readonly string[];
  /** Module file in place of the folder's go.mod. */
  readonly moduleFile?: string;
};

const etcd: Source = {
  program: "etcd",
  version: etcdVersion,
  folder: join(import.meta.dirname, "binaries/etcd"),
  duration: "about a minute",
  linkFlags: ["-s", "-w"],
};
const kubernetes: Source = {
  program: "kubernetes",
  version: kubernetesVersion,
  folder: join(import.meta.dirname, "binaries"),
  duration: "5 to 8 minutes on 2 cores",
  linkFlags: linkFlagsOf(kubernetesVersion),
};

function linkFlagsOf(release: string): readonly string[] {
  const [major = "", minor = ""] = release.split(".");
  return [
    ...["-s", "-w"],
    ...[
      "k8s.io/component-base/version.gitVersion=v",
      "k8s.io/client-go/pkg/version.gitVersion=v",
    ].map((name) => `-X ${name}${release}`),
    `-X k8s.io/component-base/version.gitMajor=${major}`,
    `-X k8s.io/component-base/version.gitMinor=${minor}`,
  ];
}

/** kube-apiserver and kube-controller-manager of an older release. */
function olderSource(release: string): Source {
  return {
    program: "kubernetes",
    version: release,
    folder: olderFolder,
    duration: "3 to 5 minutes on 2 cores",
    linkFlags: linkFlagsOf(release),
    moduleFile: moduleFileOf(release, cacheFolder()),
  };
}

/** What keeps a control plane from running here, as one line; undefined when nothing does. */
export function missingForControlPlane(
  sources: readonly Source[] = [etcd, kubernetes],
): string | undefined {
  if (spawnSync("openssl", ["version"]).status !== 0) return "openssl (for test certificates)";
  if (sources.includes(kubernetes) && assets() !== undefined) return undefined;
  if (sources.every((source) => existsSync(fileOf(source)))) return undefined;
  return goIsThere() ? undefined : "Go 1.26 (go on PATH), or KUBEBUILDER_ASSETS with the binaries";
}

/** The folder that holds the programs under their usual names; builds them when they are missing. */
export async function controlPlaneBinaries(release = kubernetesVersion): Promise<string> {
  if (release !== kubernetesVersion) return olderBinaries(release);
  const given = assets();
  if (given !== undefined) return given;
  const bin = join(cacheFolder(), `control-plane-${keyOf(etcd, kubernetes)}`);
  return madeOnce(bin, [etcd, kubernetes], () => {
    const file = (name: string) => fileOf(name === "etcd" ? etcd : kubernetes);
    return names.map((name) => [name, file(name)]);
  });
}

/** Of an older release only what its API needs: kubectl and etcd are those of the newest. */
async function olderBinaries(release: string): Promise<string> {
  const newest = await controlPlaneBinaries();
  const source = olderSource(release);
  const bin = join(cacheFolder(), `control-plane-${release}-${keyOf(source)}`);
  return madeOnce(bin, [source], () => [
    ...older.map((name) => [name, fileOf(source)] as const),
    ...(["etcd", "kubectl"] as const).map((name) => [name, join(newest, name)] as const),
  ]);
}

type Links = readonly (readonly [name: string, target: string])[];

async function madeOnce(
  bin: string,
  sources: readonly Source[],
  links: () => Links,
): Promise<string> {
  mkdirSync(cacheFolder(), { recursive: true });
  const complete = () => [...sources.map(fileOf), bin].every((path) => existsSync(path));
  if (complete()) return bin;
  return withLock(join(cacheFolder(), "control-plane.lock"), async () => {
    if (complete()) return bin;
    const missing = missingForControlPlane(sources);
    if (missing !== undefined) throw new Error(`no control plane can be built: missing ${missing}`);
    for (const source of sources) await build(source);
    link(bin, links());
    return bin;
  });
}

export function cacheFolder(): string {
  return process.env["NOVA_PCI_CACHE"] ?? join(homedir(), ".cache", "nova-pci-operator");
}

let toldAboutAssets = false;

function assets(): string | undefined {
  const folder = process.env["KUBEBUILDER_ASSETS"];
  if (folder === undefined || folder === "") return undefined;
  const lacks = needed.filter((name) => !existsSync(join(folder, name)));
  if (lacks.length === 0) return folder;
  if (!toldAboutAssets) say(`KUBEBUILDER_ASSETS=${folder} lacks ${lacks.join(", ")}: not used`);
  toldAboutAssets = true;
  return undefined;
}

function goIsThere(): boolean {
  const asked = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8" });
  if (asked.status !== 0) return false;
  return Number(/^go1\.(\d+)/.exec(asked.stdout)?.[1] ?? 0) >= 26;
}

function keyOf(...sources: readonly Source[]): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const { folder, linkFlags, moduleFile } of sources) {
    hash.update(linkFlags.join(" "));
    for (const file of [moduleFile ?? join(folder, "go.mod"), join(folder, "main.go")])
      hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}

function folderOf(source: Source): string {
  return join(cacheFolder(), `${source.program}-${source.version}-${keyOf(source)}`);
}

function fileOf(source: Source): string {
  return join(folderOf(source), source.program);
}

async function build(source: Source): Promise<void> {
  if (existsSync(fileOf(source))) return;
  const { program, version } = source;
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  say(`building ${program} ${version} from Go modules (once, ${source.duration})`);
  const progress = setInterval(() => say(`still building ${program}: ${seconds()} s`), 60_000);
  const temporary = mkdtempSync(join(cacheFolder(), `${program}-building-`));
  try {
    await goBuild(source, join(temporary, program));
    rmSync(folderOf(source), { recursive: true, force: true });
    renameSync(temporary, folderOf(source));
    say(`built ${program} ${version} in ${seconds()} s`);
  } finally {
    clearInterval(progress);
    rmSync(temporary, { recursive: true, force: true });
  }
}

function goBuild(source: Source, output: string): Promise<void> {
  const modules = source.moduleFile === undefined ? [] : [`-modfile=${source.moduleFile}`];
  const flags = ["-trimpath", ...modules, "-ldflags", source.linkFlags.join(" "), "-o", output];
  const args = ["build", ...flags, "."];
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false" };
  return new Promise((resolve, reject) => {
    const child = spawn("go", args, { cwd: source.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let words = "";
    const keep = (chunk: Buffer) => (words = (words + chunk.toString()).slice(-4000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`go build of ${source.program} failed:\n${words}`)),
    );
  });
}

/** Symbolic links give the multi-call binary its names. */
function link(bin: string, links: Links): void {
  const temporary = mkdtempSync(join(cacheFolder(), "control-plane-building-"));
  for (const [name, target] of links) symlinkSync(target, join(temporary, name));
  rmSync(bin, { recursive: true, force: true });
  renameSync(temporary, bin);
}

function say(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const asked = process.argv.slice(2);
  for (const release of asked.length === 0 ? [kubernetesVersion] : asked)
    process.stdout.write(`${await controlPlaneBinaries(release)}\n`);
}
