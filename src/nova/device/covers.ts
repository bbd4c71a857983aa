// Overlap of two declarations: the devices that an alias and an entry, or two entries, can share.
// Says "possible" whenever the host could decide otherwise. What a PF address adds (the VFs below
// it, on their own addresses) is left out of overlap: two ports of one card are two entries, not a
// conflict.

import { fieldNames, isRefused, isSingle, parseGlob, wildcard } from "./address.ts";
import { canonicalJson } from "../text/canonical-json.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../terms/declare.ts";
import { normalisedClass } from "../terms/placement-names.ts";
import { strip } from "../text/python-text.ts";
import { selectedBy, type RegexField } from "../text/regex-reach.ts";

/** Could a device of this entry be handed out for this alias? */
export function couldServe(alias: AliasDeclaration, device: DeviceDeclaration): boolean {
  if (device.remoteManaged === true) return false;
  if (device.oneTimeUse === true && alias.deviceType === "type-VF") return false;
  const migratable = alias.liveMigratable;
  if (migratable !== undefined && device.liveMigratable !== migratable) return false;
  if (alias.match.length === 0) return couldHaveClass(alias.resourceClass, device);
  return alias.match.some(
    (ids) => mayEqual(ids.vendorId, device.vendorId) && mayEqual(ids.productId, device.productId),
  );
}

function mayEqual(wanted: string, offered: string | undefined): boolean {
  return offered === undefined || normalId(wanted) === normalId(offered);
}

export function normalId(id: string): string {
  return id.toLowerCase().padStart(4, "0");
}

/** A class-only alias takes what carries its class; an entry without one has a class of its ids. */
function couldHaveClass(wanted: string | undefined, device: DeviceDeclaration): boolean {
  if (wanted === undefined) return true;
  const normal = normalisedClass(strip(wanted));
  if (device.resourceClass !== undefined) {
    return normalisedClass(strip(device.resourceClass)) === normal;
  }
  const ids = /^CUSTOM_PCI_([0-9A-F]{4})_([0-9A-F]{4})$/.exec(normal);
  if (ids === null) return false;
  return mayEqual(ids[1]!, device.vendorId) && mayEqual(ids[2]!, device.productId);
}

/** Higher comes first in nova.conf among entries of equal priority. */
export function rankOf(device: DeviceDeclaration): number {
  if (device.address !== undefined) {
    const parsed = parseGlob(device.address);
    return !isRefused(parsed) && isSingle(parsed) ? 4 : 3;
  }
  if (device.addressRegex !== undefined) return 3;
  if (device.devname !== undefined) return 0;
  return device.vendorId !== undefined && device.productId !== undefined ? 2 : 1;
}

export type Overlap = "never" | "possible" | "same";

export function overlap(a: DeviceDeclaration, b: DeviceDeclaration): Overlap {
  const left = selectionOf(a);
  const right = selectionOf(b);
  if (differ(left.vendor, right.vendor) || differ(left.product, right.product)) return "never";
  if (left.text === right.text) return "same";
  if (left.devname !== undefined || right.devname !== undefined) {
    const both = left.devname !== undefined && right.devname !== undefined;
    return both && left.devname !== right.devname ? "never" : "possible";
  }
  return addressFields.every((field) => shareValue(left, right, field)) ? "possible" : "never";
}

function differ(a: string, b: string): boolean {
  return a !== wildcard && b !== wildcard && a !== b;
}

/** Each field of the address: "*", a value, or "~" and a regular expression. */
type Selection = {
  readonly vendor: string;
  readonly product: string;
  readonly devname: string | undefined;
  readonly where: Readonly<Record<RegexField, string>>;
  /** What the expressions among them take; nothing for one that we do not understand. */
  readonly reach: Readonly<Partial<Record<RegexField, Uint32Array>>>;
  readonly text: string;
};

/** Entries are compared pair by pair: each is read once. */
const selections = new WeakMap<DeviceDeclaration, Selection>();

function selectionOf(device: DeviceDeclaration): Selection {
  const known = selections.get(device);
  if (known !== undefined) return known;
  const id = (text: string | undefined): string => (text === undefined ? wildcard : normalId(text));
  const [vendor, product] = [id(device.vendorId), id(device.productId)];
  const where = placeOf(device);
  const { devname } = device;
  const text = canonicalJson([vendor, product, devname ?? null, ...Object.values(where)]);
  const made: Selection = { vendor, product, devname, where, reach: reachOf(where), text };
  selections.set(device, made);
  return made;
}

function reachOf(where: Selection["where"]): Selection["reach"] {
  const found: Partial<Record<RegexField, Uint32Array>> = {};
  for (const field of addressFields) {
    if (!where[field].startsWith("~")) continue;
    const reach = selectedBy(field, where[field].slice(1));
    if (reach.is === "known") found[field] = reach.bits;
  }
  return found;
}

const addressFields: readonly RegexField[] = fieldNames;
const anywhere = { domain: wildcard, bus: wildcard, slot: wildcard, function: wildcard };

function placeOf(device: DeviceDeclaration): Selection["where"] {
  const regexes = device.addressRegex;
  if (regexes !== undefined) {
    const item = (regex: string | undefined): string =>
      regex === undefined || regex === ".*" ? wildcard : `~${regex}`;
    const { domain, bus, slot } = regexes;
    return {
      domain: item(domain),
      bus: item(bus),
      slot: item(slot),
      function: item(regexes.function),
    };
  }
  if (device.address === undefined) return anywhere;
  const parsed = parseGlob(device.address);
  if (isRefused(parsed)) return anywhere;
  const { domain, bus, slot } = parsed;
  return { domain, bus, slot, function: parsed.function };
}

function shareValue(left: Selection, right: Selection, field: RegexField): boolean {
  const [text, other] = [left.where[field], right.where[field]];
  if (text === wildcard || other === wildcard || text === other) return true;
  if (!text.startsWith("~")) return !other.startsWith("~") ? false : takes(right, field, text);
  if (!other.startsWith("~")) return takes(left, field, other);
  const [mine, theirs] = [left.reach[field], right.reach[field]];
  if (mine === undefined || theirs === undefined) return true;
  for (let word = 0; word < mine.length; word += 1) {
    if ((mine[word]! & theirs[word]!) !== 0) return true;
  }
  return false;
}

function takes(selection: Selection, field: RegexField, value: string): boolean {
  const bits = selection.reach[field];
  if (bits === undefined) return true;
  const index = parseInt(value, 16);
  return index >= 0 && index < 256 && (bits[index >> 5]! & (1 << (index & 31))) !== 0;
}

/** undefined = not known: an expression that we do not understand. */
function valuesTaken(pattern: string, field: RegexField): ReadonlySet<string> | undefined {
  if (!pattern.startsWith("~")) return new Set([pattern]);
  const reach = selectedBy(field, pattern.slice(1));
  return reach.is === "known" ? reach.values : undefined;
}

/**
 * The first of the earlier entries that takes every device of this one, so that it never matches.
 */
export function shadowedBy(
  device: DeviceDeclaration,
  earlier: readonly DeviceDeclaration[],
): DeviceDeclaration | undefined {
  return earlier.find((deviceDeclaration) => includes(deviceDeclaration, device));
}

/** `a` matches every device that `b` matches, whatever the host. */
export function includes(a: DeviceDeclaration, b: DeviceDeclaration): boolean {
  // Remote managed devices without a serial number fall through to the next entry.
  if (a.remoteManaged === true && b.remoteManaged !== true) return false;
  const left = selectionOf(a);
  const right = selectionOf(b);
  if (left.vendor !== wildcard && left.vendor !== right.vendor) return false;
  if (left.product !== wildcard && left.product !== right.product) return false;
  if (left.devname !== undefined) return left.devname === right.devname;
  if (addressFields.every((field) => left.where[field] === wildcard)) return true;
  if (right.devname !== undefined) return false;
  // A single address of b may also take the VFs below it, which lie elsewhere.
  const single = addressFields.every((field) => /^[0-9a-f]+$/.test(right.where[field]));
  return addressFields.every((field) =>
    single
      ? left.where[field] === right.where[field]
      : fieldIncludes(left.where[field], right.where[field], field),
  );
}

function fieldIncludes(left: string, right: string, field: RegexField): boolean {
  if (left === wildcard || left === right) return true;
  // Of the domains only some are tried, so another expression proves nothing.
  if (right === wildcard || field === "domain") return false;
  const item = valuesTaken(left, field);
  const other = valuesTaken(right, field);
  if (item === undefined || other === undefined) return false;
  for (const value of other) if (!item.has(value)) return false;
  return true;
}
