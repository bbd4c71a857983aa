// Answers "which device spec takes this device?": the first in the order of the configuration. Specs
// are filed by vendor, product and place, so that thousands of specs and devices meet only where they
// could match.

import { wildcard } from "./address.ts";
import { currentAddress, type DeviceSpec } from "./device-spec.ts";
import type { Host } from "./host.ts";
import { isDict, truthy, type Value } from "./python-json.ts";
import { addressMatches, placeOf, type DevicePlace, type Refusal } from "./spec-address.ts";

/** A device as the hypervisor reports it. */
export type Device = {
  readonly vendorId: string;
  readonly productId: string;
  readonly address: string;
  readonly parentAddress?: string;
  /** Serial number in the card's VPD: remote managed devices need one. */
  readonly cardSerial?: Value;
};

/** Position of the spec in the list; undefined = none takes it. */
export type Match = number | undefined | Refusal | { readonly undecided: string };

export type Matcher = (device: Device) => Match;

export function isRefusal(match: Match): match is Refusal {
  return typeof match === "object" && "refused" in match;
}
export function isUndecided(match: Match): match is { readonly undecided: string } {
  return typeof match === "object" && "undecided" in match;
}

export function matcherOf(specs: readonly DeviceSpec[], host: Host): Matcher {
  const file = fileSpecs(specs);
  return (device) => {
    const place = placeOf(device.address, device.parentAddress);
    // A malformed address is an error for whichever spec is asked first.
    const broken =
      "refused" in place.own || (place.parent !== undefined && "refused" in place.parent);
    const candidates = broken ? specs.keys() : candidatesFor(file, device, place);
    for (const index of candidates) {
      const hit = matches(specs[index]!, device, place, host);
      if (hit === true) return index;
      if (hit !== false) return hit;
    }
    return undefined;
  };
}

/** PciDeviceSpec.match: every condition is evaluated, so an error wins over a mismatch. */
function matches(
  spec: DeviceSpec,
  device: Device,
  place: DevicePlace,
  host: Host,
): boolean | Refusal | { readonly undecided: string } {
  const address = currentAddress(spec, host);
  if (address === undefined) return false;
  if ("refused" in address) return address;
  const there = addressMatches(address, place);
  if (typeof there === "object") return there;
  if (spec.vendorId !== wildcard && spec.vendorId !== device.vendorId) return false;
  if (spec.productId !== wildcard && spec.productId !== device.productId) return false;
  if (spec.remoteManaged && !truthy(device.cardSerial)) return false;
  if (there === "undecided") return { undecided: "a regular expression takes too many steps" };
  return there;
}

/**
 * Three drawers, each in order of position: specs with one exact own address (glob without wildcard
 * and no PF), specs with both ids, and all others.
 */
type SpecFile = {
  readonly byAddress: ReadonlyMap<string, readonly number[]>;
  readonly byIds: ReadonlyMap<string, readonly number[]>;
  readonly others: readonly number[];
};

function fileSpecs(specs: readonly DeviceSpec[]): SpecFile {
  const byAddress = new Map<string, number[]>();
  const byIds = new Map<string, number[]>();
  const others: number[] = [];
  const add = (drawer: Map<string, number[]>, key: string, index: number): void => {
    const list = drawer.get(key);
    if (list === undefined) drawer.set(key, [index]);
    else list.push(index);
  };
  for (const [index, spec] of specs.entries()) {
    const { address } = spec;
    const exact =
      address?.style === "glob" && Object.values(address.fields).every((one) => one !== wildcard);
    if (exact) add(byAddress, placeKey(address.fields), index);
    else if (!truthy(spec.devname) && spec.vendorId !== wildcard && spec.productId !== wildcard) {
      add(byIds, `${spec.vendorId} ${spec.productId}`, index);
    } else others.push(index);
  }
  return { byAddress, byIds, others };
}

function placeKey(
  fields: Readonly<Record<"domain" | "bus" | "slot" | "function", string>>,
): string {
  return `${fields.domain} ${fields.bus} ${fields.slot} ${fields.function}`;
}

function candidatesFor(file: SpecFile, device: Device, place: DevicePlace): Iterable<number> {
  const lists: (readonly number[])[] = [file.others];
  const ids = file.byIds.get(`${device.vendorId} ${device.productId}`);
  if (ids !== undefined) lists.push(ids);
  for (const where of [place.own, place.parent]) {
    if (where === undefined || "refused" in where) continue;
    const list = file.byAddress.get(placeKey(where));
    if (list !== undefined) lists.push(list);
  }
  return lists.length === 1 ? file.others : inOrder(lists);
}

/** Merges ascending lists lazily: the first match usually comes early. */
function* inOrder(lists: readonly (readonly number[])[]): Generator<number> {
  const next = lists.map(() => 0);
  for (;;) {
    let chosen = -1;
    for (const [which, list] of lists.entries()) {
      const value = list[next[which]!];
      if (value === undefined) continue;
      if (chosen < 0 || value < lists[chosen]![next[chosen]!]!) chosen = which;
    }
    if (chosen < 0) return;
    yield lists[chosen]![next[chosen]!]!;
    next[chosen]! += 1;
  }
}

/** card_serial_number of a device dictionary's capabilities.vpd. */
export function cardSerialOf(capabilities: Value | undefined): Value {
  const vpd = isDict(capabilities) ? capabilities.entries.get("vpd") : undefined;
  return (isDict(vpd) ? vpd.entries.get("card_serial_number") : undefined) ?? null;
}
