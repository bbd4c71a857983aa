// Gates before the start of a change on one compute node. First gate wins, most permanent first. A
// node that is down counts against the budget, unless it was down before the rollout.

import {
  type ComputesInput,
  type Draft,
  type NodeTarget,
  changeOf,
  isProven,
  isUnderWay,
} from "./draft.ts";
import { endedByItself, healthOf } from "./evidence.ts";
import { isLost } from "./lost.ts";
import type { Reason } from "../terms/gates.ts";
import { unavailableBudget } from "../terms/settings.ts";
import { type Sight, isHeld } from "../gates/sight.ts";
import type { NodeRecord } from "../terms/state.ts";
import { silence } from "./node-step.ts";

export type Budget = {
  allowed: number;
  /** Nodes of each change that are in flight and not yet proved. */
  readonly canaries: Map<string, string>;
};

/** Nodes that are down for any reason count, but not those that were down before the rollout. */
export function budgetNow(input: ComputesInput, draft: Draft): Budget {
  const canaries = new Map<string, string>();
  const down: string[] = [];
  const before = new Set(draft.rollout?.downAtStart ?? []);
  for (const target of input.targets) {
    const record = draft.records.get(target.node.name)!;
    const underWay = isUnderWay(record);
    const tries = underWay && !isLost(record);
    if (tries && record.canary === true && record.change !== undefined) {
      canaries.set(`${record.change}\n${target.node.name}`, target.node.name);
    }
    const excused = record.phase === "skipped" || before.has(target.node.name);
    if (underWay || (target.sight.unwell !== undefined && !excused)) down.push(target.node.name);
  }
  const { maxUnavailable } = input.step.settings.rollout;
  const total = unavailableBudget(maxUnavailable, input.targets.length);
  return { allowed: total - down.length, canaries };
}

/** Why this node may not start now; "skip" when it is not well and nobody has to wait for it. */
export function startGate(
  target: NodeTarget,
  record: NodeRecord,
  budget: Budget,
  input: ComputesInput,
  draft: Draft,
): Reason | "skip" | undefined {
  const { sight } = target;
  const { settings } = input.step;
  const blocked = blockerFor(sight, input) ?? target.refused;
  if (blocked !== undefined) return blocked;
  if (!target.present) return { gate: "FragmentPending", fragment: target.wanted.name };
  const differs = input.digestOf(record.assigned) !== target.wanted.digest;
  if (isHeld(sight)) return undefined;
  const change = changeOf(target, record, input);
  if (sight.unwell !== undefined && !isAbandoned(target, record, input, draft))
    return unwellGate(target, record, change, input, draft);
  if (settings.services.compute.restart !== "Auto") return manualGate(target, record, differs);
  // Without Nova a host can neither be emptied nor proved well: no new one is touched. Who never
  // had credentials goes on without both.
  const silent = silence(sight, record, input.step.seen);
  if (silent !== undefined) return silent;
  if (!isProven(change, input, draft)) {
    const inFlight = [...budget.canaries].filter(([key]) => key.startsWith(`${change}\n`));
    if (inFlight.length >= settings.rollout.canaryCount) {
      return { gate: "CanaryPending", canary: inFlight[0]![1] };
    }
  }
  if (budget.allowed <= 0) return budgetGate(input, draft);
  return input.step.noReplacing ?? input.step.evictBudget(sight).gate;
}

/**
 * A wish came while nothing was seen of the node, and then its pod showed that it fails with what
 * it was given before: neither last-good nor what is wanted now. Nobody but us brings it up again,
 * so it is changed in its turn. Only where a kubelet is there to make another pod.
 */
export function isAbandoned(
  { sight, node }: NodeTarget,
  record: NodeRecord,
  { step: { seen } }: ComputesInput,
  draft: Draft,
): boolean {
  const { pod, reads, leftAlone } = sight;
  const known = reads === record.assigned || reads === record.good || leftAlone !== undefined;
  if (record.phase !== "skipped" || pod === undefined || known) return false;
  if (pod.ready) return true;
  if (pod.container.startedAt === undefined && !endedByItself(pod.container)) return false;
  draft.askHealth.add(node.name);
  return healthOf(node.name, seen)?.ready === "True";
}

/** A pod that kubelet holds for want of an assignment is served even while paused or settling. */
function blockerFor(sight: Sight, input: ComputesInput): Reason | undefined {
  if (!isHeld(sight)) return input.blockers[0];
  return input.blockers.find((blocker) => blocker.gate !== "Paused" && blocker.gate !== "Settling");
}

function unwellGate(
  target: NodeTarget,
  record: NodeRecord,
  change: string,
  input: ComputesInput,
  draft: Draft,
): Reason | "skip" | undefined {
  const differs = input.digestOf(record.assigned) !== target.wanted.digest;
  if (record.phase === "skipped" && !differs) {
    return { gate: "NotWired", why: target.sight.unwell ?? "" };
  }
  const downBefore = draft.rollout?.downAtStart.includes(target.node.name) === true;
  const otherCanary = input.targets.some(
    (nodeTarget) =>
      nodeTarget !== target &&
      nodeTarget.sight.unwell === undefined &&
      changeOf(nodeTarget, draft.records.get(nodeTarget.node.name)!, input) === change,
  );
  if (!isProven(change, input, draft) && otherCanary) {
    return { gate: "CanaryPending", canary: "on another node" };
  }
  return downBefore || record.phase !== "idle" ? "skip" : budgetGate(input, draft);
}

function manualGate(target: NodeTarget, record: NodeRecord, differs: boolean): Reason | "skip" {
  if (differs) return "skip";
  return {
    gate: "ManualRestart",
    command: `kubectl delete pod ${target.sight.pod?.name ?? ""}`,
  };
}

function budgetGate(input: ComputesInput, draft: Draft): Reason {
  const { maxUnavailable } = input.step.settings.rollout;
  const nodes = input.targets
    .filter(
      (target) =>
        isUnderWay(draft.records.get(target.node.name)!) || target.sight.unwell !== undefined,
    )
    .map((target) => target.node.name);
  return {
    gate: "BudgetSpent",
    down: nodes.length,
    allowed: unavailableBudget(maxUnavailable, input.targets.length),
    nodes: nodes.slice(0, 10),
  };
}
