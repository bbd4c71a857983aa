// promtool, which judges rules of Prometheus: out of Debian's package, unpacked once into the cache.
// Nothing is installed on the machine.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { debianPackages } from "../../deploy/release/apt.ts";
import { ran } from "../../deploy/release/problem.ts";
import { cacheFolder } from "./build.ts";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Why it cannot be had here; undefined = it can. */
export function missingForPromtool(): string | undefined {
  if (existsSync(program())) return undefined;
  if (architectures[process.arch] === undefined) return `a Debian package for ${process.arch}`;
  for (const tool of ["apt-get", "dpkg-deb"])
    if (spawnSync(tool, ["--version"]).status !== 0) return tool;
  return undefined;
}

function program(): string {
  return join(cacheFolder(), `promtool-${process.arch}`, "usr/bin/promtool");
}

/** Path of the program. */
export function promtool(): string {
  if (existsSync(program())) return program();
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), "promtool-"));
  try {
    const [file] = debianPackages(architectures[process.arch]!, ["prometheus"], work);
    ran("dpkg-deb", ["-x", file!, join(work, "tree")], work);
    renameSync(join(work, "tree"), join(cacheFolder(), `promtool-${process.arch}`));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program();
}
