// The snapshot's views of the smaller objects, made of what the API server stores: our own kinds,
// ConfigMaps, nodes, budgets, CRDs. Pure.

import type {
  AssignmentView,
  ConfigMapView,
  CrdView,
  DisruptionBudgetView,
  Labels,
  Meta,
  NodeView,
} from "../../plan/terms/snapshot.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import type { Raw, RawMeta } from "./kube-object.ts";
import { given, millis } from "./pod-view.ts";

function metaOf(meta: RawMeta): Meta {
  return {
    name: meta.name,
    ...given("namespace", meta.namespace),
    uid: meta.uid ?? "",
    resourceVersion: meta.resourceVersion ?? "",
    ...given("generation", meta.generation),
    ...given("creationTimestamp", meta.creationTimestamp),
    ...given("deletionTimestamp", meta.deletionTimestamp),
    ...given("labels", meta.labels),
    ...given("annotations", withoutCopy(meta.annotations)),
    ...given("finalizers", meta.finalizers),
  };
}

/** kubectl's copy of the whole object is as large as the object. */
function withoutCopy(annotations: Labels | undefined): Labels | undefined {
  if (annotations?.["kubectl.kubernetes.io/last-applied-configuration"] === undefined)
    return annotations;
  return Object.fromEntries(
    Object.entries(annotations).filter(
      ([key]) => key !== "kubectl.kubernetes.io/last-applied-configuration",
    ),
  );
}

/** One object of ours, without what nobody reads: rebuilt, because deleting fields costs memory. */
export type OwnObject = {
  readonly metadata: Meta;
  readonly spec?: unknown;
  readonly status?: unknown;
};

export function ownObject(object: Raw): OwnObject {
  const { spec, status } = object as OwnObject;
  return {
    metadata: metaOf(object.metadata),
    ...given("spec", spec),
    ...given("status", status),
  };
}

/** A status that we wrote leads to no other plan. */
export function sameButStatus(before: OwnObject, after: OwnObject): boolean {
  return sameMeaning({ ...before, status: undefined }, { ...after, status: undefined });
}

/**
 * Heartbeats and counters that no view holds are no news; a resourceVersion alone is none either.
 */
export function sameMeaning(a: unknown, b: unknown): boolean {
  return sameJson(a, b, versionKey);
}

const versionKey = "resourceVersion";

export type RawConfigMap = Raw & {
  readonly immutable?: boolean;
  readonly data?: Labels;
  readonly binaryData?: Labels;
};

/** A ConfigMap of ours with its binary data, which only the state has. */
export type KeptMap = ConfigMapView & { readonly binaryData: Labels };

export function keptMap(map: RawConfigMap): KeptMap {
  return {
    name: map.metadata.name,
    uid: map.metadata.uid ?? "",
    resourceVersion: map.metadata.resourceVersion ?? "",
    createdAt: millis(map.metadata.creationTimestamp),
    immutable: map.immutable === true,
    data: map.data ?? {},
    annotations: withoutCopy(map.metadata.annotations) ?? {},
    binaryData: map.binaryData ?? {},
  };
}

export function assignmentView(map: KeptMap): AssignmentView {
  return { uid: map.uid, resourceVersion: map.resourceVersion, data: map.data };
}

export function nodeView(node: Raw): NodeView {
  const { name, uid = "", labels = {} } = node.metadata;
  return { name, uid, labels };
}

type RawBudget = Raw & {
  readonly spec?: {
    readonly selector?: {
      readonly matchLabels?: Labels;
      readonly matchExpressions?: readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[];
      }[];
    };
  };
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
};

/**
 * Expressions that are more than one value are left out: a budget then seems to cover more pods,
 * and those are evicted, which asks the API server and is never wrong.
 */
export function budgetView(budget: RawBudget): DisruptionBudgetView {
  const { matchLabels = {}, matchExpressions = [] } = budget.spec?.selector ?? {};
  const single = matchExpressions.filter(
    (matchExpression) => matchExpression.operator === "In" && matchExpression.values?.length === 1,
  );
  const failed = budget.status?.conditions?.find(
    (condition) => condition.type === "DisruptionAllowed" && condition.reason === "SyncFailed",
  );
  return {
    name: budget.metadata.name,
    selector: {
      ...matchLabels,
      ...Object.fromEntries(single.map((pair) => [pair.key, pair.values![0]!])),
    },
    allowed: budget.status?.disruptionsAllowed ?? 0,
    ...given("broken", failed && `SyncFailed: ${failed.message ?? "it cannot be computed"}`),
  };
}

export function crdView(crd: Raw | undefined): CrdView {
  if (crd === undefined) return { is: "absent" };
  const { uid = "", deletionTimestamp, creationTimestamp: created } = crd.metadata;
  if (deletionTimestamp !== undefined) return { is: "terminating", uid };
  return { is: "served", uid, ...given("created", created) };
}
