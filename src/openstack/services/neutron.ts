// Neutron's ports that hold a PCI device: those bound on a host with a direct vnic type. Their
// devices never show in a flavor, so nothing else would tell that they are in use.
import { recordAt, textOf } from "../wire/json.ts";
import { readPages } from "../session/pages.ts";
import type { Session } from "../session/session.ts";

export type DirectPort = {
  readonly id: string;
  readonly name: string;
  readonly serverId: string;
  /** Of the device, once Nova has chosen it. */
  readonly address: string | undefined;
};

/** vnic types for which Nova claims a PCI device (nova/network/model.py). */
const directTypes = [
  "direct",
  "direct-physical",
  "macvtap",
  "virtio-forwarder",
  "vdpa",
  "remote-managed",
  "accelerator-direct",
  "accelerator-direct-physical",
] as const;

export async function listDirectPorts(
  session: Session,
  host: string,
): Promise<readonly DirectPort[]> {
  const fields = ["id", "name", "device_id", "binding:vnic_type", "binding:profile"];
  const found = await readPages(
    session,
    {
      service: "network",
      method: "GET",
      path: "/ports",
      query: { "binding:host_id": host, "binding:vnic_type": directTypes, fields },
    },
    "ports",
  );
  // A service that ignores a filter it does not know must not make every port a device.
  return found.filter(isDirect).map((json) => ({
    id: textOf(json["id"]),
    name: textOf(json["name"]),
    serverId: textOf(json["device_id"]),
    address: textOf(recordAt(json, "binding:profile")["pci_slot"]).toLowerCase() || undefined,
  }));
}

function isDirect(json: Readonly<Record<string, unknown>>): boolean {
  return directTypes.some((type) => type === json["binding:vnic_type"]);
}
