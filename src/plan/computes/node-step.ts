// Answers "what happens next on one compute node that is under way?". One record in, one record
// out, with what the executor must do for it. The arrows:
//
//   idle -> quiescing -> replacing -> verifying -> idle
//                 \          ^            |
//                  -> idle   |            v failed
//   skipped -----------------+------> rolling-back -> idle
//                                         \-> halted
//
// Waiting is measured with our own clock from what we saw, never by comparing clocks of others.

import type { CloudEffect, KubeEffect } from "../terms/effects.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import { downCell, isHeld, type Sight } from "../gates/sight.ts";
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
  /** Placement must show devices of this node: it reports, and its inventory has some that match. */
  readonly expectsInventory: (node: string) => boolean;
};

const beatsNeeded = 3;
const heartbeats = "two heartbeats of the new process";

export function stay(
  record: NodeRecord,
  more: Omit<NodeStep, "record" | "effects"> = {},
): NodeStep {
  return { record, effects: [], ...more };
}

/** Moves a node that is not idle one step on. */
export function step(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  switch (record.phase) {
    case "idle":
    case "halted":
    case "quiescing":
      return stay(record);
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

/** A skipped node is verified when it is well again and reads what it was assigned. */
function returning(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  if (sight.pod === undefined) return stay(record);
  if (sight.reads === record.assigned) {
    return stay({ ...record, phase: "verifying", since: context.seen.now, pod: sight.pod.uid });
  }
  if (isHeld(sight) && record.assigned !== record.good) {
    return replacing({ ...record, phase: "replacing", replaces: sight.pod.uid }, sight, context);
  }
  return stay(record);
}

function replacing(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const { pod } = sight;
  if (pod === undefined) {
    return stay(record, { gate: waitingFor(sight.node, "its replacement pod", context, record) });
  }
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
        why: `node ${sight.node} is assigned ${record.assigned}`,
      },
    ],
    gate: waitingFor(sight.node, "the old pod to end", context, record),
  };
}

function freshPod(record: NodeRecord, pod: string, now: Millis): NodeRecord {
  const { runningSince, beats, healthySince, replaces, ...rest } = record;
  return {
    ...rest,
    phase: record.phase === "replacing" ? "verifying" : record.phase,
    pod,
    since: now,
  };
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
  if (pod === undefined) {
    return stay(record, { gate: waitingFor(sight.node, "a nova-compute pod", context, record) });
  }
  if (pod.uid !== record.pod) {
    return verifying(
      freshPod({ ...record, phase: "verifying" }, pod.uid, context.seen.now),
      sight,
      context,
    );
  }
  if (sight.reads !== record.assigned) {
    // The API server's view of the assignment lags by milliseconds: seen in the pod, done again.
    return replacing({ ...record, phase: "replacing", replaces: pod.uid }, sight, context);
  }
  const seenRunning = trackRunning(record, sight, context.seen);
  const failure = failureOf(seenRunning, sight, context);
  if (failure === "now") return failed(seenRunning, sight, context);
  return judgeHealth(seenRunning, sight, context);
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

/** Failed now, or not (yet). A cloud that cannot be asked never proves a failure. */
function failureOf(record: NodeRecord, sight: Sight, context: StepContext): "now" | "no" {
  const { seen, settings } = context;
  const pod = sight.pod!;
  if (pod.container.restarts > settings.rollout.restartLimit) return "now";
  const start = record.runningSince ?? record.since;
  if (seen.now - start < settings.rollout.verifyTimeoutMillis) return "no";
  if (pod.ready && silence(sight, seen) !== undefined) return "no";
  // Nobody may have looked for a while: what is well at last, or only lacks heartbeats that nobody
  // was there to see, did not fail. A process that is not alive is "down" by Nova's own judgement.
  const missing = missingHealth(record, sight, context);
  return missing === undefined || missing === heartbeats ? "no" : "now";
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
    const silent = pod.ready ? silence(sight, seen) : undefined;
    const end = (record.runningSince ?? record.since) + settings.rollout.verifyTimeoutMillis;
    return stay(rest, {
      gate: silent === undefined ? waitingFor(sight.node, missing, context, record) : silent,
      ...(end > seen.now ? { wake: end } : {}),
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
export function silence({ service }: Sight, seen: Snapshot): Reason | undefined {
  if (seen.cloud.is === "unreachable") {
    return { gate: "Inconclusive", why: `the cloud cannot be asked: ${seen.cloud.message}` };
  }
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
  if (seen.cloud.is === "no-credentials") return undefined;
  if (seen.cloud.is === "unreachable") return "an answer from the cloud";
  if (sight.service === undefined) return "a compute service of its name in Nova";
  if (sight.service.state !== "up") return "its compute service to be up";
  if ((record.beats ?? []).length < beatsNeeded) return heartbeats;
  // Up is not enough: a resource tracker that fails is only logged (nova/compute/manager.py).
  const reported = seen.cloud.inventories?.[sight.service.host];
  if (reported?.length === 0 && expectsInventory(sight.node)) return "its devices in Placement";
  return undefined;
}

/** Last-good is assigned again; the pod that reads anything else goes, whatever it looks like. */
function rollingBack(record: NodeRecord, sight: Sight, context: StepContext): NodeStep {
  const { pod } = sight;
  const { seen, settings } = context;
  if (pod === undefined) {
    return stay(record, {
      gate: waitingFor(sight.node, "its pod after the rollback", context, record),
    });
  }
  if (sight.reads !== record.assigned) {
    if (context.noRollback !== undefined) return stay(record, { gate: context.noRollback });
    return {
      record,
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
  const current = pod.uid === record.pod ? record : freshPod(record, pod.uid, seen.now);
  if (pod.ready) {
    const healthySince = current.healthySince ?? seen.now;
    const end = healthySince + settings.rollout.minReadyMillis;
    if (seen.now >= end) return stay({ ...current, healthySince }, { outcome: "rolled-back" });
    return stay({ ...current, healthySince }, { wake: end });
  }
  const end = current.since + settings.rollout.verifyTimeoutMillis;
  if (seen.now >= end) return stay(current, { outcome: "stuck" });
  const { healthySince, ...rest } = current;
  return stay(rest, { wake: end });
}

export function gateOn(node: string, reason: Reason): Gate {
  return { waits: { on: "node", node }, ...reason };
}
