// Resource class and traits as Placement shows them: the normalisation of
// nova/compute/pci_placement_translator.py, the same in 26 to 34.

import { codePoints } from "../text/python-text.ts";
import { standardResourceClasses, standardTraits } from "./standard-names.ts";

const custom = "CUSTOM_";

/** normalize_name of os-resource-classes and os-traits. */
function customName(name: string): string {
  return custom + name.replace(/[^0-9A-Za-z]+/gu, "_").toUpperCase();
}

export function normalisedClass(name: string): string {
  const upper = name.toUpperCase();
  if (standardResourceClasses.has(upper) || upper.startsWith(custom)) return upper;
  return customName(upper);
}

/** An absent or empty class is made of the ids; null is Python's None. */
export function resourceClassOf(
  requested: string | undefined,
  vendorId: string | null,
  productId: string | null,
): string {
  if (requested !== undefined && requested !== "") return normalisedClass(requested);
  return `CUSTOM_PCI_${vendorId ?? "None"}_${productId ?? "None"}`.toUpperCase();
}

/** A standard trait only counts when written exactly. */
export function normalisedTrait(name: string): string {
  if (standardTraits.has(name)) return name;
  const upper = name.toUpperCase();
  return upper.startsWith(custom) ? upper : customName(upper);
}

/** Traits of one comma separated text, sorted, each once; nothing is trimmed. */
export function traitsOf(text: string): readonly string[] {
  if (text === "") return [];
  return [...new Set(text.split(",").map(normalisedTrait))].sort(byCodePoint);
}

/** Python's order of text. */
function byCodePoint(a: string, b: string): number {
  const left = codePoints(a);
  const right = codePoints(b);
  for (let index = 0; index < left.length && index < right.length; index += 1) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** What Placement takes as a name of either kind. */
export function isValidName(name: string): boolean {
  return /^[A-Z0-9_]{1,255}$/.test(name);
}
