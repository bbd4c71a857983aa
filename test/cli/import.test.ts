// nova-pci import: what is in nova.conf comes out as objects that mean the same, and what no object
// can say is left out by name.
import { describe, expect, test } from "@jest/globals";
import { readYaml } from "../../src/api/read-yaml.ts";
import { command } from "../../src/cli/import.ts";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { runCommand } from "./texts-io.ts";

function ofConf(text: string, more: readonly string[] = []) {
  return runCommand(command, ["--conf", "nova.conf", ...more], { "nova.conf": text });
}

/** Kind, name and spec of what was printed, as the API server would store it. */
function objectsIn(yaml: string) {
  const { objects, problems } = readYaml("out.yaml", yaml);
  expect(problems).toEqual([]);
  return objects
    .filter(({ kind }) => kind !== "PciPassthrough")
    .map(({ kind, name, value }) => [kind, name, value["spec"]]);
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
  expect(ran.stdout).toContain("# spec.nodeSelector is missing: the files do not say");
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
device_spec = {"vendor_id":"10de","product_id":"2330","resource_class":"gpu","traits":"CUSTOM_BIG,blue","one_time_use":"yes"}
[filter_scheduler]
pci_in_placement = true
`);
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toContain(
    "  placement:\n    reportInPlacement: true\n    pciInPlacement: true\n",
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

test("what Nova refuses is left out with the line to write, and the rest is printed", async () => {
  const nic = 'alias = {"name":"nic","vendor_id":"8086","product_id":"1592"}';
  const ran = await ofConf(`[pci]\nalias = {'name': 'gpu'}\n${nic}\n`);
  expect(ran.exit).toBe(1);
  expect(ran.stderr).toContain(
    'nova.conf:2: Nova 34.0.0 refuses it: this is Python, not JSON, which wants double quotes; write alias = {"name": "gpu"}',
  );
  expect(objectsIn(ran.stdout).map(([, name]) => name)).toEqual(["nic"]);
});

describe("what comes out with exit code 0 passes lint, whatever the order of the entries", () => {
  const specs: readonly (readonly [string, readonly string[]])[] = [
    [
      "a bus first, then the first function everywhere",
      [
        '{"address":"*:3b:00.*","physical_network":"p1"}',
        '{"address":"*:*:00.0","physical_network":"p2"}',
      ],
    ],
    [
      "one model before another tag for its maker",
      ['{"vendor_id":"8086","trusted":"true"}', '{"vendor_id":"8086","product_id":"1592"}'],
    ],
    [
      "expressions that meet",
      [
        '{"address":{"bus":"3[ab]$"},"physical_network":"p1"}',
        '{"address":{"bus":"3[bc]$"},"physical_network":"p2"}',
      ],
    ],
    [
      "one PF, then its VFs",
      [
        '{"address":"0000:3b:00.0","physical_network":"p1"}',
        '{"vendor_id":"8086","product_id":"154c","physical_network":"p2"}',
      ],
    ],
    ["the same twice, said in two ways", ['{"vendor_id":"10DE"}', '{"vendor_id":"0x10de"}']],
    [
      "interfaces behind ids",
      ['{"vendor_id":"8086","product_id":"1592"}', '{"devname":"eth0","physical_network":"p"}'],
    ],
  ];
  test.each(specs)("%s", async (_, lines) => {
    const ran = await ofConf(`[pci]\n${lines.map((line) => `device_spec = ${line}\n`).join("")}`);
    expect([ran.exit, ran.stderr]).toEqual([0, ""]);
    const judged = await runCommand(lint, ["-f", "out.yaml"], { "out.yaml": ran.stdout });
    expect([judged.exit, judged.stdout + judged.stderr]).toEqual([
      0,
      expect.stringContaining("0 errors"),
    ]);
  });
});

test("an entry that never matches is named with the one that takes it", async () => {
  const ran = await ofConf(`[pci]
device_spec = {"vendor_id":"10de","physical_network":"a"}
device_spec = {"vendor_id":"10de","product_id":"2330"}
`);
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toContain(
    "# nova.conf:3: never matches, because line 2 takes it first: in no object\n",
  );
});

describe("tags that cannot matter are dropped with a comment", () => {
  test.each([
    ['{"vendor_id":"10de","product_id":"2330","name":"x-gpu"}', '"name" is a key of an alias'],
    ['{"address":"0000:41:00.0","description":"left"}', '"description" is no key that Nova knows'],
    ['{"vendor_id":"8086","remote_managed":"maybe"}', "Nova reads it as no"],
    ['{"vendor_id":"8086","vendor_id":"10de"}', '"vendor_id" stands there more than once'],
  ])("%s", async (spec, comment) => {
    const ran = await ofConf(`[pci]\ndevice_spec = ${spec}\n`);
    expect([ran.exit, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain(comment);
    expect(objectsIn(ran.stdout)).toHaveLength(1);
  });
  test("a property of the pool is left out, and somebody must look", async () => {
    const spec = '{"vendor_id":"10de","product_id":"2330","dev_type":"type-PF"}';
    const ran = await ofConf(`[pci]\ndevice_spec = ${spec}\n`);
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain("# LEFT OUT: nova.conf:2: the tag dev_type is left out");
    expect(objectsIn(ran.stdout)).toHaveLength(1);
  });
});

describe("two services", () => {
  const api = '[pci]\nalias = {"name":"g","vendor_id":"10de","product_id":"2330"}\n';
  const spec = 'device_spec = {"vendor_id":"10de","product_id":"2330"}\n';
  const run = (compute: string, more: readonly string[] = []) =>
    runCommand(command, ["--api", "api.conf", "--compute", "compute.conf", ...more], {
      "api.conf": api,
      "compute.conf": compute,
    });
  test("that say the same give each alias once", async () => {
    const same = '[pci]\nalias = {"vendor_id":"10DE","product_id":"2330","name":"g"}\n';
    const ran = await run(same + spec);
    expect([ran.exit, ran.stderr]).toEqual([0, ""]);
    const [[, , alias]] = objectsIn(ran.stdout) as [[string, string, { match: unknown[] }]];
    expect(alias.match).toHaveLength(1);
  });
  test.each([
    ["[pci]\n", 'nova-compute does not know alias "g"'],
    [api.replace('"2330"}', '"2330","numa_policy":"required"}'), "they differ in numa_policy"],
    [
      `${api}alias = {"name":"h","vendor_id":"10de","product_id":"2330"}\n`,
      'nova-api does not know alias "h"',
    ],
  ])("%j is compared with nova-api", async (compute, sentence) => {
    const ran = await run(compute + spec);
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain(sentence);
    expect(ran.stdout).toContain("# CHECK: ");
  });
  test("pools have nodes of their own", async () => {
    const args = ["--compute", "a=a.conf", "--compute", "b=b.conf", "--node-selector", "a:pool=a"];
    const ran = await runCommand(command, args, {
      "a.conf": `[pci]\n${spec}`,
      "b.conf": `[pci]\n${spec.replace("2330", "2331")}`,
    });
    expect([ran.exit, ran.stderr]).toEqual([0, ""]);
    expect(objectsIn(ran.stdout)).toMatchObject([
      ["PciWhitelist", "a", { nodeSelector: { matchLabels: { pool: "a" } } }],
      ["PciWhitelist", "b", { nodeSelector: { matchLabels: { "kubernetes.io/hostname": "b" } } }],
    ]);
  });
});

describe("what Nova ignores or dies of is no success", () => {
  test.each([
    ['[ pci ]\ndevice_spec = {"vendor_id":"10de"}\n', "write [pci] above device_spec"],
    ['[pci]\ndev_spec = {"vendor_id":"10de"}\n', "write device_spec = ..."],
    ['[pci]\naliases = {"name":"g"}\n', "write alias = ..."],
    ['[pci]\ndevice_spec {"vendor_id":"10de"}\n', 'there is no "=" behind device_spec'],
    ["[DEFAULT]\ndebug = true\n", "no [pci] option in these files"],
    ["[pci]\nreport_in_placement = maybe\n", 'report_in_placement "maybe" is not a boolean'],
    ["[pci]\nalias\n", 'nova.conf:2: there is no "=" or ":"'],
    [
      "[filter_scheduler]\npci_weight_multiplier = 5\n",
      "no object expresses [filter_scheduler]pci_weight_multiplier",
    ],
    ["[libvirt]\nnum_pcie_ports = 24\n", "no object expresses [libvirt]num_pcie_ports"],
  ])("%j", async (text, sentence) => {
    const ran = await ofConf(text);
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain(sentence);
  });
  test("the wrong name for the release", async () => {
    const ran = await ofConf('[pci]\ndevice_spec = {"vendor_id":"10de"}\n', [
      "--release",
      "25.3.0",
    ]);
    expect([ran.exit, ran.stderr]).toEqual([
      1,
      expect.stringContaining("Nova 25.3.0 does not know device_spec and ignores it"),
    ]);
  });
});

test("mistakes and help", async () => {
  const none = await runCommand(command, []);
  expect([none.exit, none.stderr.split("\n")[0]]).toEqual([
    2,
    "nova-pci import: no file: give FILE, --api FILE and --compute FILE, or --cluster",
  ]);
  const help = await runCommand(command, ["-h"]);
  expect(help.exit).toBe(0);
  expect(help.stdout).toContain("nova-pci import --api nova-api.conf");
});
