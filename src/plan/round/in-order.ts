// A snapshot whose lists of named things stand in one order, so that the first of equals is the
// same however an API server lists them. Pods and nodes are many: who looks at them sorts what it
// found.

import type { Snapshot } from "../terms/snapshot.ts";

export function inOrder(seen: Snapshot): Snapshot {
  const { aliases, whitelists, flavors, ...rest } = seen.objects;
  return {
    ...seen,
    objects: {
      ...rest,
      aliases: sorted(aliases, ofObject),
      whitelists: sorted(whitelists, ofObject),
      flavors: sorted(flavors, ofObject),
    },
    workloads: sorted(seen.workloads, (workload) => `${workload.kind}/${workload.name}`),
    budgets: sorted(seen.budgets, (budget) => budget.name),
  };
}

function ofObject(object: { readonly metadata: { readonly name: string } }): string {
  return object.metadata.name;
}

/** A list that did not change stays the same value, and costs nothing. */
const known = new WeakMap<object, readonly unknown[]>();

function sorted<T>(list: readonly T[], nameOf: (one: T) => string): readonly T[] {
  const found = known.get(list) as readonly T[] | undefined;
  if (found !== undefined) return found;
  const made = isSorted(list, nameOf)
    ? list
    : [...list].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  known.set(list, made);
  return made;
}

function isSorted<T>(list: readonly T[], nameOf: (one: T) => string): boolean {
  return list.every((one, index) => index === 0 || nameOf(list[index - 1]!) < nameOf(one));
}
