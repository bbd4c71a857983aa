// A rendered chart beside our objects: what `helm template` prints is taken as it is.

import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { processIo } from "../../src/cli/terminal/io.ts";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { command as plan } from "../../src/cli/plan/plan.ts";
import { command as tryCommand } from "../../src/cli/try.ts";
import { runCommand } from "./texts-io.ts";

const folder = "test/cli/charts";

async function run(command: typeof lint): Promise<readonly [number, string]> {
  let text = "";
  const keep = (part: string): void => void (text += part);
  const io = { ...processIo, stdout: keep, stderr: keep };
  return [await command.run(["-f", folder], io), text];
}

test("try converges, and before it every pod really is Ready", async () => {
  const [exit, text] = await run(tryCommand);
  expect(text).toMatch(/before +1 nodes: c1; every pod is Ready/);
  expect(text).toContain("after 2 restarts");
  expect(text).toMatch(/nova +True +Live/);
  expect(exit).toBe(0);
});

test("plan counts its restarts", async () => {
  const [exit, text] = await run(plan);
  expect(text).toContain("2 restarts: nova-api 1, nova-compute 1 on 1 of 1 nodes.");
  expect(exit).toBe(0);
});

test("lint finds nothing", async () => {
  expect(await run(lint)).toEqual([
    0,
    "0 errors, 0 warnings, 0 notes\n2 documents of other kinds ignored\n",
  ]);
});

test("an alias that the chart's own nova.conf defines otherwise is refused", async () => {
  const text = readFileSync(`${folder}/nova.yaml`, "utf8").replace(
    "debug = false",
    'debug = false\n    [pci]\n    alias = {"name":"gpu","vendor_id":"8086","product_id":"154d","device_type":"type-PF"}',
  );
  const files = { "c/a.yaml": text, "c/b.yaml": readFileSync(`${folder}/objects.yaml`, "utf8") };
  const ran = await runCommand(lint, ["-f", "c"], files);
  expect([ran.exit, ran.stdout]).toEqual([1, expect.stringContaining("[BaseConflict]")]);
});
