// JSON Schemas for editors and pipelines: made from the CRDs as they are, and they judge the examples
// and the usual mistakes as the API server would.
import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Ajv } from "ajv";
import { loadAll } from "js-yaml";
import { allSchemas } from "../../crds/generate-schemas.js";
import { isMoment } from "../../src/api/moments.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "crds/schemas");
const examples = readdirSync(join(root, "deploy/examples"), { recursive: true })
  .map((file) => join(root, "deploy/examples", String(file)))
  .filter((path) => path.endsWith(".yaml"));

const all = JSON.parse(readFileSync(join(folder, "all.json"), "utf8"));
const formats = { int32: true, int64: true, "date-time": isMoment } as const;
const ajv = new Ajv({ strict: false, allErrors: true, formats });
const valid = ajv.compile(all);

test("they are what `npm run types` makes of the CRDs", () => {
  const made = allSchemas();
  expect(readdirSync(folder).sort()).toEqual([...made.keys()].sort());
  for (const [name, text] of made)
    expect({ name, same: readFileSync(join(folder, name), "utf8") === text }).toEqual({
      name,
      same: true,
    });
});

test.each(examples)("%s is valid and names the schema for its editor", (path) => {
  const text = readFileSync(path, "utf8");
  const objects = loadAll(text) as readonly { readonly apiVersion?: string }[];
  const ours = objects.filter(
    (object) => object.apiVersion?.startsWith("pci.openstack.org") === true,
  );
  for (const item of ours) expect([item, valid(item), valid.errors]).toEqual([item, true, null]);
  if (ours.length === 0) return;
  const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text)?.[1] ?? "";
  expect(resolve(dirname(path), named)).toBe(join(folder, "all.json"));
});

describe("mistakes", () => {
  const alias = (spec: object) => ({
    apiVersion: "pci.openstack.org/v1alpha1",
    kind: "PciAlias",
    metadata: { name: "a" },
    spec,
  });
  const match = [{ vendorId: "10de", productId: "20b2" }];

  test.each([
    ["a misspelt field", alias({ match, numaPolcy: "required" })],
    ["a number for an id", alias({ match: [{ vendorId: 8086, productId: "154d" }] })],
    ["an id with 0x", alias({ match: [{ vendorId: "0x10de", productId: "20b2" }] })],
    ["a policy that Nova has not", alias({ match, numaPolicy: "strict" })],
    ["a kind that is none of ours", { ...alias({ match }), kind: "PciAliass" }],
    ["another version", { ...alias({ match }), apiVersion: "pci.openstack.org/v1" }],
  ])("%s is refused", (_, object) => {
    expect(valid(alias({ match }))).toBe(true);
    expect(valid(object)).toBe(false);
  });
});
