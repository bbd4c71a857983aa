// What is really so in the embedded cluster, read from its store and not from any operator's view:
// which computes are up and since when, what their processes read, what users last asked for.

import { fragmentKey, stateName } from "../../src/api/names.ts";
import { stateKey, unpackState } from "../../src/cluster/views/state-codec.ts";
import type { Cluster } from "../../src/embedded/cluster.ts";
import { fragmentsOf } from "../../src/admission/mounting.ts";
import { mountedOf, type Started } from "../../src/embedded/controllers/kubelet.ts";
import type { ConfigMap, Pod } from "../../src/embedded/store/objects.ts";
import { isGoing, nodeOf, reportsReady } from "../../src/embedded/controllers/pods.ts";
import type { Millis } from "../../src/plan/terms/time.ts";
import type { State } from "../../src/plan/terms/state.ts";

export type Truth = {
  /** Every fragment that ever existed. */
  readonly textOf: (fragment: string | undefined) => string | undefined;
  readonly state: () => State | undefined;
  /** The pod of a node that is not going away. */
  readonly pod: (node: string) => Pod | undefined;
  /** What the running nova-compute of a node was started with. */
  readonly process: (node: string) => Started | undefined;
  readonly isUp: (node: string) => boolean;
  readonly upSince: (node: string) => Millis | undefined;
  readonly downSince: (node: string) => Millis | undefined;
  readonly computeNodes: () => readonly string[];
  readonly nodeOfPod: (name: string) => string | undefined;
  /** Called after every event. */
  readonly refresh: () => void;
};

export function makeTruth(cluster: Cluster, credentials: boolean): Truth {
  const { store, clock, cloud, kubelets } = cluster;
  const texts = new Map<string, string>();
  const since = new Map<string, { readonly up: boolean; readonly at: Millis }>();
  let pods = new Map<string, Pod>();
  let dirty = true;

  store.watch(({ kind, object }) => {
    if (kind === "Pod" || kind === "Node") dirty = true;
    if (kind !== "ConfigMap") return;
    const text = (object as { readonly data?: Readonly<Record<string, string>> }).data?.[
      fragmentKey
    ];
    if (text !== undefined) texts.set(object.metadata.name, text);
  });

  function standing(): Map<string, Pod> {
    if (!dirty) return pods;
    dirty = false;
    pods = new Map();
    for (const pod of store.list("Pod")) {
      if (isGoing(pod) || cluster.serviceOf(pod.metadata.labels) !== "compute") continue;
      const node = nodeOf(pod);
      if (node !== undefined) pods.set(node, pod);
    }
    return pods;
  }

  function isUp(node: string): boolean {
    const pod = standing().get(node);
    if (pod === undefined || !reportsReady(pod) || !kubelets.isAlive(node)) return false;
    // Without credentials nobody but Nova itself can know that a Ready nova-compute is silent.
    return !credentials || cloud.isReporting(node);
  }

  return {
    textOf: (fragment) => (fragment === undefined ? undefined : texts.get(fragment)),
    state: () => {
      const map = store.get("ConfigMap", stateName);
      return map === undefined ? undefined : stateIn(map);
    },
    pod: (node) => standing().get(node),
    process: (node) => {
      const pod = standing().get(node);
      return pod === undefined ? undefined : kubelets.runs(pod);
    },
    isUp,
    upSince: (node) => (since.get(node)?.up === true ? since.get(node)?.at : undefined),
    downSince: (node) => (since.get(node)?.up === false ? since.get(node)?.at : undefined),
    computeNodes: () => store.list("Node").map((node) => node.metadata.name),
    nodeOfPod: (name) => {
      const pod = store.get("Pod", name);
      return pod === undefined ? undefined : nodeOf(pod);
    },
    refresh: () => {
      for (const node of store.list("Node")) {
        const { name } = node.metadata;
        const up = isUp(name);
        const known = since.get(name);
        // A node that was never up is not an outage: it joins.
        if (known === undefined) since.set(name, { up, at: up ? clock.now() : 0 });
        else if (known.up !== up) since.set(name, { up, at: clock.now() });
      }
    },
  };
}

const states = new WeakMap<ConfigMap, State>();

function stateIn(map: ConfigMap): State | undefined {
  const known = states.get(map);
  if (known !== undefined) return known;
  const view = unpackState(map.binaryData?.[stateKey], map.metadata.resourceVersion);
  if (view.is !== "read") return undefined;
  states.set(map, view.state);
  return view.state;
}

/** Name of the fragment, or of the mounted ConfigMap, that a pod's own spec names. */
export function named(pod: Pod | undefined): string | undefined {
  if (pod === undefined) return undefined;
  return fragmentsOf(pod.spec)[0] ?? mountedOf(pod);
}
