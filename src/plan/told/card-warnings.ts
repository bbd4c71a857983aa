// What the device entries of a PciWhitelist hand out that a host misses, or leave on it that
// belongs to what they hand out: told by the models alone, and by the inventory where there is one.

import {
  companionsOf,
  isStorage,
  kindOfCompanion,
  managementDisplay,
} from "../../nova/device/companions.ts";
import type { DeviceDeclaration } from "../../nova/terms/declare.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { HardwareDevice, NodeHardware } from "../terms/snapshot.ts";
import type { Notice } from "../wanted/accept.ts";
import { matching } from "../wanted/hardware.ts";
import { declaredBy, isDevice } from "../wanted/lines.ts";

type Device = {
  readonly vendorId: string;
  readonly productId: string;
  readonly classId: string;
  readonly address?: string;
};

/** `own` = the entries of the whitelist on that node. */
export function cardWarnings(
  view: ComputeView,
  own: readonly DeviceDeclaration[],
  hardware: NodeHardware | undefined,
): readonly Notice[] {
  return [
    ...own.flatMap(managementWarning),
    ...(hardware === undefined
      ? []
      : [
          ...own.flatMap((deviceDeclaration) => storageWarning(deviceDeclaration, hardware)),
          ...leftBehind(view, own, hardware),
        ]),
  ];
}

function notice(reason: "HostDevice" | "CompanionLeft", message: string): Notice {
  return { reason, message, path: "spec.devices" };
}

function managementWarning({ vendorId, productId }: DeviceDeclaration): readonly Notice[] {
  if (vendorId === undefined || productId === undefined) return [];
  const why = managementDisplay(vendorId, productId);
  return why === undefined
    ? []
    : [notice("HostDevice", `${vendorId}:${productId} is ${why}; remove the entry`)];
}

/** Ids choose every disk of a model, the one that the host boots from among them. */
function storageWarning(declared: DeviceDeclaration, hardware: NodeHardware): readonly Notice[] {
  const { vendorId, productId, address, addressRegex } = declared;
  if (vendorId === undefined || productId === undefined) return [];
  if (address !== undefined || addressRegex !== undefined) return [];
  const disks = matching(declared, hardware).filter((hardwareDevice) =>
    isStorage(asFunction(hardwareDevice)),
  );
  return disks.length === 0
    ? []
    : [
        notice(
          "HostDevice",
          `${vendorId}:${productId} takes every disk of that model, and the one that the host boots from is often of the same: write addresses, or exclude that one`,
        ),
      ];
}

function leftBehind(
  view: ComputeView,
  own: readonly DeviceDeclaration[],
  hardware: NodeHardware,
): readonly Notice[] {
  const devices = hardware.devices.map(asFunction);
  const takenBy = (entries: readonly DeviceDeclaration[]): ReadonlySet<Device> =>
    new Set(
      entries
        .flatMap((entry) => matching(entry, hardware))
        .map((hardwareDevice) => devices[hardware.devices.indexOf(hardwareDevice)]!),
    );
  const offered = takenBy(view.wanted.lines.filter(isDevice).map(declaredBy));
  return [...takenBy(own)].flatMap((device) => {
    const left = companionsOf(device, devices).filter((other) => !offered.has(other));
    const models = new Set(
      left.map((item) => `${item.vendorId}:${item.productId} (${kindOfCompanion(item)})`),
    );
    if (models.size === 0) return [];
    const message = `${[...models].join(", ")} of the card ${device.vendorId}:${device.productId} ${models.size === 1 ? "stays" : "stay"} on the host: functions of one IOMMU group go to a guest together, so offer them too, with an alias of their own in the flavor, or bind them to vfio-pci`;
    return [notice("CompanionLeft", message)];
  });
}

function asFunction(hardwareDevice: HardwareDevice): Device {
  const { vendor, product, class: classId, address } = hardwareDevice;
  return {
    vendorId: vendor,
    productId: product,
    classId,
    ...(address === undefined ? {} : { address }),
  };
}
