// Answers "what becomes of a pod at its creation?": the rules of deploy/injection, in memory. It
// must agree with the real MutatingAdmissionPolicy on every case of
// test/embedded/injection-cases.ts, which the tests of the real API server run too.

import {
  assignmentNone,
  configDirectory,
  fragmentAnnotation,
  fragmentKey,
  fragmentNamePattern,
  injectionLabel,
  notInjectedAnnotation,
  services,
  unassignedName,
  type Service,
} from "../api/names.ts";
import { parseService } from "../plan/gates/assignment-format.ts";
import type { ConfigMapSource, Container, Labels, Metadata, PodSpec, Volume } from "./objects.ts";

/** What admission sees of a pod: its name and status do not matter. */
export type Admitted = {
  readonly metadata: Pick<Metadata, "labels" | "annotations" | "ownerReferences">;
  readonly spec: PodSpec;
};

/** Why a pod of a managed service got no fragment, as its annotation says. */
export type NotInjected =
  | "NameRefused"
  | "AlreadyNamed"
  | "NoDaemonSetOwner"
  | "NoSingleNode"
  | "ContainerMissing"
  | "DirectoryTaken";

export type Scope = {
  readonly namespaceLabels: Labels;
  /** objectSelector of the shipped policy. */
  readonly selects: Labels;
};

export const shippedScope: Scope = {
  namespaceLabels: { [injectionLabel]: "enabled" },
  selects: { application: "nova" },
};

/** The pod as it is stored. `parameter` = data of nova-pci-assignment; absent = not managed. */
export function admit(
  pod: Admitted,
  parameter: Readonly<Record<string, string>> | undefined,
  scope: Scope,
): Admitted {
  if (scope.namespaceLabels[injectionLabel] !== "enabled") return pod;
  if (!holds(pod.metadata.labels, scope.selects) || parameter === undefined) return pod;
  for (const service of services) {
    const known = parseService(parameter[`_${service}`] ?? "");
    if (known === undefined || !holds(pod.metadata.labels, known.matchLabels)) continue;
    return inject(pod, service, known.container, parameter);
  }
  return pod;
}

function holds(labels: Labels | undefined, wanted: Labels): boolean {
  const pairs = Object.entries(wanted);
  return pairs.length > 0 && pairs.every(([key, value]) => labels?.[key] === value);
}

function inject(
  pod: Admitted,
  service: Service,
  container: string,
  parameter: Readonly<Record<string, string>>,
): Admitted {
  const chosen = service === "compute" ? ofNode(pod, parameter) : ofTemplate(pod, service);
  if (chosen === undefined) return pod;
  if ("reason" in chosen) return leaveAlone(pod, chosen.reason);
  if (namesFragment(pod.spec)) return leaveAlone(pod, "AlreadyNamed");
  const index = pod.spec.containers.findIndex((one) => one.name === container);
  if (index < 0) return leaveAlone(pod, "ContainerMissing");
  const spec = mounted(pod.spec, index, chosen.fragment);
  return spec === undefined ? leaveAlone(pod, "DirectoryTaken") : { ...pod, spec };
}

type Chosen = { readonly fragment: string } | { readonly reason: NotInjected } | undefined;

/** nova-api, nova-scheduler, nova-conductor: the template names the fragment. */
function ofTemplate(pod: Admitted, service: Service): Chosen {
  const named = pod.metadata.annotations?.[fragmentAnnotation];
  if (named === undefined) return undefined;
  return isNameOf(service, named) ? { fragment: named } : { reason: "NameRefused" };
}

/**
 * nova-compute: the assignment of the one node that the DaemonSet's own affinity names. Without a
 * usable value the pod gets a name that never exists, so kubelet holds it: it must not start
 * without its device specs, because Nova would then drop free devices from its inventory.
 */
function ofNode(pod: Admitted, parameter: Readonly<Record<string, string>>): Chosen {
  const owners = pod.metadata.ownerReferences ?? [];
  if (!owners.some((one) => one.kind === "DaemonSet" && one.controller)) {
    return { reason: "NoDaemonSetOwner" };
  }
  const node = onlyNode(pod.spec);
  if (node === undefined) return { reason: "NoSingleNode" };
  const value = parameter[node];
  if (value === assignmentNone) return undefined;
  return { fragment: isNameOf("compute", value) ? value : unassignedName };
}

function isNameOf(service: Service, name: string | undefined): name is string {
  return name !== undefined && fragmentNamePattern.exec(name)?.[1] === service;
}

/** The one node of spec.affinity; spec.nodeName is empty when a DaemonSet creates a pod. */
export function onlyNode(spec: PodSpec): string | undefined {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = (required?.nodeSelectorTerms ?? []).flatMap((term) =>
    (term.matchFields ?? []).filter(
      (one) => one.key === "metadata.name" && one.operator === "In" && one.values !== undefined,
    ),
  );
  const names = new Set(fields.flatMap((one) => one.values ?? []));
  return names.size === 1 ? [...names][0] : undefined;
}

/** Any volume of the pod that names a fragment of ours: a copied pod. */
function namesFragment(spec: PodSpec): boolean {
  return fragmentsOf(spec).length > 0;
}

/** Names of ConfigMaps of ours in the pod's own volumes, the one that never exists included. */
export function fragmentsOf(spec: PodSpec): readonly string[] {
  const names = (spec.volumes ?? []).flatMap((volume) => [
    volume.configMap?.name,
    ...(volume.projected?.sources ?? []).map((source) => source.configMap?.name),
  ]);
  return names.filter(
    (name): name is string =>
      name !== undefined && (fragmentNamePattern.test(name) || name === unassignedName),
  );
}

function leaveAlone(pod: Admitted, reason: NotInjected): Admitted {
  const annotations = { ...pod.metadata.annotations, [notInjectedAnnotation]: reason };
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

const ourVolume = "nova-pci";

function sourceOf(fragment: string): { readonly configMap: ConfigMapSource } {
  return { configMap: { name: fragment, items: [{ key: fragmentKey, path: fragmentKey }] } };
}

/**
 * What stands at nova.conf.d decides how our file gets there:
 *   nothing, or a writable emptyDir   one file by subPath
 *   a projected volume                our source after its own
 *   an emptyDir read-only everywhere  a projected volume in its place
 *   anything else                     undefined: leave alone (a file below a directory that this
 *                                     container mounts read-only does not start)
 */
function mounted(spec: PodSpec, index: number, fragment: string): PodSpec | undefined {
  const container = spec.containers[index]!;
  const mount = (container.volumeMounts ?? []).find((one) => isDirectory(one.mountPath));
  if (mount === undefined) return withFile(spec, index, fragment);
  const volume = (spec.volumes ?? []).find((one) => one.name === mount.name);
  if (volume?.projected !== undefined) {
    const sources = [...volume.projected.sources, sourceOf(fragment)];
    return withVolume(spec, { ...volume, projected: { ...volume.projected, sources } });
  }
  if (volume?.emptyDir === undefined) return undefined;
  if (mount.readOnly !== true) return withFile(spec, index, fragment);
  if (!readOnlyEverywhere(spec, volume.name)) return undefined;
  return withVolume(spec, { name: volume.name, projected: { sources: [sourceOf(fragment)] } });
}

function isDirectory(path: string): boolean {
  return path === configDirectory || path === `${configDirectory}/`;
}

function readOnlyEverywhere(spec: PodSpec, volume: string): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].every((one) =>
    (one.volumeMounts ?? []).every((mount) => mount.name !== volume || mount.readOnly === true),
  );
}

function withVolume(spec: PodSpec, volume: Volume): PodSpec {
  const volumes = (spec.volumes ?? []).map((one) => (one.name === volume.name ? volume : one));
  return { ...spec, volumes };
}

function withFile(spec: PodSpec, index: number, fragment: string): PodSpec {
  const volume: Volume = { name: ourVolume, ...sourceOf(fragment) };
  const containers = spec.containers.map((one, at): Container =>
    at !== index
      ? one
      : {
          ...one,
          volumeMounts: [
            ...(one.volumeMounts ?? []),
            {
              name: ourVolume,
              mountPath: `${configDirectory}/${fragmentKey}`,
              subPath: fragmentKey,
              readOnly: true,
            },
          ],
        },
  );
  return { ...spec, containers, volumes: [...(spec.volumes ?? []), volume] };
}
