// Answers "which devices can two declarations share?": an alias and an entry, or two entries. Says
// "possible" whenever the host could decide otherwise. What a PF address adds (the VFs below it, on
// their own addresses) is left out of overlap: two ports of one card are two entries, not a conflict.

import { fieldNames, isRefused, isSingle, parseGlob, wildcard } from "./address.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { AliasDeclaration, DeviceDeclaration } from "./declare.ts";
import { normalisedClass } from "./placement-names.ts";
import { strip } from "./python-text.ts";
import { selectedBy, type RegexField } from "./regex-reach.ts";

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

function normalId(id: string): string {
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
  if (differ(a.vendorId, b.vendorId) || differ(a.productId, b.productId)) return "never";
  if (a.devname !== undefined || b.devname !== undefined) {
    if (a.devname === b.devname) return sameSelection(a, b) ? "same" : "possible";
    return a.devname !== undefined && b.devname !== undefined ? "never" : "possible";
  }
  if (sameSelection(a, b)) return "same";
  return addressFields.every((field) => shareValue(a, b, field)) ? "possible" : "never";
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && normalId(a) !== normalId(b);
}

function sameSelection(a: DeviceDeclaration, b: DeviceDeclaration): boolean {
  return selectionText(a) === selectionText(b);
}

/** What an entry selects, without its tags; equal text = equal devices. */
export function selectionText(device: DeviceDeclaration): string {
  const id = (text: string | undefined): string => (text === undefined ? wildcard : normalId(text));
  const where = addressFields.map((field) => patternOf(device, field)).join(" ");
  return canonicalJson([id(device.vendorId), id(device.productId), device.devname ?? null, where]);
}

const addressFields: readonly RegexField[] = fieldNames;

/** One field of the address: "*", a value, or "~" and a regular expression. */
function patternOf(device: DeviceDeclaration, field: RegexField): string {
  if (device.addressRegex !== undefined) {
    const regex = device.addressRegex[field];
    return regex === undefined || regex === ".*" ? wildcard : `~${regex}`;
  }
  if (device.address === undefined) return wildcard;
  const parsed = parseGlob(device.address);
  return isRefused(parsed) ? wildcard : parsed[field];
}

function shareValue(a: DeviceDeclaration, b: DeviceDeclaration, field: RegexField): boolean {
  const left = patternOf(a, field);
  const right = patternOf(b, field);
  if (left === wildcard || right === wildcard || left === right) return true;
  const one = valuesTaken(left, field);
  const other = valuesTaken(right, field);
  if (one === undefined || other === undefined) return true;
  for (const value of one) if (other.has(value)) return true;
  return false;
}

/** undefined = not known: an expression that we do not understand. */
function valuesTaken(pattern: string, field: RegexField): ReadonlySet<string> | undefined {
  if (!pattern.startsWith("~")) return new Set([pattern]);
  const reach = selectedBy(field, pattern.slice(1));
  return reach.is === "known" ? reach.values : undefined;
}

/** The first of the earlier entries that takes every device of this one, so that it never matches. */
export function shadowedBy(
  device: DeviceDeclaration,
  earlier: readonly DeviceDeclaration[],
): DeviceDeclaration | undefined {
  return earlier.find((one) => includes(one, device));
}

/** `a` matches every device that `b` matches, whatever the host. */
export function includes(a: DeviceDeclaration, b: DeviceDeclaration): boolean {
  if (a.remoteManaged === true && b.remoteManaged !== true) return false;
  if (!idIncludes(a.vendorId, b.vendorId) || !idIncludes(a.productId, b.productId)) return false;
  if (a.devname !== undefined) return a.devname === b.devname;
  const anywhere = addressFields.every((field) => patternOf(a, field) === wildcard);
  if (anywhere) return true;
  if (b.devname !== undefined) return false;
  // A single address of b may also take the VFs below it, which lie elsewhere.
  const single = addressFields.every((field) => /^[0-9a-f]+$/.test(patternOf(b, field)));
  if (single) return addressFields.every((field) => patternOf(a, field) === patternOf(b, field));
  return addressFields.every((field) => fieldIncludes(a, b, field));
}

function idIncludes(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined) return true;
  return b !== undefined && normalId(a) === normalId(b);
}

function fieldIncludes(a: DeviceDeclaration, b: DeviceDeclaration, field: RegexField): boolean {
  const left = patternOf(a, field);
  const right = patternOf(b, field);
  if (left === wildcard || left === right) return true;
  // Of the domains only some are tried, so another expression proves nothing.
  if (right === wildcard || field === "domain") return false;
  const one = valuesTaken(left, field);
  const other = valuesTaken(right, field);
  if (one === undefined || other === undefined) return false;
  for (const value of other) if (!one.has(value)) return false;
  return true;
}
