// What the regular expressions of one namespace may cost in a round. Each is bounded by itself;
// this bounds their sum, so that no namespace keeps the loop from the others. What is in force is
// never refused; of the rest the older objects come first.

import type { PciWhitelist } from "../../api/generated/pci-whitelist.ts";
import { costOf, type RegexField } from "../../nova/text/regex-reach.ts";
import { onceFor } from "../terms/recent.ts";
import type { Stored } from "../terms/snapshot.ts";
import type { State } from "../terms/state.ts";

type Spec = NonNullable<PciWhitelist["spec"]>;

/** Steps; a common expression takes some 2,000 of them. */
export const regexBudget = 20_000_000;

/** Steps by expression, each once: its answer is kept. */
type Costs = ReadonlyMap<string, number>;
const costs = onceFor<Spec, Costs>();
const always = {};

function costsOf(spec: Spec): Costs {
  return costs(always, spec, () => {
    const found = new Map<string, number>();
    for (const { addressRegex } of spec.devices ?? []) {
      for (const [field, pattern] of Object.entries(addressRegex ?? {})) {
        found.set(`${field} ${pattern}`, costOf(field as RegexField, pattern));
      }
    }
    return found;
  });
}

/** For each object that does not fit: the steps that it would add. */
export function beyondBudget(
  whitelists: readonly Stored<PciWhitelist>[],
  accepted: State["accepted"],
): ReadonlyMap<string, number> {
  const paid = new Set<string>();
  let left = regexBudget;
  const charge = (spec: Spec, force: boolean): number => {
    const own = [...costsOf(spec)].filter(([key]) => !paid.has(key));
    const sum = own.reduce((all, [, steps]) => all + steps, 0);
    if (sum > left && !force) return sum;
    for (const [key] of own) paid.add(key);
    left -= sum;
    return 0;
  };
  for (const [key, { spec }] of Object.entries(accepted)) {
    if (key.startsWith("PciWhitelist/")) charge(spec as Spec, true);
  }
  const beyond = new Map<string, number>();
  for (const { metadata, spec } of [...whitelists].sort(byAge)) {
    const sum = charge(spec, false);
    if (sum > 0) beyond.set(metadata.name, sum);
  }
  return beyond;
}

function byAge(a: Stored<PciWhitelist>, b: Stored<PciWhitelist>): number {
  const left = `${a.metadata.creationTimestamp ?? ""} ${a.metadata.name}`;
  const right = `${b.metadata.creationTimestamp ?? ""} ${b.metadata.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
