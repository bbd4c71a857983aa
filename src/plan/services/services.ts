// The machine of nova-api, nova-scheduler and nova-conductor, one service at a time. Our annotation
// on the pod template selects the fragment and restarts in one write; Kubernetes does the rolling.
// The arrows: idle -> rolling -> idle, or rolling -> rolling-back -> idle | halted, or rolling ->
// halted -> rolling when what failed is wished anew.

import { fragmentNamePattern } from "../../api/names.ts";
import { endedByItself } from "../computes/evidence.ts";
import { quarantine } from "../computes/quarantine.ts";
import type { KubeEffect } from "../terms/effects.ts";
import { none } from "../wanted/render.ts";
import {
  type ServiceInput,
  type ServiceOutput,
  type SingleService,
  annotate,
  historyOf,
  isUndone,
  kept,
  output,
  workloadsOf,
} from "./draft.ts";
import { failed, rollingBack, unproved, unstick } from "./failure.ts";
import { foreignValue } from "./foreign.ts";
import { podReads, progressOf, track, unreadyPods } from "./progress.ts";
import type { Reason } from "../terms/gates.ts";
import { verified } from "./verified.ts";
import type { Snapshot, WorkloadView } from "../terms/snapshot.ts";
import type { ServiceRecord } from "../terms/state.ts";

/** What an untouched installation runs: the annotation it has, or nothing of ours. */
export function firstRecord(service: SingleService, seen: Snapshot): ServiceRecord {
  const named = workloadsOf(seen, service)[0]?.fragment;
  const runs = named !== undefined && fragmentNamePattern.test(named) ? named : none;
  return { assigned: runs, good: runs, phase: "idle", since: seen.now };
}

export function planService(given: ServiceInput): ServiceOutput {
  const workloads = workloadsOf(given.seen, given.service);
  const record = withoutOldUndo(given.record, workloads);
  const input = { ...given, record };
  if (workloads.length === 0) return withoutWorkload(input);
  const foreign = foreignValue(input, workloads);
  if (foreign !== undefined) return foreign;
  switch (record.phase) {
    case "idle":
    case "halted":
      return atRest(input, workloads);
    case "rolling":
      return rolling(input, workloads);
    case "rolling-back":
      return rollingBack(input, workloads);
  }
}

/** The field is ours again, or somebody wrote yet another value. */
function withoutOldUndo(record: ServiceRecord, workloads: readonly WorkloadView[]): ServiceRecord {
  const { undone, ...rest } = record;
  if (undone === undefined || workloads.some((workload) => isUndone(workload, record)))
    return record;
  return rest;
}

function withoutWorkload(input: ServiceInput): ServiceOutput {
  const differs = input.digestOf(input.record.assigned) !== input.wanted.digest;
  return output(input, input.record, differs ? { gate: { gate: "NoWorkload" } } : {});
}

/** Window in which a second foreign change makes a conflict of it. */
const contestMillis = 5 * 60 * 1000;

function atRest(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, wanted, seen, settings, service } = input;
  const differs = input.digestOf(record.assigned) !== wanted.digest;
  // What failed and was not put back is nobody's to restore when somebody takes it away.
  if (!differs && record.phase === "halted") return cured(input, workloads);
  if (!differs) return restored(input, workloads);
  const blocked = input.blockers[0] ?? input.refused;
  if (blocked !== undefined) return output(input, record, { gate: blocked });
  if (!input.present) {
    return output(input, record, { gate: { gate: "FragmentPending", fragment: wanted.name } });
  }
  const paused = workloads.find((workload) => workload.paused);
  if (paused !== undefined) {
    return output(input, record, {
      gate: { gate: "WorkloadPaused", workload: `${paused.kind}/${paused.name}` },
    });
  }
  if (settings.services[service].restart !== "Auto") return manual(input, workloads);
  const begun: ServiceRecord = {
    ...kept(record),
    assigned: wanted.name,
    good: record.good,
    phase: "rolling",
    since: seen.now,
  };
  return output(input, begun, { effects: annotate(input, workloads, wanted.name) });
}

/** The annotation somebody stripped is put back once; twice in five minutes is a conflict. */
function restored(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, seen } = input;
  const expected = record.assigned === none ? undefined : record.assigned;
  const astray = workloads.filter((workload) => (workload.fragment ?? none) !== (expected ?? none));
  if (astray.length === 0) return output(input, record, unreadGate(input));
  if (input.settings.services[input.service].restart !== "Auto") return output(input, record);
  const blocked = input.blockers.find((blocker) => blocker.gate !== "Settling");
  if (blocked !== undefined) return output(input, record, { gate: blocked });
  const recent =
    record.contested !== undefined && seen.now - record.contested.at < contestMillis
      ? record.contested.count
      : 0;
  if (recent >= 2) {
    const workload = astray[0]!;
    return output(input, record, {
      gate: {
        gate: "FieldConflict",
        workload: `${workload.kind}/${workload.name}`,
        manager: workload.fragmentManager ?? "somebody",
      },
      wakes: [record.contested!.at + contestMillis],
    });
  }
  return output(
    input,
    {
      ...record,
      phase: "rolling",
      since: seen.now,
      contested: { count: recent + 1, at: seen.now },
    },
    { effects: annotate(input, workloads, record.assigned) },
  );
}

/**
 * Pods that were made while nothing injected (the policy was away, the webhook not wired) read
 * nothing of ours, whatever their template names, and no change of ours to it makes them anew.
 */
function unreadGate({ seen, service, delivery, record }: ServiceInput): { readonly gate?: Reason } {
  const unread = seen.pods
    .filter((pod) => pod.service === service && !pod.deleting)
    .filter((pod) => delivery === "Injected" && podReads(pod, delivery) !== record.assigned)
    .map((pod) => pod.name)
    .sort();
  const [first] = unread;
  const workload = workloadsOf(seen, service)[0];
  if (first === undefined || workload === undefined || record.assigned === none) return {};
  const which = unread.length === 1 ? `pod ${first} does` : `${unread.length} pods (${first}) do`;
  const restart = `kubectl rollout restart ${workload.kind.toLowerCase()} ${workload.name} -n ${seen.namespace}`;
  const why = `${which} not read ${record.assigned} although the template names it, because injection was off when it was made: ${restart}`;
  return { gate: { gate: "NotWired", why } };
}

/**
 * Last-good was put back and did not come up in time; at last it did. Or what failed was left there
 * and is wished anew: what the pods read stays the same, so only those that failed are made anew.
 */
function cured(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, seen } = input;
  if (record.assigned === record.good) {
    const progress = progressOf(input, workloads);
    return progress.complete ? verified(input, progress) : output(input, record);
  }
  if (!isWishedAnew(input)) return output(input, record);
  const gate = input.blockers[0] ?? input.refused;
  if (gate !== undefined) return output(input, record, { gate });
  const { assigned, good } = record;
  const begun: ServiceRecord = {
    ...kept(record),
    assigned,
    good,
    phase: "rolling",
    since: seen.now,
  };
  return output(input, begun, { effects: madeAnew(input) });
}

/** What failed before says nothing of the next try, and kubelet would wait for minutes. */
function madeAnew(input: ServiceInput): readonly KubeEffect[] {
  if (input.settings.services[input.service].restart !== "Auto") return [];
  return unreadyPods(input)
    .filter((unreadyPod) => endedByItself(unreadyPod.container))
    .map(({ name, uid }) => ({
      do: "remove-pod",
      name,
      uid,
      by: "delete",
      why: "it failed with what is wished anew",
    }));
}

/**
 * An object of what failed changed, so that its quarantine ended. Who is gone wishes nothing, and
 * what leaves and only waits for its grace is wished by nobody.
 */
function isWishedAnew({ record, linesOf, removal, service }: ServiceInput): boolean {
  const failed = quarantine(linesOf(record.assigned), linesOf(record.good), "", removal, service);
  return Object.entries(failed).some(
    ([key, { change, uid, line }]) =>
      change === "add" &&
      uid !== "" &&
      record.leaving?.[line] === undefined &&
      removal.state.quarantined[key] === undefined,
  );
}

/** Manual or External: we say what to run; when somebody did, we verify as always. */
function manual(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, wanted, seen } = input;
  const behind = workloads.filter((workload) => workload.fragment !== wanted.name);
  if (behind.length === 0) {
    return output(input, {
      ...kept(record),
      assigned: wanted.name,
      good: record.good,
      phase: "rolling",
      since: seen.now,
    });
  }
  const item = behind[0]!;
  const patch = `{"spec":{"template":{"metadata":{"annotations":{"pci.openstack.org/fragment":"${wanted.name}"}}}}}`;
  return output(input, record, {
    gate: {
      gate: "ManualRestart",
      command: `kubectl -n ${seen.namespace} patch ${item.kind.toLowerCase()} ${item.name} -p '${patch}'`,
    },
  });
}

function rolling(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const record = superseded(input);
  if (record === input.record) return onward(input, workloads);
  const { good, assigned } = input.record;
  const before = historyOf(input, "Superseded", good, assigned, "something newer is wanted");
  const made = onward({ ...input, record }, workloads);
  return { ...made, history: [before, ...made.history] };
}

function onward(current: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { seen, settings, record, service } = current;
  const late = annotate(current, workloads, record.assigned);
  if (late.length > 0) {
    if (settings.services[service].restart !== "Auto") return manual(current, workloads);
    return output(current, record, { effects: late });
  }
  const progress = progressOf(current, workloads);
  if (progress.complete) return verified(current, progress);
  const moved = track(record, progress, seen.now);
  const input = { ...current, record: moved };
  const waits = unproved(input, progress);
  if (waits === undefined) return failed(input, workloads, progress);
  return { ...waits, effects: unstick(workloads, progress) };
}

/** A newer wish replaces the one under way: Kubernetes rolls on to it. */
function superseded(input: ServiceInput): ServiceRecord {
  const { record, wanted, seen } = input;
  const same = input.digestOf(record.assigned) === wanted.digest;
  const blocked = input.blockers.length > 0 || input.refused !== undefined || !input.present;
  if (same || blocked) return record;
  return {
    ...kept(record),
    assigned: wanted.name,
    good: record.good,
    phase: "rolling",
    since: seen.now,
  };
}
