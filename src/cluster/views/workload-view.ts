// The snapshot's view of a Deployment, StatefulSet or DaemonSet, made of what the API server
// stores. Pure.

import { fragmentAnnotation } from "../../api/names.ts";
import type {
  LabelRequirement,
  Labels,
  NodeTerms,
  StrangerView,
  WorkloadKind,
  WorkloadView,
} from "../../plan/terms/snapshot.ts";
import type { Raw, RawMeta } from "./kube-object.ts";
import { containerSpecs, type RawPodSpec, type RawTerm } from "./pod-spec.ts";
import { podRecipe } from "./pod-recipe.ts";
import { given } from "./pod-view.ts";
import { serviceOf, type ServiceLabels } from "./service-labels.ts";

type Strategy = {
  readonly type?: string;
  readonly rollingUpdate?: {
    readonly maxSurge?: number | string;
    readonly maxUnavailable?: number | string;
  };
};

export type RawWorkload = Raw & {
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector?: { readonly matchLabels?: Labels };
    readonly strategy?: Strategy;
    readonly updateStrategy?: Strategy;
    readonly template?: {
      readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
      readonly spec?: RawPodSpec;
    };
  };
  readonly status?: Readonly<Record<string, unknown>>;
};

/** Undefined for a workload of no service of ours. */
export function workloadView(
  kind: WorkloadKind,
  object: RawWorkload,
  known: ServiceLabels,
): WorkloadView | undefined {
  const { metadata, spec = {} } = object;
  const template = spec.template ?? {};
  const templateLabels = template.metadata?.labels ?? {};
  const service = serviceOf(templateLabels, known);
  if (service === undefined) return undefined;
  const strategy = spec.strategy ?? spec.updateStrategy ?? {};
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate ?? {};
  return {
    kind,
    name: metadata.name,
    uid: metadata.uid ?? "",
    resourceVersion: metadata.resourceVersion ?? "",
    service,
    generation: metadata.generation ?? 0,
    ...given("fragment", template.metadata?.annotations?.[fragmentAnnotation]),
    ...given("fragmentManager", fragmentManager(metadata)),
    templateLabels,
    ...given("keeper", keeperOf(metadata)),
    selector: spec.selector?.matchLabels ?? {},
    ...counts(kind, object),
    paused: spec.paused === true,
    strategy: strategy.type ?? "RollingUpdate",
    ...given("maxSurge", maxSurge === undefined ? undefined : String(maxSurge)),
    ...given("maxUnavailable", maxUnavailable === undefined ? undefined : String(maxUnavailable)),
    containers: containerSpecs(template.spec ?? {}),
    ...given("graceSeconds", template.spec?.terminationGracePeriodSeconds),
    wants: nodeTerms(template.spec ?? {}),
    ...given("recipe", podRecipe(template.spec ?? {}, known[service].container)),
  };
}

/** A workload of no service of ours, as far as it says whose cluster this is. */
export function strangerView(
  kind: WorkloadKind,
  { metadata }: RawWorkload,
): StrangerView | undefined {
  const keeper = keeperOf(metadata);
  return keeper === undefined ? undefined : { kind, name: metadata.name, keeper };
}

export function isOurs(view: WorkloadView | StrangerView): view is WorkloadView {
  return "service" in view;
}

export function isStranger(view: WorkloadView | StrangerView): view is StrangerView {
  return !isOurs(view);
}

/** A custom resource that owns it, or Juju, which labels what its charms deploy. */
function keeperOf({ name, labels, ownerReferences }: RawMeta): WorkloadView["keeper"] {
  const owner = ownerReferences?.find((ownerReference) => ownerReference.controller === true);
  if (owner !== undefined) {
    const by = owner.apiVersion?.split("/")[0] ?? "";
    return { by, object: `${owner.kind}/${owner.name}` };
  }
  const tool = labels?.["app.kubernetes.io/managed-by"];
  return tool === "juju" ? { by: tool, object: `application ${name}` } : undefined;
}

type Counts = Pick<
  WorkloadView,
  "observedGeneration" | "replicas" | "updated" | "ready" | "available"
>;

/** A DaemonSet counts nodes under names of its own; a field that is absent is 0. */
function counts(kind: WorkloadKind, { spec, status = {} }: RawWorkload): Counts {
  const number = (field: string): number => {
    const value = status[field];
    return typeof value === "number" ? value : 0;
  };
  const isDaemonSet = kind === "DaemonSet";
  return {
    observedGeneration: number("observedGeneration"),
    replicas: isDaemonSet ? number("desiredNumberScheduled") : (spec?.replicas ?? 1),
    updated: number(isDaemonSet ? "updatedNumberScheduled" : "updatedReplicas"),
    ready: number(isDaemonSet ? "numberReady" : "readyReplicas"),
    available: number(isDaemonSet ? "numberAvailable" : "availableReplicas"),
  };
}

export function nodeTerms(spec: RawPodSpec): NodeTerms {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return {
    matchLabels: spec.nodeSelector ?? {},
    anyOf: (required?.nodeSelectorTerms ?? []).map(requirements),
  };
}

/** A term by field names a node; no label says that, so such a node is known by its pod alone. */
function requirements(term: RawTerm): readonly LabelRequirement[] {
  return [...(term.matchExpressions ?? []), ...(term.matchFields ?? [])].map((requirement) => ({
    key: requirement.key,
    operator: requirement.operator as LabelRequirement["operator"],
    ...given("values", requirement.values),
  }));
}

const annotationPath = [
  "f:spec",
  "f:template",
  "f:metadata",
  "f:annotations",
  `f:${fragmentAnnotation}`,
];

/** Who owns our annotation of the template; with several owners, whoever wrote last. */
export function fragmentManager(metadata: RawMeta): string | undefined {
  return metadata.managedFields?.findLast((managedField) =>
    owns(managedField.fieldsV1, annotationPath),
  )?.manager;
}

function owns(fields: unknown, path: readonly string[]): boolean {
  let at: unknown = fields;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return false;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at !== undefined;
}
