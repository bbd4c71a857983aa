// The stage of a story in time: an embedded cluster and one operator, changed and looked at as
// often as the test likes. Virtual time; nothing waits.
import { load } from "js-yaml";
import { withDefaults } from "../../src/api/parse.ts";
import { apiVersion, assignmentName, fragmentKey, type Kind } from "../../src/api/names.ts";
import {
  dayOne,
  makeCluster,
  type Cluster,
  type ClusterOptions,
} from "../../src/embedded/cluster.ts";
import { applyObjects, loadWorld } from "../../src/embedded/load.ts";
import { live, startOperator, type Operator, type Round } from "../../src/embedded/operator.ts";
import { addUsualWorkloads, computeLabel } from "../../src/embedded/workloads.ts";
import { calmWorld, makeWorld } from "../../src/embedded/world.ts";
import type { Effect } from "../../src/plan/terms/effects.ts";
import type { CloudView, Snapshot } from "../../src/plan/terms/snapshot.ts";
import { plan } from "../../src/plan/plan.ts";
import { restartText } from "./scenario-world.ts";

export type Stage = {
  readonly cluster: Cluster;
  /** kubectl apply of one object, written as YAML of its spec. */
  readonly apply: (kind: Kind, name: string, spec: string) => void;
  readonly remove: (kind: Kind, name: string) => void;
  readonly label: (node: string, labels: Readonly<Record<string, string>>) => void;
  readonly pass: (seconds: number) => Promise<void>;
  /** Restarts since the last time it was asked. */
  readonly restarts: () => readonly string[];
  /** Reasons of the Events since the last time it was asked. */
  readonly events: () => readonly string[];
  readonly ready: (kind: Kind, name: string) => string;
  /** The status of an object, as `kubectl get -o json` shows it. */
  readonly status: (kind: Kind, name: string) => Readonly<Record<string, unknown>> | undefined;
  readonly waits: () => readonly string[];
  readonly last: () => Round;
  /** What the pods of a node read. */
  readonly reads: (node: string) => string | undefined;
  /** What the fragment that a node is assigned says; "" where it has none. */
  readonly text: (node: string) => string;
  /** From now on the operator sees the world like this. */
  readonly see: (view: (seen: Snapshot) => Snapshot) => void;
  /** From now on the cloud answers like this. */
  readonly outage: (left: (view: CloudView) => CloudView) => void;
  /** Its operator is dead from now on: a test has operators of its own. */
  readonly retire: () => void;
};

/** Keystone stopped. */
export const unreachable = (): CloudView => ({
  is: "unreachable",
  message: "Keystone does not answer",
  at: 0,
});
/** The Secret is gone, renamed, or may not be read. */
export const withoutSecret = (): CloudView => ({
  is: "no-credentials",
  reason: "NoCredentials",
  message: "there is no Secret nova-pci-cloud",
});
export const answering = (view: CloudView): CloudView => view;

export type StageOptions = Partial<ClusterOptions> & {
  readonly nodes?: readonly string[];
  readonly credentials?: boolean;
  readonly statefulApi?: boolean;
  /** The chart mounts our files, and there is no policy. */
  readonly mounts?: boolean;
  /** What a chart renders to, in place of the usual workloads. */
  readonly chart?: Parameters<typeof loadWorld>[0];
};

export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const {
    nodes = ["c1", "c2", "c3"],
    credentials = true,
    statefulApi = false,
    mounts = false,
    chart,
    ...more
  } = options;
  const known = { injection: !mounts, ...more };
  const cluster = chart === undefined ? makeCluster(known) : loadWorld(chart, known);
  for (const name of nodes) cluster.addNode(name, { [computeLabel]: "enabled" });
  if (chart === undefined)
    addUsualWorkloads(cluster, {
      api: { mounts, ...(statefulApi ? { kind: "StatefulSet", replicas: 2 } : {}) },
      scheduler: { mounts },
      conductor: { mounts },
      compute: { mounts },
    });
  await live(
    cluster.clock,
    dayOne + 30_000,
    () => [],
    () => undefined,
  );
  let effects: Effect[] = [];
  let events: string[] = [];
  let last: Round | undefined;
  let left = answering;
  let view = (seen: Snapshot): Snapshot => seen;
  const world = makeWorld(cluster, {
    ...calmWorld,
    credentials,
    left: (view) => left(view),
    performed: (effect) => {
      effects.push(effect);
      if (effect.do === "event") events.push(effect.reason);
    },
  });
  const operator: Operator = startOperator(world, cluster.clock, {
    plan: (seen) => plan(view(seen)),
    times: { pollMillis: 5000, lookMillis: 5000 },
    planned: (round) => {
      last = round;
    },
  });
  return {
    cluster,
    apply: (kind, name, spec) => {
      const value = withDefaults(kind, { apiVersion, kind, metadata: { name }, spec: load(spec) });
      applyObjects(cluster, [{ kind, name, value }]);
    },
    remove: (kind, name) => {
      cluster.store.remove(kind, name);
    },
    label: (node, labels) => {
      cluster.store.edit("Node", node, (old) => ({
        ...old,
        metadata: { ...old.metadata, labels: { ...old.metadata.labels, ...labels } },
      }));
    },
    pass: async (seconds) => {
      // Time passes even when nothing happens.
      cluster.clock.after(seconds * 1000, () => undefined);
      await live(
        cluster.clock,
        cluster.clock.now() + seconds * 1000,
        () => [operator],
        () => undefined,
      );
      const bug = operator.bug();
      if (bug !== undefined) throw bug;
    },
    restarts: () => {
      const done = effects.flatMap(restartText);
      effects = [];
      return done;
    },
    events: () => {
      const told = events;
      events = [];
      return told;
    },
    ready: (kind, name) => {
      const status = cluster.store.get(kind, name)?.status as Shown | undefined;
      const found = status?.conditions?.find((condition) => condition.type === "Ready");
      return found === undefined ? "no status" : `${found.status} ${found.reason}`;
    },
    status: (kind, name) => cluster.store.get(kind, name)?.status,
    waits: () => [...new Set(last!.plan.gates.map((gate) => gate.gate))].sort(),
    last: () => last!,
    reads: (node) =>
      last!.seen.pods.find((pod) => pod.node === node && pod.service === "compute" && !pod.deleting)
        ?.fragment,
    text: (node) => {
      const name = cluster.store.get("ConfigMap", assignmentName)?.data?.[node] ?? "";
      return cluster.store.get("ConfigMap", name)?.data?.[fragmentKey] ?? "";
    },
    see: (next) => {
      view = next;
    },
    outage: (next) => {
      left = next;
    },
    retire: world.kill,
  };
}

type Shown = {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
  }[];
};

export const installation = "{ adopt: true, release: '2025.1' }";
export const gpuAlias =
  "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PCI }";
export const gpuDevices = "{ devices: [{ vendorId: '10de', productId: '2330' }] }";

/** One node, whose GPUs and their alias are live: what is tried with flavors begins here. */
export async function stageWithGpus(): Promise<Stage> {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  return stage;
}
