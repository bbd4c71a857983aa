// The failure of a rollout whose pods do not become Ready: last-good by one annotation, and for a
// StatefulSet the stuck pods, too.

import { quarantine } from "../computes/quarantine.ts";
import type { KubeEffect } from "../terms/effects.ts";
import { novaErrorLine } from "../../nova/conf/nova-error.ts";
import {
  type ServiceInput,
  type ServiceOutput,
  annotate,
  historyOf,
  kept,
  output,
} from "./draft.ts";
import { blameFor, lostMoments, lostReason } from "./blame.ts";
import { type Progress, progressOf, track, waiting } from "./progress.ts";
import { verified } from "./verified.ts";
import type { PodView, WorkloadView } from "../terms/snapshot.ts";
import type { ServiceRecord } from "../terms/state.ts";

/** What time alone does not prove: undefined = a pod is to blame. */
export function unproved(given: ServiceInput, progress: Progress): ServiceOutput | undefined {
  const { seen, settings, service } = given;
  const blame = blameFor(given, progress);
  const { lostSince, ...rest } = given.record;
  if (blame.is === "nobody") {
    const since = lostSince ?? given.record.progress!.at;
    const until = since + settings.rollout.verifyTimeoutMillis;
    const gate = lostReason(given, blame.cause, since);
    const record = gate === undefined ? rest : { ...rest, lostSince: since };
    return output(given, record, {
      gate: gate ?? waiting(service, progress, until),
      wakes: lostMoments(since, settings).filter((at) => at > seen.now),
    });
  }
  // There is something to judge by again: its clock starts anew.
  const record =
    lostSince === undefined ? rest : { ...rest, progress: { ready: progress.ready, at: seen.now } };
  const end = record.progress!.at + settings.rollout.verifyTimeoutMillis;
  const gate = waiting(service, progress, end);
  if (seen.now < end && progress.failing === undefined) {
    return output(given, record, { gate, wakes: [end] });
  }
  if (blame.is === "pod") return undefined;
  return output(given, record, { gate, askHealth: blame.nodes, wakes: [seen.now + 1000] });
}

export function failed(
  input: ServiceInput,
  workloads: readonly WorkloadView[],
  progress: Progress,
): ServiceOutput {
  const { record, seen, settings, service } = input;
  const blame = blameFor(input, progress);
  const pod: PodView | undefined = blame.is === "pod" ? blame.pod : undefined;
  const text = pod === undefined ? undefined : seen.failureTexts[pod.uid];
  const message = pod?.container.lastExit?.message;
  if (pod !== undefined && text === undefined && message === undefined) {
    return output(input, record, {
      askLogs: [{ pod: pod.name, uid: pod.uid, container: pod.container.name }],
      // What the judgement rests on is asked again with it.
      ...(pod.node === undefined ? {} : { askHealth: [pod.node] }),
      wakes: [seen.now + 1000],
      gate: waiting(service, progress, record.progress!.at + settings.rollout.verifyTimeoutMillis),
    });
  }
  const error =
    [message, text].flatMap((word) => (word === undefined ? [] : (novaErrorLine(word) ?? [])))[0] ??
    `${progress.total - progress.ready} of ${progress.total} pods did not become Ready in time`;
  const quarantined = quarantine(
    input.linesOf(record.assigned),
    input.linesOf(record.good),
    error,
    input.removal,
    service,
  );
  const back = settings.rollout.autoRollback && record.good !== record.assigned;
  const next: ServiceRecord = {
    ...kept(record),
    assigned: back ? record.good : record.assigned,
    good: record.good,
    phase: back ? "rolling-back" : "halted",
    since: seen.now,
  };
  return output({ ...input, record: next }, next, {
    quarantined,
    effects: back ? annotate(input, workloads, record.good) : [],
    history: [
      historyOf(input, back ? "RolledBack" : "Halted", record.good, record.assigned, error),
    ],
    wakes: [seen.now],
  });
}

export function rollingBack(
  input: ServiceInput,
  workloads: readonly WorkloadView[],
): ServiceOutput {
  const { record, seen } = input;
  const late = annotate(input, workloads, record.assigned);
  if (late.length > 0) return output(input, record, { effects: late });
  const progress = progressOf(input, workloads);
  if (progress.complete) return verified(input, progress);
  const moved = track(record, progress, seen.now);
  const waits = unproved({ ...input, record: moved }, progress);
  if (waits !== undefined) return { ...waits, effects: unstick(workloads, progress) };
  return output(input, { ...record, phase: "halted", since: seen.now });
}

/**
 * A StatefulSet does not replace an unready pod of a bad revision by itself (measured: still there
 * after 4 s; kubernetes/kubernetes issue 67250).
 */
export function unstick(
  workloads: readonly WorkloadView[],
  progress: Progress,
): readonly KubeEffect[] {
  const names = new Set(
    workloads
      .filter((workload) => workload.kind === "StatefulSet")
      .map((workload) => workload.name),
  );
  return progress.stuck
    .filter((pod) => pod.owner?.kind === "StatefulSet" && names.has(pod.owner.name))
    .map((pod) => ({
      do: "remove-pod",
      name: pod.name,
      uid: pod.uid,
      by: "delete",
      why: "an unready pod of a revision that is not wanted any more",
    }));
}
