// Module files of older Kubernetes releases: those of the usual run are checked in, any other is
// resolved through the Go module proxy once and kept in the cache.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const olderFolder = join(import.meta.dirname, "binaries/old");

/** What `npm test` runs besides the newest: the oldest that is served, and the last before 1.36. */
export const olderReleases = ["1.28.15", "1.35.4"] as const;

export function moduleFileOf(release: string, cache: string): string {
  const checkedIn = join(olderFolder, `${release}.mod`);
  if (existsSync(checkedIn)) return checkedIn;
  const resolved = join(cache, "module-files", `${release}.mod`);
  if (!existsSync(resolved)) resolve(release, resolved);
  return resolved;
}

/** "1.31" is its newest patch release of which every module can be had. */
export function wholeRelease(asked: string, cache: string, say: (line: string) => void): string {
  if (!/^1\.\d+$/.test(asked)) return asked;
  const found = go(tmpdir(), ["list", "-m", "-json", `k8s.io/kubernetes@v${asked}`]);
  const newest = (JSON.parse(found) as { readonly Version: string }).Version.replace(/^v/, "");
  return newestOf(newest, (release) => void moduleFileOf(release, cache), say);
}

/** A proxy may know a release and lack a module of it: then the one before it, and it is said. */
export function newestOf(
  newest: string,
  resolved: (release: string) => void,
  say: (line: string) => void,
): string {
  const [, minor = "", patch = "0"] = /^(1\.\d+)\.(\d+)$/.exec(newest) ?? [];
  let first: unknown;
  for (let at = Number(patch); at >= 0; at--) {
    const release = `${minor}.${at}`;
    try {
      resolved(release);
      if (release !== newest)
        say(`Kubernetes ${newest} lacks modules here: ${release} is the newest that has them all`);
      return release;
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** As Kubernetes' own go.mod says it, with its staging folders as the modules they are published as. */
function resolve(release: string, file: string): void {
  if (!/^1\.\d+\.\d+$/.test(release))
    throw new Error(`${release} is not a release: write 1.31 or 1.31.13`);
  const work = mkdtempSync(join(tmpdir(), "nova-pci-modules-"));
  try {
    copyFileSync(join(olderFolder, "main.go"), join(work, "main.go"));
    const found = go(work, ["mod", "download", "-json", `k8s.io/kubernetes@v${release}`]);
    const { GoMod } = JSON.parse(found) as { readonly GoMod: string };
    writeFileSync(join(work, "go.mod"), moduleText(release, readFileSync(GoMod, "utf8")));
    go(work, ["mod", "tidy"]);
    mkdirSync(join(file, ".."), { recursive: true });
    renameAcross(join(work, "go.sum"), file.replace(/\.mod$/, ".sum"));
    renameAcross(join(work, "go.mod"), file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function moduleText(release: string, upstream: string): string {
  const staged = `v0.${release.replace(/^1\./, "")}`;
  const names = [...upstream.matchAll(/^\s*(?:replace )?(k8s\.io\/\S+) => \.\/staging/gm)].map(
    (match) => match[1]!,
  );
  return [
    "module controlplane",
    "go 1.26.0",
    `require k8s.io/kubernetes v${release}`,
    `require k8s.io/component-base ${staged}`,
    ...names.map((name) => `replace ${name} => ${name} ${staged}`),
    "",
  ].join("\n");
}

function go(cwd: string, args: readonly string[]): string {
  const done = spawnSync("go", [...args], { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`go ${args.join(" ")} failed:\n${done.stderr}`);
  return done.stdout;
}

/** Whole or not at all, from another file system too. */
function renameAcross(from: string, to: string): void {
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}
