// Answers "which PciAlias and PciWhitelist objects mean what this nova.conf means?". Pure: read
// values in, objects and what they cannot say out. What is left out is named, never guessed.

import { addressText, wildcard } from "../nova/address.ts";
import type { Alias, Aliases, AliasSpec } from "../nova/alias.ts";
import { rankOf } from "../nova/covers.ts";
import type { AliasDeclaration, DeviceDeclaration, DeviceType } from "../nova/declare.ts";
import type { DeviceSpec } from "../nova/device-spec.ts";
import { normalisedClass, normalisedTrait } from "../nova/placement-names.ts";
import { deviceTag } from "../nova/device-tags.ts";
import { unknownTag } from "../nova/entry-hazards.ts";
import { asWord, truthy } from "../nova/python-json.ts";
import type { NumaPolicy } from "../nova/release.ts";

/** Either a declaration, or why there can be none. */
export type Converted<T> = { readonly declared: T } | { readonly lost: string };

export type ImportedAlias = Converted<AliasDeclaration> & { readonly name: string };
export type ImportedDevice = Converted<DeviceDeclaration> & { readonly index: number };

export function convertAliases(aliases: Aliases): readonly ImportedAlias[] {
  return [...aliases].map(([name, alias]) => ({ name, ...convertAlias(name, alias) }));
}

/** Everything that alternatives of an object share; only their ids may differ. */
const shared = ["dev_type", "resource_class", "traits", "live_migratable"] as const;

function convertAlias(name: string, alias: Alias): Converted<AliasDeclaration> {
  const [first, ...more] = alias.specs;
  if (name === "") return { lost: "its name is empty" };
  if (/[:,]/.test(name)) return { lost: "no flavor can name it: there is a : or a , in it" };
  if (alias.specs.some((spec) => spec.has("capability_type"))) {
    return { lost: "capability_type makes it match nothing; remove the key" };
  }
  const differing = shared.find((key) => more.some((spec) => spec.get(key) !== first!.get(key)));
  if (differing !== undefined) {
    return { lost: `its alternatives differ in ${differing}; give each another name` };
  }
  const match = alias.specs.flatMap(idsOf);
  const classOnly = alias.specs.every((spec) => !spec.has("vendor_id") && !spec.has("product_id"));
  if (match.length < alias.specs.length && !(classOnly && first!.get("resource_class"))) {
    return { lost: "vendor_id and product_id are missing: it takes any device of its type" };
  }
  return { declared: { name, match, ...sharedOf(first!), ...policyOf(alias) } };
}

function idsOf(spec: AliasSpec): AliasDeclaration["match"] {
  const [vendorId, productId] = [spec.get("vendor_id"), spec.get("product_id")];
  if (vendorId === undefined || productId === undefined) return [];
  return [{ vendorId: vendorId.toLowerCase(), productId: productId.toLowerCase() }];
}

function policyOf({ numaPolicy }: Alias): Pick<AliasDeclaration, "numaPolicy"> {
  return numaPolicy === "legacy" ? {} : { numaPolicy: numaPolicy as NumaPolicy };
}

function sharedOf(spec: AliasSpec): Omit<AliasDeclaration, "name" | "match"> {
  const [type, migratable] = [spec.get("dev_type"), spec.get("live_migratable")];
  return {
    ...(type === undefined ? {} : { deviceType: type as DeviceType }),
    ...namesOf(spec.get("resource_class"), spec.get("traits")),
    ...(migratable === undefined ? {} : { liveMigratable: migratable === "true" }),
  };
}

/** As Placement gets them: " b" in "a, b" is CUSTOM__B, which nobody meant, and is kept so. */
function namesOf(
  resourceClass: string | undefined,
  traits: string | undefined,
): { readonly resourceClass?: string; readonly traits?: readonly string[] } {
  return {
    ...(resourceClass === undefined || resourceClass === ""
      ? {}
      : { resourceClass: normalisedClass(resourceClass) }),
    ...(traits === undefined || traits === ""
      ? {}
      : { traits: [...new Set(traits.split(",").map(normalisedTrait))] }),
  };
}

export function convertDevices(specs: readonly DeviceSpec[]): readonly ImportedDevice[] {
  return specs.map((spec) => ({ index: spec.index, ...convertDevice(spec) }));
}

function convertDevice(spec: DeviceSpec): Converted<DeviceDeclaration> {
  const { vendorId, productId } = spec;
  if (vendorId.startsWith("-") || productId.startsWith("-")) {
    return { lost: "a negative id matches nothing" };
  }
  if (vendorId === wildcard && productId !== wildcard) {
    return { lost: "product_id without vendor_id takes devices of other makers" };
  }
  const selected = {
    ...(vendorId === wildcard ? {} : { vendorId }),
    ...(productId === wildcard ? {} : { productId }),
    ...whereOf(spec),
  };
  if (Object.keys(selected).length === 0) return { lost: "it takes every device of the host" };
  const tags = tagsOf(spec);
  return "lost" in tags ? tags : { declared: { ...selected, ...tags.declared } };
}

function whereOf(
  spec: DeviceSpec,
): Pick<DeviceDeclaration, "address" | "addressRegex" | "devname"> {
  if (truthy(spec.devname)) return { devname: asWord(spec.devname) };
  const address = spec.address!;
  const fields = Object.entries(address.fields);
  if (address.style === "regex") {
    const some = fields.filter(([, pattern]) => pattern !== ".*");
    return some.length === 0 ? {} : { addressRegex: Object.fromEntries(some) };
  }
  if (fields.every(([, value]) => value === wildcard)) return {};
  return { address: addressText(address.fields) };
}

function tagsOf(spec: DeviceSpec): Converted<DeviceDeclaration> {
  const declared: Record<string, unknown> = {};
  for (const [key, value] of spec.tags) {
    const row = deviceTag(key);
    if (row === undefined) return { lost: unknownTag(key) };
    const own = row.declare!(value);
    if ("lost" in own) return own;
    if (own.value !== undefined) declared[row.field] = own.value;
  }
  return { declared };
}

/** Entries of one PciWhitelist, in the order in which the operator would write them. */
export type Run = {
  readonly priority: number;
  readonly devices: readonly DeviceDeclaration[];
};

/**
 * In Nova the first match wins. An object is written by rank, so that an entry that stands before
 * one of higher rank begins a whitelist of higher priority.
 */
export function inRuns(devices: readonly DeviceDeclaration[]): readonly Run[] {
  const runs: DeviceDeclaration[][] = [];
  for (const device of devices) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run === undefined || rankOf(device) > rankOf(last!)) runs.push([device]);
    else run.push(device);
  }
  return runs.map((run, index) => ({ priority: (runs.length - 1 - index) * 10, devices: run }));
}
