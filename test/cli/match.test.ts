// nova-pci match: who takes which device, and what would go out by mistake.
import { describe, expect, test } from "@jest/globals";
import { command } from "../../src/cli/match.ts";
import { runCommand } from "./texts-io.ts";

const lspci = `0000:00:00.0 "0600" "8086" "1237" -r02 "1af4" "1100"
0000:00:1f.2 "0106" "8086" "2922" -r02 -p01 "1af4" "1100"
0000:41:00.0 "0302" "10de" "2330" -ra1 "10de" "1454"
0000:42:00.0 "0302" "10de" "2330" -ra1 "10de" "1454"
`;

const whitelist = `apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: gpus }
spec:
  devices:
    - { vendorId: "10de", productId: "2330", resourceClass: gpu }
  exclude:
    - { address: "0000:41:00.0" }
`;

function ofConf(conf: string, inventory = lspci, more: readonly string[] = []) {
  const args = ["--release", "31.3.1", "--conf", "nova.conf", "--inventory", "-", ...more];
  return runCommand(command, args, { "nova.conf": `[pci]\n${conf}` }, inventory);
}

test("a specific spec takes its devices only, and says where it stands", async () => {
  const ran = await ofConf('device_spec = {"vendor_id":"10DE","product_id":"2330"}\n');
  expect(ran).toEqual({
    exit: 0,
    stderr: "",
    stdout: `ADDRESS       IDS        TYPE  TAKEN BY     RESOURCE CLASS        TAGS
0000:00:00.0  8086:1237        -
0000:00:1f.2  8086:2922        -
0000:41:00.0  10de:2330        nova.conf:2  CUSTOM_PCI_10DE_2330
0000:42:00.0  10de:2330        nova.conf:2  CUSTOM_PCI_10DE_2330

2 of 4 devices go to guests
`,
  });
});

test("a misspelt key hands out the whole host, and every such device is named", async () => {
  const ran = await ofConf('device_spec = {"vendor":"10de","product":"2330"}\n');
  expect(ran.exit).toBe(1);
  expect(ran.stdout.split("\n").filter((line) => /^(error|warning)/.test(line))).toEqual([
    "error: nova.conf:2: this device spec makes every PCI device of the host assignable [MatchesEveryDevice]",
    'warning: nova.conf:2: "vendor" is no key that Nova knows, so it is taken as a tag; write "vendor_id" if that is meant [UnknownTag]',
    'warning: nova.conf:2: "product" is no key that Nova knows, so it is taken as a tag; write "product_id" if that is meant [UnknownTag]',
    "warning: nova.conf:2 hands out 0000:00:00.0 (8086:1237), a bridge; give both ids [HostDevice]",
    "warning: nova.conf:2 hands out 0000:00:1f.2 (8086:2922), a storage controller; the host may boot from it; give both ids [HostDevice]",
  ]);
});

test("the first spec wins, and one that never gets anything is named", async () => {
  const ran = await ofConf(
    'device_spec = {"vendor_id":"10de","product_id":"2330"}\ndevice_spec = {"address":"0000:41:00.0","vendor_id":"10de","product_id":"2330"}\n',
  );
  expect(ran.stdout).toContain("nova.conf:3 takes nothing here\n");
});

test("a spec of a list is named by its place in it", async () => {
  const list = [{ vendor_id: "8086" }, { vendor_id: "10de" }, { vendor_id: "1af4" }];
  const ran = await ofConf(`device_spec = ${JSON.stringify(list)}\n`);
  expect(ran.stdout).toContain(
    "0000:41:00.0  10de:2330        nova.conf:2[1]  CUSTOM_PCI_10DE_2330",
  );
  expect(ran.stdout).toContain("nova.conf:2[2] takes nothing here\n");
});

test("objects are matched as the operator writes them, exclusions included", async () => {
  const args = ["--release", "Epoxy", "-f", "w.yaml", "--inventory", "host.txt", "-o", "json"];
  const ran = await runCommand(command, args, { "w.yaml": whitelist, "host.txt": lspci });
  expect(ran.exit).toBe(0);
  const { devices, idle } = JSON.parse(ran.stdout) as {
    readonly devices: readonly { address: string; takenBy: string; resourceClass: string }[];
    readonly idle: readonly string[];
  };
  expect(
    devices.map(({ address, takenBy, resourceClass }) => [address, takenBy, resourceClass]),
  ).toEqual([
    ["0000:00:00.0", null, null],
    ["0000:00:1f.2", null, null],
    ["0000:41:00.0", null, null],
    ["0000:42:00.0", "PciWhitelist/gpus spec.devices[0]", "CUSTOM_GPU"],
  ]);
  expect(idle).toEqual([]);
});

test("a JSON inventory shows physical functions, so that their virtual ones are found", async () => {
  const pf = {
    address: "0000:81:00.0",
    vendor_id: "15b3",
    product_id: "1017",
    dev_type: "type-PF",
  };
  const vf = {
    address: "0000:81:00.2",
    vendor_id: "15b3",
    product_id: "1018",
    dev_type: "type-VF",
    parent_addr: "0000:81:00.0",
  };
  const ran = await ofConf(
    'report_in_placement = true\ndevice_spec = {"address":"0000:81:00.0"}\n',
    JSON.stringify([pf, vf]),
  );
  expect(ran.exit).toBe(1);
  expect(ran.stdout).toContain(
    "error: 0000:81:00.0 and 1 of its virtual functions are offered: nova-compute 31.3.1 would not start",
  );
});

test("a spec that Nova refuses is named with file and line", async () => {
  const ran = await ofConf('device_spec = {"vendor_id":"zz"}\n');
  expect([ran.exit, ran.stderr]).toEqual([
    1,
    'nova.conf:2 is refused: vendor_id "zz" is not a hexadecimal number; nova-compute would not start\n',
  ]);
});

describe("a mistake of the user is a sentence and exit code 2", () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [["--inventory", "-"], "--release is missing"],
    [["--release", "35", "--inventory", "-"], "--release 35 is unknown"],
    [["--release", "34", "--conf", "nova.conf"], "--inventory is missing"],
    [["--release", "34", "--inventory", "-"], "give either --conf FILE or -f FILE"],
    [["--release", "34", "--inventory", "-", "--conf", "no.conf"], "no.conf: no such file"],
    [["--relase", "34"], "there is no option --relase, did you mean --release?"],
    [["--release", "34", "--inventory", "-", "-f", "nova.conf", "-o", "xml"], "-o xml is unknown"],
    [["--release", "34", "--inventory", "bad", "--conf", "nova.conf"], "bad, line 1:"],
  ];
  test.each(wrong)("%j", async (args, sentence) => {
    const ran = await runCommand(command, args, { "nova.conf": "[pci]\n", bad: "no lspci\n" });
    expect([ran.exit, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain(`nova-pci match: ${sentence}`);
  });
});

test("an unquoted id in YAML is told to be quoted", async () => {
  const args = ["--release", "34", "-f", "w.yaml", "--inventory", "-"];
  const ran = await runCommand(command, args, { "w.yaml": whitelist.replace('"10de"', "0x10de") });
  expect([ran.exit, ran.stdout]).toEqual([2, ""]);
  expect(ran.stderr).toMatch(
    /^nova-pci match: w\.yaml:6: PciWhitelist\/gpus spec\.devices\[0\]\.vendorId: found 0x10de/,
  );
});

test("help says how to call it and exits 0", async () => {
  const ran = await runCommand(command, ["--help"]);
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toContain("lspci -Dnmm | nova-pci match --release 31.3.1 --conf nova.conf");
});

describe("what the inventory cannot tell is neither yes nor no", () => {
  test.each([
    ['device_spec = {"devname":"eth0"}\n', "no names of interfaces"],
    ['device_spec = {"vendor_id":"10de","remote_managed":"true"}\n', "no serial numbers of cards"],
    [
      'device_spec = {"vendor_id":"10de","product_id":"2330"}\nalias = {"name":"g","vendor_id":"10de","product_id":"2330","device_type":"type-PF"}\n',
      'whether alias "g" is served cannot be decided',
    ],
  ])("%s", async (conf, sentence) => {
    const ran = await ofConf(conf);
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain(sentence);
    expect(ran.stdout).toContain("[Undecided]");
  });
});

describe("what the kernel knows of a host", () => {
  const pf = {
    ...{ address: "0000:3b:00.0", vendor: "0x15b3", device: "0x101d", class: "0x020000" },
    ...{ sriov_totalvfs: 8, netdev: "ens1f0" },
  };
  const vf = {
    ...{ address: "0000:3b:00.2", vendor: "0x15b3", device: "0x101e", class: "0x020000" },
    ...{ physfn: "0000:3b:00.0", netdev: "", sriov_totalvfs: 0 },
    capabilities: { vpd: { card_serial_number: "MT1" } },
  };
  const gpu = { address: "0000:41:00.0", vendor: "0x10de", device: "0x2330", class: "0x030200" };
  const of = (conf: string, devices: readonly object[]) => ofConf(conf, JSON.stringify(devices));

  test("an interface takes its PF and the VFs below it, and no class shows for a network", async () => {
    const ran = await of('device_spec = {"devname":"ens1f0","physical_network":"p"}\n', [pf, vf]);
    expect(ran.stdout).toMatch(/0000:3b:00\.0 .*type-PF .*nova\.conf:2 +- /);
    expect(ran.stdout).toMatch(/0000:3b:00\.2 .*type-VF .*nova\.conf:2 +- /);
  });
  test("without one nothing is remote managed, which is said", async () => {
    const ran = await runCommand(
      command,
      ["--conf", "n.conf", "--release", "33", "--inventory", "-"],
      { "n.conf": '[pci]\ndevice_spec = {"vendor_id":"15b3","remote_managed":"true"}\n' },
      '[{"address":"0000:5e:00.2","vendor":"0x15b3","device":"0x101e","sriov_totalvfs":0,"physfn":"0000:5e:00.0"}]',
    );
    expect([ran.exit, ran.stdout]).toEqual([
      1,
      expect.stringContaining("the inventory shows none at 0000:5e:00.2 [NoMatchingDevice]"),
    ]);
  });

  test("a serial number makes a remote managed device", async () => {
    const ran = await of(
      'device_spec = {"vendor_id":"15b3","product_id":"101e","remote_managed":"true","physical_network":"p"}\n',
      [pf, vf],
    );
    expect([ran.exit, ran.stdout]).toEqual([0, expect.stringContaining("1 of 2 devices")]);
  });
  test("a type that no device has", async () => {
    const ran = await of(
      'device_spec = {"vendor_id":"10de"}\nalias = {"name":"h100","vendor_id":"10de","product_id":"2330","device_type":"type-PCI"}\n',
      [{ ...gpu, sriov_totalvfs: 16 }],
    );
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain(
      'error: alias "h100" asks for type-PCI, and the 1 matching devices are type-PF',
    );
  });
  test("the audio function of a card that stays", async () => {
    const audio = { ...gpu, address: "0000:41:00.1", device: "0x22ba", class: "0x040300" };
    const ran = await of('device_spec = {"vendor_id":"10de","product_id":"2330"}\n', [gpu, audio]);
    expect([ran.exit, ran.stdout]).toEqual([1, expect.stringContaining("[CompanionLeft]")]);
  });
  test("ids the other way round at the very address", async () => {
    const spec = '{"address":"0000:41:00.0","vendor_id":"2330","product_id":"10de"}';
    const ran = await of(`device_spec = ${spec}\n`, [gpu]);
    expect([ran.exit, ran.stdout]).toEqual([1, expect.stringContaining("[IdsSwapped]")]);
  });
  test("a VF without a parent, and an interface, with report_in_placement", async () => {
    const orphan = { ...vf, physfn: undefined, dev_type: "type-VF" };
    const conf =
      'report_in_placement = true\ndevice_spec = {"product_id":"101e","vendor_id":"15b3"}\n';
    expect((await of(conf, [orphan])).stdout).toContain("[VfWithoutParent]");
    const named = await of('report_in_placement = true\ndevice_spec = {"devname":"ens1f0"}\n', [
      pf,
    ]);
    expect([named.exit, named.stdout]).toEqual([1, expect.stringContaining("would not start")]);
  });
});

describe("an exclusion that is not kept is an error", () => {
  const inventory = JSON.stringify([
    { address: "0000:19:00.0", vendor_id: "8086", product_id: "1592", dev_type: "type-PF" },
    ...["2.0", "2.1"].map((end) => ({
      address: `0000:19:0${end}`,
      vendor_id: "8086",
      product_id: "1889",
      dev_type: "type-VF",
      parent_addr: "0000:19:00.0",
    })),
  ]);
  const partition = (address: string, more = ""): string => `apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: vfs }
spec:
  devices:
    - { vendorId: "8086", productId: "1889", address: "${address}" }
  exclude:
    - { address: "0000:19:02.0" }
${more}`;
  const ask = (text: string) =>
    runCommand(
      command,
      ["--release", "34.0.0", "-f", "w.yaml", "--inventory", "-"],
      { "w.yaml": text },
      inventory,
    );

  test("VFs named by the address of their PF", async () => {
    const ran = await ask(partition("0000:19:00.0"));
    expect(ran.exit).toBe(1);
    const errors = ran.stdout.split("\n").filter((line) => line.startsWith("error: "));
    expect(errors).toEqual([
      expect.stringContaining('(address: "0000:19:*.*", or addressRegex) [ExclusionIneffective]'),
      "error: PciWhitelist/vfs spec.exclude[0] leaves 0000:19:02.0 out, and PciWhitelist/vfs spec.devices[0] hands it out [ExclusionIneffective]",
    ]);
  });

  test("VFs named by their own addresses: it is kept", async () => {
    const ran = await ask(partition("0000:19:*.*"));
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toMatch(/0000:19:02.0 +8086:1889 +type-VF +-/);
    expect(ran.stdout).toMatch(/0000:19:02.1 +8086:1889 +type-VF +PciWhitelist\/vfs/);
  });

  test("another object that hands it out", async () => {
    const other = `---
apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: all }
spec: { devices: [{ vendorId: "8086", productId: "1889" }] }
`;
    const ran = await ask(partition("0000:19:*.*", other));
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain("leaves 0000:19:02.0 out, and PciWhitelist/all");
  });
});

describe("what stands beside a device is told", () => {
  const host = JSON.stringify([
    { address: "0000:0b:00.0", vendor: "0x10de", device: "0x1b06", class: "0x030000" },
    { address: "0000:0b:00.1", vendor: "0x10de", device: "0x10ef", class: "0x040300" },
    { address: "0000:0c:00.0", vendor: "0x10de", device: "0x1e04", class: "0x030000" },
    { address: "0000:0c:00.2", vendor: "0x10de", device: "0x1ad6", class: "0x0c0330" },
    { address: "0000:03:00.0", vendor: "0x1a03", device: "0x2000", class: "0x030000" },
    { address: "0000:04:00.0", vendor: "0x144d", device: "0xa808", class: "0x010802" },
    { address: "0000:a1:00.0", vendor: "0x8086", device: "0x154d", sriov_totalvfs: "63" },
    { address: "0000:a1:10.0", vendor: "0x8086", device: "0x154c", physfn: "0000:a1:00.0" },
  ]);
  const spec = (one: object): string => `device_spec = ${JSON.stringify(one)}\n`;
  const ids = (vendor_id: string, product_id: string, more: object = {}): string =>
    spec({ vendor_id, product_id, ...more });

  test.each([
    ["the audio function", ids("10de", "1b06"), "0000:0b:00.1 (audio function)", "CompanionLeft"],
    ["the USB controller", ids("10de", "1e04"), "0000:0c:00.2 (USB controller)", "CompanionLeft"],
    ["the display of the BMC", ids("1a03", "2000"), "management controller", "HostDevice"],
    ["the disk it boots from", ids("144d", "a808"), "by its model alone", "HostDevice"],
    ["ids swapped, no address", ids("154d", "8086"), "are swapped", "IdsSwapped"],
    [
      "another card at the address",
      ids("10de", "1b06", { address: "0000:0c:00.0" }),
      "at 0000:0c:00.0 is 10de:1e04, not 10de:1b06",
      "NoSuchDevice",
    ],
    [
      "an alias with swapped ids",
      'alias = {"name":"g","vendor_id":"154d","product_id":"8086"}\n',
      'alias "g" asks for 154d:8086',
      "IdsSwapped",
    ],
  ])("%s", async (_, conf, sentence, name) => {
    const ran = await ofConf(conf, host);
    expect(ran.exit).toBe(1);
    const line = ran.stdout.split("\n").find((text) => text.endsWith(`[${name}]`));
    expect(line).toContain(sentence);
  });

  test.each([
    ["disks by address", ids("144d", "a808", { address: "0000:04:00.0" })],
    ["a card that stands alone", ids("8086", "154c")],
  ])("nothing is said of %s", async (_, conf) => {
    expect((await ofConf(conf, host)).stdout).not.toMatch(/HostDevice|CompanionLeft|note:/);
  });

  test.each([
    [
      "both functions of a card",
      ids("10de", "1b06") + ids("10de", "10ef"),
      "10de:1b06 and 10de:10ef are functions of one card",
    ],
    [
      "a whole port whose functions nobody offers",
      ids("8086", "154d", { physical_network: "p" }),
      "ports of type direct get none",
    ],
  ])("%s is a note", async (_, conf, sentence) => {
    const ran = await ofConf(conf, host);
    expect([ran.exit, ran.stdout]).toEqual([0, expect.stringContaining("\nnote: ")]);
    expect(ran.stdout).toContain(sentence);
  });

  test("the IOMMU group decides where it is known", async () => {
    const at = (address: string, device: string, iommu_group: string, driver: string) => ({
      ...{ address, vendor: "0x10de", device, class: "0x030000", iommu_group, driver },
    });
    const conf = ids("10de", "1b06");
    const alone = [at("0000:0b:00.0", "0x1b06", "1", ""), at("0000:0b:00.1", "0x10ef", "2", "")];
    expect((await ofConf(conf, JSON.stringify(alone))).stdout).not.toContain("CompanionLeft");
    const far = [at("0000:0b:00.0", "0x1b06", "1", ""), at("0000:0d:00.0", "0x10ef", "1", "snd")];
    expect((await ofConf(conf, JSON.stringify(far))).stdout).toContain("of the same IOMMU group");
    const freed = [far[0], at("0000:0d:00.0", "0x10ef", "1", "vfio-pci")];
    expect((await ofConf(conf, JSON.stringify(freed))).stdout).not.toContain("CompanionLeft");
  });

  test("what may serve an alias is no nothing", async () => {
    const conf = `${ids("10de", "1b06")}alias = {"name":"g","vendor_id":"10de","product_id":"1b06"}\n`;
    expect((await ofConf(conf, host)).stdout).toContain(
      'alias "g": 0 of 1 devices that go to guests can serve it, 1 may: of them the type is not known',
    );
  });
});

describe("an inventory as people have it", () => {
  const device = { address: "0000:41:00.0", vendor_id: "10de", product_id: "2330" };
  const taken = "0000:41:00.0  10de:2330";
  const spec = 'device_spec = {"vendor_id":"10de","product_id":"2330"}\n';
  test.each([
    ["lines of DOS", '0000:41:00.0 "0302" "10de" "2330"\r\n'],
    ["a byte order mark", '\ufeff0000:41:00.0 "0302" "10de" "2330"\n'],
    [
      "lspci -Dnk",
      "0000:41:00.0 0302: 10de:2330 (rev a1)\n\tSubsystem: 10de:1463\n\tKernel driver in use: vfio-pci\n",
    ],
    ["lspci -nn", "41:00.0 3D controller [0302]: NVIDIA H100 [10de:2330] (rev a1)\n"],
    ["one device alone", JSON.stringify(device)],
    [
      "names of the kernel",
      '[{"address":"0000:41:00.0","vendor":"0x10de","device":"0x2330","class":"0x030200"}]',
    ],
  ])("%s is taken", async (_, text) => {
    const ran = await ofConf(spec, text);
    expect(ran.stdout).toContain(taken);
    expect(ran.stdout).toContain("1 of 1 devices go to guests");
  });
  test.each([
    ["", "holds no device: write the output of: lspci -Dnmm"],
    ["[]", "holds no device"],
    ["{}", 'give a list of devices, or an object with the key "devices"'],
    [JSON.stringify([device, device]), "0000:41:00.0 stands twice: give the devices of one host"],
    [
      JSON.stringify([{ ...device, address: "zz" }]),
      'device 0: "zz" is not a PCI address, such as 0000:41:00.0',
    ],
    [JSON.stringify([{ ...device, address: undefined }]), "device 0 has no PCI address"],
    [JSON.stringify([{ ...device, vendor_id: 10 }]), "four hexadecimal digits in quotes"],
    [JSON.stringify([{ ...device, dev_type: "PF" }]), 'dev_type "PF": write type-PCI'],
    ['[{"address":', "is not JSON: "],
    [
      "41:00.0 3D controller: NVIDIA Corporation\n",
      "has names and no ids: write the output of: lspci -Dnmm",
    ],
    ["0000:41:00.0,10de,2330\n", "is not a line of lspci"],
    ["<device/>\n", "is not a line of lspci"],
  ])("%j is refused with what to give", async (text, sentence) => {
    const ran = await ofConf(spec, text);
    expect([ran.exit, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain(sentence);
  });
});
