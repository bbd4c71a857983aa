// What a change will do: the world as the old objects leave it, the new ones put over them, and
// every restart and flavor until nothing moves. The operator runs unchanged in an embedded cluster.

import { assignmentName, fragmentKey, serviceTitle, type Service } from "../../api/names.ts";
import type { FileObject } from "../../api/read-yaml.ts";
import { thin, type Likeness } from "../../embedded/alike.ts";
import { passTime, type Cluster } from "../../embedded/cluster.ts";
import { applyObjects, workloadsIn } from "../../embedded/load.ts";
import { nodeOf, reportsReady } from "../../embedded/controllers/pods.ts";
import type { Effect } from "../../plan/terms/effects.ts";
import { none } from "../../plan/wanted/render.ts";
import { isOurs } from "../given/files.ts";
import type { Installation } from "../given/installations.ts";
import { joined, playOn, startFor, worldBefore, type Played } from "../played/offline.ts";
import { withNodes } from "../played/stand-ins.ts";

/** One thing that is done to the cloud. */
export type Step = {
  /** Milliseconds after the change. */
  readonly at: number;
  readonly what: string;
  readonly service?: Service;
  readonly node?: string;
  /** Lines of nova.conf that come and go with it. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The PciFlavor, or nothing. */
  readonly object?: string;
};

export type Foretold = Pick<Played, "seen" | "plan" | "ended" | "cluster"> & {
  readonly steps: readonly Step[];
  readonly kinds: readonly Likeness[];
  /** Milliseconds from the restart of a nova-compute until it is proved. */
  readonly eachCompute: number;
  /** Until the last step and its proof. */
  readonly takes: number;
};

type ForetellOptions = {
  /** Told now and then while it is played. */
  readonly passed?: (cluster: Cluster, steps: number) => void;
};

export async function foretell(
  now: Installation,
  old: Installation | undefined,
  options: ForetellOptions = {},
): Promise<Foretold> {
  const { world, kinds, others } = startingWorld(now, old);
  const start = startFor([...now.objects, ...(old?.objects ?? [])]);
  const cluster = worldBefore(world, { start });
  const steps: Step[] = [];
  const passed = (): void => options.passed?.(cluster, steps.length);
  const before = (old?.objects ?? []).filter(isOurs);
  if (old !== undefined) {
    applyObjects(cluster, before);
    await playOn(cluster, { passed });
  }
  const hasWorkloads = workloadsIn(world.objects).length > 0;
  const changed = cluster.clock.now();
  const proofs = new Map<string, number>();
  const times: number[] = [];
  let last = changed;
  change(cluster, old, now);
  passTime(cluster.clock, 1);
  const end = await playOn(cluster, {
    passed,
    world: {
      performing: (effect) => {
        const told = stepOf(effect, cluster);
        if (told === undefined) return;
        const step = hasWorkloads ? told : unnamed(told);
        const at = cluster.clock.now();
        steps.push({ at: at - changed, ...step });
        last = at;
        if (step.node !== undefined) proofs.set(step.node, at);
      },
      performed: (effect) => {
        if (effect.do !== "enable-compute") return;
        const began = proofs.get(effect.host);
        last = cluster.clock.now();
        if (began !== undefined) times.push(last - began);
      },
    },
  });
  return {
    ...(await joined(cluster, { nodes: others, objects: world.objects }, end)),
    cluster,
    steps,
    kinds,
    eachCompute: Math.max(0, ...times),
    takes: last - changed,
  };
}

/** Nodes and workloads of the old files, or of the new ones where the old say nothing of them. */
function startingWorld(
  now: Installation,
  old: Installation | undefined,
): {
  readonly world: Installation;
  readonly kinds: readonly Likeness[];
  readonly others: readonly FileObject[];
} {
  const theirs = (old?.objects ?? []).filter((object) => !isOurs(object));
  const kindsThere = new Set(theirs.map((object) => object.kind));
  const added = now.objects.filter((object) => !isOurs(object) && !kindsThere.has(object.kind));
  const ours = [...now.objects, ...(old?.objects ?? [])].filter(isOurs);
  const moved = movedNodes(theirs, now.objects);
  const { objects, ...thinned } = thin(withNodes([...theirs, ...added, ...ours]), moved);
  const live = now.live === undefined ? {} : { live: now.live };
  return { world: { namespace: now.namespace, ...live, objects }, ...thinned };
}

const nodesIn = (objects: readonly FileObject[]): ReadonlyMap<string, FileObject> =>
  new Map(
    objects.filter((object) => object.kind === "Node").map((object) => [object.name, object]),
  );

/** Nodes that come, go or carry other labels with the change. */
function movedNodes(
  before: readonly FileObject[],
  after: readonly FileObject[],
): ReadonlySet<string> {
  const [old, now] = [nodesIn(before), nodesIn(after)];
  if (old.size === 0 || now.size === 0) return new Set();
  const labels = (object: FileObject | undefined): string => JSON.stringify(labelsOf(object));
  return new Set(
    [...new Set([...old.keys(), ...now.keys()])].filter(
      (name) => labels(old.get(name)) !== labels(now.get(name)),
    ),
  );
}

function labelsOf(node: FileObject | undefined): Readonly<Record<string, string>> | undefined {
  const metadata = node?.value.metadata as
    { readonly labels?: Readonly<Record<string, string>> } | undefined;
  return node === undefined ? undefined : (metadata?.labels ?? {});
}

/** As `kubectl apply --prune` would: what is not there any more is deleted. */
function change(cluster: Cluster, old: Installation | undefined, now: Installation): void {
  const { store } = cluster;
  const before = old?.objects ?? [];
  const after = new Set(now.objects.map((object) => `${object.kind}/${object.name}`));
  for (const object of before) {
    if (isOurs(object) && !after.has(`${object.kind}/${object.name}`))
      store.remove(object.kind, object.name);
  }
  applyObjects(cluster, now.objects);
  const nodes = nodesIn(now.objects);
  for (const name of movedNodes(before, now.objects)) {
    const labels = labelsOf(nodes.get(name));
    if (labels === undefined) store.remove("Node", name);
    else if (store.get("Node", name) === undefined) cluster.addNode(name, labels);
    else
      store.edit("Node", name, (node) => ({
        ...node,
        metadata: { ...node.metadata, labels: { ...labels, "kubernetes.io/hostname": name } },
      }));
  }
}

type Done = Omit<Step, "at">;

/** The names of workloads that stand in are nobody's. */
function unnamed(step: Done): Done {
  return step.service === undefined
    ? step
    : { ...step, what: `restart ${serviceTitle[step.service]}` };
}

type Of<Do extends Effect["do"]> = Extract<Effect, { readonly do: Do }>;
type Tellers = {
  readonly [Do in Effect["do"]]?: (effect: Of<Do>, cluster: Cluster) => Done | undefined;
};

const ofFlavor = (what: string, id: string, cluster: Cluster, lines: Partial<Done> = {}): Done => ({
  what: `${what} flavor ${flavorTitle(id, cluster)}`,
  added: [],
  removed: [],
  ...lines,
});

/** Restarts and flavors; fragments and notes are not what somebody asks a plan for. */
const tellers: Tellers = {
  "annotate-workload": workloadStep,
  "remove-pod": (effect, cluster) => podStep(effect.name, cluster),
  "create-flavor": ({ flavor, object }) => ({
    ...{ what: `create flavor ${flavor.name}`, object },
    ...{ added: [], removed: [] },
  }),
  "set-extra-specs": ({ flavorId, set }, cluster) =>
    ofFlavor("set extra specs of", flavorId, cluster, {
      added: Object.entries(set).map(([key, value]) => `${key}=${value}`),
    }),
  "delete-extra-spec": ({ flavorId, key }, cluster) =>
    ofFlavor("remove an extra spec of", flavorId, cluster, { removed: [key] }),
  "set-flavor-description": ({ flavorId, description }, cluster) =>
    ofFlavor("describe", flavorId, cluster, { added: [description ?? "no description"] }),
  "add-flavor-access": ({ flavorId, project }, cluster) =>
    ofFlavor("give access to", flavorId, cluster, { added: [project] }),
  "remove-flavor-access": ({ flavorId, project }, cluster) =>
    ofFlavor("take access to", flavorId, cluster, { removed: [project] }),
  "delete-flavor": ({ flavorId }, cluster) => ofFlavor("delete", flavorId, cluster),
};

function stepOf(effect: Effect, cluster: Cluster): Done | undefined {
  const teller = tellers[effect.do] as
    ((effect: Effect, cluster: Cluster) => Done | undefined) | undefined;
  return teller?.(effect, cluster);
}

/** Ids of a cloud in memory mean nothing to anybody. */
function flavorTitle(id: string, { cloud }: Cluster): string {
  return cloud.flavors().find((flavor) => flavor.id === id)?.name ?? id;
}

function podStep(name: string, cluster: Cluster): Done | undefined {
  const { store, kubelets } = cluster;
  const pod = store.get("Pod", name);
  const service = cluster.serviceOf(pod?.metadata.labels);
  if (pod === undefined || service === undefined) return undefined;
  const node = nodeOf(pod);
  const assigned = store.get("ConfigMap", assignmentName)?.data?.[node ?? ""];
  const mounted = store.get("ConfigMap", `nova-pci-${service}`)?.data?.[fragmentKey];
  const to = assigned === undefined ? (mounted ?? "") : textNamed(assigned, cluster);
  const diff = difference(kubelets.runs(pod)?.text ?? "", to);
  const where = node === undefined || service !== "compute" ? {} : { node };
  return { what: `restart ${serviceTitle[service]}`, service, ...where, ...diff };
}

function workloadStep(
  effect: Extract<Effect, { readonly do: "annotate-workload" }>,
  cluster: Cluster,
): Done | undefined {
  const { store, kubelets } = cluster;
  const template = store.get(effect.kind, effect.name)?.spec.template;
  const service = cluster.serviceOf(template?.metadata.labels);
  if (service === undefined) return undefined;
  const pod = store
    .list("Pod")
    .find(
      (object) => cluster.serviceOf(object.metadata.labels) === service && reportsReady(object),
    );
  const from = pod === undefined ? "" : (kubelets.runs(pod)?.text ?? "");
  const diff = difference(from, textNamed(effect.value, cluster));
  return { what: `restart ${effect.kind}/${effect.name}`, service, ...diff };
}

function textNamed(name: string, { store }: Cluster): string {
  return name === none ? "" : (store.get("ConfigMap", name)?.data?.[fragmentKey] ?? "");
}

function difference(from: string, to: string): Pick<Step, "added" | "removed"> {
  const [before, after] = [linesOf(from), linesOf(to)];
  return {
    added: after.filter((text) => !before.includes(text)),
    removed: before.filter((text) => !after.includes(text)),
  };
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !/^[[#]/.test(line));
}
