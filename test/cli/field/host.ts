// One host with thirty devices of the kinds that people hand out, in the words of `nova-pci match` and
// in those of Nova.

type Seen = {
  readonly address: string;
  readonly vendor_id: string;
  readonly product_id: string;
  readonly dev_type: "type-PCI" | "type-PF" | "type-VF";
  readonly parent_addr?: string;
  readonly netdev: readonly string[];
};

const plain = (address: string, vendor_id: string, product_id: string): Seen => ({
  ...{ address, vendor_id, product_id, netdev: [] },
  dev_type: "type-PCI",
});

/** A card that can SR-IOV, with its virtual functions from slot 2 on. */
function card(
  at: string,
  ids: readonly [string, string, string],
  vfs: number,
  name?: string,
): readonly Seen[] {
  const [vendor_id, product_id, virtual] = ids;
  const parent = `${at}:00.0`;
  const netdev = (suffix: string): readonly string[] => (name === undefined ? [] : [name + suffix]);
  return [
    { address: parent, vendor_id, product_id, dev_type: "type-PF", netdev: netdev("") },
    ...Array.from({ length: vfs }, (_, index): Seen => ({
      ...{ address: `${at}:02.${index}`, vendor_id, product_id: virtual },
      ...{ dev_type: "type-VF", parent_addr: parent, netdev: netdev(`v${index}`) },
    })),
  ];
}

const host: readonly Seen[] = [
  ...card("0000:41", ["10de", "20b2", "20b2"], 4),
  ...card("0000:42", ["10de", "20b2", "20b2"], 0),
  ...card("0000:5a", ["10de", "2330", "2330"], 0),
  ...card("0000:5e", ["10de", "1eb8", "1eb8"], 0),
  plain("0000:0b:00.0", "10de", "1b06"),
  plain("0000:0b:00.1", "10de", "10ef"),
  ...card("0000:19", ["8086", "1592", "154c"], 4, "ens1f0"),
  ...card("0000:3b", ["8086", "1592", "154c"], 2, "ens2f0"),
  ...card("0000:0a", ["15b3", "1017", "1018"], 2, "ens3f0"),
  ...card("0000:3d", ["8086", "37c8", "37c9"], 2),
  plain("0000:61:00.0", "144d", "a80a"),
  plain("0000:62:00.0", "144d", "a80a"),
  plain("0000:00:00.0", "8086", "1237"),
  plain("0001:41:00.0", "10de", "20b0"),
];

export const inventory = JSON.stringify(host);

/** What the oracle answers from in place of /sys. */
export const novaHost = {
  pfs: host.filter((seen) => seen.dev_type === "type-PF").map((seen) => seen.address),
  ifnames: Object.fromEntries(
    host.flatMap((seen) =>
      seen.netdev.map((name) => [name, [seen.address, seen.dev_type === "type-PF"]]),
    ),
  ),
};

export const novaDevices = host.map(({ netdev: _, ...device }) => device);
