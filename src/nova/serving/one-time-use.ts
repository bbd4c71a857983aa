// Devices that are handed out once, as Placement shows them between two servers. Nova reserves such
// a device with its first use and leaves the rest to others (compute/pci_placement_translator.py,
// 32 and later); which entry a provider came of is not said there.

import { mayTakeAddress } from "../device/exclude.ts";
import type { DeviceDeclaration } from "../terms/declare.ts";
import { resourceClassOf } from "../terms/placement-names.ts";
import { oneTimeUseTrait } from "./placement.ts";

type Provider = {
  readonly address: string;
  readonly resourceClass: string;
  readonly traits: readonly string[];
  readonly total: number;
  readonly reserved: number;
  readonly used: number;
};

/** Reserved as a whole and used by nobody, so that Placement lets nobody have it. */
export function waitsForCleaning({ traits, total, reserved, used }: Provider): boolean {
  return traits.includes(oneTimeUseTrait) && total > 0 && reserved >= total && used === 0;
}

/** Vendor and product in capitals, where Nova made the class of them. */
export function idsOfClass(resourceClass: string): readonly [string, string] | undefined {
  const ids = /^CUSTOM_PCI_([0-9A-F]{4})_([0-9A-F]{4})$/.exec(resourceClass);
  return ids === null ? undefined : [ids[1]!, ids[2]!];
}

/** Whether this provider can be what Nova made of the entry. */
export function mayBe(
  entry: DeviceDeclaration,
  { address, resourceClass }: Pick<Provider, "address" | "resourceClass">,
): boolean {
  if (!mayTakeAddress(entry, address)) return false;
  if (entry.resourceClass !== undefined)
    return resourceClassOf(entry.resourceClass, null, null) === resourceClass;
  const ids = idsOfClass(resourceClass);
  if (ids === undefined) return false;
  const fits = (wanted: string | undefined, found: string): boolean =>
    wanted === undefined || wanted.toUpperCase() === found;
  return fits(entry.vendorId, ids[0]) && fits(entry.productId, ids[1]);
}
