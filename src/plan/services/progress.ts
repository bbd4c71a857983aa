// The progress of a rollout by Kubernetes: what pods read and whether they are Ready. Evidence
// only.

import { endedByItself } from "../computes/evidence.ts";
import type { Reason } from "../terms/gates.ts";
import { none } from "../wanted/render.ts";
import type { ServiceInput, SingleService } from "./draft.ts";
import type { Millis, PodView, WorkloadView } from "../terms/snapshot.ts";
import type { ServiceRecord } from "../terms/state.ts";

export type Progress = {
  readonly complete: boolean;
  readonly ready: number;
  readonly total: number;
  readonly failing?: PodView;
  readonly stuck: readonly PodView[];
};

/** What the fragment of a pod is: its own spec says it; Mounted pods carry the annotation. */
export function podReads(pod: PodView, delivery: ServiceInput["delivery"]): string {
  return (delivery === "Injected" ? pod.fragment : pod.annotated) ?? none;
}

export function progressOf(input: ServiceInput, workloads: readonly WorkloadView[]): Progress {
  const { record, delivery, settings, seen, service } = input;
  const pods = seen.pods.filter((pod) => pod.service === service && !pod.deleting);
  const current = pods.filter((pod) => podReads(pod, delivery) === record.assigned);
  const ready = current.filter((pod) => pod.ready).length;
  const total = workloads.reduce((sum, workload) => sum + workload.replicas, 0);
  const settled = workloads.every(
    (workload) =>
      (workload.fragment ?? none) === record.assigned &&
      workload.observedGeneration >= workload.generation &&
      workload.updated >= workload.replicas &&
      workload.ready >= workload.replicas,
  );
  const failing = firstByName(
    current.filter(
      (pod) =>
        pod.container.restarts > settings.rollout.restartLimit &&
        !pod.ready &&
        endedByItself(pod.container),
    ),
  );
  return {
    complete: settled && pods.length === current.length && ready >= total,
    ready,
    total,
    ...(failing === undefined ? {} : { failing }),
    stuck: pods.filter((pod) => podReads(pod, delivery) !== record.assigned && !pod.ready),
  };
}

export function track(record: ServiceRecord, progress: Progress, now: Millis): ServiceRecord {
  const { healthySince, ...rest } = record;
  if (record.progress?.ready === progress.ready) return rest;
  const { lostSince, ...moving } = rest;
  return { ...moving, progress: { ready: progress.ready, at: now } };
}

export function waiting(service: SingleService, progress: Progress, until: Millis): Reason {
  return {
    gate: "Verifying",
    node: service,
    missing: `${progress.total - progress.ready} of ${progress.total} pods to become Ready`,
    until,
  };
}

/** Pods with what is assigned that are not Ready, in one order however they are listed. */
export function unreadyPods(input: ServiceInput): readonly PodView[] {
  return input.seen.pods
    .filter(
      (pod) =>
        pod.service === input.service &&
        !pod.deleting &&
        !pod.ready &&
        podReads(pod, input.delivery) === input.record.assigned,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The same pod is asked for its log in every round, however the pods are listed. */
function firstByName(pods: readonly PodView[]): PodView | undefined {
  return [...pods].sort((a, b) => (a.name < b.name ? -1 : 1))[0];
}
