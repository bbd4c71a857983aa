// Declarations of aliases and devices, and findings about them: the language between those who know
// objects and this folder. Field names equal those of the custom resources; knows no cluster.

import type { PolicyName, Severity } from "./policies.ts";
import type { NumaPolicy, Release } from "./release.ts";

export type DeviceType = "type-PCI" | "type-PF" | "type-VF";

export type AliasDeclaration = {
  readonly name: string;
  /** Alternatives; empty when a resource class stands for the devices. */
  readonly match: readonly { readonly vendorId: string; readonly productId: string }[];
  readonly deviceType?: DeviceType;
  readonly numaPolicy?: NumaPolicy;
  readonly resourceClass?: string;
  readonly traits?: readonly string[];
  readonly liveMigratable?: boolean;
};

export type AddressRegex = {
  readonly domain?: string;
  readonly bus?: string;
  readonly slot?: string;
  readonly function?: string;
};

export type DeviceDeclaration = {
  readonly vendorId?: string;
  readonly productId?: string;
  readonly address?: string;
  readonly addressRegex?: AddressRegex;
  readonly devname?: string;
  /** null is a value of its own: a device for ports of a network without physical network. */
  readonly physicalNetwork?: string | null;
  readonly trusted?: boolean;
  readonly remoteManaged?: boolean;
  readonly managed?: boolean;
  readonly liveMigratable?: boolean;
  readonly oneTimeUse?: boolean;
  readonly resourceClass?: string;
  readonly traits?: readonly string[];
};

/** What a declaration is judged for: every release counts, so an unknown one means all of them. */
export type ModelContext = {
  readonly releases: readonly Release[];
  readonly pciInPlacement: boolean;
  readonly reportInPlacement: boolean;
  /** The old name, where a nova-compute may still be older than the API; absent = the release's. */
  readonly deviceOption?: "passthrough_whitelist";
  /** False when the declaration reaches one node at most; absent = nobody knows. */
  readonly severalNodes?: boolean;
};

export type Finding = {
  readonly policy: PolicyName;
  readonly severity: Severity;
  readonly message: string;
  /** Below "spec" for an alias ("spec.match[0].vendorId"), below the entry for a device. */
  readonly path: string;
};
