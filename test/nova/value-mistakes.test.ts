// What people write into an alias or a device spec, and the words and lines that help. Each value is
// refused by the model, and what is proposed is not.
import { expect, test } from "@jest/globals";
import { readAliases } from "../../src/nova/alias/alias.ts";
import { readSpecs } from "../../src/nova/device/device-spec.ts";
import { unknownHost } from "../../src/nova/terms/host.ts";
import { findRelease } from "../../src/nova/terms/release.ts";
import { mistakeIn } from "../../src/nova/service/value-mistakes.ts";

const release = findRelease("32.0.0")!;

function specRefusal(text: string): string | undefined {
  const read = readSpecs([text], { release, reportInPlacement: false, host: unknownHost });
  return "refused" in read ? read.refused : undefined;
}

function aliasRefusal(text: string): string | undefined {
  const read = readAliases([text], release, false);
  return "refused" in read ? read.refused : undefined;
}

const address = (text: string): string => JSON.stringify({ address: text });

test.each([
  ["0000:81:00.0-7", '"function": "[0-7]"'],
  ["0000:81:00.[0-7]", '"function": "[0-7]"'],
  ["0000:11:0*.*", '"bus": "11", "slot": "0[0-9a-f]"'],
  ["0000:81:1?.0", '"slot": "1[0-9a-f]"'],
  ["81:0[0-3].0", '"bus": "81", "slot": "0[0-3]", "function": "0"'],
  ["0000:81:00.0|1", '"function": "(0|1)"'],
  ["0000:81:[0-1][0-9].0", '"slot": "[0-1][0-9]"'],
  ["pci_0000_81_00_0", '"address": "0000:81:00.0"'],
  ["10de:20b2", '"vendor_id": "10de", "product_id": "20b2"'],
  ["0000:81:00.0, 0000:82:00.0", "one device_spec for each address"],
])("address %j: %s", (text, cure) => {
  const refused = specRefusal(address(text));
  expect(refused).toBeDefined();
  const said = mistakeIn("device_spec", address(text), refused!);
  expect(said).toContain(refused!);
  expect(said).toContain(cure);
  const proposed = /write "address": (\{.*?\}|"[^"]*")/.exec(said)?.[1];
  if (proposed !== undefined) expect(specRefusal(`{"address": ${proposed}}`)).toBeUndefined();
});

test.each([
  ['{"vendor_id":"10de","product_id":["20b2"]}', "one device_spec for each product_id"],
  ['{"vendor_id":"10de","product_id":"20b2|20b5"}', '"20b2" and "20b5"'],
  ['{"vendor_id":"10de","product_id":"20b*"}', 'an id is written out or is "*"'],
  ['{"vendor_id":"10de:20b2"}', '"vendor_id": "10de", "product_id": "20b2"'],
  ['{"vendor_id":8086,"product_id":"1572"}', "in double quotes"],
  ['{"address":["0000:81:00.0"],"vendor_id":1}', "in double quotes"],
  ['{"address":"0000:81:00.0","devname":"eth0"}', "leave devname out"],
  [
    "{vendor_id: 10de, product_id: 20b2}",
    'write device_spec = {"vendor_id": "10de", "product_id": "20b2"}',
  ],
  ['"{\\"vendor_id\\":\\"10de\\"}"', 'write device_spec = {"vendor_id":"10de"}'],
  ["10de:20b2", 'write device_spec = {"vendor_id":"10de","product_id":"20b2"}'],
  ["0000:81:00.0", 'write device_spec = {"address":"0000:81:00.0"}'],
  ["None", "remove the line"],
  ["null", "remove the line"],
  ["{{ nova_pci }}", "a template that nobody rendered"],
  ['{"vendor_id":"10de"}\u0000', "NUL byte"],
])("device spec %j: %s", (text, cure) => {
  const refused = specRefusal(text);
  expect(refused).toBeDefined();
  const said = mistakeIn("device_spec", text, refused!);
  expect(said).toContain(cure);
  const line = /write device_spec = (.*)$/.exec(said)?.[1];
  if (line !== undefined) expect(specRefusal(line)).toBeUndefined();
});

const ids = '"vendor_id":"10de","product_id":"20b2"';

test.each([
  [
    `{"name":"a",${ids},"address":"0000:81:00.0","physical_network":"p"}`,
    '"address" and "physical_network" are keys of device_spec',
  ],
  [`{"alias":"a",${ids}}`, 'write "name" for "alias"'],
  [`{"name":"a","vendor-id":"10de","product_id":"20b2"}`, 'write "vendor_id" for "vendor-id"'],
  [`{"name":"a",${ids},"device_type":"PF"}`, '"device_type": "type-PF"'],
  [`{"name":"a",${ids},"device_type":"type_vf"}`, '"device_type": "type-VF"'],
  [`{"name":"a",${ids},"numa_policy":"require"}`, '"numa_policy": "required"'],
  ['{"name":"a","vendor_id":"0x10de","product_id":"20b2"}', '"vendor_id": "10de"'],
  ['{"name":"a","vendor_id":"10de","product_id":"d5"}', '"product_id": "00d5"'],
  ['{"name":"a","vendor_id":"10de","product_id":"*"}', "remove product_id"],
  [`{"name":"a",${ids},"colour":"red"}`, 'remove "colour"'],
])("alias %j: %s", (text, cure) => {
  const refused = aliasRefusal(text);
  expect(refused).toBeDefined();
  expect(mistakeIn("alias", text, refused!)).toContain(cure);
});

test("what nobody can guess keeps Nova's reason alone", () => {
  expect(mistakeIn("device_spec", '{"vendor_id":"xyz"}', "why")).toBe("why");
  expect(mistakeIn("alias", '{"vendor_id":"10de"}', "it has no name")).toBe("it has no name");
});
