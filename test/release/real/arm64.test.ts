// The image for arm64 on a machine that is none: its files alone, run by QEMU's user emulation from
// Debian, which is installed where it is missing.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bundle } from "../../../deploy/image/bundle.js";
import { bytesOf, contents } from "../../../deploy/image/contents.ts";
import { runtimeFor } from "../../../deploy/release/pins.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";

const root = join(import.meta.dirname, "../../..");
const emulator = "/usr/bin/qemu-aarch64-static";
const { flags, environment } = JSON.parse(
  readFileSync(join(root, "deploy/image/command.json"), "utf8"),
) as { readonly flags: readonly string[]; readonly environment: Readonly<Record<string, string>> };

function installEmulator(): void {
  if (existsSync(emulator)) return;
  const install = ["install", "-y", "-qq", "--no-install-recommends", "qemu-user-static"];
  for (const args of [["update", "-qq"], install]) {
    const { status, stderr } = spawnSync("apt-get", args, {
      encoding: "utf8",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (status !== 0) throw new Error(`apt-get ${args[0]!}: ${stderr.slice(-1000)}`);
  }
}

controlPlaneLane("the image for arm64", () => {
  let image: string;
  beforeAll(async () => {
    installEmulator();
    image = mkdtempSync(join(tmpdir(), "nova-pci-arm64-"));
    const program = join(image, "bundle.js");
    await bundle({ outfile: program, minify: true });
    for (const [path, entry] of contents(runtimeFor("arm64"), program, "0.9.0-test.3")) {
      mkdirSync(dirname(join(image, path)), { recursive: true });
      writeFileSync(join(image, path), bytesOf(entry), { mode: entry.mode });
    }
  });
  afterAll(() => rmSync(image, { recursive: true, force: true }));

  const run = (...words: readonly string[]) => {
    const command = [join(image, "bin/node"), ...flags, join(image, "app/nova-pci.js"), ...words];
    const { status, stdout, stderr } = spawnSync(emulator, ["-L", image, ...command], {
      encoding: "utf8",
      env: { NODE_ENV: "production", ...environment },
    });
    return { status, stdout, stderr };
  };

  test("it judges files", () => {
    // Not the whole example: emulated, each second takes twenty.
    const judged = run("lint", "-f", join(root, "deploy/examples/03-whitelists.yaml"));
    expect(judged.status).toBe(0);
    expect(judged.stdout).toContain("0 errors");
  });
});
