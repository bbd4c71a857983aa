// Answers "what does one compute node show right now?": its pod, what that pod reads, whether its
// Nova is well. Evidence only; decides nothing.

import { assignmentNone, unassignedName } from "../../api/names.ts";
import type { ComputeServiceView, NodeView, PodView, Snapshot } from "../terms/snapshot.ts";
import type { NodeRecord } from "../terms/state.ts";

export type Sight = {
  readonly node: string;
  /** The newest pod that is not going away. */
  readonly pod?: PodView;
  readonly going: readonly PodView[];
  /**
   * Fragment that the pod's Nova was started with: a name, "none", or the name that never exists.
   * Absent = there is no pod.
   */
  readonly reads?: string;
  readonly service?: ComputeServiceView;
  /** Why the node is not well; absent = well. */
  readonly unwell?: string;
  readonly disabledByOthers: boolean;
};

/** What "unknown" of a service means: Nova lists it from the mapping alone. */
export const downCell = "its cell does not answer";

/** Prefix of the reason under which we disable a compute service; no other is ever touched. */
export const quiesceReason = "nova-pci-operator: restarting nova-compute";

export type SightContext = {
  readonly seen: Snapshot;
  readonly delivery: "Injected" | "Mounted";
  readonly podsOf: ReadonlyMap<string, readonly PodView[]>;
  readonly serviceOf: (node: string) => ComputeServiceView | undefined;
};

export function sightContext(seen: Snapshot, delivery: "Injected" | "Mounted"): SightContext {
  const podsOf = new Map<string, PodView[]>();
  for (const pod of seen.pods) {
    if (pod.service !== "compute" || pod.node === undefined) continue;
    const list = podsOf.get(pod.node);
    if (list === undefined) podsOf.set(pod.node, [pod]);
    else list.push(pod);
  }
  return { seen, delivery, podsOf, serviceOf: serviceFinder(seen) };
}

/**
 * A compute service belongs to the node whose name, hostname label or first label of its FQDN it
 * carries.
 */
function serviceFinder(seen: Snapshot): (node: string) => ComputeServiceView | undefined {
  if (seen.cloud.is !== "read") return () => undefined;
  const byHost = new Map<string, ComputeServiceView>();
  for (const one of seen.cloud.services) {
    if (one.binary !== "nova-compute") continue;
    byHost.set(one.host, one);
  }
  // Only where a name differs from Nova's: usually never.
  let byFirstLabel: Map<string, ComputeServiceView> | undefined;
  let nodes: Map<string, NodeView> | undefined;
  return (name) => {
    const equal = byHost.get(name);
    if (equal !== undefined) return equal;
    byFirstLabel ??= new Map([...byHost].map(([host, one]) => [firstLabel(host), one] as const));
    nodes ??= new Map(seen.nodes.map((one) => [one.name, one] as const));
    const names = namesOf(name, nodes.get(name));
    for (const one of names) {
      const found = byHost.get(one);
      if (found !== undefined) return found;
    }
    for (const one of names) {
      const found = byFirstLabel.get(firstLabel(one));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function namesOf(name: string, node: NodeView | undefined): readonly string[] {
  const label = node?.labels["kubernetes.io/hostname"];
  return label === undefined || label === name ? [name] : [name, label];
}

function firstLabel(host: string): string {
  return host.split(".", 1)[0]!;
}

const noPods: readonly PodView[] = [];

export function look(node: string, record: NodeRecord | undefined, context: SightContext): Sight {
  const pods = context.podsOf.get(node) ?? noPods;
  const going = pods.some((one) => one.deleting) ? pods.filter((one) => one.deleting) : noPods;
  const staying = going.length === 0 ? pods : pods.filter((one) => !one.deleting);
  const pod = staying.length < 2 ? staying[0] : [...staying].sort(newestFirst)[0];
  const service = context.serviceOf(node);
  const unwell = unwellness(pod, service, context.seen);
  return {
    node,
    ...(pod === undefined ? {} : { pod, reads: readsOf(pod, record, context.delivery) }),
    going,
    ...(service === undefined ? {} : { service }),
    ...(unwell === undefined ? {} : { unwell }),
    disabledByOthers:
      service?.disabled === true && !(service.disabledReason ?? "").startsWith(quiesceReason),
  };
}

function newestFirst(a: PodView, b: PodView): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.uid < b.uid ? 1 : -1;
}

/** No fragment is called like this: the pod has to go. */
const beforeRollback = "before-the-rollback";

function readsOf(
  pod: PodView,
  record: NodeRecord | undefined,
  delivery: "Injected" | "Mounted",
): string {
  if (delivery === "Injected") return pod.fragment ?? assignmentNone;
  if (pod.mounted === undefined) return assignmentNone;
  if (record === undefined) return assignmentNone;
  // What failed reads what failed, whatever its age says of last-good.
  if (record.phase === "rolling-back" && pod.uid === record.replaces) return beforeRollback;
  // Weaker evidence: the pod started after the write (and the propagation gate) or before it.
  return pod.createdAt >= record.assignedAt ? record.assigned : record.good;
}

export function isHeld(sight: Sight): boolean {
  return sight.reads === unassignedName;
}

function unwellness(
  pod: PodView | undefined,
  service: ComputeServiceView | undefined,
  seen: Snapshot,
): string | undefined {
  if (pod === undefined) return "it has no nova-compute pod";
  if (pod.fragment === unassignedName) return "its pod waits for an assignment";
  if (!pod.ready) return "its nova-compute pod is not Ready";
  if (seen.cloud.is !== "read") return undefined;
  if (service === undefined) return "Nova lists no compute service of its name";
  if (service.state === "down") return "Nova says that its compute service is down";
  return undefined;
}
