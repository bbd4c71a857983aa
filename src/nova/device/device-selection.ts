// What a device_spec selects: the ids and the place of a device, how they are written, what they
// mean, and whether anything is left that they do not select.

import {
  addressText,
  hexField,
  isRefused,
  parseGlob,
  wildcard,
  type FieldName,
} from "./address.ts";
import type { Plain } from "../text/canonical-json.ts";
import type { AddressRegex, DeviceDeclaration } from "../terms/declare.ts";
import { asWord, isDict, truthy, type Value } from "../text/python-json.ts";
import { strip } from "../text/python-text.ts";
import { selectedBy, valuesOf } from "../text/regex-reach.ts";
import type { SpecAddress } from "./spec-address.ts";

export function normalId(text: string): string {
  return /^[0-9a-fA-F]{1,4}$/.test(text) ? text.toLowerCase().padStart(4, "0") : text;
}

export function normalAddress(text: string): string {
  const parsed = parseGlob(text);
  return isRefused(parsed) ? text : addressText(parsed);
}

export function regexValue(regex: AddressRegex): { readonly [key: string]: Plain } {
  return {
    ...(regex.domain === undefined ? {} : { domain: regex.domain }),
    ...(regex.bus === undefined ? {} : { bus: regex.bus }),
    ...(regex.slot === undefined ? {} : { slot: regex.slot }),
    ...(regex.function === undefined ? {} : { function: regex.function }),
  };
}

/** undefined = the same as leaving the key out. */
export function idMeaning(value: Value): string | undefined {
  if (typeof value !== "string") return `?${asWord(value)}`;
  const id = hexField("id", strip(value), 0xffffn, 4);
  if (id === wildcard) return undefined;
  return typeof id === "string" ? id : `?${value}`;
}

export function devnameMeaning(value: Value): string | undefined {
  return truthy(value) ? asWord(value) : undefined;
}

export function addressMeaning(value: Value): string | undefined {
  if (!truthy(value)) return undefined;
  if (isDict(value)) {
    const fields = ["domain", "bus", "slot", "function"].flatMap((name) => {
      const pattern = value.entries.get(name);
      return pattern === undefined || pattern === ".*" ? [] : [`${name}~${asWord(pattern)}`];
    });
    return fields.length === 0 ? undefined : fields.join(" ");
  }
  if (typeof value !== "string") return `?${asWord(value)}`;
  const glob = parseGlob(value);
  if (isRefused(glob)) return `?${value}`;
  const text = addressText(glob);
  return text === "*:*:*.*" ? undefined : text;
}

/** Ids and place, whoever wrote them; no place = the device is named by its interface. */
type Selection = {
  readonly vendorId: string;
  readonly productId: string;
  readonly place: Place | undefined;
};
type Place = {
  readonly isRegex: boolean;
  readonly fields: Readonly<Partial<Record<FieldName, string>>>;
};

/**
 * No id, and no part of the address that leaves any device out. Domain 0000 leaves none out: where
 * there are others, too, it holds the disks and network cards of the host all the same.
 */
function takesEvery({ vendorId, productId, place }: Selection): boolean {
  if (vendorId !== wildcard || productId !== wildcard || place === undefined) return false;
  return (Object.entries(place.fields) as [FieldName, string][]).every(([name, text]) => {
    if (name === "domain" && text === "0000") return true;
    if (!place.isRegex) return text === wildcard;
    const reach = selectedBy(name, text);
    return reach.is === "known" && reach.values.size === valuesOf(name).length;
  });
}

/** What Nova read of an entry; no address = the device is named by its interface. */
type ReadSelection = Pick<Selection, "vendorId" | "productId"> & {
  readonly address: SpecAddress | undefined;
};

/** Would this entry, as Nova read it, hand out every device of a host? */
export function specTakesEveryDevice({ vendorId, productId, address }: ReadSelection): boolean {
  const place =
    address === undefined
      ? undefined
      : { isRegex: address.style === "regex", fields: address.fields };
  return takesEvery({ vendorId, productId, place });
}

/** Would this declared entry? */
export function takesEveryDevice(declared: DeviceDeclaration): boolean {
  const { vendorId = wildcard, productId = wildcard } = declared;
  return takesEvery({ vendorId, productId, place: placeOf(declared) });
}

function placeOf({ address, addressRegex, devname }: DeviceDeclaration): Place | undefined {
  if (addressRegex !== undefined) return { isRegex: true, fields: addressRegex };
  if (devname !== undefined && devname !== "") return undefined;
  if (address === undefined) return { isRegex: false, fields: {} };
  const parsed = parseGlob(address);
  return isRefused(parsed) ? undefined : { isRegex: false, fields: parsed };
}
