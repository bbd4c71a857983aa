// The cards of each node: the devices that the virt driver reports, chosen so that the shipped
// examples find theirs. Two ports of one card on the first node, four on the second, and one card
// on each that only the later steps offer.
import type { Device } from "../openstack/devices.ts";

function card(address: string, product: string): Device {
  return { address, vendor: "8086", product, type: "type-PF" };
}

/** A drive on each node, for the steps of one-time use. */
const drive: Device = { address: "0000:61:00.0", vendor: "144d", product: "a80a" };

export const hardware: Readonly<Record<string, readonly Device[]>> = {
  "compute-1": [
    card("0000:41:00.0", "154d"),
    card("0000:41:00.1", "154d"),
    card("0000:81:00.0", "1572"),
    drive,
  ],
  "compute-2": [
    card("0000:05:00.0", "10fb"),
    card("0000:05:00.1", "10fb"),
    card("0000:06:00.0", "10fb"),
    card("0000:06:00.1", "10fb"),
    card("0000:81:00.0", "1572"),
    drive,
  ],
};
