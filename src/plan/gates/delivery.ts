// Delivery of a fragment to a pod, and what stands in its way. Chooses Injected or Mounted once,
// names what blocks, and keeps the ConfigMaps that carry names and texts as they should be. Knows
// no order of restarts.

import {
  assignmentNone,
  configDirectory,
  fragmentKey,
  mountedName,
  services,
  unassignedName,
  type Service,
} from "../../api/names.ts";
import { formatService } from "./assignment-format.ts";
import type { Reason } from "../terms/gates.ts";
import { isDevice } from "../wanted/lines.ts";
import { declarationOf } from "../wanted/lines.ts";
import type { KubeEffect } from "../terms/effects.ts";
import { none, textOf, type Fragment } from "../wanted/render.ts";
import type { Settings } from "../terms/settings.ts";
import type { Labels, Millis, Snapshot } from "../terms/snapshot.ts";
import type { FragmentRecord, State } from "../terms/state.ts";

/** Version annotation of the policies in deploy/injection that this operator understands. */
export const knownPolicyVersion = "1";
/** A parameter of 1 MiB holds about 13,000 long node names; 6,000 leaves room (measured). */
export const nodeLimit = 6000;
/** Compressed bytes of the state: etcd refuses objects beyond 1 MiB. */
export const stateLimit = 900 * 1024;
/**
 * Bytes of one file of nova.conf: a ConfigMap of 1 MiB with its metadata. It is ASCII (render.ts).
 */
export const fragmentLimit = 1_000_000;
/** Between writing a mounted ConfigMap and the first restart: kubelet's caches follow a watch. */
export const propagationMillis = 10_000;

export type Delivery = "Injected" | "Mounted";

/**
 * Decided once and recorded: never flapping. Undefined = not yet to be decided: the webhook can be
 * installed on every Kubernetes, so that none is there yet chooses nothing.
 */
export function chooseDelivery(
  seen: Snapshot,
  settings: Settings,
  state: State,
): Delivery | undefined {
  if (settings.delivery !== "Auto") return settings.delivery;
  if (state.delivery !== undefined) return state.delivery;
  const { served, mutating, webhook } = seen.injection;
  if ((served && mutating.is === "installed") || webhook?.is === "installed") return "Injected";
  const mounts = seen.workloads.some((workload) =>
    mountsOurs(workload.service, workload.containers),
  );
  return mounts ? "Mounted" : undefined;
}

function mountsOurs(
  service: Service,
  containers: Snapshot["workloads"][number]["containers"],
): boolean {
  return containers.some((container) =>
    container.mounts.some((mount) => mount.configMaps.includes(mountedName(service))),
  );
}

/** Gates of the whole installation, most permanent first. */
export function deliveryGates(
  seen: Snapshot,
  delivery: Delivery | undefined,
  guarded: boolean,
): readonly Reason[] {
  const fault = guardFault(seen);
  const guard: readonly Reason[] =
    guarded && fault !== undefined ? [{ gate: "GuardMissing", what: fault }] : [];
  if (delivery === undefined) {
    const what = `${noWay(seen)}, or mount the files yourself with spec.delivery: Mounted`;
    return [{ gate: "PolicyMissing", what }, ...guard];
  }
  if (delivery === "Mounted") return guard;
  return [...wayGates(seen), ...guard];
}

function wayGates(seen: Snapshot): readonly Reason[] {
  const { injection } = seen;
  const { mutating, guard, webhook } = injection;
  const reasons: Reason[] = [];
  if (!policyWorks(injection) && webhook?.is !== "installed") {
    reasons.push({ gate: "PolicyMissing", what: noWay(seen) });
  }
  if (webhook?.is === "installed" && webhook.unreachable !== undefined) {
    reasons.push({ gate: "WebhookUnreachable", why: webhook.unreachable });
  }
  const versions = [mutating, guard, webhook].flatMap((way) =>
    way?.is === "installed" ? [way.version] : [],
  );
  for (const found of new Set(versions)) {
    if (found !== knownPolicyVersion)
      reasons.push({ gate: "PolicyOutdated", found, known: knownPolicyVersion });
  }
  if (!injection.namespaceLabelled) reasons.push({ gate: "NamespaceNotLabelled" });
  return reasons;
}

function policyWorks({ served, mutating }: Snapshot["injection"]): boolean {
  return served && mutating.is === "installed" && mutating.bound;
}

/** What is missing for every way into the pod, with what to do. */
function noWay({ injection }: Snapshot): string {
  if (injection.mutating.is === "installed" && !injection.mutating.bound)
    return "the binding nova-pci-injection of the policy is not there: kubectl apply -k deploy/injection";
  return injection.served
    ? "neither the policy nor the webhook nova-pci-injection is there: kubectl apply -k deploy/injection"
    : "this API server serves no MutatingAdmissionPolicy (Kubernetes 1.36 does), and the webhook nova-pci-injection is not there: kubectl apply -k deploy/webhook";
}

/** What is wrong with the guard, as the end of a sentence that begins with its name. */
export function guardFault({ injection: { guard, guardServed } }: Snapshot): string | undefined {
  if (guardServed === false) return "cannot be served below Kubernetes 1.30";
  if (guard.is === "absent") return "is not there";
  if (!guard.bound) return "has no binding";
  return guard.changed === undefined ? undefined : `is changed (${guard.changed})`;
}

/** The shipped objectSelector must select the pods of a service, or nothing is ever injected. */
export function selectionGate(seen: Snapshot, service: Service): Reason | undefined {
  for (const selects of selectorsOf(seen.injection)) {
    const missed = seen.workloads.find(
      (workload) => workload.service === service && !holdsLabels(workload.templateLabels, selects),
    );
    if (missed === undefined) continue;
    const labels = Object.entries(selects)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    return { gate: "PolicyDoesNotSelect", labels };
  }
  return undefined;
}

function selectorsOf({ mutating, webhook }: Snapshot["injection"]): readonly Labels[] {
  return [mutating, webhook].flatMap((way) =>
    way?.is === "installed" && way.selects !== undefined ? [way.selects] : [],
  );
}

export function holdsLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

// --- Injected: the assignment -------------------------------------------------------------------

/** Reserved keys of the assignment: version, and container and labels of each service. */
export function reservedKeys(settings: Settings): Readonly<Record<string, string>> {
  const pairs = services.map((service): readonly [string, string] => [
    `_${service}`,
    formatService({
      container: settings.services[service].container,
      matchLabels: settings.services[service].matchLabels,
    }),
  ]);
  return Object.fromEntries([["_version", knownPolicyVersion], ...pairs]);
}

/** The one write that makes the assignment what the records say. */
export function assignmentEffects(
  seen: Snapshot,
  settings: Settings,
  nodes: State["nodes"],
): readonly KubeEffect[] {
  const reserved = reservedKeys(settings);
  const stray = seen.assignment?.unlabelled === true;
  if (seen.assignment !== undefined && !stray && saysAlready(seen.assignment.data, reserved, nodes))
    return [];
  const wanted: Record<string, string> = { ...reserved };
  for (const [node, record] of Object.entries(nodes)) wanted[node] = record.assigned;
  if (seen.assignment === undefined) return [{ do: "create-assignment", data: wanted }];
  const found = seen.assignment.data;
  const data: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(wanted)) if (found[key] !== value) data[key] = value;
  for (const key of Object.keys(found)) if (wanted[key] === undefined) data[key] = null;
  // What else an empty patch does is to put the label back.
  if (Object.keys(data).length === 0 && !stray) return [];
  return [{ do: "patch-assignment", resourceVersion: seen.assignment.resourceVersion, data }];
}

/** The usual case, without making the whole map once more. */
function saysAlready(
  found: Labels,
  reserved: Readonly<Record<string, string>>,
  nodes: State["nodes"],
): boolean {
  const keys = Object.keys(reserved);
  const names = Object.keys(nodes);
  return (
    Object.keys(found).length === keys.length + names.length &&
    keys.every((key) => found[key] === reserved[key]) &&
    names.every((name) => found[name] === nodes[name]!.assigned)
  );
}

// --- Injected: fragments ------------------------------------------------------------------------

export function sizeGate({ name, text }: Fragment): Reason | undefined {
  return text.length <= fragmentLimit
    ? undefined
    : { gate: "FragmentTooLarge", fragment: name, bytes: text.length, limit: fragmentLimit };
}

/** Fragments that are wanted or still referenced and are not there. */
export function fragmentEffects(
  wanted: readonly Fragment[],
  referenced: Readonly<Record<string, FragmentRecord>>,
  seen: Snapshot,
): readonly KubeEffect[] {
  const made = new Map<string, KubeEffect>();
  const add = (name: string, record: FragmentRecord, text: string): void => {
    if (name === none || seen.configMaps[name] !== undefined || made.has(name)) return;
    // The API server would refuse it, and everything after it in every round.
    if (text.length > fragmentLimit) return;
    made.set(name, {
      do: "create-fragment",
      name,
      service: record.service,
      text,
      digest: record.digest,
    });
  };
  for (const fragment of wanted) {
    const known = referenced[fragment.name];
    add(fragment.name, fragment, known === undefined ? fragment.text : textOf(known));
  }
  for (const [name, record] of Object.entries(referenced)) {
    if (record.unusedSince === undefined) add(name, record, textOf(record));
  }
  return [...made.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf(effect: KubeEffect): string {
  return effect.do === "create-fragment" ? effect.name : "";
}

const nodeNames = new WeakMap<State["nodes"], ReadonlySet<string>>();

/** Fragments that the records of nodes name; records that did not change are read once. */
export function namesOfNodes(nodes: State["nodes"]): ReadonlySet<string> {
  const known = nodeNames.get(nodes);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const record of Object.values(nodes)) {
    names.add(record.assigned);
    names.add(record.good);
  }
  nodeNames.set(nodes, names);
  return names;
}

const assignedNames = new WeakMap<Labels, ReadonlySet<string>>();

function namesAssigned(data: Labels): ReadonlySet<string> {
  const made = assignedNames.get(data) ?? new Set(Object.values(data));
  assignedNames.set(data, made);
  return made;
}

/** Names that something still refers to: records, assignment, workloads, pods. */
export function referencedNames(
  seen: Snapshot,
  state: Pick<State, "nodes" | "services">,
): ReadonlySet<string> {
  const names = new Set(namesOfNodes(state.nodes));
  for (const record of Object.values(state.services)) {
    names.add(record.assigned);
    names.add(record.good);
  }
  for (const value of namesAssigned(seen.assignment?.data ?? {})) names.add(value);
  for (const { fragment } of [...seen.workloads, ...seen.pods])
    if (fragment !== undefined) names.add(fragment);
  names.delete(assignmentNone);
  names.delete(unassignedName);
  return names;
}

/** An hour without reference; the newest three of a service stay. */
const unusedMillis = 60 * 60 * 1000;
const keepNewest = 3;

export function garbage(
  seen: Snapshot,
  fragments: State["fragments"],
): { readonly effects: readonly KubeEffect[]; readonly wake: Millis | undefined } {
  const effects: KubeEffect[] = [];
  let wake: Millis | undefined;
  for (const service of services) {
    const unused = Object.entries(fragments)
      .filter(([, record]) => record.service === service && record.unusedSince !== undefined)
      .sort(([, a], [, b]) => b.unusedSince! - a.unusedSince!);
    for (const [at, [name, record]] of unused.entries()) {
      const due = record.unusedSince! + unusedMillis;
      const stored = seen.configMaps[name];
      // Of the newest the record alone goes, where somebody deleted the ConfigMap.
      if (at < keepNewest && stored !== undefined) continue;
      if (seen.now < due) wake = Math.min(wake ?? due, due);
      else if (stored !== undefined) effects.push({ do: "delete-fragment", name, uid: stored.uid });
    }
  }
  return { effects, wake };
}

/** Records of fragments: new ones added, unused ones stamped, deleted ones forgotten. */
export function fragmentRecords(
  before: State["fragments"],
  wanted: readonly Fragment[],
  names: ReadonlySet<string>,
  seen: Snapshot,
): State["fragments"] {
  const next: Record<string, FragmentRecord> = {};
  const inUse = new Map(wanted.map((fragment) => [fragment.name, fragment] as const));
  for (const [name, record] of Object.entries(before)) {
    const used = names.has(name) || inUse.has(name);
    if (used)
      next[name] =
        record.unusedSince === undefined
          ? record
          : { service: record.service, lines: record.lines, digest: record.digest };
    else if (record.unusedSince === undefined) next[name] = { ...record, unusedSince: seen.now };
    else if (seen.configMaps[name] !== undefined || seen.now < record.unusedSince + unusedMillis)
      next[name] = record;
  }
  for (const fragment of wanted) {
    if (fragment.name !== none && next[fragment.name] === undefined) {
      next[fragment.name] = {
        service: fragment.service,
        lines: fragment.lines,
        digest: fragment.digest,
      };
    }
  }
  return next;
}

// --- Mounted ------------------------------------------------------------------------------------

export function mountedEffect(
  service: Service,
  fragment: Fragment,
  seen: Snapshot,
): KubeEffect | undefined {
  const name = mountedName(service);
  const found = seen.configMaps[name]?.data[fragmentKey];
  if (found === fragment.text) return undefined;
  if (found === undefined && fragment.text === "" && seen.configMaps[name] !== undefined)
    return undefined;
  return { do: "write-mounted", name, service, text: fragment.text, digest: fragment.digest };
}

/**
 * All computes share one file: refused when the union would give a node devices not meant for it.
 */
export function unionGate(fragments: readonly Fragment[]): Reason | undefined {
  const digests = new Set(fragments.map((fragment) => fragment.digest));
  if (digests.size <= 1) return undefined;
  for (const fragment of fragments) {
    for (const line of fragment.lines.filter(isDevice)) {
      const declared = declarationOf(line.value);
      const pinned = declared.vendorId !== undefined && declared.productId !== undefined;
      const why = !pinned
        ? "is not pinned by vendor and product"
        : declared.devname !== undefined
          ? "names a network device"
          : line.value.includes('"remote_managed"')
            ? "is remote managed"
            : undefined;
      if (why !== undefined) {
        return {
          gate: "MountedUnion",
          why: `nodes need different files, all nova-computes mount one (${mountedName("compute")}), and ${line.value} ${why}; use injected delivery, or give every device both ids`,
        };
      }
    }
  }
  return undefined;
}

/** The chart mounts our file, and its DaemonSet still replaces pods that were made without it. */
export function chartRolls({ pods, workloads }: Snapshot): Reason | undefined {
  const sets = workloads.filter((workload) => workload.service === "compute");
  // With OnDelete somebody deletes them, or nobody.
  if (!sets.every((set) => set.strategy === "RollingUpdate")) return undefined;
  const old = pods.filter(
    (pod) => pod.service === "compute" && pod.mounted === undefined && pod.ready && !pod.deleting,
  );
  const [first] = old.map((pod) => pod.name).sort();
  if (first === undefined) return undefined;
  const why = `the chart's change still replaces pods of nova-compute: ${old.length} do not mount ConfigMap ${mountedName("compute")} yet (${first}); until they do the file stays as it is, or it would reach all of them at once`;
  return { gate: "NotWired", why };
}

/** Where the fragment of a Mounted service must be mounted, for messages. */
export const mountPath = `${configDirectory}/${fragmentKey}`;
