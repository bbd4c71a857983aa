// What a host's /sys says, for a model that reads no file: tables that a caller fills from an
// inventory, or leaves empty.

export type Host = {
  /** Addresses (domain:bus:slot.function) whose sriov_totalvfs is above zero. */
  readonly physicalFunctions: ReadonlySet<string>;
  /** Network interface -> address of its device, and whether that is a PF. */
  readonly interfaces: ReadonlyMap<string, { readonly address: string; readonly isPf: boolean }>;
  /** PF address -> ids that its own files and sriov_vf_device show. */
  readonly ids: ReadonlyMap<
    string,
    { readonly vendorId: string; readonly productId: string; readonly vfProductId: string }
  >;
};

/** A host of which nothing is known: no PF, no interface. */
export const unknownHost: Host = {
  physicalFunctions: new Set(),
  interfaces: new Map(),
  ids: new Map(),
};
