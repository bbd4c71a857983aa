// What one compute node shows right now: its pod, what that pod reads, whether its Nova is well.
// Evidence only; decides nothing.

import { assignmentNone, unassignedName } from "../../api/names.ts";
import { hostFinder } from "../terms/nova-host.ts";
import type { Reason } from "../terms/gates.ts";
import { leftAlone } from "./wiring.ts";
import { onceFor } from "../terms/recent.ts";
import { detectedRelease } from "../terms/settings.ts";
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
  /** Hosts of Nova of which nobody can say which is this node's; absent = there are none such. */
  readonly couldBe?: readonly string[];
  /** Nova should say how its service is, and cannot: neither up nor down. */
  readonly silent?: true;
  /** Why the node is not well; absent = well. */
  readonly unwell?: string;
  readonly disabledByOthers: boolean;
  /** Why its pod would be left alone by admission once more, however often it is replaced. */
  readonly leftAlone?: string;
};

/** What "unknown" of a service means: Nova lists it from the mapping alone. */
export const downCell = "its cell does not answer";

/**
 * Why Nova cannot be asked, where it has to be. Who never had credentials answers for it and goes
 * on without; who had them (a release was detected, or a compute was closed with them) waits for
 * them.
 */
export function unaskable(seen: Snapshot, asked = false): Reason | undefined {
  const { cloud } = seen;
  if (cloud.is === "unreachable") {
    return { gate: "Inconclusive", why: `the cloud cannot be asked: ${cloud.message}` };
  }
  const had = asked || detectedRelease(seen) !== undefined;
  if (cloud.is !== "no-credentials" || !had) return undefined;
  return { gate: "NoCredentials", command: cloud.message };
}

/** Prefix of the reason under which we disable a compute service; no other is ever touched. */
export const quiesceReason = "nova-pci-operator: restarting nova-compute";

type SightContext = {
  readonly seen: Snapshot;
  readonly delivery: "Injected" | "Mounted";
  readonly podsOf: ReadonlyMap<string, readonly PodView[]>;
  readonly serviceOf: (node: string) => ComputeServiceView | undefined;
  /** Nobody can be asked who was asked before. */
  readonly mute: boolean;
  /** Hosts of Nova of which nobody can say which is this node's; then it has no service. */
  readonly couldBe: (node: string) => readonly string[];
};

export function sightContext(seen: Snapshot, delivery: "Injected" | "Mounted"): SightContext {
  const podsOf = new Map<string, PodView[]>();
  for (const pod of seen.pods) {
    if (pod.service !== "compute" || pod.node === undefined) continue;
    const list = podsOf.get(pod.node);
    if (list === undefined) podsOf.set(pod.node, [pod]);
    else list.push(pod);
  }
  const mute = seen.cloud.is !== "read" && unaskable(seen) !== undefined;
  return { seen, delivery, podsOf, mute, ...serviceFinder(seen) };
}

const finders = onceFor<readonly ComputeServiceView[], ServiceFinder>();

type ServiceFinder = Pick<SightContext, "serviceOf" | "couldBe">;

function serviceFinder(seen: Snapshot): ServiceFinder {
  if (seen.cloud.is !== "read") return { serviceOf: () => undefined, couldBe: () => noHosts };
  const { services } = seen.cloud;
  return finders(seen.nodes, services, () => findAmong(seen.nodes, services));
}

function findAmong(
  nodes: readonly NodeView[],
  services: readonly ComputeServiceView[],
): ServiceFinder {
  const byHost = new Map<string, ComputeServiceView>();
  for (const service of services) {
    if (service.binary === "nova-compute") byHost.set(service.host, service);
  }
  const hostOf = hostFinder(nodes, byHost.keys());
  return {
    serviceOf: (node) => {
      const found = hostOf(node);
      return found.is === "host" ? byHost.get(found.host) : undefined;
    },
    couldBe: (node) => {
      const found = hostOf(node);
      return found.is === "ambiguous" ? found.hosts : noHosts;
    },
  };
}

const noHosts: readonly string[] = [];
const noPods: readonly PodView[] = [];

export function look(node: string, record: NodeRecord | undefined, context: SightContext): Sight {
  const pods = context.podsOf.get(node) ?? noPods;
  const going = pods.some((row) => row.deleting) ? pods.filter((row) => row.deleting) : noPods;
  const staying = going.length === 0 ? pods : pods.filter((row) => !row.deleting);
  const pod = staying.length < 2 ? staying[0] : [...staying].sort(newestFirst)[0];
  const service = context.serviceOf(node);
  const couldBe = context.couldBe(node);
  const unwell = unwellness({ pod, service, couldBe }, context.seen);
  const alone =
    pod === undefined || context.delivery === "Mounted"
      ? undefined
      : leftAlone(pod, context.seen.workloads, "compute");
  return {
    node,
    ...(pod === undefined ? {} : { pod, reads: readsOf(pod, record, context.delivery) }),
    going,
    ...(service === undefined ? {} : { service }),
    ...(couldBe.length === 0 ? {} : { couldBe }),
    ...silenceOf(service, context),
    ...(unwell === undefined ? {} : { unwell }),
    ...(alone === undefined ? {} : { leftAlone: alone }),
    disabledByOthers:
      service?.disabled === true && !(service.disabledReason ?? "").startsWith(quiesceReason),
  };
}

function silenceOf(
  service: ComputeServiceView | undefined,
  { mute }: SightContext,
): Pick<Sight, "silent"> {
  return mute || service?.state === "unknown" ? { silent: true } : {};
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
  // While delivery moves from Mounted to Injected pods still run with the file that they mount.
  if (delivery === "Injected" && pod.mounted === undefined) return pod.fragment ?? assignmentNone;
  if (pod.mounted === undefined || record === undefined) return assignmentNone;
  // What failed reads what failed, whatever its age says of last-good.
  if (record.phase === "rolling-back" && pod.uid === record.replaces) return beforeRollback;
  if (pod.uid === record.replaces && pod.uid !== record.pod) return record.good;
  // Weaker evidence: the pod started after the write (and the propagation gate) or before it.
  return pod.createdAt + wholeSecond > record.assignedAt ? record.assigned : record.good;
}

/** A creationTimestamp has no fractions: the pod is up to a second younger than it says. */
const wholeSecond = 1000;

export function isHeld(sight: Sight): boolean {
  return sight.reads === unassignedName;
}

type Shown = {
  readonly pod: PodView | undefined;
  readonly service: ComputeServiceView | undefined;
  readonly couldBe: readonly string[];
};

function unwellness({ pod, service, couldBe }: Shown, seen: Snapshot): string | undefined {
  if (pod === undefined) return "it has no nova-compute pod";
  if (pod.fragment === unassignedName) return "its pod waits for an assignment";
  if (!pod.ready) return "its nova-compute pod is not Ready";
  if (seen.cloud.is !== "read") return undefined;
  if (service === undefined) {
    if (couldBe.length === 0) return "Nova lists no compute service of its name";
    return `Nova lists ${couldBe.join(", ")}, and which of them it is cannot be told: let [DEFAULT]host of its nova-compute be the name of the Node`;
  }
  if (service.state === "down") return "Nova says that its compute service is down";
  return undefined;
}
