// Answers "what happens next with nova-api, nova-scheduler or nova-conductor?". Our annotation on
// the pod template selects the fragment and restarts in one write; Kubernetes does the rolling.
// The arrows: idle -> rolling -> idle, or rolling -> rolling-back -> idle | halted.

import { fragmentNamePattern, managers, type Service } from "../api/names.ts";
import { novaErrorLine } from "./evidence.ts";
import { quarantine } from "./computes.ts";
import type { Gate, Reason } from "./gates.ts";
import type { KubeEffect } from "./effects.ts";
import { none, type Fragment } from "./render.ts";
import type { RemovalContext } from "./removal.ts";
import type { Settings } from "./settings.ts";
import type { Millis, PodView, Snapshot, WorkloadView } from "./snapshot.ts";
import type { HistoryRecord, Line, Quarantine, ServiceRecord } from "./state.ts";

export type SingleService = Exclude<Service, "compute">;

export type ServiceInput = {
  readonly service: SingleService;
  readonly seen: Snapshot;
  readonly settings: Settings;
  readonly delivery: "Injected" | "Mounted";
  readonly record: ServiceRecord;
  readonly wanted: Fragment;
  readonly present: boolean;
  readonly refused?: Reason;
  readonly blockers: readonly Reason[];
  readonly linesOf: (fragment: string) => readonly Line[];
  readonly digestOf: (fragment: string) => string;
  readonly removal: RemovalContext;
};

export type ServiceOutput = {
  readonly record: ServiceRecord;
  readonly effects: readonly KubeEffect[];
  readonly gates: readonly Gate[];
  readonly quarantined: Readonly<Record<string, Quarantine>>;
  readonly history: readonly HistoryRecord[];
  readonly wakes: readonly Millis[];
  readonly askLogs: readonly {
    readonly pod: string;
    readonly uid: string;
    readonly container: string;
  }[];
};

type More = Partial<Omit<ServiceOutput, "record" | "gates">> & { readonly gate?: Reason };

function output(input: ServiceInput, record: ServiceRecord, more: More = {}): ServiceOutput {
  const { gate } = more;
  return {
    record,
    effects: more.effects ?? [],
    gates:
      gate === undefined ? [] : [{ waits: { on: "service", service: input.service }, ...gate }],
    quarantined: more.quarantined ?? {},
    history: more.history ?? [],
    wakes: more.wakes ?? [],
    askLogs: more.askLogs ?? [],
  };
}

export function workloadsOf(seen: Snapshot, service: Service): readonly WorkloadView[] {
  return seen.workloads.filter((one) => one.service === service);
}

/** What an untouched installation runs: the annotation it has, or nothing of ours. */
export function firstRecord(service: SingleService, seen: Snapshot): ServiceRecord {
  const named = workloadsOf(seen, service)[0]?.fragment;
  const runs = named !== undefined && fragmentNamePattern.test(named) ? named : none;
  return { assigned: runs, good: runs, phase: "idle", since: seen.now };
}

export function planService(input: ServiceInput): ServiceOutput {
  const { record } = input;
  const workloads = workloadsOf(input.seen, input.service);
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

function withoutWorkload(input: ServiceInput): ServiceOutput {
  const differs = input.digestOf(input.record.assigned) !== input.wanted.digest;
  return output(input, input.record, differs ? { gate: { gate: "NoWorkload" } } : {});
}

// --- others write the annotation too ------------------------------------------------------------

/** Window in which a second foreign change makes a conflict of it. */
const contestMillis = 5 * 60 * 1000;

function foreignValue(
  input: ServiceInput,
  workloads: readonly WorkloadView[],
): ServiceOutput | undefined {
  const { record, settings, service } = input;
  if (settings.services[service].restart !== "Auto") return undefined;
  const other = workloads.find(
    (one) =>
      one.fragment !== undefined &&
      one.fragment !== record.assigned &&
      one.fragmentManager !== undefined &&
      one.fragmentManager !== managers.rollout,
  );
  if (other === undefined) return undefined;
  const value = other.fragment!;
  const known = input.seen.state.is === "read" && input.seen.state.state.fragments[value];
  if (known !== undefined && known !== false) return undone(input, value);
  return output(input, record, {
    gate: {
      gate: "FieldConflict",
      workload: `${other.kind}/${other.name}`,
      manager: other.fragmentManager!,
    },
  });
}

/** `kubectl rollout undo`: an older fragment of ours that we did not write. It is respected. */
function undone(input: ServiceInput, value: string): ServiceOutput {
  const { record, seen, service } = input;
  const error = "a user went back with kubectl rollout undo";
  const entries = quarantine(
    input.linesOf(record.assigned),
    input.linesOf(value),
    error,
    input.removal,
    service,
  );
  const quarantined = Object.fromEntries(
    Object.entries(entries).map(([key, one]) => [key, { ...one, byUser: true }]),
  );
  return output(
    input,
    { assigned: value, good: value, phase: "idle", since: seen.now },
    { quarantined, history: [historyOf(input, "RolledBackByUser", record.assigned, value, error)] },
  );
}

function historyOf(
  input: ServiceInput,
  result: HistoryRecord["result"],
  from: string,
  to: string,
  message: string,
): HistoryRecord {
  return {
    id: `${input.service}-${input.record.since}`,
    service: input.service,
    result,
    from,
    to,
    startedAt: input.record.since,
    finishedAt: input.seen.now,
    message,
  };
}

// --- at rest ------------------------------------------------------------------------------------

function atRest(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, wanted, seen, settings, service } = input;
  const differs = input.digestOf(record.assigned) !== wanted.digest;
  if (!differs) return restored(input, workloads);
  const blocked = input.blockers[0] ?? input.refused;
  if (blocked !== undefined) return output(input, record, { gate: blocked });
  if (!input.present) {
    return output(input, record, { gate: { gate: "FragmentPending", fragment: wanted.name } });
  }
  const paused = workloads.find((one) => one.paused);
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
  return output(input, begun, { effects: annotate(input, workloads, wanted.name, false) });
}

function kept(record: ServiceRecord): Pick<ServiceRecord, "leaving" | "contested"> {
  return {
    ...(record.leaving === undefined ? {} : { leaving: record.leaving }),
    ...(record.contested === undefined ? {} : { contested: record.contested }),
  };
}

/** The annotation somebody stripped is put back once; twice in five minutes is a conflict. */
function restored(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, seen } = input;
  const expected = record.assigned === none ? undefined : record.assigned;
  const astray = workloads.filter((one) => (one.fragment ?? none) !== (expected ?? none));
  if (astray.length === 0 || input.settings.services[input.service].restart !== "Auto") {
    return output(input, record);
  }
  const blocked = input.blockers.find((one) => one.gate !== "Settling");
  if (blocked !== undefined) return output(input, record, { gate: blocked });
  const recent =
    record.contested !== undefined && seen.now - record.contested.at < contestMillis
      ? record.contested.count
      : 0;
  if (recent >= 2) {
    const one = astray[0]!;
    return output(input, record, {
      gate: {
        gate: "FieldConflict",
        workload: `${one.kind}/${one.name}`,
        manager: one.fragmentManager ?? "somebody who removes it",
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
    { effects: annotate(input, workloads, record.assigned, false) },
  );
}

/** Manual or External: we say what to run; when somebody did, we verify as always. */
function manual(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, wanted, seen } = input;
  const behind = workloads.filter((one) => one.fragment !== wanted.name);
  if (behind.length === 0) {
    return output(input, {
      ...kept(record),
      assigned: wanted.name,
      good: record.good,
      phase: "rolling",
      since: seen.now,
    });
  }
  const one = behind[0]!;
  const patch = `{"spec":{"template":{"metadata":{"annotations":{"pci.openstack.org/fragment":"${wanted.name}"}}}}}`;
  return output(input, record, {
    gate: {
      gate: "ManualRestart",
      behind: behind.length,
      command: `kubectl -n ${seen.namespace} patch ${one.kind.toLowerCase()} ${one.name} -p '${patch}'`,
    },
  });
}

function annotate(
  input: ServiceInput,
  workloads: readonly WorkloadView[],
  value: string,
  take: boolean,
): readonly KubeEffect[] {
  void input;
  return workloads
    .filter((one) => (one.fragment ?? none) !== value)
    .map((one) => ({
      do: "annotate-workload",
      kind: one.kind,
      name: one.name,
      uid: one.uid,
      value,
      take,
    }));
}

// --- under way ----------------------------------------------------------------------------------

type Progress = {
  readonly complete: boolean;
  readonly ready: number;
  readonly total: number;
  readonly failing?: PodView;
  readonly stuck: readonly PodView[];
};

/** What the fragment of a pod is: its own spec says it; Mounted pods carry the annotation. */
function podReads(pod: PodView, delivery: ServiceInput["delivery"]): string {
  return (delivery === "Injected" ? pod.fragment : pod.annotated) ?? none;
}

function progressOf(input: ServiceInput, workloads: readonly WorkloadView[]): Progress {
  const { record, delivery, settings, seen, service } = input;
  const pods = seen.pods.filter((one) => one.service === service && !one.deleting);
  const current = pods.filter((one) => podReads(one, delivery) === record.assigned);
  const ready = current.filter((one) => one.ready).length;
  const total = workloads.reduce((sum, one) => sum + one.replicas, 0);
  const settled = workloads.every(
    (one) =>
      (one.fragment ?? none) === record.assigned &&
      one.observedGeneration >= one.generation &&
      one.updated >= one.replicas &&
      one.ready >= one.replicas,
  );
  const failing = current.find(
    (one) => one.container.restarts > settings.rollout.restartLimit && !one.ready,
  );
  return {
    complete: settled && pods.length === current.length && ready >= total,
    ready,
    total,
    ...(failing === undefined ? {} : { failing }),
    stuck: pods.filter((one) => podReads(one, delivery) !== record.assigned && !one.ready),
  };
}

function rolling(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { seen, wanted, settings } = input;
  const record = superseded(input);
  const current = { ...input, record };
  const late = annotate(current, workloads, record.assigned, false);
  if (late.length > 0) {
    if (settings.services[input.service].restart !== "Auto") return manual(input, workloads);
    return output(current, { ...record, since: record.since }, { effects: late });
  }
  const progress = progressOf(current, workloads);
  if (progress.complete) return verified(current, progress);
  const moved = track(record, progress, seen.now);
  const end = moved.progress!.at + settings.rollout.verifyTimeoutMillis;
  if (progress.failing !== undefined || seen.now >= end) {
    return failed({ ...current, record: moved }, workloads, progress);
  }
  void wanted;
  return output(current, moved, {
    gate: waiting(input.service, progress, end),
    wakes: [end],
  });
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

function track(record: ServiceRecord, progress: Progress, now: Millis): ServiceRecord {
  const { healthySince, ...rest } = record;
  void healthySince;
  if (record.progress?.ready === progress.ready) return rest;
  return { ...rest, progress: { ready: progress.ready, at: now } };
}

function waiting(service: SingleService, progress: Progress, until: Millis): Reason {
  return {
    gate: "Verifying",
    node: service,
    missing: `${progress.total - progress.ready} of ${progress.total} pods to become Ready`,
    until,
  };
}

function verified(input: ServiceInput, progress: Progress): ServiceOutput {
  const { record, seen, settings } = input;
  const healthySince = record.healthySince ?? seen.now;
  const end = healthySince + settings.rollout.minReadyMillis;
  if (seen.now < end) {
    return output(
      input,
      { ...record, healthySince },
      {
        gate: waiting(input.service, progress, end),
        wakes: [end],
      },
    );
  }
  const done: ServiceRecord = {
    ...kept(record),
    assigned: record.assigned,
    good: record.assigned,
    phase: "idle",
    since: seen.now,
  };
  const changed = record.good !== record.assigned;
  return output(input, done, {
    history: changed ? [historyOf(input, "Complete", record.good, record.assigned, "")] : [],
    wakes: [seen.now],
  });
}

// --- failure ------------------------------------------------------------------------------------

function failed(
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
    effects: back ? annotate(input, workloads, record.good, false) : [],
    history: [
      historyOf(input, back ? "RolledBack" : "Halted", record.good, record.assigned, error),
    ],
    wakes: [seen.now],
  });
}

function failingPod(input: ServiceInput): PodView | undefined {
  return input.seen.pods.find(
    (one) =>
      one.service === input.service &&
      !one.deleting &&
      !one.ready &&
      podReads(one, input.delivery) === input.record.assigned,
  );
}

function rollingBack(input: ServiceInput, workloads: readonly WorkloadView[]): ServiceOutput {
  const { record, seen, settings } = input;
  const late = annotate(input, workloads, record.assigned, false);
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
function unstick(workloads: readonly WorkloadView[], progress: Progress): readonly KubeEffect[] {
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
      why: "an unready pod of a revision that was taken back",
    }));
}
