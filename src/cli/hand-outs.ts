// Answers "what would be handed to guests by mistake?": hazards of device specs seen together with
// the devices of one host. Values in, values out; the names are policies where there is one.

import { addressText, wildcard } from "../nova/address.ts";
import type { DeviceSpec } from "../nova/device-spec.ts";
import { specHazards } from "../nova/entry-hazards.ts";
import type { InventoryDevice } from "../nova/lspci.ts";
import { normalisedClass } from "../nova/placement-names.ts";
import type { PolicyName, Severity } from "../nova/policies.ts";
import type { Release } from "../nova/release.ts";
import type { WrittenSpec } from "./written-specs.ts";

/** A device of the host and the spec that takes it, if any. */
export type HandOut = {
  readonly device: InventoryDevice;
  readonly spec?: DeviceSpec;
  readonly origin?: string;
};

export type Mistake = {
  /** A policy of ours, or the name of a hazard that only a host can show. */
  readonly name: PolicyName | "HostDevice" | "ParentAndChildren" | "UnknownFunctions";
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
  return [...ofSpecs, ...taken.flatMap(hostDevice), ...parentsAndChildren(taken, scope)];
}

/** As check names it: Nova takes the entry, so only the loss of the whole host is an error. */
function mistakesOfSpec(
  spec: DeviceSpec,
  { origin, isCompiled }: WrittenSpec,
  taken: readonly HandOut[],
  release: Release,
): readonly Mistake[] {
  const hazards = specHazards(spec, release).filter(
    (one) => isCompiled !== true || one.policy !== "UnanchoredRegex",
  );
  const found = hazards.map(({ policy, message }): Mistake => ({
    name: policy,
    severity: policy === "MatchesEveryDevice" ? "refuse" : "warn",
    message: `${origin}: ${message}`,
  }));
  return [...found, ...unknownFunctions(spec, origin, taken)];
}

function unknownFunctions(
  { address }: DeviceSpec,
  origin: string,
  taken: readonly HandOut[],
): readonly Mistake[] {
  const single = address !== undefined && /^[0-9a-f:.]+$/.test(addressText(address.fields));
  if (!single) return [];
  const own = taken.find((one) => one.origin === origin);
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

function hostDevice({ device, spec, origin }: HandOut): readonly Mistake[] {
  if (spec === undefined || isPinned(spec)) return [];
  const known = hostClasses.find(([start]) => device.classId?.startsWith(start) === true);
  const network = device.classId?.startsWith("02") === true && !spec.tags.has("physical_network");
  const what =
    known?.[1] ?? (network ? "a network card; the host may be reached by it" : undefined);
  if (what === undefined) return [];
  const message = `${origin} hands out ${device.address} (${device.vendorId}:${device.productId}), ${what}; give both ids`;
  return [{ name: "HostDevice", severity: "warn", message }];
}

/** With report_in_placement fatal, without it two guests may get the same hardware. */
function parentsAndChildren(taken: readonly HandOut[], scope: Scope): readonly Mistake[] {
  const offered = taken.filter((one) => one.spec !== undefined);
  return offered.flatMap(({ device }) => {
    const children = offered.filter((one) => one.device.parentAddress === device.address);
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
  const wanted = spec.tags.get("resource_class");
  if (typeof wanted === "string" && wanted !== "") return normalisedClass(wanted);
  return `CUSTOM_PCI_${device.vendorId}_${device.productId}`.toUpperCase();
}
