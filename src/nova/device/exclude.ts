// Exclusion of addresses from a device entry: the device specs that take everything it takes, but
// these. Nova has no spec that refuses, so the rest is written as specs: first other domains, then
// other buses of the same domain, and so on. Exact, because a device's fields have a fixed width in
// Nova. Knows nothing of hosts: what a PF address adds (its VFs) cannot be excluded, see
// `inexpressible`.

import { isRefused, isSingle, parseExact, parseGlob, wildcard } from "./address.ts";
import type { AddressRegex, DeviceDeclaration } from "../terms/declare.ts";
import { expressionFor, partOf, type Values } from "./exclude-values.ts";
import { valuesOf } from "../text/regex-reach.ts";

type Field = keyof AddressRegex;
const fields: readonly Field[] = ["domain", "bus", "slot", "function"];

type Parts = Readonly<Record<Field, Values>>;
type Address = Readonly<Record<Field, string>>;

/**
 * The entry without the addresses: disjoint entries with the same ids and tags, none when nothing
 * is left. An entry of which no address lies within stays as it is, and so does what is
 * inexpressible.
 */
export function excludeAddresses(
  declared: DeviceDeclaration,
  excluded: readonly string[],
): readonly DeviceDeclaration[] {
  const addresses = excluded.flatMap(readAddress);
  if (declared.devname !== undefined) return [declared];
  if (isSingleAddress(declared)) {
    const own = parseGlob(declared.address!);
    return addresses.some((address) => !isRefused(own) && sameAddress(address, own))
      ? []
      : [declared];
  }
  const parts = partsOf(declared);
  if (parts === undefined) return [declared];
  const within = addresses.filter((address) =>
    fields.every((field) => takes(parts[field], address[field])),
  );
  if (within.length === 0) return [declared];
  return split(parts, within, 0).map((some) => withParts(declared, some));
}

/**
 * The excluded addresses that may still be offered by the entry: a device name or the one address
 * of a PF offers its VFs too, and nothing in a device spec takes one of them away; of an expression
 * that nobody understands no address is proved to be gone.
 */
export function inexpressible(
  declared: DeviceDeclaration,
  excluded: readonly string[],
): readonly string[] {
  if (declared.devname !== undefined) return excluded;
  const own = onlyAddress(declared);
  if (own === undefined) return partsOf(declared) === undefined ? excluded : [];
  return excluded.filter((text) => readAddress(text).some((item) => mayBeFunctionOf(own, item)));
}

/** Why the exclusions cannot be kept for this entry, and the form in which they can. */
export function exclusionProblem(
  declared: DeviceDeclaration,
  excluded: readonly string[],
): string | undefined {
  const left = inexpressible(declared, excluded);
  if (left.length === 0) return undefined;
  const names = left.join(", ");
  const where = `address: "${placeBelow(left[0]!)}", or addressRegex`;
  if (declared.devname === undefined && onlyAddress(declared) === undefined) {
    return `exclude cannot be kept: nobody can tell whether this expression takes ${names}; write the devices' own addresses (${where} with digits, classes and alternatives)`;
  }
  const who =
    declared.devname === undefined ? "the address of a PF" : `devname ${declared.devname}`;
  return (
    `exclude cannot be kept: ${who} offers its VFs too, and no device spec takes ${names} from them; ` +
    `write the VFs' own addresses in this entry (${where})`
  );
}

/** The bus of an address, as a glob. */
function placeBelow(address: string): string {
  return `${address.slice(0, address.lastIndexOf(":")).toLowerCase()}:*.*`;
}

/** Whether the entry may take a device at this address, itself or as a VF of what it takes. */
export function mayTakeAddress(declared: DeviceDeclaration, address: string): boolean {
  if (inexpressible(declared, [address]).length > 0) return true;
  const parts = partsOf(declared);
  if (parts === undefined) return false;
  return readAddress(address).some((item) =>
    fields.every((field) => takes(parts[field], item[field])),
  );
}

/**
 * A VF has the domain of its PF, and a routing id above it (PCI Express, SR-IOV: First VF Offset).
 */
function mayBeFunctionOf(pf: Address, item: Address): boolean {
  return item.domain === pf.domain && routingId(item) > routingId(pf);
}

function routingId({ bus, slot, function: last }: Address): number {
  return Number.parseInt(bus, 16) * 256 + Number.parseInt(slot, 16) * 8 + Number(last);
}

/**
 * The one address that an entry names. Nova asks the host whether a PF is there, also for regular
 * expressions that are mere values (nova/pci/devspec.py).
 */
function onlyAddress({ address, addressRegex }: DeviceDeclaration): Address | undefined {
  if (address !== undefined) {
    const parsed = parseGlob(address.toLowerCase());
    return isRefused(parsed) || !isSingle(parsed) ? undefined : parsed;
  }
  const { domain = "", bus = "", slot = "", function: last = "" } = addressRegex ?? {};
  return readAddress(`${domain}:${bus}:${slot}.${last}`)[0];
}

function readAddress(text: string): readonly Address[] {
  const parsed = parseExact(text.toLowerCase());
  return isRefused(parsed) ? [] : [parsed];
}

function sameAddress(item: Address, other: Address): boolean {
  return fields.every((field) => item[field] === other[field]);
}

function isSingleAddress(declared: DeviceDeclaration): boolean {
  if (declared.address === undefined) return false;
  const parsed = parseGlob(declared.address);
  return !isRefused(parsed) && isSingle(parsed);
}

/** undefined = Nova refuses the address, or nobody can tell what it takes: another's finding. */
function partsOf(declared: DeviceDeclaration): Parts | undefined {
  const glob = declared.address === undefined ? undefined : parseGlob(declared.address);
  if (glob !== undefined && isRefused(glob)) return undefined;
  const parts: Partial<Record<Field, Values>> = {};
  for (const field of fields) {
    const part =
      glob === undefined
        ? partOf(field, declared.addressRegex?.[field])
        : glob[field] === wildcard
          ? partOf(field, undefined)
          : { is: "these" as const, values: [glob[field]] };
    if (part === undefined) return undefined;
    parts[field] = part;
  }
  return parts as Parts;
}

function takes(part: Values, value: string): boolean {
  return part.is === "all-but" ? !part.values.includes(value) : part.values.includes(value);
}

/** Everything outside the excluded values of this field, and within each of them the next field. */
function split(parts: Parts, excluded: readonly Address[], depth: number): readonly Parts[] {
  const field = fields[depth];
  if (field === undefined) return [];
  const others = without(field, parts[field], distinct(excluded.map((item) => item[field])));
  const inner = groupsOf(excluded, depth).flatMap(({ values, rest }) =>
    split({ ...parts, [field]: { is: "these", values } }, rest, depth + 1),
  );
  return others === undefined ? inner : [{ ...parts, [field]: others }, ...inner];
}

type Group = { readonly values: readonly string[]; readonly rest: readonly Address[] };

/** Values of the field below which the same is excluded share their entries. */
function groupsOf(excluded: readonly Address[], depth: number): readonly Group[] {
  const field = fields[depth]!;
  const groups = new Map<string, Group>();
  for (const value of distinct(excluded.map((item) => item[field]))) {
    const rest = excluded.filter((item) => item[field] === value);
    const below = fields.slice(depth + 1);
    const key = distinct(rest.map((item) => below.map((each) => item[each]).join(" "))).join(",");
    const known = groups.get(key);
    groups.set(key, { values: [...(known?.values ?? []), value], rest: known?.rest ?? rest });
  }
  return [...groups.values()];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** undefined = nothing is left of the field. */
function without(field: Field, part: Values, values: readonly string[]): Values | undefined {
  // More domains than can be excluded.
  if (part.is === "all-but" && field === "domain") return { is: "all-but", values };
  const all = part.is === "all-but" ? valuesOf(field) : part.values;
  const left = all.filter((text) => !values.includes(text));
  return left.length === 0 ? undefined : { is: "these", values: left };
}

/** As a regular expression; what was not restricted stays absent. */
function withParts(declared: DeviceDeclaration, parts: Parts): DeviceDeclaration {
  const rest = { ...declared };
  delete rest.address;
  const regex = Object.fromEntries(
    fields.flatMap((field) => {
      const expression = expressionFor(field, parts[field]);
      return expression === undefined ? [] : [[field, expression]];
    }),
  ) as AddressRegex;
  return { ...rest, addressRegex: notOnePf(regex) };
}

/** Mere values would name a PF, and Nova would take its VFs, too. */
function notOnePf(regex: AddressRegex): AddressRegex {
  if (onlyAddress({ addressRegex: regex }) === undefined) return regex;
  return { ...regex, function: `[${regex.function ?? ""}]` };
}
