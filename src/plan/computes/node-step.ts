// The next step of one compute node that is under way. One record in, one record out, with what the
// executor must do for it. The arrows:
//
//   idle -> quiescing -> replacing -> verifying -> idle
//                 \          ^            |
//                  -> idle   |            v failed
//   skipped -----------------+------> rolling-back -> idle
//                                         \-> halted
//
// Where nothing can be seen of it the node is lost and keeps its phase (lost.ts). Waiting is
// measured with our own clock from what we saw, never by comparing clocks of others.

import type { Reason } from "../terms/gates.ts";
import { downCell, isHeld, type Sight, unaskable } from "../gates/sight.ts";
import { endedByItself, healthOf, nothingToBlame } from "./evidence.ts";
import { type NodeStep, type StepContext, stay } from "./one-step.ts";
import { absent, askMillis, found, wakeAt } from "./lost.ts";
import { read, unread } from "./unread.ts";
import type { Settings } from "../terms/settings.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";
import { countedRestarts, forgiving, isForgiven } from "./forgiven.ts";
import type { NodeRecord } from "../terms/state.ts";

const beatsNeeded = 3;
const heartbeats = "two heartbeats of the new process";

/** Moves a node that is not idle one step on. */
export function step(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  switch (record.phase) {
    case "idle":
    case "quiescing":
      return stay(record);
    case "halted":
      return cured(record, sight);
    case "skipped":
      return returning(record, sight, context);
    case "replacing":
      return replacing(record, sight, context);
    case "verifying":
      return verifying(record, sight, context);
    case "rolling-back":
      return rollingBack(record, sight, context);
  }
}

/** Last-good did not come up in time when it was put back; at last it did. */
function cured(record: NodeRecord, sight: Sight): NodeStep {
  const well = sight.unwell === undefined && sight.reads === record.assigned;
  return well && record.assigned === record.good
    ? stay(record, { outcome: "rolled-back" })
    : stay(record);
}

/**
 * A skipped node is verified when it is there again and reads what it was assigned. The pod of a
 * dead one is still listed, and may have been given what is wanted now.
 */
function returning(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  if (sight.pod === undefined) return stay(record);
  if (sight.reads === record.assigned) {
    const { now } = context.seen;
    const isThere = sight.pod.ready || healthOf(sight.node, context.seen)?.ready === "True";
    if (!isThere) return stay(record, { askHealth: sight.node });
    const next: NodeRecord = { ...record, phase: "verifying", since: now, lost: { since: now } };
    return stay({ ...next, pod: sight.pod.uid });
  }
  if (isHeld(sight) && record.assigned !== record.good) {
    return replacing({ ...record, phase: "replacing", replaces: sight.pod.uid }, sight, context);
  }
  return stay(record);
}

function replacing(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const { pod } = sight;
  if (pod === undefined) return unseen(record, sight, context, "its replacement pod");
  if (pod.uid !== record.replaces) {
    return verifying(freshPod(record, pod.uid, context.seen.now), sight, context);
  }
  const closed = isHeld(sight) ? context.noRollback : context.noReplacing;
  if (closed !== undefined) return stay(record, { gate: closed });
  const { by, gate } = context.evictBudget(sight);
  if (gate !== undefined) return stay(record, { gate });
  return {
    record,
    effects: [
      {
        do: "remove-pod",
        name: pod.name,
        uid: pod.uid,
        by,
        ...graceOf(record, context.settings),
        why: `node ${sight.node} is assigned ${record.assigned}`,
      },
    ],
    gate: waitingFor(sight.node, "the old pod to end", context, record),
  };
}

/**
 * Enough for a nova-compute that nobody waits for: it was closed, and nothing is being done there.
 */
const quiescedGraceSeconds = 30;

/** A release that sleeps before it ends would cost three minutes a node, for nothing. */
function graceOf(
  { quiesced }: NodeRecord,
  { releases }: Settings,
): { readonly graceSeconds?: number } {
  const sleeps = releases.length > 0 && releases.every((release) => release.stopSleeps);
  return quiesced === true && sleeps ? { graceSeconds: quiescedGraceSeconds } : {};
}

/** No pod to look at, or one that shows nothing: slow, or lost. */
function unseen(record: NodeRecord, sight: Sight, context: StepContext, what: string): NodeStep {
  const cause = nothingToBlame(sight, context.seen) ?? { sign: "NoPod", why: what };
  return absent(record, sight, context, {
    cause,
    waits: waitingFor(sight.node, what, context, record),
  });
}

function freshPod(record: NodeRecord, pod: string, now: Millis): NodeRecord {
  const { runningSince, beats, healthySince, replaces, forgiven, ...rest } = record;
  return {
    ...rest,
    // The clock of a pod that ran is not the clock of the next one.
    ...(runningSince === undefined ? {} : { lost: { since: now } }),
    phase: record.phase === "replacing" ? "verifying" : record.phase,
    pod,
    since: now,
  };
}

/** Another pod of the same template would be left alone as well: a person has to mend the chart. */
function alone(record: NodeRecord, why: string): NodeStep {
  return stay(record, { gate: { gate: "NotWired", why } });
}

function waitingFor(
  node: string,
  missing: string,
  context: StepContext,
  record: NodeRecord,
): Reason {
  const end = (record.runningSince ?? record.since) + context.settings.rollout.verifyTimeoutMillis;
  return {
    gate: "Verifying",
    node,
    missing,
    until: end,
  };
}

function verifying(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const { pod } = sight;
  if (pod === undefined) return unseen(record, sight, context, "a nova-compute pod");
  if (pod.uid !== record.pod) {
    return verifying(
      freshPod({ ...record, phase: "verifying" }, pod.uid, context.seen.now),
      sight,
      context,
    );
  }
  if (sight.reads !== record.assigned) return misread(record, sight, context);
  if (nothingToBlame(sight, context.seen) !== undefined) {
    return unseen(record, sight, context, "the pod to become Ready");
  }
  const seenRunning = trackRunning(
    forgiving(found(read(record)), pod, context.seen),
    sight,
    context.seen,
  );
  const failure = failureOf(seenRunning, sight, context);
  if (failure === "now") return failed(seenRunning, sight, context);
  return failure === "ask"
    ? asking(seenRunning, sight, context)
    : judgeHealth(seenRunning, sight, context);
}

function misread(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  if (sight.leftAlone !== undefined) return alone(record, sight.leftAlone);
  const made = unread(record, sight, context.seen.now);
  if (made.do === "again") {
    return replacing({ ...made.record, phase: "replacing" }, sight, context);
  }
  const waits = waitingFor(sight.node, "a pod that reads what it is assigned", context, record);
  if (made.do === "wait") return stay(record, { gate: waits, wake: made.until });
  return absent(record, sight, context, { cause: made.cause, waits });
}

function trackRunning(record: NodeRecord, sight: Sight, seen: Snapshot): NodeRecord {
  const running = sight.pod?.container.startedAt !== undefined;
  if (!running) return record;
  const since = record.runningSince ?? seen.now;
  const beat = seen.cloud.is === "read" ? sight.service?.updatedAt : undefined;
  const beats = record.beats ?? [];
  const next =
    beat === undefined || beats.includes(beat) || beats.length >= beatsNeeded
      ? beats
      : [...beats, beat];
  if (record.runningSince === since && next === beats) return record;
  return { ...record, runningSince: since, ...(next.length > 0 ? { beats: next } : {}) };
}

/**
 * Failed now, or not (yet). A cloud that cannot be asked never proves a failure, and a pod that is
 * not Ready is to blame only where a kubelet is there to say so.
 */
function failureOf(record: NodeRecord, sight: Sight, context: StepContext): "now" | "ask" | "no" {
  const { seen, settings } = context;
  const pod = sight.pod!;
  if (isForgiven(record)) return "no";
  const restarted = countedRestarts(record, pod) > settings.rollout.restartLimit;
  if (restarted && endedByItself(pod.container)) return "now";
  const start = record.runningSince ?? record.since;
  if (seen.now - start < settings.rollout.verifyTimeoutMillis) return "no";
  if (pod.ready && silence(sight, record, seen) !== undefined) return "no";
  // Nobody may have looked for a while: what is well at last, or only lacks heartbeats that nobody
  // was there to see, did not fail. A process that is not alive is "down" by Nova's own judgement.
  const missing = missingHealth(record, sight, context);
  if (missing === undefined || missing === heartbeats) return "no";
  const ended = pod.container.startedAt === undefined;
  return pod.ready || ended || healthOf(sight.node, seen)?.ready === "True" ? "now" : "ask";
}

function asking(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  return stay(record, {
    gate: waitingFor(sight.node, "the Ready condition of its Node", context, record),
    askHealth: sight.node,
    wake: context.seen.now + 1000,
  });
}

function failed(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const pod = sight.pod!;
  const told =
    context.seen.failureTexts[pod.uid] !== undefined ||
    pod.container.lastExit?.message !== undefined;
  if (!told) {
    // One more look, for Nova's own words; the failure itself is not in doubt.
    return stay(record, {
      gate: waitingFor(sight.node, "the log of the failed container", context, record),
      askLog: { pod: pod.name, uid: pod.uid, container: pod.container.name },
      // What the judgement rests on is asked again with it.
      askHealth: sight.node,
      wake: context.seen.now + 1000,
    });
  }
  return stay(record, { outcome: "failed" });
}

function judgeHealth(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const { seen, settings } = context;
  const pod = sight.pod!;
  const missing = missingHealth(record, sight, context);
  if (missing !== undefined) {
    const { healthySince, ...rest } = record;
    const silent = pod.ready ? silence(sight, record, seen) : undefined;
    const asks = pod.ready ? undefined : (record.runningSince ?? record.since) + askMillis;
    const end = (record.runningSince ?? record.since) + settings.rollout.verifyTimeoutMillis;
    return stay(rest, {
      gate: silent === undefined ? waitingFor(sight.node, missing, context, record) : silent,
      ...(asks !== undefined && asks <= seen.now ? { askHealth: sight.node } : {}),
      ...wakeAt([end, ...(asks === undefined ? [] : [asks])], seen.now),
    });
  }
  const healthySince = record.healthySince ?? seen.now;
  const bake = record.canary === true ? settings.rollout.bakeMillis : 0;
  const end = healthySince + Math.max(settings.rollout.minReadyMillis, bake);
  if (seen.now >= end) return stay({ ...record, healthySince }, { outcome: "verified" });
  return stay(
    { ...record, healthySince },
    {
      gate: {
        gate: "Verifying",
        node: sight.node,
        missing: record.canary === true ? "the bake time of the canary" : "minReadySeconds",
        until: end,
      },
      wake: end,
    },
  );
}

/** Nova cannot say how the service is: neither well nor failed. */
export function silence(
  { service }: Sight,
  { quiesced }: Pick<NodeRecord, "quiesced">,
  seen: Snapshot,
): Reason | undefined {
  const mute = unaskable(seen, quiesced === true);
  if (mute !== undefined) return mute;
  return service?.state === "unknown"
    ? { gate: "Inconclusive", why: `Nova does not know how ${service.host} is: ${downCell}` }
    : undefined;
}

function missingHealth(
  record: NodeRecord,
  sight: Sight,
  { seen, expectsInventory }: StepContext,
): string | undefined {
  if (!sight.pod!.ready) return "the pod to become Ready";
  if (unaskable(seen, record.quiesced === true) !== undefined) return "an answer from the cloud";
  if (seen.cloud.is !== "read") return undefined;
  if (sight.service === undefined) return "a compute service of its name in Nova";
  if (sight.service.state !== "up") return "its compute service to be up";
  if ((record.beats ?? []).length < beatsNeeded) return heartbeats;
  // Up is not enough: a resource tracker that fails is only logged (nova/compute/manager.py).
  const reported = seen.cloud.inventories?.[sight.service.host];
  if (reported?.length === 0 && expectsInventory(sight.node)) return "its devices in Placement";
  return undefined;
}

/** The pod that was to read last-good does not. */
function misreadBack(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const pod = sight.pod!;
  const fresh =
    pod.uid === record.pod ? record : { ...record, pod: pod.uid, since: context.seen.now };
  const made = unread(fresh, sight, context.seen.now);
  if (made.do === "again") return rollingBack(made.record, sight, context);
  const waits = waitingFor(sight.node, "a pod that reads what was proved last", context, fresh);
  if (made.do === "wait") return stay(fresh, { gate: waits, wake: made.until });
  return absent(fresh, sight, context, { cause: made.cause, waits });
}

/** Last-good is assigned again; the pod that reads anything else goes, whatever it looks like. */
function rollingBack(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const { pod } = sight;
  const { seen, settings } = context;
  if (pod === undefined) return unseen(record, sight, context, "its pod after the rollback");
  if (sight.reads !== record.assigned) {
    if (sight.leftAlone !== undefined) return alone(record, sight.leftAlone);
    if (context.noRollback !== undefined) return stay(record, { gate: context.noRollback });
    if (record.replaces !== undefined && pod.uid !== record.replaces)
      return misreadBack(record, sight, context);
    return {
      record: { ...record, replaces: pod.uid },
      effects: [
        {
          do: "remove-pod",
          name: pod.name,
          uid: pod.uid,
          by: "delete",
          why: `node ${sight.node} goes back to ${record.assigned}`,
        },
      ],
    };
  }
  const fresh = pod.uid === record.pod ? record : freshPod(record, pod.uid, seen.now);
  if (nothingToBlame(sight, seen) !== undefined) {
    return unseen(fresh, sight, context, "its pod after the rollback");
  }
  const current = trackRunning(found(read(fresh)), sight, seen);
  if (pod.ready) {
    const healthySince = current.healthySince ?? seen.now;
    const end = healthySince + settings.rollout.minReadyMillis;
    if (seen.now >= end) return stay({ ...current, healthySince }, { outcome: "rolled-back" });
    return stay({ ...current, healthySince }, { wake: end });
  }
  const end = (current.runningSince ?? current.since) + settings.rollout.verifyTimeoutMillis;
  if (seen.now >= end) return stay(current, { outcome: "stuck" });
  const { healthySince, ...rest } = current;
  return stay(rest, { wake: end });
}
