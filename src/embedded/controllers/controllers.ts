// Runs the controllers of Kubernetes a moment after the objects they look at have changed, each
// name once however much changed.

import type { Chance } from "../store/chance.ts";
import type { Clock } from "../store/clock.ts";
import { reconcileDaemonSet } from "./daemonset.ts";
import { reconcileDeployment } from "./deployment.ts";
import { workloadKinds, type ObjectKind } from "../store/objects.ts";
import type { PodMaker } from "./pods.ts";
import { reconcileStatefulSet } from "./statefulset.ts";
import type { Change, Store } from "../store/store.ts";

const letters = "bcdfghjklmnpqrstvwxz2456789".split("");

export function runControllers(store: Store, clock: Clock, pods: PodMaker, chance: Chance): void {
  const waiting = new Set<string>();
  const given = new Set<string>();
  // The API server tries another name when one is taken; of 5,000 pods two meet every other time.
  const suffix = (): string => {
    const name = Array.from({ length: 5 }, () => chance.pick(letters)).join("");
    if (given.has(name)) return suffix();
    given.add(name);
    return name;
  };

  function soon(kind: ObjectKind, name: string): void {
    const key = `${kind}/${name}`;
    if (waiting.has(key)) return;
    waiting.add(key);
    clock.after(chance.between(10, 80), () => {
      waiting.delete(key);
      reconcile(kind, name);
    });
  }

  function reconcile(kind: ObjectKind, name: string): void {
    if (kind === "DaemonSet") reconcileDaemonSet(name, store, pods, suffix);
    if (kind === "Deployment") reconcileDeployment(name, store, pods, suffix);
    if (kind === "StatefulSet") reconcileStatefulSet(name, store, pods);
  }

  store.watch((change) => {
    for (const [kind, name] of concerned(change, store)) soon(kind, name);
  });
}

function concerned(change: Change, store: Store): readonly (readonly [ObjectKind, string])[] {
  const { kind, object } = change;
  if (workloadKinds.some((workloadKind) => workloadKind === kind))
    return [[kind, object.metadata.name]];
  if (kind === "Node") {
    return store
      .list("DaemonSet")
      .map((workload) => ["DaemonSet", workload.metadata.name] as const);
  }
  if (kind !== "Pod" && kind !== "ReplicaSet") return [];
  const owner = object.metadata.ownerReferences?.[0];
  if (owner === undefined) return [];
  if (owner.kind !== "ReplicaSet") return [[owner.kind as ObjectKind, owner.name]];
  const set = store.get("ReplicaSet", owner.name)?.metadata.ownerReferences?.[0];
  return set === undefined ? [] : [["Deployment", set.name]];
}
