// Answers "what is done when pods of a service do not become Ready?": last-good by one annotation, and
// for a StatefulSet the stuck pods, too.

import { quarantine } from "../computes/quarantine.ts";
import type { KubeEffect } from "../terms/effects.ts";
import { novaErrorLine } from "../terms/evidence.ts";
import {
  type ServiceInput,
  type ServiceOutput,
  annotate,
  historyOf,
  kept,
  output,
} from "./draft.ts";
import { type Progress, failingPod, progressOf, track, waiting } from "./progress.ts";
import { verified } from "./verified.ts";
import type { WorkloadView } from "../terms/snapshot.ts";
import type { ServiceRecord } from "../terms/state.ts";

export function failed(
  input: ServiceInput,
  workloads: readonly WorkloadView[],
  progress: Progress,
): ServiceOutput {
  const { record, seen, settings, service } = input;
  const pod = progress.failing ?? failingPod(input);
  const text = pod === undefined ? undefined : seen.failureTexts[pod.uid];
  const message = pod?.container.lastExit?.message;
  if (pod !== undefined && text === undefined && message === undefined) {
    return output(input, record, {
      askLogs: [{ pod: pod.name, uid: pod.uid, container: pod.container.name }],
      wakes: [seen.now + 1000],
      gate: waiting(service, progress, seen.now),
    });
  }
  const error =
    [message, text].flatMap((one) => (one === undefined ? [] : (novaErrorLine(one) ?? [])))[0] ??
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
  const { record, seen, settings } = input;
  const late = annotate(input, workloads, record.assigned);
  if (late.length > 0) return output(input, record, { effects: late });
  const progress = progressOf(input, workloads);
  if (progress.complete) return verified(input, progress);
  const end = record.since + settings.rollout.verifyTimeoutMillis;
  if (seen.now >= end) {
    return output(input, { ...record, phase: "halted", since: seen.now });
  }
  return output(input, track(record, progress, seen.now), {
    effects: unstick(workloads, progress),
    gate: waiting(input.service, progress, end),
    wakes: [end],
  });
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
    workloads.filter((one) => one.kind === "StatefulSet").map((one) => one.name),
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
