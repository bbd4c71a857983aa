// Answers "which cards does a node have?": the devices that the virt driver reports, chosen so
// that the shipped examples find theirs. Two ports of one card on the first node, four on the
// second, and one card there that only the later steps offer.

/** Nova's own form of a device, as a virt driver reports it. */
export type ReportedDevice = {
  readonly dev_id: string;
  readonly address: string;
  readonly vendor_id: string;
  readonly product_id: string;
  readonly dev_type: "type-PCI" | "type-PF" | "type-VF";
  readonly parent_addr: null;
  readonly numa_node: number;
  readonly label: string;
  readonly status: "available";
};

const cards: Readonly<Record<string, readonly (readonly [address: string, product: string])[]>> = {
  "compute-1": [
    ["0000:41:00.0", "154d"],
    ["0000:41:00.1", "154d"],
    ["0000:81:00.0", "1572"],
  ],
  "compute-2": [
    ["0000:05:00.0", "10fb"],
    ["0000:05:00.1", "10fb"],
    ["0000:06:00.0", "10fb"],
    ["0000:06:00.1", "10fb"],
    ["0000:81:00.0", "1572"],
  ],
};

export function hardware(node: string): readonly ReportedDevice[] {
  return (cards[node] ?? []).map(([address, product]) => ({
    dev_id: `pci_${address.replaceAll(/[:.]/g, "_")}`,
    address,
    vendor_id: "8086",
    product_id: product,
    dev_type: "type-PF",
    parent_addr: null,
    numa_node: 0,
    label: `label_8086_${product}`,
    status: "available",
  }));
}
