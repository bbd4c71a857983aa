// Devices that would be handed to guests by mistake: hazards of device specs seen together with the
// devices of one host. Values in, values out; the names are policies where there is one.

import { addressText, wildcard } from "../../nova/device/address.ts";
import {
  companionsOf,
  isStorage,
  kindOfCompanion,
  managementDisplay,
} from "../../nova/device/companions.ts";
import type { DeviceSpec } from "../../nova/device/device-spec.ts";
import { specHazards } from "../../nova/device/entry-hazards.ts";
import type { InventoryDevice } from "../../nova/device/lspci.ts";
import { normalisedClass } from "../../nova/terms/placement-names.ts";
import { truthy } from "../../nova/text/python-json.ts";
import type { PolicyName, Severity } from "../../nova/terms/policies.ts";
import type { Release } from "../../nova/terms/release.ts";
import type { Exclusions, WrittenSpec } from "./written-specs.ts";

/** A device of the host and the spec that takes it, if any. */
export type HandOut = {
  readonly device: InventoryDevice;
  readonly spec?: DeviceSpec;
  readonly origin?: string;
};

export type Mistake = {
  /** A policy of ours, or the name of a hazard that only a host can show. */
  readonly name:
    | PolicyName
    | "ExclusionIneffective"
    | "HostDevice"
    | "ParentAndChildren"
    | "UnknownFunctions"
    | "VfWithoutParent"
    | "WrongDeviceType"
    | "ClassMismatch"
    | "NoMatchingDevice"
    | "CompanionLeft"
    | "IdsSwapped"
    | "NoSuchDevice"
    | "Undecided"
    | "NodeNotGiven";
  readonly severity: Severity;
  readonly message: string;
};

type Scope = { readonly release: Release; readonly reportInPlacement: boolean };

export function findMistakes(
  taken: readonly HandOut[],
  specs: readonly DeviceSpec[],
  written: readonly WrittenSpec[],
  scope: Scope,
): readonly Mistake[] {
  const ofSpecs = specs.flatMap((spec) =>
    mistakesOfSpec(spec, written[spec.index]!, taken, scope.release),
  );
  return [
    ...ofSpecs,
    ...taken.flatMap((handOut) => hostDevice(handOut, taken)),
    ...parentsAndChildren(taken, scope),
    ...(scope.reportInPlacement ? taken.flatMap(orphan) : []),
    ...companions(taken),
    ...specs.flatMap((spec) => swapped(spec, written[spec.index]!.origin, taken)),
  ];
}

/**
 * What somebody left out and a guest would get all the same; and what nobody can prove left out.
 */
export function brokenExclusions(
  taken: readonly HandOut[],
  { addresses, problems }: Exclusions,
): readonly Mistake[] {
  const broken = (message: string): Mistake => ({
    name: "ExclusionIneffective",
    severity: "refuse",
    message,
  });
  return [
    ...problems.map((problem) => broken(`${problem.origin}: ${problem.message}`)),
    ...addresses.flatMap(({ address, origin }) =>
      taken
        .filter((handOut) => handOut.spec !== undefined && handOut.device.address === address)
        .map((handOut) =>
          broken(`${origin} leaves ${address} out, and ${handOut.origin} hands it out`),
        ),
    ),
  ];
}

/** As check names it: Nova takes the entry, so only the loss of the whole host is an error. */
function mistakesOfSpec(
  spec: DeviceSpec,
  { origin, isCompiled }: WrittenSpec,
  taken: readonly HandOut[],
  release: Release,
): readonly Mistake[] {
  const hazards = specHazards(spec, release).filter(
    (specHazard) => isCompiled !== true || specHazard.policy !== "UnanchoredRegex",
  );
  const found = hazards.map(({ policy, message }): Mistake => ({
    name: policy,
    severity: policy === "MatchesEveryDevice" ? "refuse" : "warn",
    message: `${origin}: ${message}`,
  }));
  return [...found, ...unknownFunctions(spec, origin, taken), ...noSerial(spec, origin, taken)];
}

/** Nova takes a remote managed device only with the serial number of its card (VPD). */
function noSerial(spec: DeviceSpec, origin: string, all: readonly HandOut[]): readonly Mistake[] {
  if (!spec.remoteManaged || all.some((handOut) => handOut.spec === spec)) return [];
  const fits = (wanted: string, id: string): boolean => wanted === wildcard || wanted === id;
  const bare = all.find(
    ({ device }) =>
      device.cardSerial === null &&
      fits(spec.vendorId, device.vendorId) &&
      fits(spec.productId, device.productId),
  );
  if (bare === undefined) return [];
  const message = `${origin} takes nothing: remote_managed needs the serial number of the card (VPD), and the inventory shows none at ${bare.device.address}`;
  return [{ name: "NoMatchingDevice", severity: "warn", message }];
}

function unknownFunctions(
  { address }: DeviceSpec,
  origin: string,
  taken: readonly HandOut[],
): readonly Mistake[] {
  const single = address !== undefined && /^[0-9a-f:.]+$/.test(addressText(address.fields));
  if (!single) return [];
  const own = taken.find((handOut) => handOut.origin === origin);
  if (own === undefined || own.device.deviceType !== undefined) return [];
  const message = `${origin}: if ${own.device.address} is a physical function, its virtual functions go too; the inventory does not say`;
  return [{ name: "UnknownFunctions", severity: "warn", message }];
}

/** Kinds of device that a host can hardly do without, by class of the PCI specification. */
const hostClasses: readonly (readonly [start: string, what: string])[] = [
  ["01", "a storage controller; the host may boot from it"],
  ["05", "a memory controller"],
  ["06", "a bridge"],
  ["08", "a system device"],
  ["0c03", "a USB controller"],
  ["0c05", "the system management bus"],
];

/** Asked for by its model, a device is no accident. */
function isPinned(spec: DeviceSpec): boolean {
  return spec.vendorId !== wildcard && spec.productId !== wildcard;
}

function hostDevice(
  { device, spec, origin }: HandOut,
  all: readonly HandOut[],
): readonly Mistake[] {
  if (spec === undefined) return [];
  const given = `${origin} hands out ${device.address} (${device.vendorId}:${device.productId})`;
  const warn = (message: string): readonly Mistake[] => [
    { name: "HostDevice", severity: "warn", message },
  ];
  const display = managementDisplay(device.vendorId, device.productId);
  if (display !== undefined) return warn(`${given}, ${display}; remove the entry, or exclude it`);
  if (isPinned(spec)) {
    const first = all.find((handOut) => handOut.spec === spec);
    const wide = isStorage(device) && !hasPlace(spec) && first?.device === device;
    const count = all.filter((handOut) => handOut.spec === spec).length;
    return wide
      ? warn(
          `${origin} hands out every ${device.vendorId}:${device.productId}, ${count} here, by its model alone: the disk that the host boots from is often of the same; give their addresses, or exclude that one`,
        )
      : [];
  }
  const known = hostClasses.find(([start]) => device.classId?.startsWith(start) === true);
  const network = device.classId?.startsWith("02") === true && !spec.tags.has("physical_network");
  const what =
    known?.[1] ?? (network ? "a network card; the host may be reached by it" : undefined);
  return what === undefined ? [] : warn(`${given}, ${what}; give both ids`);
}

/** Some part of the address is said. */
function hasPlace({ address }: DeviceSpec): boolean {
  if (address === undefined) return true;
  return Object.values(address.fields).some((text) => text !== wildcard && text !== ".*");
}

/** With report_in_placement fatal, without it two guests may get the same hardware. */
function parentsAndChildren(taken: readonly HandOut[], scope: Scope): readonly Mistake[] {
  const offered = taken.filter((handOut) => handOut.spec !== undefined);
  return offered.flatMap(({ device }) => {
    const children = offered.filter((handOut) => handOut.device.parentAddress === device.address);
    if (children.length === 0) return [];
    const severity = scope.reportInPlacement ? "refuse" : "warn";
    const effect = scope.reportInPlacement
      ? `nova-compute ${scope.release.version} would not start`
      : "taking one makes the others unusable";
    const message = `${device.address} and ${children.length} of its virtual functions are offered: ${effect}`;
    return [{ name: "ParentAndChildren", severity, message } as const];
  });
}

/** The class under which Placement counts the device. */
export function resourceClass(spec: DeviceSpec, device: InventoryDevice): string {
  // Such a device is not reported to Placement (pci_placement_translator.py; measured).
  if (truthy(spec.tags.get("physical_network"))) return "-";
  const wanted = spec.tags.get("resource_class");
  if (typeof wanted === "string" && wanted !== "") return normalisedClass(wanted);
  return `CUSTOM_PCI_${device.vendorId}_${device.productId}`.toUpperCase();
}

/** A virtual function whose parent the kernel does not show (VMs, some cards). */
function orphan({ device, spec }: HandOut): readonly Mistake[] {
  if (spec === undefined || device.deviceType !== "type-VF") return [];
  if (device.parentAddress !== undefined || truthy(spec.tags.get("physical_network"))) return [];
  const message = `${device.address} is a virtual function without a parent: with report_in_placement every update of the inventory fails, and only the log says so`;
  return [{ name: "VfWithoutParent", severity: "refuse", message }];
}

/** Functions of one card go together: the guest fails to start when one is in use on the host. */
function companions(all: readonly HandOut[]): readonly Mistake[] {
  const devices = all.map((handOut) => handOut.device);
  const taken = new Set(
    all.filter((handOut) => handOut.spec !== undefined).map((handOut) => handOut.device),
  );
  return [...taken].flatMap((device): readonly Mistake[] => {
    const left = companionsOf(device, devices).filter(
      (other) => !taken.has(other) && other.driver !== "vfio-pci",
    );
    if (left.length === 0) return [];
    const names = left.map((other) => `${other.address} (${kindOfCompanion(other)})`).join(", ");
    const card =
      device.iommuGroup === undefined ? "of the same card as" : "of the same IOMMU group as";
    const verb = left.length === 1 ? "stays" : "stay";
    const message = `${names} ${card} ${device.address} ${verb} on the host: functions of one IOMMU group go to a guest together, so offer them too, with an alias of their own in the flavor, or bind them to vfio-pci`;
    return [{ name: "CompanionLeft", severity: "warn", message }];
  });
}

/** What a person may want to know and can do nothing about. */
export function remarksOf(all: readonly HandOut[]): readonly string[] {
  const offered = all.filter((handOut) => handOut.spec !== undefined);
  const devices = offered.map((handOut) => handOut.device);
  const apart = new Map<string, string>();
  for (const device of devices) {
    const others = companionsOf(device, devices);
    if (others.length === 0) continue;
    const models = [device, ...others].map(
      (inventoryDevice) => `${inventoryDevice.vendorId}:${inventoryDevice.productId}`,
    );
    const key = models.join(" and ");
    if (!apart.has([...models].sort().join(" and ")))
      apart.set(
        [...models].sort().join(" and "),
        `${key} are functions of one card and are handed out one by one: a flavor must ask for each of them, and where a host has several such cards Nova may take them from two`,
      );
  }
  return [...apart.values(), ...withoutFunctions(all)];
}

/** Ports of type direct get virtual functions, which nobody offers here. */
function withoutFunctions(all: readonly HandOut[]): readonly string[] {
  return all.flatMap(({ device, spec }) => {
    if (spec === undefined || !truthy(spec.tags.get("physical_network"))) return [];
    const below = all.filter((handOut) => handOut.device.parentAddress === device.address);
    if (below.length === 0 || below.some((handOut) => handOut.spec !== undefined)) return [];
    const { vendorId, productId } = below[0]!.device;
    return [
      `${device.address} is offered as a whole (ports of type direct-physical); none of its virtual functions (${below.length} of ${vendorId}:${productId}) is offered, so that ports of type direct get none`,
    ];
  });
}

/** The device stands at the very address, or somewhere, with its ids the other way round. */
function swapped(spec: DeviceSpec, origin: string, all: readonly HandOut[]): readonly Mistake[] {
  const { address, vendorId, productId } = spec;
  if (all.some((handOut) => handOut.spec === spec) || !isPinned(spec)) return [];
  const where = address === undefined ? undefined : addressText(address.fields);
  const isOther = (handOut: HandOut): boolean =>
    handOut.device.vendorId === productId && handOut.device.productId === vendorId;
  const at =
    all.find((handOut) => handOut.device.address === where) ??
    (isWide(spec) ? all.find(isOther) : undefined);
  if (at === undefined) return elsewhere(spec, origin, all);
  const { device } = at;
  const found = `${origin}: at ${device.address} is ${device.vendorId}:${device.productId}`;
  if (isOther(at)) {
    const message = `${found}: vendor_id and product_id are swapped`;
    return [{ name: "IdsSwapped", severity: "refuse", message }];
  }
  if (device.vendorId === vendorId && device.productId === productId) return [];
  const message = `${found}, not ${vendorId}:${productId}`;
  return [{ name: "NoSuchDevice", severity: "warn", message }];
}

/** Nothing stands at the address, and what was meant stands at another that nobody offers. */
function elsewhere(spec: DeviceSpec, origin: string, all: readonly HandOut[]): readonly Mistake[] {
  if (isWide(spec)) return [];
  const others = all.filter(
    (handOut) =>
      handOut.spec === undefined &&
      handOut.device.vendorId === spec.vendorId &&
      handOut.device.productId === spec.productId,
  );
  if (others.length === 0) return [];
  const places = others.map((other) => other.device.address).join(", ");
  const where = addressText(spec.address!.fields);
  const message = `${origin}: nothing is at ${where}, and ${spec.vendorId}:${spec.productId} is at ${places}, which no entry offers`;
  return [{ name: "NoSuchDevice", severity: "warn", message }];
}

/** Not one address: it may mean a device anywhere. */
function isWide({ address }: DeviceSpec): boolean {
  return address === undefined || !/^[0-9a-f:.]+$/.test(addressText(address.fields));
}
