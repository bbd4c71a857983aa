// What one step of a compute node is given, and what it hands back.

import type { CloudEffect, KubeEffect } from "../terms/effects.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import type { Sight } from "../gates/sight.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";
import type { NodeRecord } from "../terms/state.ts";

export type NodeStep = {
  readonly record: NodeRecord;
  readonly effects: readonly (KubeEffect | CloudEffect)[];
  readonly gate?: Reason;
  /** Something timed will change this node's step. */
  readonly wake?: Millis;
  readonly outcome?: "verified" | "failed" | "rolled-back" | "stuck";
  /** Nova's busy list is needed for this host. */
  readonly askUsage?: string;
  /** The Ready condition of this Node is needed. */
  readonly askHealth?: string;
  readonly askLog?: { readonly pod: string; readonly uid: string; readonly container: string };
};

export type StepContext = {
  readonly seen: Snapshot;
  readonly settings: Settings;
  /** Set when pods must not be replaced now (policy missing, budget broken ...). */
  readonly noReplacing: Reason | undefined;
  /** Set when not even last-good can be put back (policy missing or unknown). */
  readonly noRollback: Reason | undefined;
  readonly evictBudget: (sight: Sight) => {
    readonly by: "delete" | "evict";
    readonly gate?: Reason;
  };
  /**
   * Placement must show devices of this node: it reports, and its inventory has some that match.
   */
  readonly expectsInventory: (node: string) => boolean;
};

export function stay(
  record: NodeRecord,
  more: Omit<NodeStep, "record" | "effects"> = {},
): NodeStep {
  return { record, effects: [], ...more };
}

export function gateOn(node: string, reason: Reason): Gate {
  return { waits: { on: "node", node }, ...reason };
}
