// Answers "which device specs take everything that this entry takes, but these addresses?". Nova has
// no spec that refuses, so the rest is written as specs: first other domains, then other buses of
// the same domain, and so on. Exact, because a device's fields have a fixed width in Nova.
// Knows nothing of hosts: what a PF address adds (its VFs) cannot be excluded, see `inexpressible`.

import { isRefused, isSingle, parseExact, parseGlob, wildcard } from "./address.ts";
import type { AddressRegex, DeviceDeclaration } from "./declare.ts";
import { compilePattern, matchesStart } from "./python-regex.ts";
import { selectedBy } from "./regex-reach.ts";

type Field = keyof AddressRegex;
const fields: readonly Field[] = ["domain", "bus", "slot", "function"];

/** One field of the entry: any value, one value, or a regular expression. */
type Part =
  | { readonly is: "any" }
  | { readonly is: "value"; readonly value: string }
  | { readonly is: "regex"; readonly pattern: string };
type Parts = Readonly<Record<Field, Part>>;
type Address = Readonly<Record<Field, string>>;

/**
 * The entry without the addresses: disjoint entries with the same ids and tags, none when nothing is
 * left. An entry of which no address lies within stays as it is, and so does what is inexpressible.
 */
export function excludeAddresses(
  declared: DeviceDeclaration,
  excluded: readonly string[],
): readonly DeviceDeclaration[] {
  const addresses = excluded.flatMap(readAddress);
  if (declared.devname !== undefined) return [declared];
  if (isSingleAddress(declared)) {
    const own = parseGlob(declared.address!);
    return addresses.some((one) => !isRefused(own) && sameAddress(one, own)) ? [] : [declared];
  }
  const parts = partsOf(declared);
  if (parts === undefined) return [declared];
  const within = addresses.filter((one) =>
    fields.every((field) => mayTake(parts[field], one[field])),
  );
  if (within.length === 0) return [declared];
  return split(parts, within, 0).map((some) => withParts(declared, some));
}

/**
 * The excluded addresses that may still be offered by the entry: a device name or the address of a
 * PF offers VFs too, wherever they lie, and nothing in a device spec takes one of them away.
 */
export function inexpressible(
  declared: DeviceDeclaration,
  excluded: readonly string[],
): readonly string[] {
  if (declared.devname !== undefined) return excluded;
  if (!isSingleAddress(declared)) return [];
  const own = parseGlob(declared.address!);
  return excluded.filter((text) =>
    readAddress(text).some((one) => isRefused(own) || !sameAddress(one, own)),
  );
}

function readAddress(text: string): readonly Address[] {
  const parsed = parseExact(text.toLowerCase());
  return isRefused(parsed) ? [] : [parsed];
}

function sameAddress(one: Address, other: Address): boolean {
  return fields.every((field) => one[field] === other[field]);
}

function isSingleAddress(declared: DeviceDeclaration): boolean {
  if (declared.address === undefined) return false;
  const parsed = parseGlob(declared.address);
  return !isRefused(parsed) && isSingle(parsed);
}

/** undefined = Nova refuses the address, which is another's finding. */
function partsOf(declared: DeviceDeclaration): Parts | undefined {
  if (declared.address !== undefined) {
    const parsed = parseGlob(declared.address);
    return isRefused(parsed) ? undefined : eachField((field) => globPart(parsed[field]));
  }
  return eachField((field) => regexPart(declared.addressRegex?.[field]));
}

function eachField<T>(make: (field: Field) => T): Readonly<Record<Field, T>> {
  const [domain, bus, slot, last] = fields.map(make) as [T, T, T, T];
  return { domain, bus, slot, function: last };
}

function globPart(text: string): Part {
  return text === wildcard ? { is: "any" } : { is: "value", value: text };
}

function regexPart(pattern: string | undefined): Part {
  if (pattern === undefined || pattern === ".*") return { is: "any" };
  return { is: "regex", pattern };
}

/** "Yes" when in doubt: one entry too many is right, an address too many is not. */
function mayTake(part: Part, value: string): boolean {
  if (part.is === "any") return true;
  if (part.is === "value") return part.value === value;
  return takes(part.pattern, value) !== false;
}

function takes(pattern: string, value: string): boolean | "undecided" {
  const compiled = compilePattern(pattern);
  return compiled.is === "compiled" ? matchesStart(compiled, value) : "undecided";
}

/** Everything outside the excluded values of this field, and within each of them the next field. */
function split(parts: Parts, excluded: readonly Address[], depth: number): readonly Parts[] {
  const field = fields[depth];
  if (field === undefined) return [];
  const others = without(parts[field], field, distinct(excluded.map((one) => one[field])));
  const inner = groupsOf(excluded, depth).flatMap(({ values, rest }) =>
    split({ ...parts, [field]: among(parts[field], values) }, rest, depth + 1),
  );
  return others === undefined ? inner : [{ ...parts, [field]: others }, ...inner];
}

type Group = { readonly values: readonly string[]; readonly rest: readonly Address[] };

/** Values of the field below which the same is excluded share their entries. */
function groupsOf(excluded: readonly Address[], depth: number): readonly Group[] {
  const field = fields[depth]!;
  const groups = new Map<string, Group>();
  for (const value of distinct(excluded.map((one) => one[field]))) {
    const rest = excluded.filter((one) => one[field] === value);
    const below = fields.slice(depth + 1);
    const key = distinct(rest.map((one) => below.map((each) => one[each]).join(" "))).join(",");
    const known = groups.get(key);
    groups.set(key, { values: [...(known?.values ?? []), value], rest: known?.rest ?? rest });
  }
  return [...groups.values()];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** undefined = nothing is left of the field. */
function without(part: Part, field: Field, values: readonly string[]): Part | undefined {
  if (part.is === "value") return undefined;
  const not = `(?!${values.join("|")})`;
  const pattern = part.is === "any" ? not : behindFlags(part.pattern, not);
  // Of the domains only some can be tried, so an expression for them is never known to be empty.
  const reach = field === "domain" ? undefined : selectedBy(field, pattern);
  const empty = reach?.is === "known" && reach.values.size === 0;
  return empty ? undefined : { is: "regex", pattern };
}

/** Flags for the whole expression may stand nowhere but at its start. */
function behindFlags(pattern: string, not: string): string {
  const [flags = ""] = /^\(\?[aimsu]+\)/.exec(pattern) ?? [];
  return `${flags}${not}(?:${pattern.slice(flags.length)})`;
}

/** The values lie within the part; where that is not known, both must hold. */
function among(part: Part, values: readonly string[]): Part {
  if (part.is === "value") return part;
  const these = values.length === 1 ? values[0]! : `(${values.join("|")})`;
  const known = part.is === "any" || values.every((value) => takes(part.pattern, value) === true);
  return { is: "regex", pattern: known ? these : behindFlags(part.pattern, `(?=${these})`) };
}

/** As a regular expression; what was not restricted stays absent. */
function withParts(declared: DeviceDeclaration, parts: Parts): DeviceDeclaration {
  const rest = { ...declared };
  delete rest.address;
  const regex = Object.fromEntries(
    fields.flatMap((field) => {
      const part = parts[field];
      if (part.is === "any") return [];
      return [[field, part.is === "value" ? part.value : part.pattern]];
    }),
  ) as AddressRegex;
  return { ...rest, addressRegex: regex };
}
