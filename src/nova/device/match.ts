// The matching of devices with device specs: the first in the order of the configuration takes a
// device. Specs are filed by ids and place, so that thousands of specs and devices meet only where
// they could match.

import { fieldNames, isRefused, wildcard, type AddressFields } from "./address.ts";
import { currentAddress, type DeviceSpec } from "./device-spec.ts";
import type { Host } from "../terms/host.ts";
import { isDict, truthy, type Value } from "../text/python-json.ts";
import {
  addressMatches,
  placeOf,
  regexMatches,
  type DevicePlace,
  type FieldRegex,
  type Refusal,
} from "./spec-address.ts";

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

type Matcher = (device: Device) => Match;

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
 * Specs with one exact address lie under it (a PF's VFs come by their parent); all others under
 * their ids, and there under what they say about the bus. Interfaces are looked up each time.
 */
type SpecFile = {
  readonly byAddress: ReadonlyMap<string, readonly number[]>;
  readonly byIds: ReadonlyMap<string, BusFile>;
  readonly always: readonly number[];
};
type BusFile = {
  /** By the bus itself, or "*". */
  readonly plain: ReadonlyMap<string, readonly number[]>;
  readonly regexes: ReadonlyMap<FieldRegex, readonly number[]>;
};

function fileSpecs(specs: readonly DeviceSpec[]): SpecFile {
  const byAddress = new Map<string, number[]>();
  const byIds = new Map<
    string,
    { readonly plain: Map<string, number[]>; readonly regexes: Map<FieldRegex, number[]> }
  >();
  const always: number[] = [];
  for (const [index, spec] of specs.entries()) {
    const { address } = spec;
    if (truthy(spec.devname) || address === undefined) always.push(index);
    else if (address.style !== "regex" && isExact(address.fields)) {
      put(byAddress, placeKey(address.fields), index);
    } else if (address.style === "regex" && address.isPf) always.push(index);
    else {
      const key = `${spec.vendorId} ${spec.productId}`;
      const file = byIds.get(key) ?? { plain: new Map(), regexes: new Map() };
      byIds.set(key, file);
      if (address.style === "regex") put(file.regexes, address.regexes!.bus, index);
      else put(file.plain, address.fields.bus, index);
    }
  }
  return { byAddress, byIds, always };
}

function put<K>(drawer: Map<K, number[]>, key: K, index: number): void {
  const list = drawer.get(key);
  if (list === undefined) drawer.set(key, [index]);
  else list.push(index);
}

function isExact(fields: AddressFields): boolean {
  return fieldNames.every((name) => fields[name] !== wildcard);
}

function placeKey(fields: AddressFields): string {
  return `${fields.domain} ${fields.bus} ${fields.slot} ${fields.function}`;
}

/** In the order of the configuration; sorted only as far as there is more than one list. */
function candidatesFor(file: SpecFile, device: Device, place: DevicePlace): readonly number[] {
  const lists: (readonly number[])[] = [file.always];
  const add = (list: readonly number[] | undefined): void => {
    if (list !== undefined) lists.push(list);
  };
  for (const where of [place.own, place.parent]) {
    if (where !== undefined && !isRefused(where)) add(file.byAddress.get(placeKey(where)));
  }
  for (const vendor of [device.vendorId, wildcard]) {
    for (const product of [device.productId, wildcard]) {
      const own = file.byIds.get(`${vendor} ${product}`);
      if (own === undefined || isRefused(place.own)) continue;
      add(own.plain.get(place.own.bus));
      add(own.plain.get(wildcard));
      for (const [regex, list] of own.regexes) {
        if (regexMatches(regex, place.own.bus) !== false) add(list);
      }
    }
  }
  const filled = lists.filter((list) => list.length > 0);
  return filled.length === 1 ? filled[0]! : inOrder(filled);
}

function inOrder(lists: readonly (readonly number[])[]): readonly number[] {
  return lists.flat().sort((a, b) => a - b);
}

/** card_serial_number of a device dictionary's capabilities.vpd. */
export function cardSerialOf(capabilities: Value | undefined): Value {
  const vpd = isDict(capabilities) ? capabilities.entries.get("vpd") : undefined;
  return (isDict(vpd) ? vpd.entries.get("card_serial_number") : undefined) ?? null;
}
