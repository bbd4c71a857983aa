// PCI devices as a virt driver reports them: from the few facts a test cares about to the JSON that
// Nova's resource tracker reads.

export type Device = {
  readonly address: string;
  readonly vendor: string;
  readonly product: string;
  readonly type?: "type-PCI" | "type-PF" | "type-VF";
  /** The PF of a VF. */
  readonly parent?: string;
  readonly numaNode?: number;
};

export function pciDevices(devices: readonly Device[]): readonly unknown[] {
  return devices.map((device) => ({
    dev_id: `pci_${device.address.replace(/[:.]/g, "_")}`,
    address: device.address,
    vendor_id: device.vendor,
    product_id: device.product,
    dev_type: device.type ?? "type-PCI",
    parent_addr: device.parent ?? null,
    numa_node: device.numaNode ?? 0,
    label: `label_${device.vendor}_${device.product}`,
    status: "available",
  }));
}
