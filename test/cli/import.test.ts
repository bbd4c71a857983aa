// nova-pci import: what is in nova.conf comes out as objects that mean the same, and what no object
// can say is left out by name.
import { describe, expect, test } from "@jest/globals";
import { readYaml } from "../../src/api/read-yaml.ts";
import { command } from "../../src/cli/import.ts";
import { runCommand } from "./texts-io.ts";

function ofConf(text: string, more: readonly string[] = []) {
  return runCommand(command, ["--conf", "nova.conf", ...more], { "nova.conf": text });
}

/** Kind, name and spec of what was printed, as the API server would store it. */
function objectsIn(yaml: string) {
  const { objects, problems } = readYaml("out.yaml", yaml);
  expect(problems).toEqual([]);
  return objects.map(({ kind, name, value }) => [kind, name, value["spec"]]);
}

test("aliases and device specs come out in the order of Nova", async () => {
  const ran = await ofConf(`[pci]
alias = {"name":"gpu","vendor_id":"10DE","product_id":"2330","device_type":"type-PF","numa_policy":"preferred"}
alias = {"name":"gpu","vendor_id":"10de","product_id":"2331","device_type":"type-PF","numa_policy":"preferred"}
alias = {"name":"My NIC","vendor_id":"8086","product_id":"1592"}
device_spec = {"vendor_id":"10de","product_id":"2330","managed":"no"}
passthrough_whitelist = [{"address":"0:41:0.*","physical_network":null},{"vendor_id":"8086","trusted":"TRUE"}]
`);
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toContain("# Imported from nova.conf.\n");
  expect(ran.stdout).toContain("# deviceType is missing: it takes type-PCI and type-VF");
  expect(ran.stdout).toContain("# spec.nodeSelector is missing: nova.conf does not say");
  expect(ran.stdout).toContain('vendorId: "8086"');
  const gpu = {
    match: [
      { vendorId: "10de", productId: "2330" },
      { vendorId: "10de", productId: "2331" },
    ],
    deviceType: "type-PF",
    numaPolicy: "preferred",
  };
  const nic = { name: "My NIC", match: [{ vendorId: "8086", productId: "1592" }] };
  expect(objectsIn(ran.stdout)).toMatchObject([
    ["PciAlias", "gpu", gpu],
    ["PciAlias", "my-nic", nic],
    // In a file the old names come first, whatever the order of the lines.
    [
      "PciWhitelist",
      "imported-1",
      {
        priority: 10,
        devices: [
          { address: "0000:41:00.*", physicalNetwork: null },
          { vendorId: "8086", trusted: true },
        ],
      },
    ],
    [
      "PciWhitelist",
      "imported-2",
      { priority: 0, devices: [{ vendorId: "10de", productId: "2330", managed: false }] },
    ],
  ]);
});

test("Placement: classes, traits and the switch of the installation", async () => {
  const ran = await ofConf(`[pci]
report_in_placement = true
alias = {"name":"gpu","resource_class":"gpu","traits":"blue,CUSTOM_BIG"}
device_spec = {"vendor_id":"10de","product_id":"2330","resource_class":"gpu","one_time_use":"yes"}
[filter_scheduler]
pci_in_placement = true
`);
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toContain(
    "# The PciPassthrough needs spec.placement: { reportInPlacement: true, pciInPlacement: true }.\n",
  );
  expect(objectsIn(ran.stdout)).toMatchObject([
    ["PciAlias", "gpu", { resourceClass: "CUSTOM_GPU", traits: ["CUSTOM_BLUE", "CUSTOM_BIG"] }],
    ["PciWhitelist", "imported", { devices: [{ resourceClass: "CUSTOM_GPU", oneTimeUse: true }] }],
  ]);
});

test("a regular expression stays one, and text that looks like a number stays text", async () => {
  const ran = await ofConf(`[pci]
alias = {"name":"8086","vendor_id":"8086","product_id":"1e49","device_type":"type-VF"}
device_spec = {"vendor_id":"8086","address":{"bus":"4[0-3]","function":"[0-3]"}}
`);
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(objectsIn(ran.stdout)).toMatchObject([
    ["PciAlias", "8086", { match: [{ vendorId: "8086", productId: "1e49" }] }],
    [
      "PciWhitelist",
      "imported",
      { devices: [{ vendorId: "8086", addressRegex: { bus: "4[0-3]", function: "[0-3]" } }] },
    ],
  ]);
});

describe("what no object can say is left out, named, and ends with 1", () => {
  const lost: readonly (readonly [string, string])[] = [
    ['alias = {"name":"any"}', 'alias "any": vendor_id and product_id are missing'],
    ['alias = {"name":"a:b","vendor_id":"8086","product_id":"1592"}', "no flavor can name it"],
    ['device_spec = {"vendor":"10de"}', "nova.conf:3: it takes every device of the host"],
    [
      'device_spec = {"vendor_id":"10de","phisical_network":"p"}',
      '"phisical_network" is no key that Nova knows, so it is taken as a tag; write "physical_network"',
    ],
    ['device_spec = {"vendor_id":"8086","trusted":"yes"}', '"trusted": "yes" is never trusted'],
    ['device_spec = {"vendor_id":"8086","trusted":true}', "fails on the compute"],
    ['device_spec = {"product_id":"2330"}', "product_id without vendor_id"],
  ];
  test.each(lost)("%s", async (line, why) => {
    const kept = '[pci]\nalias = {"name":"nic","vendor_id":"8086","product_id":"1592"}\n';
    const ran = await ofConf(`${kept}${line}\n`, ["--release", "26.3.0"]);
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toMatch(/^# LEFT OUT: /m);
    expect(ran.stderr).toContain(why);
    expect(objectsIn(ran.stdout)[0]).toMatchObject(["PciAlias", "nic", {}]);
  });
});

test("what Nova refuses cannot be imported", async () => {
  const ran = await ofConf("[pci]\nalias = {'name': 'gpu'}\n");
  expect([ran.exit, ran.stdout]).toEqual([2, ""]);
  expect(ran.stderr).toContain("nova.conf:2: nova 34.0.0 refuses it: it is not JSON");
});

test("mistakes and help", async () => {
  const none = await runCommand(command, []);
  expect([none.exit, none.stderr.split("\n")[0]]).toEqual([
    2,
    "nova-pci import: --conf FILE is missing",
  ]);
  const help = await runCommand(command, ["-h"]);
  expect(help.exit).toBe(0);
  expect(help.stdout).toContain("nova-pci import --conf /etc/nova/nova.conf");
});
