// Answers "what does one effect do to the API server?": the requests of the Kubernetes adapter,
// performed on the store with the same preconditions and the same refusals.

import {
  assignmentName,
  digestAnnotation,
  fragmentAnnotation,
  fragmentKey,
  managedBy,
  managedByLabel,
  managers,
  passthroughName,
  stateName,
} from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { KubeEffect } from "../plan/terms/effects.ts";
import type { DisruptionBudgetView } from "../plan/terms/snapshot.ts";
import type { DisruptionBudget, Labels, Pod, Workload } from "./objects.ts";
import { isGoing, isReady } from "./pods.ts";
import type { Store } from "./store.ts";

const owned = { [managedByLabel]: managedBy };

export function performKube(effect: KubeEffect, store: Store): void {
  switch (effect.do) {
    case "write-state":
      return writeState(effect, store);
    case "create-fragment":
      return createFragment(effect, store);
    case "delete-fragment":
      return store.remove("ConfigMap", effect.name, { uid: effect.uid });
    case "write-mounted":
      return writeMounted(effect, store);
    case "create-assignment":
      store.create("ConfigMap", {
        metadata: { name: assignmentName, labels: owned },
        data: effect.data,
      });
      return;
    case "patch-assignment":
      return patchAssignment(effect, store);
    case "annotate-workload":
      return annotate(effect, store);
    case "remove-pod":
      if (effect.by === "evict") refuseEviction(effect.name, store);
      return store.remove("Pod", effect.name, { uid: effect.uid });
    case "create-passthrough":
      store.create("PciPassthrough", { metadata: { name: passthroughName }, spec: {} });
      return;
    case "set-finalizers":
      return store.edit(
        "PciFlavor",
        effect.name,
        (old) => ({ ...old, metadata: { ...old.metadata, finalizers: effect.finalizers } }),
        { uid: effect.uid, resourceVersion: effect.resourceVersion },
      );
    case "status":
      return store.edit(
        effect.kind,
        effect.name,
        (old) =>
          JSON.stringify(old.status) === JSON.stringify(effect.status)
            ? old
            : { ...old, status: effect.status },
        { uid: effect.uid },
      );
    case "event":
      return;
  }
}

type Of<Name extends KubeEffect["do"]> = Extract<KubeEffect, { readonly do: Name }>;

function writeState(effect: Of<"write-state">, store: Store): void {
  if (effect.resourceVersion === undefined) {
    store.create("ConfigMap", {
      metadata: { name: stateName, labels: owned },
      value: effect.state,
    });
    return;
  }
  store.edit("ConfigMap", stateName, (old) => ({ ...old, value: effect.state }), {
    resourceVersion: effect.resourceVersion,
  });
}

function createFragment(effect: Of<"create-fragment">, store: Store): void {
  const found = store.get("ConfigMap", effect.name);
  if (found?.data?.[fragmentKey] === effect.text) return;
  store.create("ConfigMap", {
    metadata: {
      name: effect.name,
      labels: owned,
      annotations: { [digestAnnotation]: effect.digest },
    },
    immutable: true,
    data: { [fragmentKey]: effect.text },
  });
}

function writeMounted(effect: Of<"write-mounted">, store: Store): void {
  const data = { [fragmentKey]: effect.text };
  const annotations = { [digestAnnotation]: effect.digest };
  if (store.get("ConfigMap", effect.name) === undefined) {
    store.create("ConfigMap", {
      metadata: { name: effect.name, labels: owned, annotations },
      data,
    });
    return;
  }
  store.edit("ConfigMap", effect.name, (old) =>
    old.data?.[fragmentKey] === effect.text
      ? old
      : { ...old, metadata: { ...old.metadata, annotations }, data },
  );
}

function patchAssignment(effect: Of<"patch-assignment">, store: Store): void {
  store.edit(
    "ConfigMap",
    assignmentName,
    (old) => {
      const merged: Record<string, string | null> = { ...old.data, ...effect.data };
      const kept = Object.entries(merged).filter(([, value]) => value !== null);
      return { ...old, data: Object.fromEntries(kept) as Record<string, string> };
    },
    { resourceVersion: effect.resourceVersion },
  );
}

/** Server-side apply: a value that another manager owns and that differs is a conflict. */
function annotate(effect: Of<"annotate-workload">, store: Store): void {
  store.edit(
    effect.kind,
    effect.name,
    (old: Workload) => {
      const found = old.spec.template.metadata.annotations?.[fragmentAnnotation];
      const wanted = effect.value === "none" ? undefined : effect.value;
      if (found === wanted) return old;
      const foreign = found !== undefined && old.annotationManager !== managers.rollout;
      // Leaving a field out of an apply takes nothing from another owner.
      if (foreign && wanted === undefined && !effect.take) return old;
      if (foreign && !effect.take) {
        throw new Failure(
          "conflict",
          `${effect.kind} ${effect.name}: conflict with "${old.annotationManager ?? "unknown"}"`,
        );
      }
      return withAnnotation(old, wanted, managers.rollout);
    },
    { uid: effect.uid },
  );
}

/** What anybody's write of our template annotation makes of a workload. */
export function withAnnotation(
  old: Workload,
  value: string | undefined,
  manager: string,
): Workload {
  const { template } = old.spec;
  const rest = Object.fromEntries(
    Object.entries(template.metadata.annotations ?? {}).filter(
      ([key]) => key !== fragmentAnnotation,
    ),
  );
  const annotations = value === undefined ? rest : { ...rest, [fragmentAnnotation]: value };
  const { metadata, status } = old;
  return {
    metadata,
    status,
    ...(value === undefined ? {} : { annotationManager: manager }),
    spec: {
      ...old.spec,
      template: { ...template, metadata: { ...template.metadata, annotations } },
    },
  };
}

function holds(labels: Labels | undefined, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

/** maxUnavailable over a DaemonSet can never be computed: SyncFailed, nothing is allowed (measured). */
export function budgetView(budget: DisruptionBudget, pods: readonly Pod[]): DisruptionBudgetView {
  const { selector, minAvailable, maxUnavailable } = budget.spec;
  const covered = pods.filter((pod) => holds(pod.metadata.labels, selector));
  const overDaemonSet = covered.some((pod) =>
    pod.metadata.ownerReferences?.some((one) => one.kind === "DaemonSet"),
  );
  const healthy = covered.filter(isReady).length;
  const name = budget.metadata.name;
  if (maxUnavailable !== undefined && overDaemonSet) {
    return { name, selector, allowed: 0, broken: "SyncFailed: maxUnavailable over a DaemonSet" };
  }
  const needed =
    minAvailable ?? covered.filter((pod) => !isGoing(pod)).length - (maxUnavailable ?? 0);
  return { name, selector, allowed: Math.max(0, healthy - needed) };
}

function refuseEviction(name: string, store: Store): void {
  const pod = store.get("Pod", name);
  if (pod === undefined || !pod.status.ready) return;
  for (const budget of store.list("PodDisruptionBudget")) {
    if (!holds(pod.metadata.labels, budget.spec.selector)) continue;
    if (budgetView(budget, store.list("Pod")).allowed > 0) continue;
    throw new Failure(
      "throttled",
      `Cannot evict pod as it would violate the pod's disruption budget ${budget.metadata.name}.`,
    );
  }
}
