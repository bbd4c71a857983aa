// The pre-commit hook and the action run commands that exist, and fail when lint does.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { command } from "../../src/cli/lint/lint.ts";
import { processIo } from "../../src/cli/terminal/io.ts";

test("the hook is lint of a folder", async () => {
  const [hook] = load(readFileSync(".pre-commit-hooks.yaml", "utf8")) as readonly {
    readonly entry: string;
    readonly args: readonly string[];
  }[];
  expect(hook?.entry).toBe("nova-pci lint");
  const args = (hook?.args ?? []).map((arg) => (arg === "." ? "deploy/examples" : arg));
  expect(await command.run(args, { ...processIo, stdout: () => undefined })).toBe(0);
});

type Action = { readonly runs: { readonly steps: readonly { readonly run: string }[] } };

test.each([
  ["deploy/examples", 0],
  ["broken.yaml", 1],
])("the action on %s ends with %i and writes SARIF", (path, exit) => {
  const action = load(readFileSync("action.yml", "utf8")) as Action;
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-action-"));
  const broken = "apiVersion: pci.openstack.org/v1alpha1\nkind: PciAlais\nmetadata: { name: a }\n";
  writeFileSync(join(folder, "broken.yaml"), broken);
  const sarif = join(folder, "out.sarif");
  const { status } = spawnSync("bash", ["-e", "-c", action.runs.steps[1]!.run], {
    encoding: "utf8",
    env: {
      ...process.env,
      NODE_NO_WARNINGS: "1",
      NOVA_PCI: "src/main.ts",
      LINT_PATH: path === "broken.yaml" ? join(folder, path) : path,
      LINT_FAIL_ON: "error",
      LINT_SARIF: sarif,
    },
  });
  expect(status).toBe(exit);
  const log = JSON.parse(readFileSync(sarif, "utf8")) as { readonly version: string };
  expect(log.version).toBe("2.1.0");
});
