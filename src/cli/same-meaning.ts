// Answers "do two readings of nova.conf mean the same to Nova?": aliases and device specs without
// the differences of writing that Nova does not see.

import { addressText, wildcard } from "../nova/address.ts";
import type { Aliases, AliasSpec } from "../nova/alias.ts";
import { canonicalJson } from "../nova/canonical-json.ts";
import type { DeviceSpec } from "../nova/device-spec.ts";
import { normalisedClass, traitsOf } from "../nova/placement-names.ts";
import { asWord, truthy, type Value } from "../nova/python-json.ts";
import { boolOfText, strip } from "../nova/python-text.ts";

export type Reading = { readonly aliases: Aliases; readonly specs: readonly DeviceSpec[] };

/** One sentence for each alias and each spec that became another. */
export function differencesOf(before: Reading, after: Reading): readonly string[] {
  const names = new Set([...before.aliases.keys(), ...after.aliases.keys()]);
  const aliases = [...names].filter(
    (name) => aliasMeaning(before.aliases, name) !== aliasMeaning(after.aliases, name),
  );
  const specs = before.specs.flatMap((spec, index) => {
    const other = after.specs[index];
    return other !== undefined && specMeaning(spec) === specMeaning(other) ? [] : [index];
  });
  const more = after.specs.length > before.specs.length ? ["there are more device specs"] : [];
  return [
    ...aliases.map((name) => `alias "${name}" would mean something else`),
    ...specs.map((index) => `device spec ${index + 1} would mean something else`),
    ...more,
  ];
}

function aliasMeaning(aliases: Aliases, name: string): string {
  const alias = aliases.get(name);
  if (alias === undefined) return "";
  return canonicalJson([alias.numaPolicy, alias.specs.map(aliasSpecMeaning)]);
}

function aliasSpecMeaning(spec: AliasSpec): Readonly<Record<string, string>> {
  return meanings([...spec]);
}

/** The order of keys has no meaning. */
function meanings(
  entries: readonly (readonly [string, Value])[],
): Readonly<Record<string, string>> {
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, value]) => [key, valueMeaning(key, value)]));
}

function valueMeaning(key: string, value: Value): string {
  switch (key) {
    case "vendor_id":
    case "product_id":
      return asWord(value).toLowerCase();
    case "resource_class":
      return normalisedClass(strip(asWord(value)));
    case "traits":
      return traitsOf(asWord(value)).join(",");
    case "physical_network":
      return value === null ? "none" : `text ${asWord(value)}`;
    default: {
      const word = boolOfText(asWord(value));
      return word === undefined ? asWord(value) : String(word);
    }
  }
}

function specMeaning(spec: DeviceSpec): string {
  const tags = [...spec.tags].filter(([key, value]) => !isNoTag(key, value));
  return canonicalJson([
    [spec.vendorId, spec.productId, truthy(spec.devname) ? asWord(spec.devname) : null],
    placeMeaning(spec),
    meanings(tags),
  ]);
}

function placeMeaning({ address }: DeviceSpec): string {
  if (address === undefined) return "";
  const fields = Object.values(address.fields);
  if (fields.every((one) => one === wildcard || one === ".*")) return "anywhere";
  return address.style === "regex"
    ? `regex ${canonicalJson(address.fields)}`
    : addressText(address.fields);
}

/** Said or unsaid, Nova does the same. */
function isNoTag(key: string, value: Value): boolean {
  if (key === "one_time_use") return boolOfText(asWord(value)) !== true;
  if (key === "traits" || key === "resource_class") return value === "";
  return value === null && key !== "physical_network";
}
