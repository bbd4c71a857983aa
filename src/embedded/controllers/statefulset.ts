// The StatefulSet controller (OrderedReady). Hazard it shows: while any pod is not Ready nothing is
// updated, so an unready pod of a bad revision stays after the template went back, until somebody
// deletes it (measured).

import { setStatus } from "./daemonset.ts";
import type { Pod, Workload } from "../store/objects.ts";
import { isGoing, isReady, ownedBy, ownerOf, revisionLabel } from "./pods.ts";
import { revisionOf, type PodMaker } from "./pods.ts";
import type { Store } from "../store/store.ts";

export function reconcileStatefulSet(name: string, store: Store, pods: PodMaker): void {
  const set = store.get("StatefulSet", name);
  if (set === undefined) return;
  act(set, store, pods);
  report(set, store);
}

function act(set: Workload, store: Store, pods: PodMaker): void {
  const { replicas, template, updateStrategy } = set.spec;
  const revision = revisionOf(template);
  const present: Pod[] = [];
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const name = `${set.metadata.name}-${ordinal}`;
    const pod = store.get("Pod", name);
    if (pod === undefined) {
      pods.make({ name, template, owner: ownerOf("StatefulSet", set), revision });
      return;
    }
    if (!isReady(pod)) return;
    present.push(pod);
  }
  if (updateStrategy?.type === "OnDelete") return;
  for (const pod of present.reverse()) {
    if (pod.metadata.labels?.[revisionLabel] === revision) continue;
    store.remove("Pod", pod.metadata.name);
    return;
  }
}

function report(set: Workload, store: Store): void {
  const pods = ownedBy(store, set.metadata.uid).filter((pod) => !isGoing(pod));
  const revision = revisionOf(set.spec.template);
  const ready = pods.filter(isReady).length;
  setStatus(store, "StatefulSet", set, {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    updatedReplicas: pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length,
    readyReplicas: ready,
    availableReplicas: ready,
  });
}
