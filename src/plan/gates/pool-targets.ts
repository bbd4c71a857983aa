// What the nodes of one pool should read, worked out once for all nodes that are alike, and once
// for all rounds in which nothing about them changed. Only answers that hold nothing back are kept:
// those depend on what is compared here and on nothing else.

import type { Held, HoldContext, NodeFacts } from "./held.ts";
import { holdNode } from "./hold.ts";
import { onceFor } from "../terms/recent.ts";
import type { Fragment } from "../wanted/render.ts";
import type { DeviceEntry, Pool } from "../wanted/resolve.ts";
import type { Line } from "../terms/state.ts";

type PoolTarget = { readonly held: Held; readonly drawn: Fragment };

type Kept = PoolTarget & {
  readonly current: readonly Line[];
  readonly reports: boolean;
  readonly reportInPlacement: boolean;
};

/** For the aliases and the devices of a pool. */
const slots = onceFor<readonly DeviceEntry[], { kept?: Kept }>();

export function targetOfPool(
  pool: Pool,
  facts: NodeFacts,
  context: HoldContext,
  draw: (lines: readonly Line[]) => Fragment,
): PoolTarget {
  const slot = isCalm(facts, context) ? slots(context.aliases, pool.devices, () => ({})) : {};
  const { reportInPlacement } = context.settings;
  const same =
    slot.kept?.current === facts.current &&
    slot.kept.reports === facts.reports &&
    slot.kept.reportInPlacement === reportInPlacement;
  if (same) return slot.kept!;
  const held = holdNode(pool, facts, context);
  const made = { held, drawn: draw(held.lines) };
  if (held.gates.length === 0 && held.leaving === undefined) {
    slot.kept = { ...made, current: facts.current, reports: facts.reports, reportInPlacement };
  }
  return made;
}

/** Nothing but devices, aliases and what is assigned has a say. */
function isCalm(facts: NodeFacts, context: HoldContext): boolean {
  return (
    facts.leaving === undefined &&
    context.settings.hardwareCheck !== "Enforce" &&
    context.inSomeBase.size === 0 &&
    facts.base.devices.length === 0 &&
    Object.keys(context.state.quarantined).length === 0
  );
}
