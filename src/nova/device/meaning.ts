// Canonical text of an alias or a device spec: equal where two values mean the same to Nova, so
// that an entry of a base nova.conf and a declared one can be compared. Independent of the release:
// what one release ignores still counts as a difference.

import { keyMeaning } from "./device-tags.ts";
import { normalisedClass, traitsOf } from "../terms/placement-names.ts";
import { asWord, isDict, isList, loadJson, type Dict, type Value } from "../text/python-json.ts";
import { boolOfText, strip } from "../text/python-text.ts";

/** Equal text = equal meaning. What is no alias means only itself. */
export function aliasMeaning(value: string): string {
  const loaded = loadJson(value);
  if (!loaded.ok || !isDict(loaded.value)) return `not an alias: ${value}`;
  const { entries } = loaded.value;
  const meaning = new Map<string, string>([["numa_policy", "legacy"]]);
  for (const [key, item] of entries) meaning.set(key, aliasPart(key, item));
  return canonical(meaning);
}

function aliasPart(key: string, value: Value): string {
  if (typeof value !== "string") return `?${asWord(value)}`;
  switch (key) {
    case "name":
      return strip(value);
    case "vendor_id":
    case "product_id":
      return value.toLowerCase();
    case "resource_class":
      return normalisedClass(value);
    case "traits":
      return traitsOf(value).join(",");
    case "live_migratable":
      return String(boolOfText(value) ?? value);
    default:
      return value;
  }
}

/** Meanings of the device specs of one value, in their order: a list counts as its elements. */
export function deviceMeanings(value: string): readonly string[] {
  const loaded = loadJson(value);
  if (!loaded.ok) return [`not a device spec: ${value}`];
  const items = isList(loaded.value) ? loaded.value.items : [loaded.value];
  return items.map((item) => (isDict(item) ? entryMeaning(item) : `not a device spec: ${value}`));
}

/** The meanings of a value as one text. */
export function deviceMeaning(value: string): string {
  return deviceMeanings(value).join("\n");
}

/** Of one object; some keys may be left aside. */
export function entryMeaning({ entries }: Dict, without: ReadonlySet<string> = new Set()): string {
  const meaning = new Map<string, string>();
  for (const [key, value] of entries) {
    const text = without.has(key) ? undefined : keyMeaning(key, value);
    if (text !== undefined) meaning.set(key, text);
  }
  return canonical(meaning);
}

function canonical(meaning: ReadonlyMap<string, string>): string {
  return JSON.stringify([...meaning].sort(([a], [b]) => (a < b ? -1 : 1)));
}
