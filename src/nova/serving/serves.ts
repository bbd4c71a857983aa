// Who can serve an alias, and if nobody, why: alias, device entries and the devices that a host is
// known to have, compared as Nova and Placement would. `covers.ts` asks only whether an alias and
// an entry may touch each other, and errs on the side of yes; here a yes is a promise.

import { couldServe } from "../device/covers.ts";
import type { AliasDeclaration, DeviceDeclaration, DeviceType } from "../terms/declare.ts";
import { normalisedClass, normalisedTrait } from "../terms/placement-names.ts";
import { strip } from "../text/python-text.ts";

/** A device of a host, as far as an inventory knows it. */
export type KnownDevice = {
  readonly vendorId: string;
  readonly productId: string;
  /** What Nova may take it for; an inventory that cannot tell lists several. */
  readonly types: readonly DeviceType[];
};

/** One device entry; `known` are the devices that it takes on a host, absent = nobody knows. */
export type Offer = {
  readonly device: DeviceDeclaration;
  readonly known?: readonly KnownDevice[];
};

type UnservedName = "NoMatchingDevice" | "ClassMismatch" | "WrongDeviceType";

/** Why no guest can get a device; the message says what to write. */
export type Unserved = {
  readonly name: UnservedName;
  readonly message: string;
  /** Below "spec" of the alias. */
  readonly path: string;
};

/**
 * Undefined when one of the offers can serve it; else the reason of the offer that comes nearest.
 */
export function unserved(
  alias: AliasDeclaration,
  offers: readonly Offer[],
  inPlacement: boolean,
): Unserved | undefined {
  let nearest: Miss | undefined;
  for (const offer of offers) {
    const miss = missOf(alias, offer, inPlacement);
    if (miss === undefined) return undefined;
    if (nearest === undefined || miss.near > nearest.near) nearest = miss;
  }
  return nearest?.why ?? nothingOffered(alias);
}

/**
 * Why this entry serves no guest of the alias although its ids fit; undefined = it does, or is for
 * others.
 */
export function misfit(
  alias: AliasDeclaration,
  offer: Offer,
  inPlacement: boolean,
): Unserved | undefined {
  const miss = missOf(alias, offer, inPlacement);
  return miss === undefined || miss.near < nearnessOf.kind ? undefined : miss.why;
}

/** Cheap where the ids already differ: asked for every node, flavor and entry. */
export function canServe(alias: AliasDeclaration, offer: Offer, inPlacement: boolean): boolean {
  return couldServe(alias, offer.device) && missOf(alias, offer, inPlacement) === undefined;
}

type Miss = { readonly near: number; readonly why: Unserved };

/** How far a comparison came: the offer that fails last is the one its author meant. */
const nearnessOf = { nothing: 0, devices: 1, kind: 2, network: 3, names: 4, type: 5 } as const;

function missOf(alias: AliasDeclaration, offer: Offer, inPlacement: boolean): Miss | undefined {
  const { device } = offer;
  const near = nearnessOf;
  if (!idsMayFit(alias, device)) return { near: near.nothing, why: nothingOffered(alias) };
  const known = offer.known?.filter((knownDevice) => isAskedFor(alias, knownDevice));
  if (known?.length === 0) return { near: near.devices, why: absent(alias, device) };
  const kind = otherKind(alias, device);
  if (kind !== undefined) return { near: near.kind, why: kind };
  if (inPlacement) {
    if (isText(device.physicalNetwork))
      return { near: near.network, why: onNetwork(alias, device) };
    const names = otherNames(alias, device);
    if (names !== undefined) return { near: near.names, why: names };
  } else if (!couldServe(alias, device)) return { near: near.nothing, why: nothingOffered(alias) };
  const type = known === undefined ? undefined : otherType(alias, known);
  return type === undefined ? undefined : { near: near.type, why: type };
}

function isText(value: string | null | undefined): value is string {
  return value !== undefined && value !== null && value !== "";
}

function idsMayFit(alias: AliasDeclaration, device: DeviceDeclaration): boolean {
  const fits = (wanted: string, offered: string | undefined): boolean =>
    offered === undefined || sameId(wanted, offered);
  return (
    alias.match.length === 0 ||
    alias.match.some(
      (item) => fits(item.vendorId, device.vendorId) && fits(item.productId, device.productId),
    )
  );
}

function isAskedFor(alias: AliasDeclaration, device: KnownDevice): boolean {
  return idsMayFit(alias, { vendorId: device.vendorId, productId: device.productId });
}

function sameId(a: string, b: string): boolean {
  return a.toLowerCase().padStart(4, "0") === b.toLowerCase().padStart(4, "0");
}

function idsOf(device: DeviceDeclaration): string {
  const ids = `${device.vendorId ?? "*"}:${device.productId ?? "*"}`.toLowerCase();
  const place = device.address ?? device.devname;
  return place === undefined ? ids : ids === "*:*" ? place : `${ids} at ${place}`;
}

export function askedFor(alias: AliasDeclaration): string {
  const ids = alias.match.map((device) => `${device.vendorId}:${device.productId}`.toLowerCase());
  if (ids.length > 0) return [...new Set(ids)].join(" or ");
  return alias.resourceClass === undefined
    ? "any device of its type"
    : `class ${classText(alias.resourceClass)}`;
}

function nothingOffered(alias: AliasDeclaration): Unserved {
  return {
    name: "NoMatchingDevice",
    message: `no PciWhitelist offers a device that this alias could take: it asks for ${askedFor(alias)}`,
    path: "spec.match",
  };
}

function absent(alias: AliasDeclaration, device: DeviceDeclaration): Unserved {
  return {
    name: "NoMatchingDevice",
    message: `the nodes that offer ${idsOf(device)} have no such device: their inventory shows no ${askedFor(alias)}`,
    path: "spec.match",
  };
}

/** Properties that Nova compares whether or not Placement takes part. */
function otherKind(alias: AliasDeclaration, device: DeviceDeclaration): Unserved | undefined {
  const no = (message: string, path: string): Unserved => ({
    name: "NoMatchingDevice",
    message,
    path,
  });
  if (device.remoteManaged === true)
    return no(
      `${idsOf(device)} is remoteManaged: only ports of Neutron get it, never an alias`,
      "spec.match",
    );
  if (device.oneTimeUse === true && alias.deviceType === "type-VF")
    return no(
      `${idsOf(device)} is oneTimeUse, which Nova allows for whole devices only: write deviceType type-PF or type-PCI`,
      "spec.deviceType",
    );
  if (alias.liveMigratable !== undefined && device.liveMigratable !== alias.liveMigratable)
    return no(
      `this alias has liveMigratable: ${alias.liveMigratable} and ${idsOf(device)} has not: write the same on both`,
      "spec.liveMigratable",
    );
  return undefined;
}

function onNetwork(alias: AliasDeclaration, device: DeviceDeclaration): Unserved {
  return {
    name: "NoMatchingDevice",
    message: `${idsOf(device)} has physicalNetwork ${String(device.physicalNetwork)}, so Nova does not report it to Placement and alias ${alias.name} can never get it: remove physicalNetwork, or let guests ask for it with a port of Neutron`,
    path: "spec.match",
  };
}

// --- class and traits ---------------------------------------------------------------------------

function classText(text: string): string {
  return normalisedClass(strip(text));
}

function classOfIds(vendorId: string, productId: string): string {
  return `CUSTOM_PCI_${vendorId.padStart(4, "0")}_${productId.padStart(4, "0")}`.toUpperCase();
}

/** The one class that each alternative asks Placement for. */
function classesAsked(alias: AliasDeclaration, device: DeviceDeclaration): readonly string[] {
  if (isText(alias.resourceClass)) return [classText(alias.resourceClass)];
  return alias.match
    .filter((item) => idsMayFit({ name: alias.name, match: [item] }, device))
    .map((item) => classOfIds(item.vendorId, item.productId));
}

/** Undefined = made of the ids of each device, which the entry does not tell. */
function classOffered(device: DeviceDeclaration): string | undefined {
  if (isText(device.resourceClass)) return classText(device.resourceClass);
  const { vendorId, productId } = device;
  return vendorId === undefined || productId === undefined
    ? undefined
    : classOfIds(vendorId, productId);
}

/** Could a device of the entry, of which the ids are not all told, have the class of its ids? */
function mayBeOfIds(wanted: string, device: DeviceDeclaration): boolean {
  const ids = /^CUSTOM_PCI_([0-9A-F]{4})_([0-9A-F]{4})$/.exec(wanted);
  if (ids === null) return false;
  return idsMayFit({ name: "", match: [{ vendorId: ids[1]!, productId: ids[2]! }] }, device);
}

function otherNames(alias: AliasDeclaration, device: DeviceDeclaration): Unserved | undefined {
  const asked = classesAsked(alias, device);
  const offered = classOffered(device);
  const fits = asked.some((text) =>
    offered === undefined ? mayBeOfIds(text, device) : text === offered,
  );
  if (asked.length > 0 && !fits) {
    const gives = offered ?? "the class of its ids";
    const advice =
      offered === undefined || !isText(device.resourceClass)
        ? `give the device resourceClass: ${asked[0]!}`
        : `give the alias resourceClass: ${offered}`;
    return {
      name: "ClassMismatch",
      message: `${alias.name} asks Placement for ${asked.join(" or ")}, ${idsOf(device)} offers ${gives}: ${advice}`,
      path: alias.resourceClass === undefined ? "spec" : "spec.resourceClass",
    };
  }
  return otherTraits(alias, device);
}

/** Traits that Nova itself gives a device (nova/compute/pci_placement_translator.py, 26 to 34). */
function traitsOffered(device: DeviceDeclaration): ReadonlySet<string> {
  return new Set([
    ...(device.traits ?? []).map(normalisedTrait),
    "COMPUTE_MANAGED_PCI_DEVICE",
    ...(device.oneTimeUse === true ? ["HW_PCI_ONE_TIME_USE"] : []),
    ...(device.liveMigratable === true ? ["HW_PCI_LIVE_MIGRATABLE"] : []),
  ]);
}

function otherTraits(alias: AliasDeclaration, device: DeviceDeclaration): Unserved | undefined {
  const offered = traitsOffered(device);
  const missing = (alias.traits ?? []).map(normalisedTrait).filter((text) => !offered.has(text));
  if (missing.length === 0) return undefined;
  return {
    name: "ClassMismatch",
    message: `${alias.name} requires ${missing.join(", ")}, which ${idsOf(device)} does not offer: add it to traits of the device, or remove it from the alias`,
    path: "spec.traits",
  };
}

// --- type ---------------------------------------------------------------------------------------

/** An alias without deviceType takes all but physical functions (nova/pci/stats.py). */
function typesAsked(alias: AliasDeclaration): readonly DeviceType[] {
  return alias.deviceType === undefined ? ["type-PCI", "type-VF"] : [alias.deviceType];
}

const typeTitle: Readonly<Record<DeviceType, string>> = {
  "type-PCI": "devices without SR-IOV",
  "type-PF": "physical functions, which can SR-IOV",
  "type-VF": "virtual functions",
};

function otherType(alias: AliasDeclaration, known: readonly KnownDevice[]): Unserved | undefined {
  const asked = typesAsked(alias);
  if (known.some((knownDevice) => knownDevice.types.some((type) => asked.includes(type))))
    return undefined;
  const found = [...new Set(known.flatMap((knownDevice) => knownDevice.types))].sort();
  const asks = alias.deviceType ?? "no deviceType, which means type-PCI or type-VF";
  const first = found[0]!;
  const advice =
    alias.deviceType === "type-VF"
      ? "create the virtual functions first, or write deviceType: type-PF for the whole card"
      : `write deviceType: ${found.length === 1 ? first : found.join(" or ")}`;
  return {
    name: "WrongDeviceType",
    message: `${alias.name} asks for ${asks}, the ${known.length === 1 ? "device is" : `${known.length} matching devices are`} ${found.join(" or ")} (${found.map((deviceType) => typeTitle[deviceType]).join(" or ")}): ${advice}`,
    path: "spec.deviceType",
  };
}
