// The embedded cluster: an API server in memory, the controllers and kubelets of Kubernetes,
// admission, and a stand-in for Nova, all on virtual time and from one seed. `nova-pci try` and the
// simulation run the operator against it, unchanged.

import {
  injectionLabel,
  passthroughName,
  plurals,
  preflightLabel,
  type Kind,
  type Service,
} from "../api/names.ts";
import type { Texts } from "../cluster/reads/base-config-mounts.ts";
import { serviceLabels, serviceOf, type ServiceLabels } from "../cluster/views/service-labels.ts";
import type { NodeHardware } from "../plan/terms/snapshot.ts";
import type { Millis } from "../plan/terms/time.ts";
import { shippedScope, type Scope } from "../admission/rules.ts";
import { serveApi, type ApiServer } from "./api/server.ts";
import { keepBudgets } from "./controllers/budgets.ts";
import { makeChance, type Chance } from "./store/chance.ts";
import { makeClock, type Clock } from "./store/clock.ts";
import { makeFakeNova, type FakeNova } from "./cloud.ts";
import { runControllers } from "./controllers/controllers.ts";
import { runJobs, type JobKnob } from "./controllers/jobs.ts";
import {
  runKubelets,
  type Kubelets,
  type KubeletKnobs,
  type Started,
} from "./controllers/kubelet.ts";
import type { Custom, Labels } from "./store/objects.ts";
import { makePodMaker } from "./controllers/pods.ts";
import { makeStore, timestamp, type Store } from "./store/store.ts";

export type Cluster = {
  readonly namespace: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly api: ApiServer;
  /** For what the operators themselves leave to chance. */
  readonly chance: Chance;
  readonly cloud: FakeNova;
  readonly kubelets: Kubelets;
  readonly options: ClusterOptions;
  readonly addNode: (name: string, labels?: Labels) => void;
  /** Which service a pod with these labels runs. */
  readonly serviceOf: (labels: Labels | undefined) => Service | undefined;
};

export type ClusterOptions = {
  readonly seed: number;
  readonly start: Millis;
  readonly namespace: string;
  readonly microversion: string;
  /** MutatingAdmissionPolicy is served and our policies are installed and bound. */
  readonly injection: boolean;
  /** Somebody has taken the policy away for the moment. */
  readonly policyAway: () => boolean;
  readonly scope: Scope;
  readonly knobs: KubeletKnobs;
  /** What NodeFeature objects say of the nodes. */
  readonly hardware?: Readonly<Record<string, NodeHardware>>;
  /** ConfigMaps and Secrets of others, as "Secret/nova-etc": what lies under ours. */
  readonly texts?: ReadonlyMap<string, Texts>;
  /** How each Job ends. */
  readonly jobEnds: JobKnob;
  /** How far the API server's admission lags behind the assignment. */
  readonly admissionLagMillis: (chance: Chance) => number;
};

/** 2026-01-05T08:00:00Z, a Monday morning. */
export const dayOne: Millis = Date.UTC(2026, 0, 5, 8);

export const calmKnobs: KubeletKnobs = {
  startMillis: () => 1500,
  readyMillis: () => 4000,
  stopMillis: () => 1000,
  trouble: () => undefined,
};

const calmOptions: ClusterOptions = {
  seed: 1,
  start: dayOne,
  namespace: "openstack",
  microversion: "2.100",
  injection: true,
  policyAway: () => false,
  scope: shippedScope,
  knobs: calmKnobs,
  jobEnds: (job) =>
    job.metadata.labels?.[preflightLabel] === undefined
      ? { is: "succeeds", millis: 30_000 }
      : { is: "answers", millis: 8_000, verdict: "accepted" },
  admissionLagMillis: (chance) => chance.between(1, 30),
};

export function makeCluster(given: Partial<ClusterOptions> = {}): Cluster {
  const options = { ...calmOptions, ...given };
  const clock = makeClock(options.start);
  const chance = makeChance(options.seed);
  const store = makeStore(clock, options.namespace);
  const api = serveApi(store, clock);
  keepBudgets(store);
  store.create("Namespace", {
    metadata: {
      name: options.namespace,
      labels: options.injection ? { [injectionLabel]: "enabled" } : {},
    },
  });
  const cloud = makeFakeNova(clock, options.microversion);
  const admissionChance = chance.fork(1);
  const scope = (): Scope => ({
    ...options.scope,
    namespaceLabels:
      options.injection && !options.policyAway() ? namespaceLabels(store, options) : {},
  });
  const pods = makePodMaker(store, clock, scope, () => options.admissionLagMillis(admissionChance));
  const service = (labels: Labels | undefined): Service | undefined =>
    serviceOf(labels, labelsIn(store.get("PciPassthrough", passthroughName)));
  const runsCompute = (pod: Started["pod"]): boolean => service(pod.metadata.labels) === "compute";

  runControllers(store, clock, pods, chance.fork(2));
  const kubelets = runKubelets(store, clock, chance.fork(3), options.knobs, {
    processStarted: ({ pod, node }, trouble) => {
      const reports = trouble === undefined || trouble.is === "never-ready";
      if (runsCompute(pod) && reports) cloud.computeStarted(node);
    },
    processEnded: (pod, node) => {
      if (runsCompute(pod)) cloud.computeStopped(node);
    },
  });
  runJobs(store, clock, options.jobEnds, (node) => kubelets.isAlive(node));
  for (const kind of Object.keys(plurals) as Kind[]) defineKind(store, kind);

  return {
    namespace: options.namespace,
    clock,
    store,
    api,
    chance: chance.fork(4),
    cloud,
    kubelets,
    options,
    serviceOf: service,
    addNode: (name, labels = {}) => {
      store.create("Node", {
        metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
        spec: { unschedulable: false },
        status: { conditions: [{ type: "Ready", status: "True" }] },
      });
    },
  };
}

export function namespaceLabels(
  store: Store,
  { namespace }: Pick<ClusterOptions, "namespace">,
): Labels {
  return store.get("Namespace", namespace)?.metadata.labels ?? {};
}

/** Labels and container of each service, as PciPassthrough says them. */
export function labelsIn(passthrough: Custom | undefined): ServiceLabels {
  return serviceLabels(passthrough?.spec["services"] as Parameters<typeof serviceLabels>[0]);
}

export function defineKind(store: Store, kind: Kind): void {
  store.create("CustomResourceDefinition", { metadata: { name: kind }, spec: { kind } });
}

/** Lets everything happen that is due within this time. */
export function passTime(clock: Clock, millis: number): void {
  const end = clock.now() + millis;
  for (let next = clock.next(); next !== undefined && next <= end; next = clock.next()) {
    clock.step();
  }
  if (clock.now() < end) {
    clock.after(end - clock.now(), () => undefined);
    clock.step();
  }
}

/** The text of a moment, for people. */
export function clockText(at: Millis): string {
  return timestamp(at).slice(11, 19);
}
