// What becomes of a pod at its creation: the rules of deploy/injection as a function. The webhook
// and the embedded cluster serve it; the policy says the same in CEL, and all of them must agree on
// every case of test/admission/cases.ts.

import {
  assignmentNone,
  fragmentAnnotation,
  fragmentNamePattern,
  injectionLabel,
  notInjectedAnnotation,
  services,
  unassignedName,
  type Service,
} from "../api/names.ts";
import { parseService } from "../plan/gates/assignment-format.ts";
import { fragmentsOf, mounted, readsOnly } from "./mounting.ts";
import type { Labels, Pod, PodSpec } from "./pod.ts";

/** Why a pod of a managed service got no fragment, as its annotation says. */
type NotInjected =
  | "NameRefused"
  | "AlreadyNamed"
  | "NoDaemonSetOwner"
  | "NoSingleNode"
  | "ContainerMissing"
  | "DirectoryTaken";

/** Data of nova-pci-assignment; absent = not managed. */
export type Assignment = Readonly<Record<string, string>> | undefined;

export type Scope = {
  readonly namespaceLabels: Labels;
  /** objectSelector of the shipped policy and webhook. */
  readonly selects: Labels;
};

export const shippedScope: Scope = {
  namespaceLabels: { [injectionLabel]: "enabled" },
  selects: { application: "nova" },
};

/** The pod as it is stored, within the bounds that the API server keeps for policy and webhook. */
export function admit<P extends Pod>(pod: P, assignment: Assignment, scope: Scope): P {
  if (scope.namespaceLabels[injectionLabel] !== "enabled") return pod;
  return holds(pod.metadata.labels, scope.selects) ? admitSelected(pod, assignment) : pod;
}

/** The same for a pod that the selectors let through; the very same value when nothing changes. */
export function admitSelected<P extends Pod>(pod: P, assignment: Assignment): P {
  const managed = managedAs(pod, assignment);
  if (managed === undefined) return pod;
  const { service, container, fragments } = managed;
  const chosen = service === "compute" ? ofNode(pod, fragments) : ofTemplate(pod, service);
  if (chosen === undefined) return pod;
  if ("reason" in chosen) return leaveAlone(pod, chosen.reason);
  const index = (pod.spec.containers ?? []).findIndex((other) => other.name === container);
  if (fragmentsOf(pod.spec).length > 0)
    return readsOnly(pod.spec, index, chosen.fragment) ? pod : leaveAlone(pod, "AlreadyNamed");
  if (index < 0) return leaveAlone(pod, "ContainerMissing");
  const spec = mounted(pod.spec, { index, service, fragment: chosen.fragment });
  return spec === undefined ? leaveAlone(pod, "DirectoryTaken") : { ...pod, spec };
}

type Managed = {
  readonly service: Service;
  readonly container: string;
  readonly fragments: Readonly<Record<string, string>>;
};

/** The first service whose entry is well-formed and whose labels the pod carries. */
export function managedAs(pod: Pod, assignment: Assignment): Managed | undefined {
  if (assignment === undefined) return undefined;
  for (const service of services) {
    const known = parseService(assignment[`_${service}`] ?? "");
    if (known === undefined || !holds(pod.metadata.labels, known.matchLabels)) continue;
    return { service, container: known.container, fragments: assignment };
  }
  return undefined;
}

function holds(labels: Labels | undefined, wanted: Labels): boolean {
  const pairs = Object.entries(wanted);
  return pairs.length > 0 && pairs.every(([key, value]) => labels?.[key] === value);
}

type Chosen = { readonly fragment: string } | { readonly reason: NotInjected } | undefined;

/** nova-api, nova-scheduler, nova-conductor: the template names the fragment. */
function ofTemplate(pod: Pod, service: Service): Chosen {
  const named = pod.metadata.annotations?.[fragmentAnnotation];
  if (named === undefined) return undefined;
  return isNameOf(service, named) ? { fragment: named } : { reason: "NameRefused" };
}

/**
 * nova-compute: the assignment of the one node that the DaemonSet's own affinity names. Without a
 * usable value the pod gets a name that never exists, so kubelet holds it: it must not start
 * without its device specs, because Nova would then drop free devices from its inventory.
 */
function ofNode(pod: Pod, fragments: Readonly<Record<string, string>>): Chosen {
  const owners = pod.metadata.ownerReferences ?? [];
  if (!owners.some((owner) => owner.kind === "DaemonSet" && owner.controller === true)) {
    return { reason: "NoDaemonSetOwner" };
  }
  const node = certainNode(pod.spec);
  if (node === undefined) return { reason: "NoSingleNode" };
  const value = Object.hasOwn(fragments, node) ? fragments[node] : undefined;
  if (value === assignmentNone) return undefined;
  return { fragment: isNameOf("compute", value) ? value : unassignedName };
}

function isNameOf(service: Service, name: string | undefined): name is string {
  return name !== undefined && fragmentNamePattern.exec(name)?.[1] === service;
}

/** The node of the affinity, unless the pod is bound to another one already. */
function certainNode(spec: PodSpec): string | undefined {
  const node = onlyNode(spec);
  return spec.nodeName === undefined || spec.nodeName === "" || spec.nodeName === node
    ? node
    : undefined;
}

/** Every term must name the same one node, else the scheduler could choose another. */
export function onlyNode(spec: PodSpec): string | undefined {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const named = (required?.nodeSelectorTerms ?? []).map((term) => {
    const fields = (term.matchFields ?? []).filter(
      (matchField) =>
        matchField.key === "metadata.name" &&
        matchField.operator === "In" &&
        (matchField.values ?? []).length === 1,
    );
    return fields.length === 1 ? fields[0]!.values![0] : undefined;
  });
  return named.every((text) => text === named[0]) ? named[0] : undefined;
}

function leaveAlone<P extends Pod>(pod: P, reason: NotInjected): P {
  const annotations = { ...pod.metadata.annotations, [notInjectedAnnotation]: reason };
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}
