// The CRDs' CEL rules about changes, offline: the twin of each rule that compares with the object
// before (oldSelf), with the same message.

import type { Kind } from "./names.ts";
import type { RuleProblem } from "./rules.ts";

type Any = Readonly<Record<string, unknown>>;

type Transition = {
  readonly message: string;
  readonly path: string;
  readonly broken: (before: Any, after: Any) => boolean;
};

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === "object" ? (inner as Any)[key] : undefined),
    value,
  );
}

function aliasName(object: Any): unknown {
  return at(object, "spec", "name") ?? at(object, "metadata", "name");
}

function sameFlavor(before: Any, after: Any): boolean {
  return ["name", "id"].every(
    (key) => at(before, "spec", "flavor", key) === at(after, "spec", "flavor", key),
  );
}

function reports(object: Any): boolean {
  return at(object, "spec", "placement", "reportInPlacement") === true;
}

export const transitions: Readonly<Record<Kind, readonly Transition[]>> = {
  PciAlias: [
    {
      message:
        "the name of the alias is immutable: flavors and servers refer to it; create another PciAlias",
      path: "spec.name",
      broken: (before, after) => aliasName(before) !== aliasName(after),
    },
  ],
  PciWhitelist: [],
  PciFlavor: [
    {
      message: "spec.flavor is immutable: delete the PciFlavor and create another one",
      path: "spec.flavor",
      broken: (before, after) => !sameFlavor(before, after),
    },
  ],
  PciPassthrough: [
    {
      message: "reportInPlacement can never be turned off again: nova-compute would not start",
      path: "spec.placement",
      broken: (before, after) => reports(before) && !reports(after),
    },
  ],
};

export function brokenTransitions(kind: Kind, before: Any, after: Any): readonly RuleProblem[] {
  return transitions[kind]
    .filter((transition) => transition.broken(before, after))
    .map(({ path, message }) => ({ path, message }));
}
