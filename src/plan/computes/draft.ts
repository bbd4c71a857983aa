// The draft of a round of nova-computes, which its steps hand to each other: inputs, outputs, and
// the few records that all of them make.

import type { CloudEffect, KubeEffect } from "../terms/effects.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import { changeBetween } from "../wanted/lines.ts";
import { type NodeStep, type StepContext, gateOn } from "./one-step.ts";
import type { RemovalContext } from "../gates/removal.ts";
import type { Fragment } from "../wanted/render.ts";
import type { ComputeNode } from "../wanted/selection.ts";
import { type Sight, quiesceReason } from "../gates/sight.ts";
import type { Millis } from "../terms/snapshot.ts";
import type { Line, NodeRecord, Quarantine, RolloutRecord, RolloutResult } from "../terms/state.ts";

/** What one node should read, and what else the machine must know of it. */
export type NodeTarget = {
  readonly node: ComputeNode;
  readonly sight: Sight;
  readonly record: NodeRecord;
  readonly wanted: Fragment;
  /** The fragment's ConfigMap was read back with the right content. */
  readonly present: boolean;
  /** Why this fragment may not be given to any node (preflight refused it). */
  readonly refused?: Reason;
  /** Kind of matched hardware, for the canary rule. */
  readonly hardware: string;
};

export type ComputesInput = {
  readonly targets: readonly NodeTarget[];
  readonly linesOf: (fragment: string) => readonly Line[];
  readonly digestOf: (fragment: string) => string;
  /** Gates of the whole installation: nothing new is started. */
  readonly blockers: readonly Reason[];
  readonly step: StepContext;
  readonly removal: RemovalContext;
  /** When the wish last changed. */
  readonly changedAt: Millis;
  readonly canaryPossible: boolean;
  readonly rollout: RolloutRecord | undefined;
};

export type ComputesOutput = {
  readonly records: Readonly<Record<string, NodeRecord>>;
  readonly rollout: RolloutRecord | undefined;
  readonly finished?: { readonly result: RolloutResult; readonly message: string };
  readonly effects: readonly (KubeEffect | CloudEffect)[];
  readonly gates: readonly Gate[];
  readonly quarantined: Readonly<Record<string, Quarantine>>;
  readonly wakes: readonly Millis[];
  readonly askUsage: readonly string[];
  readonly askHealth: readonly string[];
  readonly askLogs: readonly NonNullable<NodeStep["askLog"]>[];
  readonly askPreflights: boolean;
};

export type Draft = {
  readonly records: Map<string, NodeRecord>;
  readonly effects: (KubeEffect | CloudEffect)[];
  readonly gates: Gate[];
  readonly quarantined: Record<string, Quarantine>;
  readonly wakes: Millis[];
  readonly askUsage: Set<string>;
  readonly askHealth: Set<string>;
  readonly askLogs: NonNullable<NodeStep["askLog"]>[];
  askPreflights: boolean;
  rollout: RolloutRecord | undefined;
};

export function note(target: NodeTarget, made: NodeStep, draft: Draft): void {
  draft.effects.push(...made.effects);
  if (made.gate !== undefined) draft.gates.push(gateOn(target.node.name, made.gate));
  if (made.wake !== undefined) draft.wakes.push(made.wake);
  if (made.askUsage !== undefined) draft.askUsage.add(made.askUsage);
  if (made.askHealth !== undefined) draft.askHealth.add(made.askHealth);
  if (made.askLog !== undefined) draft.askLogs.push(made.askLog);
}

export function now(input: ComputesInput): Millis {
  return input.step.seen.now;
}

export function ours(service: {
  readonly disabled: boolean;
  readonly disabledReason?: string;
}): boolean {
  return service.disabled && (service.disabledReason ?? "").startsWith(quiesceReason);
}

export function idleRecord(record: NodeRecord, good: string): NodeRecord {
  return {
    assigned: good,
    good,
    phase: "idle",
    since: record.since,
    assignedAt: record.assignedAt,
    ...(record.leaving === undefined ? {} : { leaving: record.leaving }),
    ...(record.reports === undefined ? {} : { reports: record.reports }),
    ...(record.avoids === undefined ? {} : { avoids: record.avoids }),
  };
}

/**
 * Back to rest with what it was assigned. Where that was never proved, the pod of then is known to
 * read last-good, however young it is.
 */
export function atRest(record: NodeRecord): NodeRecord {
  const { assigned, good, replaces } = record;
  const unproved = assigned !== good && replaces !== undefined;
  return { ...idleRecord(record, good), assigned, ...(unproved ? { replaces } : {}) };
}

export function assign(
  record: NodeRecord,
  fragment: string,
  phase: NodeRecord["phase"],
  sight: Sight,
  at: Millis,
): NodeRecord {
  return {
    ...idleRecord(record, record.good),
    assigned: fragment,
    phase,
    since: at,
    assignedAt: at,
    ...(record.quiesced === undefined ? {} : { quiesced: record.quiesced }),
    ...(sight.pod === undefined ? {} : { replaces: sight.pod.uid }),
  };
}

export function misread(target: NodeTarget, record: NodeRecord): boolean {
  const { reads, pod, leftAlone } = target.sight;
  if (leftAlone !== undefined) return false;
  return pod !== undefined && reads !== undefined && reads !== record.assigned;
}

export function isUnderWay(record: NodeRecord): boolean {
  return record.phase !== "idle" && record.phase !== "skipped" && record.phase !== "halted";
}

export function changeOf(target: NodeTarget, record: NodeRecord, input: ComputesInput): string {
  const change = changeBetween(input.linesOf(record.good), target.wanted.lines);
  return change === "" ? "" : `${change}\n@${target.hardware}`;
}

export function isProven(change: string, input: ComputesInput, draft: Draft): boolean {
  if (change === "" || !input.canaryPossible) return true;
  return draft.rollout?.provenChanges.includes(change) === true;
}
