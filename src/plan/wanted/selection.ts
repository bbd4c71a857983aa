// The compute nodes of an installation, and which of them a selector picks. Knows labels, not
// devices.

import type { NodeSelector } from "../terms/settings.ts";
import type { Labels, LabelRequirement, NodeTerms, Snapshot } from "../terms/snapshot.ts";

/** Kubernetes' label selector semantics; an absent selector picks every node. */
export function selects(selector: NodeSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return true;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels[key] !== value) return false;
  }
  return (selector.matchExpressions ?? []).every((matchExpression) =>
    holds(matchExpression, labels),
  );
}

function holds(requirement: LabelRequirement, labels: Labels): boolean {
  const found = labels[requirement.key];
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
      return found !== undefined && values.includes(found);
    case "NotIn":
      return found === undefined || !values.includes(found);
    case "Exists":
      return found !== undefined;
    case "DoesNotExist":
      return found === undefined;
    case "Gt":
      return found !== undefined && Number(found) > Number(values[0]);
    case "Lt":
      return found !== undefined && Number(found) < Number(values[0]);
  }
}

/** Would a DaemonSet with these terms want a pod on a node with these labels? (Taints: unseen.) */
export function wantsNode(terms: NodeTerms, labels: Labels): boolean {
  for (const [key, value] of Object.entries(terms.matchLabels)) {
    if (labels[key] !== value) return false;
  }
  if (terms.anyOf.length === 0) return true;
  return terms.anyOf.some((all) => all.every((requirement) => holds(requirement, labels)));
}

/** A node on which a selected nova-compute DaemonSet wants a pod, with the labels it has now. */
export type ComputeNode = { readonly name: string; readonly labels: Labels };

/** Sorted by name. A pod bound to a node proves the node even when its labels changed. */
export function computeNodes(seen: Snapshot): readonly ComputeNode[] {
  const daemonSets = seen.workloads.filter(
    (workload) => workload.service === "compute" && workload.kind === "DaemonSet",
  );
  const withPod = new Set<string>();
  for (const pod of seen.pods) {
    if (pod.service === "compute" && pod.node !== undefined && pod.owner?.kind === "DaemonSet") {
      withPod.add(pod.node);
    }
  }
  const found = seen.nodes.filter(
    (node) =>
      withPod.has(node.name) ||
      daemonSets.some((daemonSet) => wantsNode(daemonSet.wants, node.labels)),
  );
  const last = lastFound.get(seen.nodes);
  if (last !== undefined && sameMembers(last.found, found)) return last.nodes;
  const nodes = found
    .map(({ name, labels }) => ({ name, labels }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  lastFound.set(seen.nodes, { found, nodes });
  return nodes;
}

type Found = { readonly found: Snapshot["nodes"]; readonly nodes: readonly ComputeNode[] };

/** Pods come and go, and the compute nodes stay the same value: pools are made once for them. */
const lastFound = new WeakMap<Snapshot["nodes"], Found>();

function sameMembers(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
