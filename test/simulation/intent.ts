// What users last asked for, as Git would hold it: objects by their last applied content, and for
// each line the time until which somebody still wanted it. The yardstick for removals.

import type { Kind } from "../../src/api/names.ts";
import type { Millis } from "../../src/plan/terms/time.ts";
import type { Spec } from "./schedule.ts";

type Wish = { readonly kind: Kind; readonly name: string; readonly spec: Spec };

export type Intent = {
  readonly apply: (wish: Wish) => void;
  readonly remove: (kind: Kind, name: string) => void;
  /** As written, refused content included. */
  readonly written: () => readonly Wish[];
  /** What should be in force. */
  readonly wishes: () => readonly Wish[];
  /** The object ("kind/name") is written with content that is refused. */
  readonly isBad: (object: string) => boolean;
  readonly get: (kind: Kind, name: string) => Spec | undefined;
  /** What counts while an object reads like this: itself, or what it was before it was refused. */
  readonly acceptedOf: (kind: Kind, name: string, spec: Spec) => Spec | undefined;
  /** The kind's definition is gone or going: nothing may be believed removed. */
  readonly lost: Set<Kind>;
  /** Lines (kind/name/product) and when they were last wanted by somebody. */
  readonly lastWanted: (key: string) => Millis | undefined;
  readonly isWanted: (key: string) => boolean;
};

export function makeIntent(now: () => Millis): Intent {
  const wishes = new Map<string, Wish>();
  /** Last content that is not refused: a rejected edit withdraws nothing. */
  const accepted = new Map<string, Wish>();
  const left = new Map<string, Millis>();

  function keysOf(key: string): readonly string[] {
    const wish = wishes.has(key) ? accepted.get(key) : undefined;
    return wish === undefined ? [] : productsOf(wish).map((product) => `${key}/${product}`);
  }

  function replace(key: string, next: Wish | undefined): void {
    const before = keysOf(key);
    if (next === undefined) {
      wishes.delete(key);
      accepted.delete(key);
    } else wishes.set(key, next);
    if (next !== undefined && !isRefused(next.spec)) accepted.set(key, next);
    const after = new Set(keysOf(key));
    for (const text of before) if (!after.has(text)) left.set(text, now());
    for (const text of after) left.delete(text);
  }

  return {
    apply: (wish) => replace(`${wish.kind}/${wish.name}`, wish),
    remove: (kind, name) => replace(`${kind}/${name}`, undefined),
    written: () => [...wishes.values()],
    wishes: () => [...wishes.keys()].flatMap((key) => accepted.get(key) ?? []),
    isBad: (name) => {
      const wish = wishes.get(name);
      return wish !== undefined && isRefused(wish.spec);
    },
    get: (kind, name) => wishes.get(`${kind}/${name}`)?.spec,
    acceptedOf: (kind, name, spec) =>
      isRefused(spec) ? accepted.get(`${kind}/${name}`)?.spec : spec,
    lost: new Set(),
    lastWanted: (key) => left.get(key),
    isWanted: (key) => keysOf(key.split("/").slice(0, 2).join("/")).includes(key),
  };
}

/** A whitelist that matches every device; nothing else that the generator makes is refused. */
function isRefused(spec: Spec): boolean {
  return JSON.stringify(spec).includes("*:*:*.*");
}

type Device = { readonly vendorId?: string; readonly productId?: string };

export function productsOf(wish: Pick<Wish, "kind" | "spec">): readonly string[] {
  const list = wish.kind === "PciWhitelist" ? wish.spec.devices : wish.spec.match;
  return ((list ?? []) as readonly Device[]).flatMap((device) =>
    device.vendorId !== undefined && device.productId !== undefined ? [device.productId] : [],
  );
}

export function selectsPool(spec: Spec, pool: string | undefined): boolean {
  const selector = spec.nodeSelector as
    { readonly matchLabels?: { readonly pool?: string } } | undefined;
  return selector?.matchLabels?.pool === undefined || selector.matchLabels.pool === pool;
}
