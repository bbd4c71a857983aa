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
import { packState, stateKey } from "../cluster/state-codec.ts";
import { fragmentManager } from "../cluster/workload-view.ts";
import { disruptionOf, covers } from "./budgets.ts";
import type { Workload } from "./objects.ts";
import { reportsReady } from "./pods.ts";
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
  const binaryData = { [stateKey]: packState(effect.state).base64 };
  if (effect.resourceVersion === undefined) {
    store.create("ConfigMap", { metadata: { name: stateName, labels: owned }, binaryData });
    return;
  }
  store.edit("ConfigMap", stateName, (old) => ({ ...old, binaryData }), {
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
      const manager = fragmentManager(old.metadata);
      const foreign = found !== undefined && manager !== managers.rollout;
      // Leaving a field out of an apply takes nothing from another owner.
      if (foreign && wanted === undefined && !effect.take) return old;
      if (foreign && !effect.take) {
        throw new Failure(
          "conflict",
          `${effect.kind} ${effect.name}: conflict with "${manager ?? "unknown"}"`,
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
  const fields = { "f:annotations": { [`f:${fragmentAnnotation}`]: {} } };
  const fieldsV1 = { "f:spec": { "f:template": { "f:metadata": fields } } };
  const managedFields =
    value === undefined ? [] : [{ manager, operation: "Apply" as const, fieldsV1 }];
  return {
    ...old,
    metadata: { ...old.metadata, managedFields },
    spec: {
      ...old.spec,
      template: { ...template, metadata: { ...template.metadata, annotations } },
    },
  };
}

function refuseEviction(name: string, store: Store): void {
  const pod = store.get("Pod", name);
  if (pod === undefined || !reportsReady(pod)) return;
  for (const budget of store.list("PodDisruptionBudget")) {
    if (!covers(budget, pod.metadata.labels)) continue;
    if (disruptionOf(budget, store.list("Pod")).disruptionsAllowed > 0) continue;
    throw new Failure(
      "throttled",
      `Cannot evict pod as it would violate the pod's disruption budget ${budget.metadata.name}.`,
    );
  }
}
