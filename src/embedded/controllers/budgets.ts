// The disruption controller: how many pods a budget allows to go, in its status at once.

import type { DisruptionBudget, Labels, Pod } from "../store/objects.ts";
import { isGoing, isReady } from "./pods.ts";
import type { Store } from "../store/store.ts";

export function keepBudgets(store: Store): void {
  store.watch(({ kind, type }) => {
    if (kind !== "Pod" && (kind !== "PodDisruptionBudget" || type === "deleted")) return;
    const pods = store.list("Pod");
    for (const budget of store.list("PodDisruptionBudget")) {
      const status = disruptionOf(budget, pods);
      if (JSON.stringify(budget.status) === JSON.stringify(status)) continue;
      store.edit("PodDisruptionBudget", budget.metadata.name, (old) => ({ ...old, status }));
    }
  });
}

export function covers({ spec }: DisruptionBudget, labels: Labels = {}): boolean {
  return Object.entries(spec.selector.matchLabels).every(([key, value]) => labels[key] === value);
}

/**
 * maxUnavailable over a DaemonSet can never be computed: SyncFailed, nothing is allowed (measured).
 */
export function disruptionOf(
  budget: DisruptionBudget,
  pods: readonly Pod[],
): NonNullable<DisruptionBudget["status"]> {
  const { minAvailable, maxUnavailable } = budget.spec;
  const covered = pods.filter((pod) => covers(budget, pod.metadata.labels));
  const overDaemonSet = covered.some((pod) =>
    pod.metadata.ownerReferences?.some((ownerReference) => ownerReference.kind === "DaemonSet"),
  );
  if (maxUnavailable !== undefined && overDaemonSet) {
    const message = "maxUnavailable over a DaemonSet";
    const type = "DisruptionAllowed";
    const failed = { type, status: "False", reason: "SyncFailed", message } as const;
    return { disruptionsAllowed: 0, conditions: [failed] };
  }
  const healthy = covered.filter(isReady).length;
  const present = covered.filter((pod) => !isGoing(pod)).length;
  const needed = minAvailable ?? present - (maxUnavailable ?? 0);
  return { disruptionsAllowed: Math.max(0, healthy - needed) };
}
