// Forty-four nova.conf files as clouds have them: the [pci] part of compute nodes and APIs for GPUs,
// network cards, disks and accelerators. Only the texts: what Nova makes of each was asked of Nova.

type Json = Readonly<Record<string, unknown>>;

const aliasOf = (name: string, vendor: string, product: string, more: Json = {}): Json => ({
  name,
  vendor_id: vendor,
  product_id: product,
  ...more,
});
const ids = (vendor: string, product: string, more: Json = {}): Json => ({
  vendor_id: vendor,
  product_id: product,
  ...more,
});
const at = (address: unknown, more: Json = {}): Json => ({ address, ...more });
const pf = { device_type: "type-PF" };
const vf = { device_type: "type-VF" };
const plain = { device_type: "type-PCI" };
const net = (name: string | null, more: Json = {}): Json => ({ physical_network: name, ...more });

function conf(aliases: readonly Json[], specs: readonly unknown[], more = ""): string {
  const lines = [
    ...aliases.map((alias) => `alias = ${JSON.stringify(alias)}`),
    ...specs.map((spec) => `device_spec = ${JSON.stringify(spec)}`),
  ];
  return `[DEFAULT]\nmy_ip = 10.0.0.1\n[pci]\n${lines.join("\n")}\n${more}`;
}

const reported = "report_in_placement = true\n";
const inPlacement = "[filter_scheduler]\npci_in_placement = true\n";

export const configurations: readonly (readonly [string, string])[] = [
  ["one GPU", conf([aliasOf("a100", "10de", "20b2", pf)], [ids("10de", "20b2")])],
  ["a GPU without device_type", conf([aliasOf("t4", "10de", "1eb8")], [ids("10de", "1eb8")])],
  [
    "type-PCI for a card that can SR-IOV",
    conf([aliasOf("h100", "10de", "2330", plain)], [ids("10de", "2330")]),
  ],
  [
    "two models under one name",
    conf(
      [aliasOf("gpu", "10de", "20b2", pf), aliasOf("gpu", "10de", "2330", pf)],
      [ids("10de", "20b2"), ids("10de", "2330")],
    ),
  ],
  [
    "one name, two types",
    conf(
      [aliasOf("gpu", "10de", "20b2", pf), aliasOf("gpu", "10de", "1eb8", plain)],
      [ids("10de", "20b2")],
    ),
  ],
  [
    "one name, two policies",
    conf(
      [
        aliasOf("gpu", "10de", "20b2", { ...pf, numa_policy: "required" }),
        aliasOf("gpu", "10de", "2330", { ...pf, numa_policy: "legacy" }),
      ],
      [],
    ),
  ],
  [
    "an alias told twice",
    conf(
      [aliasOf("gpu", "10de", "20b2", pf), aliasOf("gpu", "10DE", "20B2", pf)],
      [ids("10de", "20b2")],
    ),
  ],
  [
    "an alias told twice without a type",
    conf([aliasOf("gpu", "10de", "20b2"), aliasOf("gpu", "10de", "20b2")], []),
  ],
  [
    "a GPU and its audio function",
    conf(
      [aliasOf("gtx", "10de", "1b06", plain), aliasOf("gtx-audio", "10de", "10ef", plain)],
      [at("0000:0b:00.*")],
    ),
  ],
  ["every GPU of a vendor", conf([aliasOf("a100", "10de", "20b2", pf)], [{ vendor_id: "10de" }])],
  [
    "GPUs by address",
    conf([aliasOf("a100", "10de", "20b2", pf)], [at("0000:41:00.0"), at("0000:42:00.0")]),
  ],
  ["GPUs by address and ids", conf([], [ids("10de", "20b2", at("0000:41:00.0"))])],
  [
    "a vGPU host: VFs by the address of the PF",
    conf([aliasOf("vgpu", "10de", "20b2", vf)], [at("0000:41:00.*")]),
  ],
  [
    "VFs of one card by ids",
    conf([aliasOf("vf", "8086", "154c", vf)], [ids("8086", "154c", net("physnet1"))]),
  ],
  [
    "address of a PF with the ids of its VFs",
    conf([], [ids("8086", "154c", at("0000:19:00.0", net("physnet1")))]),
  ],
  [
    "two networks by address",
    conf([], [at("0000:19:00.0", net("physnet1")), at("0000:19:00.1", net("physnet2"))]),
  ],
  [
    "this bus first, then all ports 0",
    conf([], [at("*:3b:00.*", net("p1")), at("*:*:00.0", net("p2"))]),
  ],
  ["a star address with a network", conf([], [at("*:0a:00.*", net("physnet1"))])],
  [
    "bus and slot as expressions",
    conf([], [at({ domain: ".*", bus: "19", slot: "0[2-9a-f]", function: ".*" }, net("physnet1"))]),
  ],
  [
    "functions as an expression",
    conf([], [at({ domain: "0000", bus: "19", slot: "02", function: "[0-3]" }, net("physnet1"))]),
  ],
  ["an interface by name", conf([], [{ devname: "ens1f0", ...net("physnet1") }])],
  [
    "interfaces by name, then all by ids",
    conf([], [{ devname: "ens1f0", ...net("physnet1") }, ids("8086", "154c", net("physnet2"))]),
  ],
  ["no network: a tunnel", conf([], [ids("15b3", "1018", net(null))])],
  ["trusted VFs", conf([], [ids("8086", "154c", net("physnet1", { trusted: "true" }))])],
  ["trusted as a boolean", conf([], [ids("8086", "154c", net("physnet1", { trusted: true }))])],
  ["trusted as yes", conf([], [ids("8086", "154c", net("physnet1", { trusted: "yes" }))])],
  [
    "a SmartNIC, remote managed",
    conf([], [ids("15b3", "101e", net(null, { remote_managed: "true" }))]),
  ],
  [
    "remote managed as maybe",
    conf([], [ids("15b3", "101e", net(null, { remote_managed: "maybe" }))]),
  ],
  ["disks by ids", conf([aliasOf("nvme", "144d", "a80a", plain)], [ids("144d", "a80a")])],
  [
    "disks for one use",
    conf(
      [aliasOf("nvme", "144d", "a80a", plain)],
      [ids("144d", "a80a", { one_time_use: "true" })],
      reported,
    ),
  ],
  ["QAT by VFs", conf([aliasOf("qat", "8086", "37c9", vf)], [ids("8086", "37c9")])],
  [
    "five aliases of StarlingX and a bare one",
    conf(
      [
        aliasOf("qat-a", "8086", "0435"),
        aliasOf("qat-b", "8086", "37c9"),
        aliasOf("gpu-a", "10de", "20b2"),
        aliasOf("gpu-b", "10de", "1eb8"),
        aliasOf("nic", "8086", "154c"),
        { name: "gpu" },
      ],
      [],
    ),
  ],
  [
    "live migration by VF variant drivers",
    conf(
      [aliasOf("mlx", "15b3", "101e", { ...vf, live_migratable: "true" })],
      [ids("15b3", "101e", { managed: "false", live_migratable: "true" })],
    ),
  ],
  [
    "classes in Placement",
    conf(
      [{ name: "a100", resource_class: "CUSTOM_A100" }],
      [ids("10de", "20b2", { resource_class: "CUSTOM_A100" })],
      reported + inPlacement,
    ),
  ],
  [
    "classes and traits in Placement",
    conf(
      [{ name: "big", resource_class: "gpu", traits: "big" }],
      [ids("10de", "20b2", { resource_class: "gpu", traits: "big, blue" })],
      reported + inPlacement,
    ),
  ],
  [
    "a class on the device alone",
    conf(
      [aliasOf("a100", "10de", "20b2", pf)],
      [ids("10de", "20b2", { resource_class: "CUSTOM_B" })],
      reported + inPlacement,
    ),
  ],
  [
    "one name twice with Placement",
    conf([aliasOf("gpu", "10de", "20b2", pf), aliasOf("gpu", "10de", "2330", pf)], [], inPlacement),
  ],
  [
    "classes without Placement",
    conf(
      [{ name: "a100", resource_class: "CUSTOM_A100" }],
      [ids("10de", "20b2", { resource_class: "CUSTOM_A100" })],
    ),
  ],
  ["a devname with Placement", conf([], [{ devname: "ens1f0" }], reported)],
  ["report_in_placement = maybe", conf([], [ids("10de", "20b2")], "report_in_placement = maybe\n")],
  [
    "NUMA policies",
    conf(
      [
        aliasOf("gpu", "10de", "20b2", { ...pf, numa_policy: "required" }),
        aliasOf("nic", "8086", "154c", { ...vf, numa_policy: "preferred" }),
      ],
      [ids("10de", "20b2"), ids("8086", "154c")],
    ),
  ],
  ["specs in one list", conf([], [[ids("10de", "20b2"), ids("8086", "154c", net("physnet1"))]])],
  [
    "labels that mean nothing",
    conf([], [ids("10de", "20b2", { name: "big-gpu", description: "rack 4" })]),
  ],
  [
    "the first takes all of the second",
    conf([], [{ vendor_id: "10de" }, ids("10de", "20b2", { resource_class: "CUSTOM_A" })]),
  ],
];
