// The command line on the oldest Node that it promises, on the one of the image, and on the newest:
// the real ones, from npm.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../../deploy/image/bundle.js";
import { cacheFolder } from "../../control-plane/build.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";

const root = join(import.meta.dirname, "../../..");
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly engines: { readonly node: string };
};
const architecture = process.arch === "arm64" ? "arm64" : "x64";
const name = `node-linux-${architecture}`;

function nodeOf(wanted: string): string {
  const found = execFileSync("npm", ["view", `${name}@${wanted}`, "version", "--json"], {
    encoding: "utf8",
  });
  const version = ([JSON.parse(found)] as (string | string[])[]).flat().at(-1)!;
  const folder = join(cacheFolder(), `${name}-${version}`);
  const program = join(folder, "package/bin/node");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  execFileSync("npm", ["pack", "--silent", `${name}@${version}`, "--pack-destination", folder]);
  const archive = readdirSync(folder).find((file) => file.endsWith(".tgz"))!;
  execFileSync("tar", ["-xzf", archive, "package/bin/node"], { cwd: folder });
  rmSync(join(folder, archive));
  return program;
}

controlPlaneLane("nodes", () => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "nova-pci-nodes-"));
    program = join(folder, "nova-pci.js");
    await bundle({ outfile: program, minify: true });
    execFileSync("cp", ["-r", join(root, "deploy/examples"), join(folder, "pci")]);
    execFileSync("sh", ["-c", `printf '{"type":"module"}' > ${join(folder, "package.json")}`]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const commands = [
    ["--version"],
    ["lint", "-f", "pci"],
    ["plan", "-f", "pci"],
    ["try", "-f", "pci"],
    ["status", "--help"],
    ["run", "--help"],
    ["import", "--help"],
  ];
  test.each([`${engines.node.replace(">=", "")}.0`, "24", "latest"])("Node %s", (wanted) => {
    const node = nodeOf(wanted);
    for (const args of commands) {
      const ran = spawnSync(node, [program, ...args], { cwd: folder, encoding: "utf8" });
      expect({ args, status: ran.status, stack: /^\s+at /m.test(ran.stderr) }).toEqual({
        ...{ args, status: 0, stack: false },
      });
    }
  });
});
