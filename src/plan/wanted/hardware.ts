// The node's own inventory (NFD) held against the devices we would offer there. Unknown never
// blocks; addresses are not in NFD, so an address entry is judged by its ids alone.

import type { DeviceDeclaration } from "../../nova/terms/declare.ts";
import { isDevice } from "./lines.ts";
import { declaredBy } from "./lines.ts";
import type { HardwareDevice, NodeHardware } from "../terms/snapshot.ts";
import type { Line } from "../terms/state.ts";

type HardwareFinding = {
  readonly node: string;
  readonly reason: "NoSuchDevice" | "IdsSwapped" | "IommuMissing";
  readonly device: string;
};

/** Kinds of hardware that the device specs of a fragment match: nodes alike share a canary. */
export function hardwareKey(hardware: NodeHardware | undefined, lines: readonly Line[]): string {
  if (hardware === undefined) return "unknown";
  const kinds = new Set<string>();
  for (const line of lines.filter(isDevice)) {
    for (const hardwareDevice of matching(declaredBy(line), hardware)) {
      kinds.add(`${hardwareDevice.vendor}:${hardwareDevice.product}`);
    }
  }
  return [...kinds].sort().join(",");
}

export function matching(
  declared: DeviceDeclaration,
  hardware: NodeHardware,
): readonly HardwareDevice[] {
  return hardware.devices.filter(
    (device) =>
      equalId(declared.vendorId, device.vendor) && equalId(declared.productId, device.product),
  );
}

function equalId(declared: string | undefined, found: string): boolean {
  return declared === undefined || declared === "*" || declared.toLowerCase() === found;
}

/** What is wrong with one device entry on one node. */
export function checkDevice(
  node: string,
  declared: DeviceDeclaration,
  hardware: NodeHardware,
): HardwareFinding | undefined {
  const device = `${declared.vendorId ?? "*"}:${declared.productId ?? "*"}`;
  const hits = matching(declared, hardware);
  if (hits.length > 0) {
    return hits.every((hit) => !hit.iommuGroup)
      ? { node, reason: "IommuMissing", device }
      : undefined;
  }
  const { vendorId, productId, ...rest } = declared;
  if (vendorId === undefined || productId === undefined)
    return { node, reason: "NoSuchDevice", device };
  const swapped = matching({ ...rest, vendorId: productId, productId: vendorId }, hardware);
  return { node, reason: swapped.length > 0 ? "IdsSwapped" : "NoSuchDevice", device };
}
