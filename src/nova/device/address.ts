// The glob and the exact form of a device spec's PCI address: nova/pci/devspec.py, unchanged from
// 17 to 34. Regular expressions are in spec-address.ts.

import { formatHex, parseInteger, strip } from "../text/python-text.ts";

export type AddressFields = {
  readonly domain: string;
  readonly bus: string;
  readonly slot: string;
  readonly function: string;
};
export type FieldName = keyof AddressFields;

export const wildcard = "*";

/** Largest value and number of digits of each field, in the order in which Nova checks them. */
const limits = {
  function: { max: 0x7n, width: 1 },
  domain: { max: 0xffffn, width: 4 },
  bus: { max: 0xffn, width: 2 },
  slot: { max: 0x1fn, width: 2 },
} as const satisfies Record<FieldName, { max: bigint; width: number }>;
export const fieldNames = ["function", "domain", "bus", "slot"] as const;

/** Why Nova refuses a field or an address: one sentence without the full stop. */
type Refused = { readonly refused: string };

export function isRefused(value: object): value is Refused {
  return "refused" in value;
}

/** PciAddressSpec._set_pci_dev_info: "*" stays, anything else is a number in hexadecimal. */
export function hexField(name: string, text: string, max: bigint, width: number): string | Refused {
  if (text === wildcard) return wildcard;
  const value = parseInteger(text, 16);
  if (value === undefined) return { refused: `${name} "${text}" is not a hexadecimal number` };
  if (value > max) {
    return { refused: `${name} "${text}" is greater than ${max.toString(16).toUpperCase()}` };
  }
  return formatHex(value, width);
}

function fields(texts: AddressFields): AddressFields | Refused {
  const parsed: Record<FieldName, string> = { ...texts };
  for (const name of fieldNames) {
    const field = hexField(name, texts[name], limits[name].max, limits[name].width);
    if (typeof field !== "string") return field;
    parsed[name] = field;
  }
  return parsed;
}

/** PciAddressGlobSpec: fields are right-aligned, absent or blank ones match anything. */
export function parseGlob(text: string): AddressFields | Refused {
  const [left, right] = partition(text, ".");
  const parts = left === "" ? [] : left.split(":");
  // The function is checked before the number of fields.
  const own = right === "" ? wildcard : strip(right);
  const checked = hexField("function", own, limits.function.max, limits.function.width);
  if (typeof checked !== "string") return checked;
  if (parts.length > 3)
    return { refused: `address "${text}" has more than three fields before "."` };
  const padded = [...Array<string>(3 - parts.length).fill(wildcard), ...parts];
  const [domain, bus, slot] = padded.map((part) => strip(part) || wildcard) as [
    string,
    string,
    string,
  ];
  return fields({ domain, bus, slot, function: own });
}

/**
 * PhysicalPciAddress: exactly domain:bus:slot.function; also how a device's own address is read.
 */
export function parseExact(text: string): AddressFields | Refused {
  const [left, right] = partition(text, ".");
  const parts = left.split(":");
  if (parts.length !== 3) return { refused: `address "${text}" is not domain:bus:slot.function` };
  const [domain, bus, slot] = parts as [string, string, string];
  return fields({ domain, bus, slot, function: right });
}

function partition(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

export function addressText(address: AddressFields): string {
  return `${address.domain}:${address.bus}:${address.slot}.${address.function}`;
}

/** Only hexadecimal digits in all four fields: Nova then asks the host whether it is a PF. */
export function isSingle(address: AddressFields): boolean {
  return fieldNames.every((name) => /^[0-9a-fA-F]*$/.test(address[name]));
}

export function globMatches(glob: AddressFields, device: AddressFields): boolean {
  return fieldNames.every((name) => glob[name] === wildcard || glob[name] === device[name]);
}

export function exactMatches(exact: AddressFields, device: AddressFields): boolean {
  return fieldNames.every((name) => exact[name] === device[name]);
}
