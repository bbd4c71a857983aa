// Set-ups as people have them: an alias, the entries that offer devices, and the devices of a host,
// with the answer to "who can serve it, and if nobody, why". Asked of every command that answers
// (test/cli/set-ups.worlds.test.ts), and of the scheduler of a real Nova (test/openstack).

import { readYaml, type FileObject } from "../../../src/api/read-yaml.ts";
import type { Device } from "../../openstack/devices.ts";

type Written = {
  /** Fields of the PciAlias beside its name; absent = nobody declares it. */
  readonly alias?: string;
  /** A second alias, and how many of each a server asks for. */
  readonly other?: string;
  readonly asks?: readonly [first: number, other?: number];
  readonly devices: readonly string[];
  readonly more?: string;
  /** slot.function, type, ids other than the common ones. */
  readonly host: readonly (readonly [
    place: string,
    type: NonNullable<Device["type"]>,
    more?: Partial<Device>,
  ])[];
};

/** The answer for the flavor: "served", or the reason that is said of the alias or the flavor. */
export type SetUp = {
  readonly name: string;
  readonly what: string;
  readonly placement: boolean;
  readonly says: string;
  /** A warning that comes with it. */
  readonly warns?: string;
  /** Only who knows addresses can tell: files without an inventory of them say nothing. */
  readonly onlyOnHost?: true;
  /** What match says of the host when it is another word; absent = nothing. */
  readonly host?: string;
  /** Its entry may mean a card of any ids, so that in files it answers for every other alias. */
  readonly alone?: true;
  /** Why no scheduler is asked. */
  readonly unasked?: string;
  readonly text: string;
  readonly objects: readonly FileObject[];
  readonly devices: readonly Device[];
};

type Row = readonly [what: string, says: string, written: Written, more?: More];
type More = Partial<Pick<SetUp, "warns" | "onlyOnHost" | "host" | "alone" | "unasked">>;

const ids = 'vendorId: "$V", productId: "00b2"';
const match = `match: [{ ${ids} }]`;
const card = [["00.0", "type-PF"]] as const;
const plain = [["00.0", "type-PCI"]] as const;
const nic = [
  ["00.0", "type-PF", { product: "1592" }],
  ["02.0", "type-VF", { parent: "00.0" }],
  ["02.1", "type-VF", { parent: "00.0" }],
] as const;

const inPlacement: readonly Row[] = [
  // device types
  [
    "a whole card",
    "served",
    { alias: `${match}, deviceType: type-PF`, devices: [ids], host: card },
  ],
  [
    "type-PCI for a card that can SR-IOV",
    "WrongDeviceType",
    { alias: `${match}, deviceType: type-PCI`, devices: [ids], host: card },
  ],
  [
    "no type for a card that can SR-IOV",
    "WrongDeviceType",
    { alias: match, devices: [ids], host: card },
  ],
  ["no type for a card that cannot", "served", { alias: match, devices: [ids], host: plain }],
  [
    "type-PF for a card that cannot",
    "WrongDeviceType",
    { alias: `${match}, deviceType: type-PF`, devices: [ids], host: plain },
  ],
  [
    "type-VF where nobody made virtual functions",
    "WrongDeviceType",
    { alias: `${match}, deviceType: type-VF`, devices: [ids], host: card },
  ],
  [
    "virtual functions by their ids",
    "served",
    { alias: `${match}, deviceType: type-VF`, devices: [ids], host: nic },
  ],
  [
    "type-PF, and the ids are those of virtual functions",
    "WrongDeviceType",
    { alias: `${match}, deviceType: type-PF`, devices: [ids], host: nic },
  ],
  // classes
  [
    "a class on the device only",
    "ClassMismatch",
    {
      alias: `${match}, deviceType: type-PF`,
      devices: [`${ids}, resourceClass: CUSTOM_B_$V`],
      host: card,
    },
  ],
  [
    "a class on the alias only",
    "ClassMismatch",
    {
      alias: `${match}, deviceType: type-PF, resourceClass: CUSTOM_B_$V`,
      devices: [ids],
      host: card,
    },
  ],
  [
    "one class, written in two ways",
    "served",
    {
      alias: `${match}, deviceType: type-PF, resourceClass: b-$V`,
      devices: [`${ids}, resourceClass: CUSTOM_B_$V`],
      host: card,
    },
  ],
  [
    "a class alone",
    "served",
    {
      alias: "resourceClass: CUSTOM_B_$V, deviceType: type-PF",
      devices: [`${ids}, resourceClass: CUSTOM_B_$V`],
      host: card,
    },
  ],
  [
    "a class alone, and the card is of another type",
    "WrongDeviceType",
    {
      alias: "resourceClass: CUSTOM_B_$V, deviceType: type-PCI",
      devices: [`${ids}, resourceClass: CUSTOM_B_$V`],
      host: card,
    },
  ],
  [
    "two models under one class",
    "served",
    {
      alias: `match: [{ ${ids} }, { vendorId: "$V", productId: "00b3" }], deviceType: type-PF, resourceClass: CUSTOM_B_$V`,
      asks: [2],
      devices: ["b2", "b3"].map(
        (text) => `vendorId: "$V", productId: "00${text}", resourceClass: CUSTOM_B_$V`,
      ),
      host: [
        ["00.0", "type-PF"],
        ["01.0", "type-PF", { product: "00b3" }],
      ],
    },
  ],
  // traits
  [
    "a trait that no device has",
    "ClassMismatch",
    { alias: `${match}, deviceType: type-PF, traits: [BIG_$V]`, devices: [ids], host: card },
  ],
  [
    "one trait of two",
    "ClassMismatch",
    {
      alias: `${match}, deviceType: type-PF, traits: [BIG_$V, BLUE_$V]`,
      devices: [`${ids}, traits: [BIG_$V]`],
      host: card,
    },
  ],
  [
    "fewer traits than offered, in another spelling",
    "served",
    {
      alias: `${match}, deviceType: type-PF, traits: [custom_big_$V]`,
      devices: [`${ids}, traits: [big-$V, BLUE_$V]`],
      host: card,
    },
  ],
  [
    "a trait that Nova itself gives",
    "served",
    {
      alias: `${match}, deviceType: type-PF, traits: [COMPUTE_MANAGED_PCI_DEVICE]`,
      devices: [ids],
      host: card,
    },
  ],
  [
    "a trait of the standard in small letters is another one",
    "ClassMismatch",
    {
      alias: `${match}, deviceType: type-PF, traits: [HW_GPU_API_VULKAN]`,
      devices: [`${ids}, traits: [hw_gpu_api_vulkan]`],
      host: card,
    },
  ],
  [
    "a trait of the standard, on both sides",
    "served",
    {
      alias: `${match}, deviceType: type-PF, traits: [HW_GPU_API_VULKAN]`,
      devices: [`${ids}, traits: [HW_GPU_API_VULKAN, HW_GPU_API_DXVA]`],
      host: card,
    },
  ],
  // networks
  [
    "a physical network",
    "NoMatchingDevice",
    {
      alias: `${match}, deviceType: type-VF`,
      devices: [`${ids}, physicalNetwork: physnet1`],
      host: nic,
    },
  ],
  [
    "no physical network, said so",
    "served",
    {
      alias: `${match}, deviceType: type-VF`,
      devices: [`${ids}, physicalNetwork: null`],
      host: nic,
    },
  ],
  // properties
  [
    "live migratable is asked, and the device is not",
    "NoMatchingDevice",
    { alias: `${match}, deviceType: type-VF, liveMigratable: true`, devices: [ids], host: nic },
  ],
  [
    "not live migratable is asked, and the device is",
    "NoMatchingDevice",
    {
      alias: `${match}, deviceType: type-VF, liveMigratable: false`,
      devices: [`${ids}, liveMigratable: true`],
      host: nic,
    },
  ],
  [
    "both are live migratable",
    "served",
    {
      alias: `${match}, deviceType: type-VF, liveMigratable: true`,
      devices: [`${ids}, liveMigratable: true`],
      host: nic,
    },
  ],
  [
    "nobody asks, and the device is live migratable",
    "served",
    {
      alias: `${match}, deviceType: type-VF`,
      devices: [`${ids}, liveMigratable: true`],
      host: nic,
    },
  ],
  [
    "a card that Nova does not detach",
    "served",
    { alias: `${match}, deviceType: type-VF`, devices: [`${ids}, managed: false`], host: nic },
  ],
  // ids and places
  [
    "ids the other way round in the alias",
    "NoMatchingDevice",
    {
      alias: 'match: [{ vendorId: "00b2", productId: "$V" }], deviceType: type-PF',
      devices: [ids],
      host: card,
    },
    { host: "IdsSwapped" },
  ],
  [
    "every device of a vendor",
    "served",
    { alias: `${match}, deviceType: type-PF`, devices: ['vendorId: "$V"'], host: card },
  ],
  [
    "every device of a vendor, and the host has another one of it",
    "NoMatchingDevice",
    {
      alias: `${match}, deviceType: type-PF`,
      devices: ['vendorId: "$V"'],
      host: [["00.0", "type-PF", { product: "00c0" }]],
    },
    { host: ": 0 of" },
  ],
  [
    "an address, and the card has its own ids",
    "served",
    { alias: `${match}, deviceType: type-PF`, devices: ['address: "0000:$B:00.0"'], host: card },
    { alone: true },
  ],
  [
    "the address of another slot",
    "NoMatchingDevice",
    {
      alias: `${match}, deviceType: type-PF`,
      devices: [`${ids}, address: "0000:$B:0a.0"`],
      host: card,
    },
    { onlyOnHost: true, host: "NoSuchDevice" },
  ],
  [
    "the only card is left out",
    "NoMatchingDevice",
    {
      alias: `${match}, deviceType: type-PF`,
      devices: [`${ids}, address: "0000:$B:00.0"`],
      more: 'exclude: [{ address: "0000:$B:00.0" }]',
      host: card,
    },
    { host: ": 0 of" },
  ],
  // counts
  [
    "more than the host has",
    "NoHostCanServe",
    {
      alias: `${match}, deviceType: type-PF`,
      asks: [3],
      devices: [ids],
      host: [
        ["00.0", "type-PF"],
        ["01.0", "type-PF"],
      ],
    },
  ],
  [
    "as many as the host has",
    "served",
    {
      alias: `${match}, deviceType: type-PF`,
      asks: [2],
      devices: [ids],
      host: [
        ["00.0", "type-PF"],
        ["01.0", "type-PF"],
      ],
    },
  ],
  [
    "two aliases that mean the one card",
    "NoHostCanServe",
    {
      alias: `${match}, deviceType: type-PF`,
      other: `${match}, deviceType: type-PF, numaPolicy: preferred`,
      asks: [1, 1],
      devices: [ids],
      host: card,
    },
  ],
  [
    "a card and its audio function",
    "served",
    {
      alias: `${match}, deviceType: type-PCI`,
      other: 'match: [{ vendorId: "$V", productId: "10ef" }], deviceType: type-PCI',
      asks: [1, 1],
      devices: ['vendorId: "$V", address: "0000:$B:00.*"'],
      host: [
        ["00.0", "type-PCI"],
        ["00.1", "type-PCI", { product: "10ef" }],
      ],
    },
  ],
  [
    "an alias that nobody declares",
    "AliasNotDeclared",
    { devices: [ids], host: card },
    {
      unasked: "nova-api refuses the flavor",
    },
  ],
];

const withoutPlacement: readonly Row[] = [
  [
    "classes do not matter",
    "served",
    {
      alias: `${match}, deviceType: type-PF`,
      devices: [`${ids}, resourceClass: CUSTOM_B_$V`],
      host: card,
    },
  ],
  [
    "type-PCI for a card that can SR-IOV",
    "WrongDeviceType",
    { alias: `${match}, deviceType: type-PCI`, devices: [ids], host: card },
  ],
  [
    "a physical network",
    "served",
    {
      alias: `${match}, deviceType: type-VF`,
      devices: [`${ids}, physicalNetwork: physnet1`],
      host: nic,
    },
  ],
  [
    "trusted virtual functions",
    "served",
    { alias: `${match}, deviceType: type-VF`, devices: [`${ids}, trusted: true`], host: nic },
  ],
  [
    "remote managed",
    "NoMatchingDevice",
    { alias: `${match}, deviceType: type-VF`, devices: [`${ids}, remoteManaged: true`], host: nic },
    { host: "Undecided" },
  ],
  [
    "live migratable is asked, and the device is not",
    "NoMatchingDevice",
    { alias: `${match}, deviceType: type-VF, liveMigratable: true`, devices: [ids], host: nic },
  ],
  [
    "NUMA required by a flavor without NUMA",
    "served",
    {
      alias: `${match}, deviceType: type-PF, numaPolicy: required`,
      devices: [ids],
      host: card,
    },
    { warns: "NumaPolicyIneffective" },
  ],
  [
    "one of each of two models",
    "served",
    {
      alias: `match: [{ ${ids} }, { vendorId: "$V", productId: "00b3" }], deviceType: type-PF`,
      asks: [2],
      devices: [ids, 'vendorId: "$V", productId: "00b3"'],
      host: [
        ["00.0", "type-PF"],
        ["01.0", "type-PF", { product: "00b3" }],
      ],
    },
  ],
  [
    "two aliases that mean the one card",
    "NoHostCanServe",
    {
      alias: `${match}, deviceType: type-PF`,
      other: `${match}, deviceType: type-PF, numaPolicy: preferred`,
      asks: [1, 1],
      devices: [ids],
      host: card,
    },
  ],
  [
    "more virtual functions than there are",
    "NoHostCanServe",
    { alias: `${match}, deviceType: type-VF`, asks: [3], devices: [ids], host: nic },
  ],
  [
    "a card and its virtual function in one server",
    "NoHostCanServe",
    {
      alias: `${match}, deviceType: type-VF`,
      other: 'match: [{ vendorId: "$V", productId: "1592" }], deviceType: type-PF',
      asks: [1, 1],
      devices: [ids, 'vendorId: "$V", productId: "1592"'],
      host: nic,
    },
    { onlyOnHost: true, host: "ParentAndChildren" },
  ],
];

export const setUps: readonly SetUp[] = [
  ...inPlacement.map((row, index) => setUp(row, index, true)),
  ...withoutPlacement.map((row, index) => setUp(row, 100 + index, false)),
];

/** Each has a vendor and a bus of its own, so that all of them stand on one host beside each other. */
function setUp([what, says, written, more = {}]: Row, index: number, placement: boolean): SetUp {
  const vendor = (0xa000 + index).toString(16);
  const bus = (0x20 + index).toString(16);
  const name = `s${index}`;
  const filled = (text: string): string => text.replaceAll("$V", vendor).replaceAll("$B", bus);
  const text = filled(textOf(name, written));
  const at = (place: string): string => `0000:${bus}:${place}`;
  const devices = written.host.map(([place, type, { parent, ...rest } = {}]): Device => ({
    ...{ address: at(place), vendor, product: "00b2", type },
    ...rest,
    ...(parent === undefined ? {} : { parent: at(parent) }),
  }));
  const { objects, problems } = readYaml("set-up.yaml", text);
  if (problems.length > 0) throw new Error(`${what}: ${JSON.stringify(problems)}`);
  const isMistake = ["WrongDeviceType", "ClassMismatch", "NoMatchingDevice"].includes(says);
  const host = isMistake ? { host: says } : {};
  return { name, what, placement, says, ...host, ...more, text, objects, devices };
}

function textOf(name: string, { alias, other, asks = [1], devices, more = "" }: Written): string {
  const object = (kind: string, called: string, spec: string): string =>
    `apiVersion: pci.openstack.org/v1alpha1\nkind: ${kind}\nmetadata: { name: ${called} }\nspec: { ${spec} }\n`;
  const asked = asks.map(
    (count, at) => `{ name: ${name}${at === 0 ? "" : "-other"}, count: ${count} }`,
  );
  return [
    ...(alias === undefined ? [] : [object("PciAlias", name, alias)]),
    ...(other === undefined ? [] : [object("PciAlias", `${name}-other`, other)]),
    object(
      "PciWhitelist",
      name,
      [`devices: [${devices.map((device) => `{ ${device} }`).join(", ")}]`, more]
        .filter(Boolean)
        .join(", "),
    ),
    object(
      "PciFlavor",
      name,
      `flavor: { name: ${name} }, aliases: [${asked.join(", ")}], create: { vcpus: 1, ramMiB: 64, diskGiB: 1 }`,
    ),
  ].join("---\n");
}
