// The DaemonSet controller: one pod on every node that the template wants, RollingUpdate or
// OnDelete. Hazard it shows: the replacement object appears when the old pod's containers have
// ended, 0.5 to 0.9 s before the old object is gone (measured).

import { nodeTerms } from "../../cluster/views/workload-view.ts";
import { wantsNode } from "../../plan/wanted/selection.ts";
import type { Node, Pod, Workload } from "../store/objects.ts";
import { hasEnded, isGoing, isReady, nodeOf, ownedBy, ownerOf, revisionLabel } from "./pods.ts";
import { revisionOf, type PodMaker } from "./pods.ts";
import type { Store } from "../store/store.ts";

export function reconcileDaemonSet(
  name: string,
  store: Store,
  pods: PodMaker,
  suffix: () => string,
): void {
  const set = store.get("DaemonSet", name);
  if (set === undefined) return;
  const nodes = store.list("Node").filter((node) => wants(set, node));
  const owned = ownedBy(store, set.metadata.uid);
  const revision = revisionOf(set.spec.template);
  const wanted = new Set(nodes.map((node) => node.metadata.name));
  const standing = new Map<string, Pod>();
  const occupied = new Set<string>();
  for (const pod of owned) {
    const node = nodeOf(pod)!;
    if (isGoing(pod)) {
      if (!hasEnded(pod)) occupied.add(node);
      continue;
    }
    const extra = standing.has(node) || !wanted.has(node);
    if (extra) store.remove("Pod", pod.metadata.name);
    else standing.set(node, pod);
  }
  for (const node of wanted) {
    if (standing.has(node) || occupied.has(node)) continue;
    const owner = ownerOf("DaemonSet", set);
    const pod = `${name}-${suffix()}`;
    pods.make({ name: pod, template: set.spec.template, owner, revision, node });
  }
  if (set.spec.updateStrategy?.type !== "OnDelete") roll(set, [...standing.values()], nodes, store);
  report(set, store, nodes.length);
}

function wants(set: Workload, node: Node): boolean {
  if (node.metadata.deletionTimestamp !== undefined) return false;
  return wantsNode(nodeTerms(set.spec.template.spec), node.metadata.labels ?? {});
}

/** A number of pods, or a share of them: rounded up where pods may be missing of a DaemonSet. */
export function podsAllowed(
  written: number | string | undefined,
  { of, usual, round }: { of: number; usual: number; round: "up" | "down" },
): number {
  const share = /^(\d+)%$/.exec(String(written))?.[1];
  if (share === undefined) return Number(written ?? usual);
  const part = (Number(share) * of) / 100;
  return round === "up" ? Math.ceil(part) : Math.floor(part);
}

/** Old pods that are not available go first and cost nothing; the others within maxUnavailable. */
function roll(set: Workload, standing: readonly Pod[], nodes: readonly Node[], store: Store): void {
  const revision = revisionOf(set.spec.template);
  const old = standing.filter((pod) => pod.metadata.labels?.[revisionLabel] !== revision);
  if (old.length === 0) return;
  const available = standing.filter(isReady).length;
  let allowed =
    podsAllowed(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable, {
      of: nodes.length,
      usual: 1,
      round: "up",
    }) -
    (nodes.length - available);
  for (const pod of old) {
    if (isReady(pod)) {
      if (allowed <= 0) continue;
      allowed -= 1;
    }
    store.remove("Pod", pod.metadata.name);
  }
}

function report(set: Workload, store: Store, wanted: number): void {
  const pods = ownedBy(store, set.metadata.uid).filter((pod) => !isGoing(pod));
  const revision = revisionOf(set.spec.template);
  const ready = pods.filter(isReady).length;
  setStatus(store, "DaemonSet", set, {
    observedGeneration: set.metadata.generation,
    desiredNumberScheduled: wanted,
    updatedNumberScheduled: pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision)
      .length,
    numberReady: ready,
    numberAvailable: ready,
  });
}

/** Written only when it differs, as the real controllers do. */
export function setStatus(
  store: Store,
  kind: "Deployment" | "StatefulSet" | "DaemonSet",
  object: Workload,
  status: NonNullable<Workload["status"]>,
): void {
  if (JSON.stringify(object.status) === JSON.stringify(status)) return;
  store.edit(kind, object.metadata.name, (old) => ({ ...old, status }));
}
