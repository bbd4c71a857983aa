// The status of the PciPassthrough: one row per service, what is retained, quarantined or skipped,
// and the last rollouts.

import type { PassthroughStatus } from "../../api/statuses.ts";
import { checklist } from "./checklist.ts";
import { services, serviceTitle, type Service } from "../../api/names.ts";
import type { Notice } from "../wanted/accept.ts";
import type { Decision } from "../round/decision.ts";
import type { Gate } from "../terms/gates.ts";
import { none } from "../wanted/render.ts";
import { sentenceOf, unwires } from "../terms/gate-table.ts";
import type { Reason } from "../terms/reasons.ts";
import type { HistoryRecord, Quarantine } from "../terms/state.ts";
import type { Settings } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import { refusedStatuses } from "../round/refused.ts";
import { guardFault } from "../gates/delivery.ts";
import { wiringGate } from "../gates/wiring.ts";
import { timeText } from "../terms/time.ts";
import { retained } from "./retained.ts";
import {
  conditions,
  isVerified,
  lostGates,
  orRefused,
  trio,
  warnings,
  type Draft,
  type StatusContext,
} from "./standing.ts";

export function passthroughStatus(
  object: NonNullable<Snapshot["objects"]["passthrough"]>,
  decision: Decision,
  { seen, settings }: StatusContext,
): PassthroughStatus {
  const rows = services.map((service) => serviceRow(service, decision, seen));
  const quarantined = Object.values(decision.state.quarantined).sort((a, b) =>
    a.line < b.line ? -1 : 1,
  );
  const failed = quarantined[0];
  const busy: Gate | undefined =
    decision.gates.find((gate) => gate.waits.on !== "flavor" && gate.waits.on !== "entry") ??
    (failed === undefined
      ? undefined
      : { waits: { on: "installation" }, gate: "Quarantined", error: failed.error });
  const settled =
    failed === undefined &&
    !decision.gates.some(unsettles) &&
    rows.every(
      (row) =>
        row.digest === row.wantedDigest && (row.phase === "Idle" || row.phase === "Complete"),
    );
  const accepted = acceptedOf(settings, seen);
  const live: Draft = {
    type: "Live",
    status: settled ? "True" : "False",
    reason: settled ? "Live" : "Progressing",
    message: settled
      ? "every service runs what is wanted"
      : "services are being brought to what is wanted",
  };
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(
      [
        ...trio({ accepted, live, gate: orRefused(busy, decision) }, seen.namespace, sentenceOf),
        wired(decision, { seen, settings }),
      ],
      object,
      seen.now,
    ),
    release: releaseText(settings),
    ...(decision.delivery === undefined ? {} : { delivery: decision.delivery }),
    services: rows,
    checklist: checklist(decision, seen.namespace),
    retained: retained(decision, seen),
    quarantined: quarantined.slice(0, 50).map((quarantine) => ({
      kind: quarantine.kind,
      name: quarantine.name,
      entry: quarantine.line.slice(0, 1024),
      service: serviceTitle[quarantine.service],
      reason: whyQuarantined(quarantine),
      message: quarantine.error,
    })),
    skipped: skipped(decision),
    ...lost(decision),
    rollouts: decision.state.history.map(rolloutRow),
    ...novaError(decision),
    warnings: warnings([
      ...guardNotices(seen, decision),
      ...filterNotices(decision),
      ...baseNotices(decision),
      ...cloudNotices(seen),
      ...hostNotices(decision),
      ...graceNotices(seen, settings),
      ...preflightNotices(decision, settings),
      ...statusNotices(seen),
    ]),
  };
}

function whyQuarantined({ byUser, refused }: Quarantine): Reason {
  if (refused === true) return "PreflightRefused";
  return byUser === true ? "RolledBackByUser" : "FailedRollout";
}

type RolloutRow = NonNullable<PassthroughStatus["rollouts"]>[number];
const rolloutRows = new WeakMap<HistoryRecord, RolloutRow>();

/** What has ended does not change. */
function rolloutRow(record: HistoryRecord): RolloutRow {
  const row = rolloutRows.get(record) ?? {
    id: record.id,
    service: serviceTitle[record.service],
    result: record.result,
    from: record.from,
    to: record.to,
    startedAt: timeText(record.startedAt),
    finishedAt: timeText(record.finishedAt),
    message: record.message.slice(0, 1024),
  };
  rolloutRows.set(record, row);
  return row;
}

/** What runs is right, but not what the next pod reads, or what has to be written. */
function unsettles({ gate, waits }: Gate): boolean {
  if (gate === "WriteRefused") return waits.on !== "flavor";
  // At rest by its template, and yet a pod of the service reads something else.
  if (gate === "NotWired") return waits.on === "service" && waits.service !== "compute";
  return gate === "FieldConflict";
}

function statusNotices(seen: Snapshot): readonly Notice[] {
  return refusedStatuses(seen).map((refusedStatus) => ({
    reason: refusedStatus.gate,
    message: sentenceOf(refusedStatus, seen.namespace),
    path: "status",
  }));
}

/** What is odd about the credentials holds nothing up, and is seen by whoever reads conditions. */
function acceptedOf({ releaseProblem }: Settings, { cloud }: Snapshot): Draft {
  const type = "Accepted";
  if (releaseProblem !== undefined)
    return { type, status: "False", reason: "UnknownRelease", message: releaseProblem };
  const odd = oddOf(cloud);
  const message = ["its settings are in force", ...odd].join("; ");
  return { type, status: "True", reason: odd.length === 0 ? "Accepted" : "CloudSettings", message };
}

function oddOf(cloud: Snapshot["cloud"]): readonly string[] {
  return cloud.is === "no-credentials" ? [] : (cloud.warnings ?? []);
}

function releaseText(settings: Settings): string {
  const [first] = settings.releases;
  const last = settings.releases.at(-1);
  if (first === undefined || last === undefined) return "";
  const span = first === last ? first.version : `${first.version} to ${last.version}`;
  return settings.releaseFrom === "spec" ? span : `${span} (${settings.releaseFrom})`;
}

type ServiceStatus = NonNullable<PassthroughStatus["services"]>[number];
type Row = ServiceStatus & Required<Pick<ServiceStatus, "updated" | "total">>;

export function serviceRow(service: Service, decision: Decision, seen: Snapshot): Row {
  const gate = decision.gates.find((item) => isOf(service, item));
  const waits =
    gate === undefined
      ? {}
      : { gate: gate.gate, message: sentenceOf(gate, seen.namespace).slice(0, 1024) };
  if (service === "compute")
    return { service: serviceTitle.compute, ...computeRow(decision), ...waits };
  const record = decision.state.services[service];
  const wanted = decision.serviceWanted[service];
  const pods = seen.pods.filter((pod) => pod.service === service && !pod.deleting);
  const reads = pods.filter(
    (pod) => (pod.fragment ?? pod.annotated ?? none) === (record?.assigned ?? none),
  );
  const phases = {
    idle: "Idle",
    rolling: "Promote",
    halted: "Halt",
    "rolling-back": "Rollback",
  } as const;
  return {
    service: serviceTitle[service],
    phase: phases[record?.phase ?? "idle"],
    digest: record?.good ?? none,
    wantedDigest: wanted?.name ?? none,
    updated: reads.length,
    total: pods.length,
    ...waits,
  };
}

function isOf(service: Service, gate: Gate): boolean {
  if (gate.waits.on === "installation") return true;
  if (gate.waits.on === "service") return gate.waits.service === service;
  return service === "compute" && gate.waits.on === "node";
}

function computeRow(decision: Decision): Omit<Row, "service"> {
  const verified = decision.nodes.filter((node) => isVerified(node, decision));
  const wanted = new Set(decision.nodes.map((node) => node.wanted.name));
  const good = new Set(
    decision.nodes.map((node) => decision.state.nodes[node.node.name]?.good ?? none),
  );
  return {
    phase: decision.state.rollouts.compute?.phase ?? "Idle",
    digest: summary(good),
    wantedDigest: summary(wanted),
    updated: verified.length,
    total: decision.nodes.length,
  };
}

function summary(names: ReadonlySet<string>): string {
  const sorted = [...names].sort();
  return sorted.length <= 1 ? (sorted[0] ?? none) : `${sorted.length} fragments`;
}

function wired(decision: Decision, { seen, settings }: StatusContext): Draft {
  const blocker = decision.blockers.find((reason) => unwires(reason));
  if (blocker !== undefined) {
    return {
      type: "Wired",
      status: "False",
      reason: blocker.gate,
      message: sentenceOf(blocker, seen.namespace),
    };
  }
  for (const service of services) {
    const gate = wiringGate(service, decision.delivery, seen, settings);
    if (gate === undefined) continue;
    const message = sentenceOf(gate, seen.namespace);
    return { type: "Wired", status: "False", reason: "NotWired", message };
  }
  const [lost] = seen.pods
    .filter((pod) => pod.notInjected !== undefined && !pod.deleting)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (lost !== undefined) {
    return {
      type: "Wired",
      status: "False",
      reason: "NotWired",
      message: `pod ${lost.name} was left alone by the policy: ${lost.notInjected ?? ""}`,
    };
  }
  const proved = seen.pods.some((pod) => pod.fragment !== undefined || pod.mounted !== undefined);
  if (!proved)
    return {
      type: "Wired",
      status: "Unknown",
      reason: "NotProvedYet",
      message: "no pod has been given a fragment yet",
    };
  return {
    type: "Wired",
    status: "True",
    reason: "Wired",
    message:
      decision.delivery === "Mounted"
        ? "pods mount the fixed-name ConfigMaps; this is a weaker proof, and no canary is possible"
        : "pods name the fragments they read",
  };
}

function skipped(decision: Decision): NonNullable<PassthroughStatus["skipped"]> {
  const found: { readonly node: string; readonly reason: string }[] = [];
  const { nodes } = decision.state;
  for (const node in nodes) {
    const { phase, skipped: reason = "" } = nodes[node]!;
    if (phase === "skipped" && found.push({ node, reason }) === 10) break;
  }
  return found;
}

/** Absent where none is: what has never been lost writes no status. */
function lost(decision: Decision): Pick<PassthroughStatus, "lost"> {
  const rows = lostGates(decision).map(({ node, why, halted, until }) => ({
    node,
    reason: why.slice(0, 512),
    ...(halted ? { haltedSince: timeText(until) } : {}),
  }));
  return rows.length === 0 ? {} : { lost: rows.slice(0, 10) };
}

function novaError(decision: Decision): Pick<PassthroughStatus, "novaError"> {
  const failed = Object.values(decision.state.quarantined).find(
    (quarantine) => quarantine.byUser !== true,
  );
  return failed === undefined ? {} : { novaError: failed.error };
}

/** A gate says it where the guard was seen before. */
function guardNotices(seen: Snapshot, decision: Decision): readonly Notice[] {
  const what = guardFault(seen);
  if (what === undefined || decision.blockers.some((blocker) => blocker.gate === "GuardMissing"))
    return [];
  const message = sentenceOf({ gate: "GuardMissing", what }, seen.namespace);
  return [{ reason: "GuardMissing", message, path: "metadata.namespace" }];
}

function baseNotices(decision: Decision): readonly Notice[] {
  return decision.base.deprecated.map((name) => ({
    reason: "DeprecatedOption",
    message: `the chart's own nova.conf uses ${name}: Nova merges it with ours and reads it first; move it into objects (nova-pci import) and delete it there`,
    path: "spec.baseConfig",
  }));
}

function cloudNotices(seen: Snapshot): readonly Notice[] {
  const odd = oddOf(seen.cloud);
  if (odd.length === 0) return [];
  return [{ reason: "CloudSettings", message: odd.join("; "), path: "spec.cloud" }];
}

/** Nothing is proved for such a node, and nothing is done to a host for it. */
function hostNotices({ nodes }: Decision): readonly Notice[] {
  const unsure = nodes.filter(({ sight }) => sight.couldBe !== undefined);
  if (unsure.length === 0) return [];
  const named = unsure
    .slice(0, 10)
    .map(({ node, sight }) => `${node.name} (${sight.couldBe!.join(", ")})`);
  return [
    {
      reason: "AmbiguousHost",
      message: `which host of Nova ${unsure.length === 1 ? "1 node is" : `${unsure.length} nodes are`} cannot be told: ${named.join("; ")}; let [DEFAULT]host of their nova-compute be the name of the Node`,
      path: "spec.services.compute",
    },
  ];
}

/**
 * Killed in the middle of what it does: only a nova-compute that we closed before has nothing to
 * do.
 */
function graceNotices({ workloads }: Snapshot, { releases }: Settings): readonly Notice[] {
  const needs = Math.min(...releases.map((release) => release.stopSeconds));
  return services.flatMap((service): readonly Notice[] => {
    const short = workloads.find(
      (workload) => workload.service === service && (workload.graceSeconds ?? needs) < needs,
    );
    if (short === undefined) return [];
    const message = `${short.kind} ${short.name}: terminationGracePeriodSeconds is ${short.graceSeconds}, and Nova ${releases[0]!.version} may take ${needs} s to stop: its work would be cut; set it to ${needs} in the chart`;
    return [{ reason: "GraceTooShort", message, path: `spec.services.${service}` }];
  });
}

/** A pre-flight is asked before a canary, and where none is possible nobody is asked. */
function preflightNotices({ delivery }: Decision, settings: Settings): readonly Notice[] {
  const { restart } = settings.services.compute;
  if (settings.rollout.preflight === "Off") return [];
  if (delivery !== "Mounted" && restart === "Auto") return [];
  const why =
    delivery === "Mounted"
      ? "with delivery Mounted all nova-computes read one file and there is no canary"
      : `with services.compute.restart: ${restart} there is no canary`;
  const message = `preflight: Auto has no effect: ${why}; set spec.rollout.preflight: "Off"`;
  return [{ reason: "PreflightIneffective", message, path: "spec.rollout.preflight" }];
}

function filterNotices(decision: Decision): readonly Notice[] {
  const { filters } = decision;
  if (filters.unknownBase) {
    return [
      {
        reason: "FiltersUnknown",
        message:
          "filters: Manage has to know the filters that nova-scheduler has now: give them in spec.scheduler.baseFilters, set assumeReleaseDefaults: true, or let the operator read the chart's own nova.conf (spec.baseConfig)",
        path: "spec.scheduler",
      },
    ];
  }
  if ((filters.missing ?? []).length === 0) return [];
  return [
    {
      reason: "FilterMissing",
      message: `nova-scheduler lacks ${filters.missing!.join(", ")}; set spec.scheduler.filters: Manage, or add it in the chart`,
      path: "spec.scheduler.filters",
    },
  ];
}
