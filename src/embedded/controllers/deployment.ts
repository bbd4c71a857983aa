// The Deployment and ReplicaSet controllers: one ReplicaSet for each template, surge and
// maxUnavailable while the newest takes over, unready old pods first.

import { podsAllowed, setStatus } from "./daemonset.ts";
import type { Pod, ReplicaSet, Workload } from "../store/objects.ts";
import {
  isGoing,
  isReady,
  ownedBy,
  ownerOf,
  reportsReady,
  revisionOf,
  type PodMaker,
} from "./pods.ts";
import type { Store } from "../store/store.ts";

export function reconcileDeployment(
  name: string,
  store: Store,
  pods: PodMaker,
  suffix: () => string,
): void {
  const deployment = store.get("Deployment", name);
  if (deployment === undefined) return;
  if (!deployment.spec.paused) scale(deployment, store);
  for (const set of setsOf(deployment, store)) fill(set, store, pods, suffix);
  report(deployment, store);
}

function setsOf(deployment: Workload, store: Store): readonly ReplicaSet[] {
  const { uid } = deployment.metadata;
  return store
    .list("ReplicaSet")
    .filter((replicaSet) => replicaSet.metadata.ownerReferences?.[0]?.uid === uid);
}

function newest(deployment: Workload, store: Store): ReplicaSet {
  const name = `${deployment.metadata.name}-${revisionOf(deployment.spec.template)}`;
  const known = store.get("ReplicaSet", name);
  if (known !== undefined) return known;
  return store.create("ReplicaSet", {
    metadata: { name, ownerReferences: [ownerOf("Deployment", deployment)] },
    spec: { replicas: 0, template: deployment.spec.template },
  });
}

function podsOf(set: ReplicaSet, store: Store): readonly Pod[] {
  return ownedBy(store, set.metadata.uid).filter((pod) => !isGoing(pod));
}

function setReplicas(store: Store, set: ReplicaSet, replicas: number): void {
  if (set.spec.replicas === replicas) return;
  store.edit("ReplicaSet", set.metadata.name, (old) => ({
    ...old,
    spec: { ...old.spec, replicas },
  }));
}

function scale(deployment: Workload, store: Store): void {
  const current = newest(deployment, store);
  const { replicas, strategy } = deployment.spec;
  const rolling = strategy?.rollingUpdate ?? {};
  const others = setsOf(deployment, store).filter((set) => set !== current);
  const of = replicas;
  const surge = podsAllowed(rolling.maxSurge, { of, usual: 1, round: "up" });
  const missing = podsAllowed(rolling.maxUnavailable, { of, usual: 0, round: "down" });
  const minimum = replicas - (surge === 0 ? Math.max(1, missing) : missing);
  const total = [current, ...others].reduce((sum, replicaSet) => sum + replicaSet.spec.replicas, 0);
  const room = replicas + surge - total;
  const wanted = Math.min(replicas, current.spec.replicas + Math.max(0, room));
  setReplicas(store, current, wanted);
  let spare =
    [current, ...others].reduce(
      (sum, replicaSet) => sum + podsOf(replicaSet, store).filter(isReady).length,
      0,
    ) - minimum;
  for (const set of others) {
    const ready = podsOf(set, store).filter(isReady).length;
    const unready = set.spec.replicas - ready;
    const fewer = unready + Math.max(0, Math.min(ready, spare));
    spare -= fewer - unready;
    setReplicas(store, set, set.spec.replicas - fewer);
  }
}

function fill(set: ReplicaSet, store: Store, pods: PodMaker, suffix: () => string): void {
  const current = store.get("ReplicaSet", set.metadata.name)!;
  const alive = podsOf(current, store);
  const owner = ownerOf("ReplicaSet", current);
  for (let missing = current.spec.replicas - alive.length; missing > 0; missing -= 1) {
    const name = `${current.metadata.name}-${suffix()}`;
    const revision = revisionOf(current.spec.template);
    pods.make({ name, template: current.spec.template, owner, revision });
  }
  const unreadyFirst = [...alive].sort((a, b) => Number(reportsReady(a)) - Number(reportsReady(b)));
  for (const pod of unreadyFirst.slice(0, Math.max(0, alive.length - current.spec.replicas))) {
    store.remove("Pod", pod.metadata.name);
  }
}

function report(deployment: Workload, store: Store): void {
  const sets = setsOf(deployment, store);
  const latest = `${deployment.metadata.name}-${revisionOf(deployment.spec.template)}`;
  const all = sets.flatMap((set) => podsOf(set, store));
  const updated = sets.filter((set) => set.metadata.name === latest);
  const ready = all.filter(isReady).length;
  setStatus(store, "Deployment", deployment, {
    observedGeneration: deployment.metadata.generation,
    replicas: all.length,
    updatedReplicas: updated.flatMap((replicaSet) => podsOf(replicaSet, store)).length,
    readyReplicas: ready,
    availableReplicas: ready,
  });
}
