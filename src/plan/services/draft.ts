// The draft of a round of one service other than nova-compute, which the steps of its machine hand
// to each other.

import { managers, type Service } from "../../api/names.ts";
import type { KubeEffect } from "../terms/effects.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import type { RemovalContext } from "../gates/removal.ts";
import { type Fragment, none } from "../wanted/render.ts";
import type { Settings } from "../terms/settings.ts";
import type { Millis, Snapshot, WorkloadView } from "../terms/snapshot.ts";
import type { HistoryRecord, Line, Quarantine, ServiceRecord } from "../terms/state.ts";

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
  /** Nodes whose Ready condition is needed. */
  readonly askHealth: readonly string[];
  readonly askLogs: readonly {
    readonly pod: string;
    readonly uid: string;
    readonly container: string;
  }[];
};

type More = Partial<Omit<ServiceOutput, "record" | "gates">> & { readonly gate?: Reason };

export function output(input: ServiceInput, record: ServiceRecord, more: More = {}): ServiceOutput {
  const { gate } = more;
  return {
    record,
    effects: more.effects ?? [],
    gates:
      gate === undefined ? [] : [{ waits: { on: "service", service: input.service }, ...gate }],
    quarantined: more.quarantined ?? {},
    history: more.history ?? [],
    wakes: more.wakes ?? [],
    askHealth: more.askHealth ?? [],
    askLogs: more.askLogs ?? [],
  };
}

export function workloadsOf(seen: Snapshot, service: Service): readonly WorkloadView[] {
  return seen.workloads.filter((workload) => workload.service === service);
}

export function historyOf(
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

export function kept(
  record: ServiceRecord,
): Pick<ServiceRecord, "leaving" | "contested" | "undone"> {
  return {
    ...(record.leaving === undefined ? {} : { leaving: record.leaving }),
    ...(record.contested === undefined ? {} : { contested: record.contested }),
    ...(record.undone === undefined ? {} : { undone: record.undone }),
  };
}

/** It still carries what a user went back to, in the user's name. */
export function isUndone(workload: WorkloadView, record: ServiceRecord): boolean {
  return (
    workload.fragment !== undefined &&
    workload.fragment === record.undone &&
    workload.fragmentManager !== managers.rollout
  );
}

/** The field is taken from a user only where `kubectl rollout undo` left it and was respected. */
export function annotate(
  input: ServiceInput,
  workloads: readonly WorkloadView[],
  value: string,
): readonly KubeEffect[] {
  return workloads
    .filter((workload) => (workload.fragment ?? none) !== value)
    .map((workload) => ({
      do: "annotate-workload",
      kind: workload.kind,
      name: workload.name,
      uid: workload.uid,
      value,
      take: isUndone(workload, input.record),
    }));
}
