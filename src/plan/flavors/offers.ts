// What each compute node offers, for the one question of nova/serving/serves.ts: its device entries
// as Nova reads them, with the devices that the node's inventory knows. Decides nothing.

import type { DeviceDeclaration } from "../../nova/terms/declare.ts";
import type { KnownDevice, Offer } from "../../nova/serving/serves.ts";
import type { NodeHardware } from "../terms/snapshot.ts";
import type { Line } from "../terms/state.ts";
import { matching } from "../wanted/hardware.ts";
import { declaredBy, isDevice } from "../wanted/lines.ts";

const offers = new WeakMap<readonly Line[], readonly Offer[]>();
const found = new WeakMap<NodeHardware, WeakMap<readonly Line[], readonly Offer[]>>();

/** Asked for many aliases of the same lines in every round. */
export function offersIn(
  lines: readonly Line[],
  hardware: NodeHardware | undefined,
): readonly Offer[] {
  const plain =
    offers.get(lines) ?? lines.filter(isDevice).map((line) => ({ device: declaredBy(line) }));
  offers.set(lines, plain);
  if (hardware === undefined) return plain;
  const ofHardware = found.get(hardware) ?? new WeakMap<readonly Line[], readonly Offer[]>();
  found.set(hardware, ofHardware);
  const made = ofHardware.get(lines) ?? plain.map(({ device }) => offerOf(device, hardware));
  ofHardware.set(lines, made);
  return made;
}

const ofDevices = new WeakMap<NodeHardware, WeakMap<DeviceDeclaration, Offer>>();

export function offerOf(device: DeviceDeclaration, hardware: NodeHardware | undefined): Offer {
  if (hardware === undefined) return { device };
  const known = ofDevices.get(hardware) ?? new WeakMap<DeviceDeclaration, Offer>();
  ofDevices.set(hardware, known);
  const made = known.get(device) ?? {
    device,
    known: matching(device, hardware).map(knownDevice),
  };
  known.set(device, made);
  return made;
}

/**
 * Nova takes a device for a physical function when it can SR-IOV, whether or not it has virtual
 * functions now (nova/virt/libvirt/host.py). NFD publishes sriov_totalvfs of exactly those.
 */
function knownDevice(hardwareDevice: NodeHardware["devices"][number]): KnownDevice {
  return {
    vendorId: hardwareDevice.vendor,
    productId: hardwareDevice.product,
    types: hardwareDevice.totalVfs === undefined ? ["type-PCI", "type-VF"] : ["type-PF"],
  };
}
