// The table of the keys of a device_spec: complete against the custom resource, and the one answer to
// what each key means.
import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deviceRows, deviceTag, knowsTag, tagsOf } from "../../src/nova/device/device-tags.ts";
import { emitDevice } from "../../src/nova/device/declare-device.ts";
import { specHazards } from "../../src/nova/device/entry-hazards.ts";
import { readSpecs } from "../../src/nova/device/device-spec.ts";
import { unknownHost } from "../../src/nova/terms/host.ts";
import { deviceMeaning } from "../../src/nova/device/meaning.ts";
import { loadJson, type Value } from "../../src/nova/text/python-json.ts";
import { findRelease } from "../../src/nova/terms/release.ts";

/** Fields of a device entry that say something to the operator and nothing to Nova. */
const notForNova = ["cleaning"];

function entryFields(): readonly string[] {
  const crd = load(
    readFileSync(join(import.meta.dirname, "../../crds/pciwhitelists.yaml"), "utf8"),
  ) as { spec: { versions: { schema: { openAPIV3Schema: object } }[] } };
  const at = (schema: object, path: readonly string[]): object =>
    path.reduce((inner, key) => (inner as Record<string, object>)[key]!, schema);
  const schema = crd.spec.versions[0]!.schema.openAPIV3Schema;
  const path = "properties spec properties devices items properties".split(" ");
  return Object.keys(at(schema, path));
}

test("every field of a device entry has a row, and every row a field", () => {
  const rows = deviceRows.map((row) => row.field).sort();
  expect(rows).toEqual(
    entryFields()
      .filter((field) => !notForNova.includes(field))
      .sort(),
  );
});

/** A value for each field that no other field could have written. */
const samples: Readonly<Record<string, unknown>> = {
  vendorId: "10DE",
  productId: "2330",
  address: "0:41:0.*",
  addressRegex: { bus: "4[12]$" },
  devname: "eth0",
  physicalNetwork: null,
  trusted: true,
  remoteManaged: true,
  managed: false,
  liveMigratable: true,
  oneTimeUse: true,
  resourceClass: "gpu",
  traits: ["blue", "CUSTOM_BIG"],
};

test.each(deviceRows.map((row) => [row.field, row] as const))(
  "%s is written under its key, and what was written means the same again",
  (field, row) => {
    const release = findRelease("34")!;
    const declared = { vendorId: "8086", [field]: samples[field] };
    const text = emitDevice(declared, release);
    expect(text).toContain(`"${row.key}":`);
    if (row.declare === undefined) return;
    const loaded = loadJson(text);
    expect(loaded.ok && typeof loaded.value === "object").toBe(true);
    const value = (JSON.parse(text) as Record<string, Value>)[row.key]!;
    const again = row.declare(value);
    expect("lost" in again).toBe(false);
    const back = { vendorId: "8086", [field]: (again as { value: unknown }).value };
    expect(deviceMeaning(emitDevice(back, release))).toBe(deviceMeaning(text));
    expect(tagsOf(declared)).toEqual({ [field]: samples[field] });
  },
);

function hazardsOf(value: string, release: string) {
  const nova = findRelease(release)!;
  const read = readSpecs([value], { release: nova, reportInPlacement: true, host: unknownHost });
  if (!("specs" in read)) throw new Error("refused");
  return read.specs.flatMap((spec) => specHazards(spec, nova)).map((finding) => finding.policy);
}

describe("what Nova takes and nobody means", () => {
  test.each<[string, string, readonly string[]]>([
    ['{"vendor_id":"10de","rp_uuid":"x"}', "34", ["PoolPropertyTag"]],
    ['{"vendor_id":"10de","one_time_use":"yes"}', "31.0.0", ["TagWithoutEffect"]],
    ['{"vendor_id":"10de","trusted":"yes"}', "34", ["NotBoolean"]],
    ['{"vendor_id":"10de","trusted":true}', "34", ["NotBoolean"]],
    ['{"vendor_id":"10de","trusted":"TRUE"}', "34", []],
    ['{"vendor_id":"10de","trusted":null}', "34", []],
    ['{"vendor_id":"10de","remote_managed":"maybe"}', "34", ["NotBoolean"]],
    ['{"vendor_id":"10de","device_type":"type-PF"}', "34", ["UnknownTag"]],
    ['{"vendor_id":"10de","product_id ":"2330"}', "34", ["UnknownTag"]],
    ['{"vendor":"10de"}', "34", ["MatchesEveryDevice", "UnknownTag"]],
    ['{"address":{"bus":".*","slot":"[0-9a-f]"}}', "34", ["MatchesEveryDevice", "UnanchoredRegex"]],
  ])("%s of Nova %s: %j", (value, release, policies) => {
    expect(hazardsOf(value, release)).toEqual(policies);
  });
});

test("trusted is a text: true and false in any case, and nothing else, can be declared", () => {
  const { declare } = deviceTag("trusted")!;
  const asDeclared = (value: Value) => {
    const own = declare!(value);
    return "lost" in own ? "lost" : own.value;
  };
  expect(["true", "False", "yes", "1", "on", "no", ""].map(asDeclared)).toEqual([
    ...[true, false, "lost", "lost", "lost", "lost", "lost"],
  ]);
  expect([true, false, null].map(asDeclared)).toEqual(["lost", "lost", undefined]);
});

test("a key is known from its release on", () => {
  const since = (key: string, release: string) => knowsTag(deviceTag(key)!, findRelease(release)!);
  expect([since("managed", "30"), since("managed", "31")]).toEqual([false, true]);
  expect([since("trusted", "17"), since("resource_class", "25")]).toEqual([true, false]);
});
