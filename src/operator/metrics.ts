// Prometheus metrics, under controller-runtime's and client-go's names where those exist, so that
// known dashboards work, and our own for rollouts (nova_pci_*), which are the gauges of the last
// plan of each namespace.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { Failure } from "../api/failure.ts";
import { operatorName } from "../api/names.ts";
import type { Gate } from "../plan/terms/gates.ts";
import type { RoundReport } from "./loop.ts";
import type { Counted } from "../webhook/server.ts";
import type { QueueWatch } from "./queue.ts";

/** One controller, as the world of controller-runtime sees it. */
const controller = "novapci";

/** Our own gauges: what they mean. Each has the label `namespace` beside its own. */
export const gaugeHelp: Readonly<Record<string, string>> = {
  nova_pci_nodes: "Compute nodes by the phase of their rollout",
  nova_pci_gate: "Steps that wait, by the gate they wait at",
  nova_pci_quarantined_entries: "Entries that failed a rollout and are kept out",
  nova_pci_retained_objects: "Objects that are gone and whose entries must stay for now",
  nova_pci_rollout_halted:
    "1 while a rollout has failed and was not put back, or waits for lost nodes",
  nova_pci_lost_nodes: "Compute nodes that went away in mid-rollout, and show nothing to judge by",
  nova_pci_paused: "1 while spec.rollout.paused is true",
  nova_pci_not_wired: "1 while pods are not proved to read what they were assigned",
  nova_pci_devices:
    "PCI devices by node, resource class and state: free, used and reserved as Placement has them, excluded, unknown",
  nova_pci_devices_known: "1 while Placement says what devices do, 0 while nobody does",
  nova_pci_flavor_fit: "Servers of a PciFlavor that still fit, at most; absent while unknown",
  nova_pci_rollout_updated: "Pods, or nodes of nova-compute, that read what is wanted, by service",
  nova_pci_rollout_total: "Pods, or nodes of nova-compute, by service",
  nova_pci_cleaning_devices:
    "One-time-use devices that were used and are not yet given back, by what becomes of them",
  nova_pci_gate_oldest_seconds:
    "How long the oldest of the steps that wait at a gate has waited there",
  nova_pci_round_success_timestamp_seconds:
    "When a round of the namespace last ended without failure",
  nova_pci_rounds_failed_in_a_row: "Rounds of the namespace that failed since one last did not",
  nova_pci_skipped_nodes: "Compute nodes that were not healthy before their turn",
};

export type Metrics = {
  readonly registry: Registry;
  readonly reported: (report: RoundReport) => void;
  readonly queue: QueueWatch;
  readonly asked: (method: string, code: string, seconds: number, isRepetition: boolean) => void;
  readonly leads: (leads: boolean) => void;
  readonly watchOpened: (path: string) => void;
  readonly admission: (counted: Counted) => void;
};

type MetricsOptions = {
  /** A series for each node; off = one sum, for installations with thousands of nodes. */
  readonly perNode?: boolean;
  readonly now?: () => number;
};

export function makeMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    reported: roundMetrics(registry, options),
    queue: queueMetrics(registry),
    asked: requestMetrics(registry),
    leads: leaderMetrics(registry),
    watchOpened: watchMetrics(registry),
    admission: admissionMetrics(registry),
  };
}

function roundMetrics(
  registry: Registry,
  { perNode = true, now = Date.now }: MetricsOptions,
): Metrics["reported"] {
  const registers = [registry];
  const total = new Counter({
    name: "controller_runtime_reconcile_total",
    help: "Total number of reconciliations per controller",
    labelNames: ["controller", "result"],
    registers,
  });
  const errors = new Counter({
    name: "controller_runtime_reconcile_errors_total",
    help: "Total number of reconciliation errors per controller",
    labelNames: ["controller"],
    registers,
  });
  const panics = new Counter({
    name: "controller_runtime_reconcile_panics_total",
    help: "Total number of reconciliations that ended with a bug",
    labelNames: ["controller"],
    registers,
  });
  const time = new Histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "Length of time per reconciliation per controller",
    labelNames: ["controller"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const effects = new Counter({
    name: "nova_pci_effects_total",
    help: "Changes that plans asked for, by kind and result",
    labelNames: ["namespace", "effect", "result"],
    registers,
  });
  errors.inc({ controller }, 0);
  panics.inc({ controller }, 0);
  const gauges = gaugeMetrics(registry);
  const ages = gateAges(registry, now);
  const health = roundHealth(registry, now);
  return (report) => {
    const { namespace } = report;
    health(report);
    if (report.gone === true) {
      gauges(namespace, []);
      ages(namespace, []);
      return;
    }
    total.inc({ controller, result: resultOf(report) });
    if (report.failure !== undefined || report.bug !== undefined) errors.inc({ controller });
    if (report.bug !== undefined) panics.inc({ controller });
    time.observe({ controller }, report.seconds);
    for (const { effect, failure } of report.executed)
      effects.inc({ namespace, effect: effect.do, result: failure?.kind ?? "done" });
    if (report.plan === undefined) return;
    gauges(namespace, perNode ? report.plan.gauges : summed(report.plan.gauges));
    ages(namespace, report.plan.gates);
  };
}

function roundHealth(registry: Registry, now: () => number): (report: RoundReport) => void {
  const common = { labelNames: ["namespace"], registers: [registry] };
  const gauge = (name: string): Gauge => new Gauge({ ...common, name, help: gaugeHelp[name]! });
  const success = gauge("nova_pci_round_success_timestamp_seconds");
  const failed = gauge("nova_pci_rounds_failed_in_a_row");
  return ({ namespace, gone, failure, bug }) => {
    if (gone === true) {
      success.remove({ namespace });
      failed.remove({ namespace });
    } else if (failure !== undefined || bug !== undefined) failed.inc({ namespace });
    else {
      success.set({ namespace }, now() / 1000);
      failed.set({ namespace }, 0);
    }
  };
}

/** Since this process first saw it: a step that waits at the same gate in each plan has one age. */
function gateAges(
  registry: Registry,
  now: () => number,
): (namespace: string, gates: readonly Gate[]) => void {
  const since = new Map<
    string,
    ReadonlyMap<string, { readonly gate: string; readonly at: number }>
  >();
  const name = "nova_pci_gate_oldest_seconds";
  new Gauge({
    name,
    help: gaugeHelp[name]!,
    labelNames: ["namespace", "gate"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [namespace, gates] of since) {
        const oldest = new Map<string, number>();
        for (const { gate, at } of gates.values())
          oldest.set(gate, Math.min(oldest.get(gate) ?? at, at));
        for (const [gate, at] of oldest) this.set({ namespace, gate }, (now() - at) / 1000);
      }
    },
  });
  return (namespace, gates) => {
    const before = since.get(namespace);
    const after = gates.map((gate) => {
      const key = JSON.stringify([gate.gate, gate.waits]);
      return [key, before?.get(key) ?? { gate: gate.gate, at: now() }] as const;
    });
    if (after.length === 0) since.delete(namespace);
    else since.set(namespace, new Map(after));
  };
}

/** In the words of controller-runtime. */
function resultOf({ failure, bug, plan }: RoundReport): string {
  if (failure instanceof Failure || bug !== undefined) return "error";
  return plan?.againAt === undefined ? "success" : "requeue_after";
}

type PlanGauges = NonNullable<RoundReport["plan"]>["gauges"];

/** Gauges of nodes as one sum over all nodes. */
function summed(gauges: PlanGauges): PlanGauges {
  const sums = new Map<string, PlanGauges[number]>();
  for (const { name, labels, value } of gauges) {
    const { node: _, ...rest } = labels;
    const key = JSON.stringify([name, rest]);
    sums.set(key, { name, labels: rest, value: (sums.get(key)?.value ?? 0) + value });
  }
  return [...sums.values()];
}

/** A gauge that the newest plan does not name any more is gone, not frozen. */
function gaugeMetrics(registry: Registry): (namespace: string, gauges: PlanGauges) => void {
  const made = new Map<string, Gauge>();
  const last = new Map<string, PlanGauges>();
  return (namespace, gauges) => {
    for (const { name, labels } of last.get(namespace) ?? [])
      made.get(name)?.remove({ namespace, ...labels });
    last.set(namespace, gauges);
    for (const { name, labels, value } of gauges) {
      let gauge = made.get(name);
      if (gauge === undefined) {
        gauge = new Gauge({
          name,
          help: gaugeHelp[name] ?? name.replaceAll("_", " "),
          labelNames: ["namespace", ...Object.keys(labels)],
          registers: [registry],
        });
        made.set(name, gauge);
      }
      gauge.set({ namespace, ...labels }, value);
    }
  };
}

function queueMetrics(registry: Registry): QueueWatch {
  const labels = { name: controller, controller };
  const common = { labelNames: ["name", "controller"], registers: [registry] };
  const depth = new Gauge({
    ...common,
    name: "workqueue_depth",
    help: "Current depth of workqueue",
  });
  const adds = new Counter({
    ...common,
    name: "workqueue_adds_total",
    help: "Total number of adds",
  });
  const retries = new Counter({
    ...common,
    name: "workqueue_retries_total",
    help: "Total number of retries",
  });
  const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];
  const waited = new Histogram({
    ...common,
    buckets,
    name: "workqueue_queue_duration_seconds",
    help: "How long an item stays in workqueue before being requested",
  });
  const worked = new Histogram({
    ...common,
    buckets,
    name: "workqueue_work_duration_seconds",
    help: "How long processing an item takes",
  });
  retries.inc(labels, 0);
  return {
    added: (count) => {
      adds.inc(labels);
      depth.set(labels, count);
    },
    started: (seconds, count) => {
      waited.observe(labels, seconds);
      depth.set(labels, count);
    },
    ended: (seconds) => worked.observe(labels, seconds),
    retried: () => retries.inc(labels),
  };
}

function requestMetrics(registry: Registry): Metrics["asked"] {
  const registers = [registry];
  const total = new Counter({
    name: "rest_client_requests_total",
    help: "Number of HTTP requests, partitioned by status code and method",
    labelNames: ["code", "method"],
    registers,
  });
  const retries = new Counter({
    name: "rest_client_request_retries_total",
    help: "Number of request retries, partitioned by status code and method",
    labelNames: ["code", "method"],
    registers,
  });
  const time = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "Request latency in seconds, by method",
    labelNames: ["method"],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
    registers,
  });
  return (method, code, seconds, isRepetition) => {
    total.inc({ code, method });
    if (isRepetition) retries.inc({ code, method });
    time.observe({ method }, seconds);
  };
}

function leaderMetrics(registry: Registry): Metrics["leads"] {
  const status = new Gauge({
    name: "leader_election_master_status",
    help: "Whether this instance leads: 1, else 0",
    labelNames: ["name"],
    registers: [registry],
  });
  status.set({ name: operatorName }, 0);
  return (leads) => status.set({ name: operatorName }, leads ? 1 : 0);
}

function admissionMetrics(registry: Registry): Metrics["admission"] {
  const registers = [registry];
  const requests = new Counter({
    name: "nova_pci_admission_requests_total",
    help: "Pods that the webhook was asked about, by what became of them",
    labelNames: ["result"],
    registers,
  });
  const refusals = new Counter({
    name: "nova_pci_admission_refusals_total",
    help: "Pods of Nova that the webhook refused, so that their controllers try again",
    registers,
  });
  const time = new Histogram({
    name: "nova_pci_admission_seconds",
    help: "How long the webhook took for an answer",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2, 5],
    registers,
  });
  return ({ result, seconds }) => {
    requests.inc({ result });
    if (result === "refused") refusals.inc();
    time.observe(seconds);
  };
}

function watchMetrics(registry: Registry): Metrics["watchOpened"] {
  const opened = new Counter({
    name: "nova_pci_reflector_turns_total",
    help: "Turns of a reflector: synced, absent, denied, or trouble on the way",
    labelNames: ["path"],
    registers: [registry],
  });
  return (path) => opened.inc({ path });
}
