// Debian packages for any architecture by apt-get, whose state is a folder of its own: the machine is
// not changed, and its own sources say which Debian release it is.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ran } from "./problem.ts";

/** Fetches "name" or "name=version"; returns the files in the same order. */
export function debianPackages(
  architecture: string,
  names: readonly string[],
  into: string,
): readonly string[] {
  const apt = mkdtempSync(join(into, "apt-"));
  for (const below of ["state/lists/partial", "cache/archives/partial"])
    mkdirSync(join(apt, below), { recursive: true });
  writeFileSync(join(apt, "status"), "");
  const options = Object.entries({
    "Dir::State": join(apt, "state"),
    "Dir::Cache": join(apt, "cache"),
    "Dir::State::status": join(apt, "status"),
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  // A source that does not answer is no matter as long as the packages come.
  spawnSync("apt-get", [...options, "update"], { cwd: apt });
  return names.map((name) => {
    ran("apt-get", [...options, "download", name], apt);
    const base = name.split("=")[0] ?? name;
    return join(
      apt,
      readdirSync(apt).find((one) => one.startsWith(`${base}_`))!,
    );
  });
}
