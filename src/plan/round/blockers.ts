// Gates that hold everything back: of the installation, of the nova-compute DaemonSet, and of
// disruption budgets.

import type { BaseFacts } from "../wanted/adoption.ts";
import type { DecideInput } from "./decision.ts";
import * as delivery from "../gates/delivery.ts";
import type { Reason } from "../terms/gates.ts";
import * as memory from "../wanted/departures.ts";
import type { Sight } from "../gates/sight.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";

export function changeTime({ seen, settings, state }: DecideInput): Millis {
  return memory.wantedFingerprint(seen, settings) === state.wanted ? state.changedAt : seen.now;
}

export function blockersOf(
  { seen, settings, state }: DecideInput,
  chosen: delivery.Delivery | undefined,
  base: BaseFacts,
  changedAt: Millis,
  nodes: number,
): readonly Reason[] {
  const reasons: Reason[] = [];
  if (seen.state.is === "unreadable")
    reasons.push({ gate: "StateUnreadable", why: seen.state.reason });
  if (seen.state.is === "read" && seen.state.bytes > delivery.stateLimit) {
    reasons.push({ gate: "StateTooLarge", bytes: seen.state.bytes, limit: delivery.stateLimit });
  }
  if (nodes > delivery.nodeLimit) {
    reasons.push({ gate: "TooManyNodes", nodes, limit: delivery.nodeLimit });
  }
  for (const right of seen.missingRights) {
    reasons.push({ gate: "MissingRight", right: `${right.verb} ${right.resource}` });
  }
  reasons.push(...delivery.deliveryGates(seen, chosen, state.guarded === true));
  if (base.unconfirmed !== undefined) {
    reasons.push({ gate: "AdoptionUnconfirmed", why: base.unconfirmed });
  }
  if (settings.rollout.paused) reasons.push({ gate: "Paused" });
  const settled = changedAt + settings.rollout.settleMillis;
  if (settled > seen.now) reasons.push({ gate: "Settling", until: settled });
  return reasons;
}

/** Two nova-computes on one host would fight over it: a DaemonSet with maxSurge is not touched. */
export function surgeGate(seen: Snapshot): Reason | undefined {
  const surging = seen.workloads.find(
    (workload) =>
      workload.service === "compute" &&
      workload.maxSurge !== undefined &&
      workload.maxSurge !== "0" &&
      workload.maxSurge !== "0%",
  );
  return surging === undefined
    ? undefined
    : { gate: "MaxSurge", workload: `DaemonSet/${surging.name}` };
}

export function budgetOver(
  sight: Sight,
  seen: Snapshot,
): { readonly by: "delete" | "evict"; readonly gate?: Reason } {
  const pod = sight.pod;
  if (pod === undefined) return { by: "delete" };
  const covering = seen.budgets.find((budget) => delivery.holdsLabels(pod.labels, budget.selector));
  if (covering === undefined) return { by: "delete" };
  if (covering.broken !== undefined) {
    return {
      by: "evict",
      gate: { gate: "DisruptionBudget", budget: covering.name, why: covering.broken, now: false },
    };
  }
  if (covering.allowed < 1 && pod.ready) {
    return {
      by: "evict",
      gate: {
        gate: "DisruptionBudget",
        budget: covering.name,
        why: "it allows no disruption now",
        now: true,
      },
    };
  }
  return { by: "evict" };
}
