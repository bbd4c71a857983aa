// What is shipped, tried on real API servers of any Kubernetes release, which are built from Go modules
// when they are asked for: npm run test:kubernetes -- --release 1.31 [--release 1.33.13]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder, controlPlaneBinaries } from "./build.ts";
import { wholeRelease } from "./older.ts";
import { recordProved } from "./proved.ts";

const root = join(import.meta.dirname, "../..");
const args = process.argv.slice(2);
const asked = args.filter((_one, index) => args[index - 1] === "--release");

if (asked.length === 0 || args.length !== 2 * asked.length) {
  process.stderr.write(
    "usage: npm run test:kubernetes -- --release 1.31 [--release 1.33.13 ...]\n",
  );
  process.exit(2);
}
const say = (line: string): void => void process.stderr.write(`control plane: ${line}\n`);
const releases = asked.map((text) => wholeRelease(text, cacheFolder(), say));
for (const release of releases) await controlPlaneBinaries(release);
const folder = mkdtempSync(join(tmpdir(), "nova-pci-jest-"));
const resultFile = join(folder, "result.json");
const { status } = spawnSync(
  process.execPath,
  [
    ...["--experimental-vm-modules", "--no-warnings", join(root, "node_modules/jest/bin/jest.js")],
    ...["--maxWorkers=1", "--testPathPatterns=test/control-plane/older-releases"],
    ...["--json", `--outputFile=${resultFile}`],
  ],
  {
    cwd: root,
    // What --json says besides is in the file.
    stdio: ["inherit", "ignore", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "", NOVA_PCI_KUBERNETES: releases.join(",") },
  },
);
if (existsSync(resultFile)) recordProved(resultFile);
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
