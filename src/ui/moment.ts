// One moment of an installation: what is seen and what is planned of it, with what was decided on
// the way computed once for all views.

import { conditionOf, conditionsOf, type Condition } from "../api/statuses.ts";
import { decisionOf } from "../plan/round/decide.ts";
import type { Decision } from "../plan/round/decision.ts";
import type { Plan } from "../plan/terms/effects.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import type { Tone } from "./model.ts";

export type Moment = {
  readonly seen: Snapshot;
  readonly plan: Plan;
  /** Of files that are played in memory. */
  readonly isPlayed?: true;
};

const decided = new WeakMap<Snapshot, Decision>();

export function decisionAt({ seen }: Moment): Decision {
  const known = decided.get(seen) ?? decisionOf(seen);
  decided.set(seen, known);
  return known;
}

export type AnyObject = {
  readonly kind: "PciPassthrough" | "PciAlias" | "PciWhitelist" | "PciFlavor";
  readonly name: string;
  readonly generation: number;
  readonly spec: unknown;
  readonly status: unknown;
};

/** All objects of ours in the order in which they are shown. */
export function objectsIn({ objects }: Snapshot): readonly AnyObject[] {
  const { passthrough, aliases, whitelists, flavors } = objects;
  const lists = {
    PciPassthrough: passthrough === undefined ? [] : [passthrough],
    PciAlias: aliases,
    PciWhitelist: whitelists,
    PciFlavor: flavors,
  } as const;
  return (Object.keys(lists) as AnyObject["kind"][]).flatMap((kind) =>
    lists[kind].map(({ metadata, spec, status }) => ({
      kind,
      name: metadata.name,
      generation: metadata.generation ?? 0,
      spec,
      status,
    })),
  );
}

export function readyOf(object: AnyObject): Condition | undefined {
  return conditionOf(object.status, "Ready");
}

/** Not Ready and about to be, not Ready and stuck, or nobody has said anything yet. */
export function toneOf(object: AnyObject): Tone {
  const conditions = conditionsOf(object.status);
  const is = (type: string, status: string): boolean =>
    conditions.some((each) => each.type === type && each.status === status);
  if (is("Ready", "True")) return "good";
  if (is("Stalled", "True") || is("Accepted", "False")) return "bad";
  if (is("Reconciling", "True")) return "moving";
  return conditions.length === 0 || is("Ready", "Unknown") ? "unknown" : "waiting";
}

/** The first names and how many more. */
export function someOf(names: readonly string[], shown = 6): string {
  const first = names.slice(0, shown).join(", ");
  return names.length > shown ? `${first} and ${names.length - shown} more` : first;
}
