// Takes a compute node out of service for its restart: quiesced where Nova can be asked, so that no
// build or migration is cut; given up after a while and tried later.

import {
  type ComputesInput,
  type Draft,
  type NodeTarget,
  assign,
  atRest,
  changeOf,
  isUnderWay,
  misread,
  now,
  ours,
} from "./draft.ts";
import type { CloudEffect } from "../terms/effects.ts";
import { step } from "./node-step.ts";
import { type NodeStep, stay } from "./one-step.ts";
import { isHeld, quiesceReason } from "../gates/sight.ts";
import type { ComputeServiceView, Snapshot } from "../terms/snapshot.ts";
import type { Reason } from "../terms/gates.ts";
import { unavailableBudget } from "../terms/settings.ts";
import type { NodeRecord } from "../terms/state.ts";

/** Quiesce first where Nova can be asked; else the pod goes at once. */
export function takeNode(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
  draft: Draft,
): NodeStep {
  const { seen, settings } = input.step;
  const { service } = target.sight;
  const quiesces =
    seen.cloud.is === "read" &&
    service !== undefined &&
    target.sight.unwell === undefined &&
    settings.rollout.quiesceMillis > 0;
  if (!quiesces) return replaceNow(target, record, input, draft);
  const disable = service.disabled ? [] : [closing(service)];
  const begun: NodeRecord = {
    ...record,
    phase: "quiescing",
    since: seen.now,
    quiesced: disable.length > 0 || ours(service),
  };
  draft.records.set(target.node.name, begun);
  return { record: begun, effects: disable, askUsage: service.host, wake: seen.now + 1000 };
}

function replaceNow(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
  draft: Draft,
): NodeStep {
  const { change, canary } = record;
  const begun: NodeRecord = {
    ...assign(record, target.wanted.name, "replacing", target.sight, now(input)),
    ...(change === undefined ? {} : { change }),
    ...(canary === undefined ? {} : { canary }),
  };
  const made = step(begun, target.sight, input.step);
  draft.records.set(target.node.name, made.record);
  return made;
}

/** Waits until no server there is being changed; gives up after quiesceSeconds and tries later. */
export function quiescing(target: NodeTarget, record: NodeRecord, input: ComputesInput): NodeStep {
  const { seen, settings } = input.step;
  const { service } = target.sight;
  const undone =
    input.digestOf(record.assigned) === target.wanted.digest && !misread(target, record);
  const late = seen.now - record.since >= settings.rollout.quiesceMillis;
  const gone = service === undefined || target.sight.unwell !== undefined;
  // Canary and budget were asked for the change as it was: another change has to ask again.
  const another = record.change !== changeOf(target, record, input);
  if (undone || late || gone || another || input.blockers.length > 0) return letGo(record, input);
  const usage = seen.cloud.is === "read" ? seen.cloud.usage[service.host] : undefined;
  const busy = usage?.is === "read" && usage.at >= record.since ? usage.busy : undefined;
  if (busy === undefined || busy.length > 0 || (!service.disabled && record.quiesced === true)) {
    const waits = stay(record, {
      gate: {
        gate: "Quiescing",
        node: target.node.name,
        busy: (busy ?? [])
          .map((item) => `${item.what} ${item.id}`)
          .sort()
          .slice(0, 10),
      },
      askUsage: service.host,
      wake: Math.min(seen.now + 5000, record.since + settings.rollout.quiesceMillis),
    });
    return { ...waits, effects: closedAgain(service, record, seen) };
  }
  if (!target.present || target.refused !== undefined) return letGo(record, input);
  const spent = othersDown(target, input);
  if (spent !== undefined) {
    const wake = record.since + settings.rollout.quiesceMillis;
    return stay(record, { gate: spent, askUsage: service.host, wake });
  }
  const begun: NodeRecord = {
    ...assign(record, target.wanted.name, "replacing", target.sight, seen.now),
    ...(record.change === undefined ? {} : { change: record.change }),
    ...(record.canary === undefined ? {} : { canary: record.canary }),
  };
  return step(begun, target.sight, input.step);
}

/**
 * Its old pod runs on: nothing was taken yet, and what was asked of the node may not hold any more
 * (the operator was away, or paused). Given up like quiescing, so that its host is not closed for
 * long.
 */
export function notYetTaken(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
): NodeStep {
  const { seen, settings } = input.step;
  const another = input.digestOf(record.assigned) !== target.wanted.digest;
  if (another && input.blockers.length === 0) return backToGood(record, input);
  const closed = othersDown(target, input) ?? (another ? input.blockers[0] : undefined);
  const end = record.since + settings.rollout.quiesceMillis;
  const made =
    closed === undefined ? step(record, target.sight, input.step) : stay(record, { gate: closed });
  if (made.effects.length > 0) return made;
  if (seen.now >= end) return backToGood(record, input);
  return { ...made, wake: Math.min(end, made.wake ?? end) };
}

export function isUntouched({ sight }: NodeTarget, record: NodeRecord): boolean {
  return (
    record.phase === "replacing" &&
    sight.pod?.uid === record.replaces &&
    sight.unwell === undefined &&
    !isHeld(sight)
  );
}

function backToGood(record: NodeRecord, input: ComputesInput): NodeStep {
  return letGo({ ...record, assigned: record.good }, input);
}

/**
 * A pod that is well goes only while the budget allows it, also when it is replaced once more for
 * what it reads. What failed goes back at once: it was counted as down all along.
 */
export function withinBudget(made: NodeStep, target: NodeTarget, input: ComputesInput): NodeStep {
  const takes = made.effects.some((effect) => effect.do === "remove-pod");
  const back = made.record.phase === "rolling-back";
  if (!takes || back || target.sight.unwell !== undefined) return made;
  const spent = othersDown(target, input);
  return spent === undefined ? made : stay(made.record, { gate: spent });
}

/** Another node may have gone down since this one was chosen: the budget is asked once more. */
function othersDown(target: NodeTarget, input: ComputesInput): Reason | undefined {
  const { maxUnavailable } = input.step.settings.rollout;
  const allowed = unavailableBudget(maxUnavailable, input.targets.length);
  const before = new Set(input.rollout?.downAtStart ?? []);
  const down = input.targets.filter(({ node, record, sight }) => {
    if (node.name === target.node.name) return false;
    if (isUnderWay(record)) return true;
    return sight.unwell !== undefined && record.phase !== "skipped" && !before.has(node.name);
  });
  if (down.length < allowed) return undefined;
  const nodes = down.map((nodeTarget) => nodeTarget.node.name).slice(0, 10);
  return { gate: "BudgetSpent", down: down.length, allowed, nodes };
}

/**
 * Two restarts in a row: the service may have been seen disabled while our own enabling was on its
 * way. What Nova says after we began counts.
 */
function closedAgain(
  service: ComputeServiceView,
  record: NodeRecord,
  seen: Snapshot,
): readonly CloudEffect[] {
  const open = !service.disabled && record.quiesced === true;
  const fresh = seen.cloud.is === "read" && seen.cloud.at > record.since;
  return open && fresh ? [closing(service)] : [];
}

function closing({ id, host }: ComputeServiceView): CloudEffect {
  return { do: "disable-compute", serviceId: id, host, reason: quiesceReason };
}

/** Back to rest; computes.ts takes our disabling of the service back. */
function letGo(record: NodeRecord, input: ComputesInput): NodeStep {
  return {
    record: {
      ...atRest(record),
      since: now(input),
      ...(record.quiesced === true ? { quiesced: true } : {}),
      ...(record.asked === undefined ? {} : { asked: record.asked }),
    },
    effects: [],
  };
}
