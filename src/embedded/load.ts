// The world that some files describe: Nodes and workloads among the files are taken as they are;
// where none are given, openstack-helm's workloads and one node for each selector stand in, so that
// what is asked for has somewhere to go.

import { plurals, type Kind } from "../api/names.ts";
import type { FileObject } from "../api/read-yaml.ts";
import type { Texts } from "../cluster/reads/base-config-mounts.ts";
import { featureView, foldHardware, type RawNodeFeature } from "../cluster/views/hardware.ts";
import { makeCluster, type Cluster, type ClusterOptions } from "./cluster.ts";
import type { Draft, Labels, Strategy, Workload } from "./store/objects.ts";
import { workloadKinds } from "./store/objects.ts";
import { addUsualWorkloads, computeLabel } from "./workloads.ts";

type Raw = Readonly<Record<string, unknown>>;
type Written = Pick<FileObject, "kind" | "name" | "value">;

export type LoadOptions = Partial<ClusterOptions> & {
  /** How many synthetic nodes each selector gets when no Node is given. */
  readonly nodesPerSelector?: number;
};

/** The world without our objects; `applyObjects` puts those in. */
export function loadWorld(objects: readonly Written[], options: LoadOptions = {}): Cluster {
  const hardware = hardwareOf(objects);
  const cluster = makeCluster({
    ...options,
    ...(hardware === undefined ? {} : { hardware }),
    texts: textsOf(objects),
  });
  const nodes = objects.filter((object) => object.kind === "Node");
  const given = workloadsIn(objects);
  const made = nodes.length === 0 ? standInNodes(objects, options.nodesPerSelector) : [];
  addNodes(cluster, [...nodes, ...made], objects);
  if (given.length === 0) addUsualWorkloads(cluster);
  for (const written of given) addGiven(cluster, written);
  return cluster;
}

/** Nodes as the files have them, wanted by the workloads of the same files. */
export function addNodes(
  cluster: Cluster,
  nodes: readonly Written[],
  objects: readonly Written[],
): void {
  const wanted = labelsWanted(objects);
  for (const node of nodes) cluster.addNode(node.name, { ...wanted, ...labelsOf(node.value) });
}

/** Made-up workloads want openstack-helm's label; given ones say themselves what they want. */
function labelsWanted(objects: readonly Written[]): Labels {
  return workloadsIn(objects).length === 0 ? { [computeLabel]: "enabled" } : {};
}

export function workloadsIn<Given extends Written>(objects: readonly Given[]): readonly Given[] {
  return objects.filter((object) => (workloadKinds as readonly string[]).includes(object.kind));
}

/** Creates or replaces our objects, as kubectl apply does. */
export function applyObjects(cluster: Cluster, objects: readonly Written[]): void {
  for (const object of objects) {
    if (!Object.hasOwn(plurals, object.kind)) continue;
    const kind = object.kind as Kind;
    const spec = (object.value.spec ?? {}) as Raw;
    if (cluster.store.get(kind, object.name) === undefined) {
      cluster.store.create(kind, { metadata: { name: object.name }, spec });
    } else {
      cluster.store.edit(kind, object.name, (old) =>
        JSON.stringify(old.spec) === JSON.stringify(spec) ? old : { ...old, spec },
      );
    }
  }
}

/** Undefined when no file says anything of hardware. */
function hardwareOf(objects: readonly Written[]): ClusterOptions["hardware"] {
  const views = objects.flatMap((object) =>
    object.kind === "NodeFeature" ? (featureView(object.value as RawNodeFeature) ?? []) : [],
  );
  return views.length === 0 ? undefined : foldHardware(views);
}

function textsOf(objects: readonly Written[]): ReadonlyMap<string, Texts> {
  const found = new Map<string, Texts>();
  for (const { kind, name, value } of objects) {
    if (kind !== "ConfigMap" && kind !== "Secret") continue;
    const data = raw(value.data) as Texts;
    const plain = kind === "Secret" ? fromBase64(data) : data;
    found.set(`${kind}/${name}`, { ...plain, ...(raw(value.stringData) as Texts) });
  }
  return found;
}

function fromBase64(data: Texts): Texts {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString("utf8")]),
  );
}

function raw(value: unknown): Raw {
  return value !== null && typeof value === "object" ? (value as Raw) : {};
}

function labelsOf(value: Raw): Labels {
  return raw(raw(value.metadata).labels) as Labels;
}

/** One node for each selector, or as many as its minNodes asks for, when no Node is given. */
export function standInNodes(objects: readonly Written[], count?: number): readonly Written[] {
  const made = new Map<string, { name: string; labels: Labels; count: number }>();
  for (const object of objects) {
    if (object.kind !== "PciWhitelist") continue;
    const { nodeSelector, minNodes } = raw(object.value.spec);
    const labels = labelsFor(raw(nodeSelector));
    const key = JSON.stringify(labels);
    const before = made.get(key) ?? { name: `node-${object.name}`, labels, count: 1 };
    const asked = typeof minNodes === "number" ? minNodes : 1;
    made.set(key, { ...before, count: count ?? Math.max(before.count, asked) });
  }
  if (made.size === 0) made.set("", { name: "node", labels: {}, count: count ?? 1 });
  return [...made.values()].flatMap(({ name, labels, count: many }) =>
    Array.from({ length: many }, (_, index) => ({
      kind: "Node",
      name: many === 1 ? name : `${name}-${index + 1}`,
      value: { metadata: { labels } },
    })),
  );
}

/** Labels that the selector picks; what it forbids is simply not there. */
function labelsFor(selector: Raw): Labels {
  const labels: Record<string, string> = { ...(raw(selector.matchLabels) as Labels) };
  const expressions = Array.isArray(selector.matchExpressions)
    ? (selector.matchExpressions as Raw[])
    : [];
  for (const expression of expressions) {
    const values = Array.isArray(expression.values) ? (expression.values as string[]) : [];
    if (expression.operator === "In") labels[String(expression.key)] = values[0] ?? "";
    if (expression.operator === "Exists") labels[String(expression.key)] ??= "true";
  }
  return labels;
}

function addGiven(cluster: Cluster, written: Written): void {
  const spec = raw(written.value.spec);
  const template = raw(spec.template);
  const strategy = raw(spec.strategy ?? spec.updateStrategy) as Partial<Strategy>;
  const draft: Draft<"DaemonSet"> = {
    metadata: { name: written.name, labels: labelsOf(written.value) },
    spec: {
      replicas: typeof spec.replicas === "number" ? spec.replicas : 1,
      paused: spec.paused === true,
      selector: { matchLabels: raw(raw(spec.selector).matchLabels) as Labels },
      template: template as unknown as Workload["spec"]["template"],
      [written.kind === "Deployment" ? "strategy" : "updateStrategy"]: {
        ...strategy,
        type: strategy.type === "OnDelete" ? "OnDelete" : "RollingUpdate",
      },
    },
  };
  cluster.store.create(written.kind as "DaemonSet", draft);
}
