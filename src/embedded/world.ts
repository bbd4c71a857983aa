// Answers "what does one operator see of an embedded cluster, and what may it do there?": the port
// of the real world, in memory. Each operator has its own caches, its own faults, and dies by
// itself. Requests take a few virtual milliseconds, so that other things happen between them.

import {
  assignmentName,
  managedBy,
  managedByLabel,
  passthroughName,
  plurals,
  stateName,
  type Kind,
} from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import { healthIn } from "../cluster/node-health.ts";
import {
  budgetView,
  crdView,
  keptMap,
  nodeView,
  ownObject,
  type OwnObject,
} from "../cluster/object-views.ts";
import { podView } from "../cluster/pod-view.ts";
import { stateKey, unpackState } from "../cluster/state-codec.ts";
import { workloadView } from "../cluster/workload-view.ts";
import type { World } from "../operator/world.ts";
import { isCloud } from "../plan/terms/effect-table.ts";
import type { Ask, Effect } from "../plan/terms/effects.ts";
import { knownPolicyVersion } from "../plan/gates/delivery.ts";
import type {
  CloudView,
  CrdView,
  NodeHealth,
  PolicyView,
  Snapshot,
  StateView,
  Stored,
} from "../plan/terms/snapshot.ts";
import type { PciPassthrough } from "../cluster/watched.ts";
import { withBase } from "./base.ts";
import { makeCache, type Cache } from "./cache.ts";
import { labelsIn, type Cluster } from "./cluster.ts";
import { disruptionOf } from "./budgets.ts";
import { performKube } from "./effects.ts";
import { elsewhere } from "./kubelet.ts";
import { workloadKinds, type Custom, type ObjectKind, type Pod } from "./objects.ts";

/** What happens to one request. */
export type Fault =
  /** Refused because somebody else was first. */
  | "conflict"
  /** The request is lost before it does anything. */
  | "unreachable"
  /** It does everything, and the answer is a 500. */
  | "error-after"
  /** The operator dies before, or right after it. */
  | "crash-before"
  | "crash-after";

export type WorldOptions = {
  readonly latencyMillis: (effect: Effect) => number;
  readonly fault: (effect: Effect) => Fault | undefined;
  /** The cloud cannot be asked right now. */
  readonly cloudDown: () => boolean;
  readonly credentials: boolean;
  /** What an outage leaves of an answer: all, a part of it, or none. */
  readonly left: (view: CloudView) => CloudView;
  /** Told of each effect right before, and right after the cluster did or refused it. */
  readonly performing: (effect: Effect) => void;
  readonly performed: (effect: Effect, done: boolean) => void;
};

export const calmWorld: WorldOptions = {
  latencyMillis: () => 3,
  fault: () => undefined,
  cloudDown: () => false,
  credentials: true,
  left: (view) => view,
  performing: () => undefined,
  performed: () => undefined,
};

export type EmbeddedWorld = World & {
  readonly cache: Cache;
  /** Dead: no request of this operator does anything any more. */
  readonly kill: () => void;
  readonly isDead: () => boolean;
  /** Requests of this operator stand still until it thaws; `inFlight` of them then still arrive. */
  readonly freeze: () => void;
  readonly thaw: (inFlight: number) => void;
};

/** How an operator ends in the middle of a request: no Failure, nothing to back off from. */
class Crash extends Error {}

export function makeWorld(cluster: Cluster, given: Partial<WorldOptions> = {}): EmbeddedWorld {
  const options = { ...calmWorld, ...given };
  const { clock, store } = cluster;
  const listeners = new Set<(namespace: string) => void>();
  let dead = false;
  let frozen: (() => void)[] | undefined;
  let mayStill = Number.POSITIVE_INFINITY;

  const cache = makeCache(store, clock, () => {
    if (!dead) for (const listener of listeners) listener(cluster.namespace);
  });
  const seeing = makeSight(cluster, cache, options);

  function die(): never {
    dead = true;
    cache.close();
    throw new Crash("the operator was killed");
  }

  function wait(millis: number): Promise<void> {
    return new Promise((resolve) => void clock.after(millis, resolve));
  }

  async function perform(effect: Effect): Promise<void> {
    if (dead) throw new Crash("the operator is dead");
    await wait(options.latencyMillis(effect));
    const held = frozen;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    if (dead) throw new Crash("the operator is dead");
    if (mayStill <= 0) throw new Failure("denied", "another operator holds the lease");
    mayStill -= 1;
    const fault = options.fault(effect);
    if (fault === "crash-before") die();
    if (fault === "conflict") throw new Failure("conflict", "the object has been modified");
    if (fault === "unreachable") throw new Failure("unreachable", "connection reset");
    apply(effect);
    if (fault === "crash-after") die();
    if (fault !== "error-after") learn(effect);
    if (fault === "error-after") throw new Failure("unreachable", "500 after the write");
  }

  function apply(effect: Effect): void {
    let done = false;
    options.performing(effect);
    try {
      if (!isCloud(effect)) performKube(effect, store);
      else if (options.cloudDown()) throw new Failure("unreachable", "Nova does not answer");
      else cluster.cloud.perform(effect);
      done = true;
    } finally {
      options.performed(effect, done);
    }
  }

  /** An operator reads its own writes, however late its watches are. */
  function learn(effect: Effect): void {
    const written = writtenBy(effect);
    if (written !== undefined) cache.learn(...written);
  }

  return {
    cache,
    namespaces: () => [cluster.namespace],
    now: () => clock.now(),
    observe: (_namespace, ask) => withBase(seeing(ask), cluster),
    perform: (_namespace, effect) => perform(effect),
    subscribe: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    kill: () => {
      dead = true;
      cache.close();
    },
    isDead: () => dead,
    freeze: () => {
      frozen = [];
    },
    thaw: (inFlight) => {
      mayStill = inFlight;
      const waiting = frozen ?? [];
      frozen = undefined;
      for (const go of waiting) go();
    },
  };
}

function writtenBy(effect: Effect): readonly [ObjectKind, string] | undefined {
  switch (effect.do) {
    case "write-state":
      return ["ConfigMap", stateName];
    case "create-assignment":
    case "patch-assignment":
      return ["ConfigMap", assignmentName];
    case "create-fragment":
    case "write-mounted":
      return ["ConfigMap", effect.name];
    case "annotate-workload":
    case "status":
      return [effect.kind, effect.name];
    case "remove-pod":
      return ["Pod", effect.name];
    case "create-passthrough":
      return ["PciPassthrough", passthroughName];
    case "set-finalizers":
      return ["PciFlavor", effect.name];
    case "delete-fragment":
    case "event":
    case "create-flavor":
    case "set-extra-specs":
    case "delete-extra-spec":
    case "set-flavor-description":
    case "add-flavor-access":
    case "remove-flavor-access":
    case "delete-flavor":
    case "disable-compute":
    case "enable-compute":
      return undefined;
  }
}

function makeSight(cluster: Cluster, cache: Cache, options: WorldOptions): (ask: Ask) => Snapshot {
  const { clock, store } = cluster;
  const state = makeStateReader(cache);
  return (ask) => {
    const passthrough = cache.get("PciPassthrough", passthroughName);
    const labels = labelsIn(passthrough);
    const maps = cache
      .list("ConfigMap")
      .filter((one) => one.metadata.labels?.[managedByLabel] === managedBy);
    const pods = cache.list("Pod");
    const assignment = cache.get("ConfigMap", assignmentName);
    return {
      now: clock.now(),
      namespace: cluster.namespace,
      objects: {
        aliases: stored(cache.list("PciAlias")),
        whitelists: stored(cache.list("PciWhitelist")),
        flavors: stored(cache.list("PciFlavor")),
        ...(passthrough === undefined
          ? {}
          : { passthrough: stored<PciPassthrough>([passthrough])[0]! }),
      },
      crds: Object.fromEntries(
        (Object.keys(plurals) as Kind[]).map((kind) => [
          kind,
          crdView(store.get("CustomResourceDefinition", kind)),
        ]),
      ) as Record<Kind, CrdView>,
      injection: injectionView(cluster),
      missingRights: [],
      state: state(),
      configMaps: Object.fromEntries(
        maps
          .filter((one) => one.metadata.name !== stateName && one.metadata.name !== assignmentName)
          .map((one) => [one.metadata.name, keptMap(one)]),
      ),
      ...(assignment === undefined
        ? {}
        : {
            assignment: {
              uid: assignment.metadata.uid,
              resourceVersion: assignment.metadata.resourceVersion,
              data: assignment.data ?? {},
            },
          }),
      workloads: workloadKinds.flatMap((kind) =>
        cache.list(kind).flatMap((one) => workloadView(kind, one, labels) ?? []),
      ),
      pods: pods.flatMap((pod) => podView(pod, labels) ?? []),
      nodes: cache.list("Node").map(nodeView),
      nodeHealth: Object.fromEntries(
        ask.healthOf.map((name) => [name, nodeHealth(name, cluster)] as const),
      ),
      budgets: cache
        .list("PodDisruptionBudget")
        .map((one) => budgetView({ ...one, status: disruptionOf(one, pods) })),
      ...(cluster.options.hardware === undefined ? {} : { hardware: cluster.options.hardware }),
      cloud: options.left(cloudView(cluster, options, ask)),
      failureTexts: Object.fromEntries(
        ask.logsOf.map((one) => [one.uid, exitMessage(store.get("Pod", one.pod))]),
      ),
    };
  };
}

/** What runs elsewhere needs no Node here, and its kubelet never dies. */
function nodeHealth(name: string, { store }: Cluster): NodeHealth {
  if (name === elsewhere) return { ready: "True" };
  const node = store.get("Node", name);
  return healthIn(node === undefined ? [] : [node]);
}

function exitMessage(pod: Pod | undefined): string {
  return pod?.status.containerStatuses?.[0]?.lastState?.terminated.message ?? "";
}

/** The generated types describe what the schema lets through: what is stored was let through. */
function stored<T>(list: readonly Custom[]): readonly Stored<T>[] {
  return list.map((one) => ownObject(one) as OwnObject & Stored<T>);
}

function injectionView({ options }: Cluster): Snapshot["injection"] {
  const installed: PolicyView = {
    is: "installed",
    version: knownPolicyVersion,
    bound: true,
    selects: options.scope.selects,
  };
  const policy: PolicyView = options.injection ? installed : { is: "absent" };
  return {
    served: options.injection,
    namespaceLabelled: options.injection,
    mutating: policy,
    // A cluster as it should be: the guard belongs to every delivery.
    guard: { is: "installed", version: knownPolicyVersion, bound: true },
  };
}

/** Unpacked once for each version of it. */
function makeStateReader(cache: Cache): () => StateView {
  let known: StateView | undefined;
  return () => {
    const found = cache.get("ConfigMap", stateName);
    if (found === undefined) return { is: "absent" };
    const { resourceVersion } = found.metadata;
    if (known?.is !== "read" || known.resourceVersion !== resourceVersion)
      known = unpackState(found.binaryData?.[stateKey], resourceVersion);
    return known;
  };
}

function cloudView(cluster: Cluster, options: WorldOptions, ask: Ask): CloudView {
  if (!options.credentials) {
    return { is: "no-credentials", reason: "NoCredentials", message: "there is no Secret" };
  }
  if (options.cloudDown()) {
    return { is: "unreachable", message: "Nova does not answer", at: cluster.clock.now() };
  }
  return cluster.cloud.read(ask);
}
