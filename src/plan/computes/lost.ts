// The step of a compute node of which nothing can be seen: it is lost, not failed. Its place in the
// budget stays taken, another canary is chosen, and after verifyTimeoutSeconds the rollout halts at
// it. It keeps its phase, so its return goes on where it was.

import { type Cause, healthOf, isDown } from "./evidence.ts";
import type { NodeStep, StepContext } from "./one-step.ts";
import type { Sight } from "../gates/sight.ts";
import type { Reason } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import type { Millis } from "../terms/time.ts";
import type { Lost, NodeRecord } from "../terms/state.ts";

/** Longer than nova-compute 33 and 34 may take to stop (180 s), and than most images take. */
const patienceMillis = 4 * 60 * 1000;

/** A restart that goes well asks nobody; a kubelet that died is seen after 40 s. */
export const askMillis = 30_000;

/** One step of a node without evidence: slow at first, lost when it lasts or its Node is down. */
export function absent(
  record: NodeRecord,
  sight: Sight,
  context: StepContext,
  { cause, waits }: { readonly cause: Cause; readonly waits: Reason },
): NodeStep {
  const { seen, settings } = context;
  const { runningSince, healthySince, beats, lost, ...rest } = record;
  const ran = runningSince !== undefined || healthySince !== undefined;
  const since = lost?.since ?? (ran ? seen.now : record.assignedAt);
  const patience = Math.min(patienceMillis, settings.rollout.verifyTimeoutMillis);
  const down = isDown(healthOf(sight.node, seen));
  const told = down || lost?.cause !== undefined || seen.now - since >= patience;
  const next = told ? { since, cause: kept(lost, cause) } : { since };
  const times = [askMillis, patience, settings.rollout.verifyTimeoutMillis];
  const begins = since === record.assignedAt && !told;
  return {
    record: begins ? { ...rest, ...(lost === undefined ? {} : { lost }) } : { ...rest, lost: next },
    effects: [],
    gate: lostGate(sight.node, next, settings, seen.now) ?? waits,
    ...wakeAt(
      times.map((time) => since + time),
      seen.now,
    ),
    ...(told || seen.now - since >= askMillis ? { askHealth: sight.node } : {}),
  };
}

/** The next of these moments; none = all have passed. */
export function wakeAt(times: readonly Millis[], now: Millis): { readonly wake?: Millis } {
  const ahead = times.filter((time) => time > now);
  return ahead.length === 0 ? {} : { wake: Math.min(...ahead) };
}

/** The words stay while the reason stays: kubelet's own change with each attempt. */
function kept(lost: Lost | undefined, cause: Cause): Cause {
  return lost?.cause?.sign === cause.sign ? lost.cause : cause;
}

/**
 * There is something to judge by again: its clock starts anew, and old heartbeats prove nothing.
 */
export function found(record: NodeRecord): NodeRecord {
  const { lost, runningSince, beats, healthySince, ...rest } = record;
  return lost === undefined ? record : rest;
}

export function isLost(record: NodeRecord): boolean {
  return record.lost?.cause !== undefined;
}

export function isHalted(lost: Lost, settings: Settings, at: Millis): boolean {
  return lost.cause !== undefined && at - lost.since >= settings.rollout.verifyTimeoutMillis;
}

export function haltsAt(record: NodeRecord, settings: Settings, at: Millis): boolean {
  return record.lost !== undefined && isHalted(record.lost, settings, at);
}

function lostGate(node: string, lost: Lost, settings: Settings, at: Millis): Reason | undefined {
  if (lost.cause === undefined) return undefined;
  return {
    gate: "Lost",
    node,
    why: lost.cause.why,
    ...(lost.cause.cure === undefined ? {} : { cure: lost.cause.cure }),
    until: lost.since + settings.rollout.verifyTimeoutMillis,
    halted: isHalted(lost, settings, at),
  };
}
