// Alias and device of the same files that do not fit: Nova starts with them, and no server with the
// alias ever does. check and import say so, each in the words of what it reads or writes.

import { expect, test } from "@jest/globals";
import { command as check } from "../../src/cli/check.ts";
import { command as importing } from "../../src/cli/import.ts";
import { runCommand } from "./texts-io.ts";

const conf = (device: object, alias: object, inPlacement = true): string =>
  [
    "[pci]",
    `device_spec = ${JSON.stringify({ vendor_id: "10de", product_id: "20b2", ...device })}`,
    `alias = ${JSON.stringify({ name: "g", vendor_id: "10de", product_id: "20b2", device_type: "type-PF", ...alias })}`,
    ...(inPlacement
      ? ["report_in_placement = true", "[filter_scheduler]", "pci_in_placement = true"]
      : []),
    "",
  ].join("\n");

/** `said` of both commands; without it neither says anything. */
const cases: readonly (readonly [string, string, RegExp | undefined])[] = [
  [
    "a class on the device alone",
    conf({ resource_class: "B" }, {}),
    /asks Placement for CUSTOM_PCI_10DE_20B2, 10de:20b2 offers CUSTOM_B/,
  ],
  [
    "another class",
    conf({ resource_class: "gpu-a100" }, { resource_class: "CUSTOM_B" }),
    /offers CUSTOM_GPU_A100/,
  ],
  [
    "the same class, spelt otherwise",
    conf({ resource_class: "gpu-a100" }, { resource_class: "Gpu_A100" }),
    undefined,
  ],
  [
    "a blank in the traits of the device",
    conf({ traits: "big, blue" }, { traits: "big,blue" }),
    /requires CUSTOM_BLUE/,
  ],
  ["a trait more on the device", conf({ traits: "big,blue" }, { traits: "CUSTOM_BIG" }), undefined],
  ["a trait in lower case", conf({ traits: "custom_big" }, { traits: "CUSTOM_BIG" }), undefined],
  ["a physical network", conf({ physical_network: "p" }, {}), /no server can get alias "g"/],
  ["a physical network that is null", conf({ physical_network: null }, {}), undefined],
  ["other classes, without Placement", conf({}, {}, false), undefined],
];

test.each(cases)("%s", async (_, text, said) => {
  const files = { "nova.conf": text };
  const args = ["--release", "33", "--service", "nova-compute", "nova.conf"];
  const checked = await runCommand(check, args, files);
  expect(checked.exit).toBe(said === undefined ? 0 : 1);
  const imported = await runCommand(importing, ["--release", "33", "nova.conf"], files);
  expect(imported.exit).toBe(said === undefined ? 0 : 1);
  if (said === undefined) {
    expect(checked.stdout + imported.stderr).not.toContain("no server can get");
    return;
  }
  expect(checked.stdout).toMatch(/^nova\.conf:3: error: no server can get alias "g"/m);
  expect(checked.stdout).toMatch(said);
  expect(checked.stdout).not.toContain("resourceClass");
  expect(imported.stderr).toMatch(said);
});

test("other ids: on other nodes, of which import must know", async () => {
  const files = { "nova.conf": conf({ product_id: "20b5" }, {}) };
  const args = ["--release", "33", "--service", "nova-compute", "nova.conf"];
  expect((await runCommand(check, args, files)).exit).toBe(0);
  const imported = await runCommand(importing, ["--release", "33", "nova.conf"], files);
  expect([imported.exit, imported.stderr]).toEqual([
    1,
    expect.stringContaining('offers what alias "g" asks for (10de:20b2)'),
  ]);
});

test("the computes of other nodes serve it", async () => {
  const files = {
    "a.conf": conf({ resource_class: "B" }, {}),
    "b.conf": conf({}, {}),
  };
  const services = Object.keys(files).flatMap((key) => ["--service", "nova-compute", key]);
  const checked = await runCommand(check, ["--release", "33", ...services], files);
  expect([checked.exit, checked.stdout]).toEqual([
    0,
    expect.not.stringContaining("no server can get"),
  ]);
});
