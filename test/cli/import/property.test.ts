// 1,000 generated configurations over five releases: with exit code 0 what is printed passes on the
// way that an operator's files go and every device gets the same tags as before; everything else is
// said and ends with 1.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readYaml } from "../../../src/api/read-yaml.ts";
import { command } from "../../../src/cli/import.ts";
import { firstLook } from "../../../src/cli/played/offline.ts";
import { readSpecs } from "../../../src/nova/device/device-spec.ts";
import { unknownHost } from "../../../src/nova/terms/host.ts";
import { matcherOf } from "../../../src/nova/device/match.ts";
import { entryMeaning } from "../../../src/nova/device/meaning.ts";
import { readConf } from "../../../src/nova/conf/oslo-conf.ts";
import { deviceTag } from "../../../src/nova/device/device-tags.ts";
import { findRelease } from "../../../src/nova/terms/release.ts";
import { outcome } from "../../../src/plan/outcome.ts";
import { runCommand } from "../texts-io.ts";

const releases = ["25.3.0", "27.5.1", "29.4.0", "31.3.1", "34.0.0"];

const ids = fc.constantFrom("8086", "10de", "10DE", "0x8086", "*");
const address = fc.constantFrom<unknown>(
  ...["0000:3b:00.0", "*:3b:00.*", "*:*:00.0", "0000:3b:*.*", "3b:00.1"],
  ...[{ bus: "3[ab]$" }, { slot: "00", function: "[01]$" }],
);
/** Mostly what people mean; now and then what Nova takes for something else, or refuses. */
const flag = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom<unknown>("true", "false", "True") },
  { weight: 1, arbitrary: fc.constantFrom<unknown>("yes", "no", true, "maybe", null) },
);
const rare = <T>(value: T) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(value) },
  );
const spec = fc
  .record(
    {
      vendor_id: ids,
      product_id: fc.constantFrom("1592", "154c", "2330"),
      address,
      physical_network: fc.constantFrom("p1", "p2", null),
      trusted: flag,
      remote_managed: flag,
      managed: flag,
      live_migratable: flag,
      resource_class: fc.constantFrom("gpu", " my gpu "),
      traits: fc.constantFrom("blue", "blue, big"),
      name: rare("x"),
      dev_type: rare("type-PCI"),
    },
    { requiredKeys: [] },
  )
  .filter((device) => device.product_id === undefined || (device.vendor_id ?? "*") !== "*")
  .filter((device) => (device.vendor_id ?? "*") !== "*" || device.address !== undefined);
const configuration = fc.record({
  release: fc.constantFrom(...releases),
  specs: fc.array(fc.oneof(spec, fc.array(spec, { maxLength: 2 })), {
    minLength: 1,
    maxLength: 3,
  }),
});

const devices = ["8086", "10de"].flatMap((vendorId) =>
  ["1592", "154c", "2330"].flatMap((productId) =>
    ["0000:3b:00.0", "0000:3b:00.1", "0000:3a:00.0", "0000:3b:02.0", "0001:41:00.0"].map((at) => ({
      vendorId,
      productId,
      address: at,
      cardSerial: "s",
    })),
  ),
);

/** For each device what the spec that takes it says, without what selects and what is no tag. */
function takenWith(values: readonly string[], version: string): readonly string[] {
  const release = findRelease(version)!;
  const read = readSpecs(values, { release, reportInPlacement: false, host: unknownHost });
  if (!("specs" in read)) throw new Error(JSON.stringify(read));
  const match = matcherOf(read.specs, unknownHost);
  return devices.map((device) => {
    const hit = match(device);
    if (typeof hit !== "number") return "nobody";
    const tags = [...read.specs[hit]!.tags].filter(([key]) => {
      const row = deviceTag(key);
      return row !== undefined && (row.since?.has(release) ?? true);
    });
    return entryMeaning({ type: "dict", entries: new Map(tags) });
  });
}

test("equal meaning, or left out and exit code 1", async () => {
  let fine = 0;
  await fc.assert(
    fc.asyncProperty(configuration, async ({ release, specs }) => {
      const option = release.startsWith("25") ? "passthrough_whitelist" : "device_spec";
      const lines = specs.map((item) => `${option} = ${JSON.stringify(item)}\n`);
      const text = `[pci]\n${lines.join("")}`;
      const args = ["nova.conf", "--release", release];
      const ran = await runCommand(command, args, { "nova.conf": text });
      if (ran.exit !== 0) {
        expect(ran.exit).toBe(1);
        expect(ran.stdout + ran.stderr).toMatch(/LEFT OUT: |no \[pci\] option/);
        return;
      }
      fine += 1;
      const { objects, problems } = readYaml("out.yaml", ran.stdout);
      const found = outcome(await firstLook({ namespace: "openstack", objects: objects }));
      expect([problems, found.verdicts.flatMap((verdict) => verdict.rejections)]).toEqual([[], []]);
      const fragment = found.computes[0]?.fragment.text ?? "";
      const written = readConf([{ name: "f", text: fragment }])
        .multi([{ section: "pci", option }])
        .map((confValue) => confValue.value);
      const before = specs.map((item) => JSON.stringify(item));
      expect(takenWith(written, release)).toEqual(takenWith(before, release));
    }),
    { numRuns: 1000, seed: 20261127 },
  );
  expect(fine).toBeGreaterThan(100);
}, 300_000);
