// Answers "what does the operator see of these objects?": Kubernetes objects to the views of the
// snapshot. Pure; a view of an unchanged object is made once.

import {
  fragmentAnnotation,
  notInjectedAnnotation,
  serviceDefaults,
  services,
  type Service,
} from "../api/names.ts";
import type {
  ConfigMapView,
  ContainerSpec,
  ContainerStatus,
  Labels,
  Millis,
  MountView,
  NodeView,
  PodView,
  VolumeSource,
  WorkloadKind,
  WorkloadView,
} from "../plan/terms/snapshot.ts";
import { fragmentsOf } from "../admission/mounting.ts";
import { mountedOf } from "./kubelet.ts";
import type {
  ConfigMap,
  Container,
  Custom,
  Node,
  Pod,
  PodSpec,
  Volume,
  Workload,
} from "./objects.ts";
import { isGoing, nodeOf } from "./pods.ts";

/** Labels and container of each service: the defaults with what PciPassthrough says over them. */
export type ServiceLabels = Readonly<
  Record<Service, { readonly matchLabels: Labels; readonly container: string }>
>;

export function serviceLabels(passthrough: Custom | undefined): ServiceLabels {
  const own = (passthrough?.spec.services ?? {}) as Partial<ServiceLabels>;
  return Object.fromEntries(
    services.map((service) => [
      service,
      {
        matchLabels: own[service]?.matchLabels ?? serviceDefaults[service].matchLabels,
        container: own[service]?.container ?? serviceDefaults[service].container,
      },
    ]),
  ) as ServiceLabels;
}

export function serviceOf(labels: Labels | undefined, known: ServiceLabels): Service | undefined {
  return services.find((service) =>
    Object.entries(known[service].matchLabels).every(([key, value]) => labels?.[key] === value),
  );
}

function millis(time: string): Millis {
  return Date.parse(time);
}

export function nodeView(node: Node): NodeView {
  const { name, uid, labels } = node.metadata;
  return { name, uid, labels: labels ?? {} };
}

export function configMapView(map: ConfigMap): ConfigMapView {
  const { name, uid, resourceVersion, annotations, creationTimestamp } = map.metadata;
  return {
    name,
    uid,
    resourceVersion,
    createdAt: millis(creationTimestamp),
    immutable: map.immutable === true,
    data: map.data ?? {},
    annotations: annotations ?? {},
  };
}

export function podView(pod: Pod, service: Service, container: string): PodView {
  const { name, uid, labels, annotations, ownerReferences, creationTimestamp } = pod.metadata;
  const owner = ownerReferences?.[0];
  const node = nodeOf(pod);
  const fragment = fragmentsOf(pod.spec)[0];
  const mounted = mountedOf(pod);
  const notInjected = annotations?.[notInjectedAnnotation];
  const annotated = annotations?.[fragmentAnnotation];
  return {
    name,
    uid,
    service,
    ...(owner === undefined
      ? {}
      : { owner: { kind: owner.kind, name: owner.name, uid: owner.uid } }),
    ...(node === undefined ? {} : { node }),
    createdAt: millis(creationTimestamp),
    deleting: isGoing(pod),
    phase: pod.status.phase,
    ready: pod.status.ready,
    ...(pod.status.readySince === undefined ? {} : { readySince: millis(pod.status.readySince) }),
    ...(pod.status.unreadySince === undefined
      ? {}
      : { unreadySince: millis(pod.status.unreadySince) }),
    labels: labels ?? {},
    ...(fragment === undefined ? {} : { fragment }),
    ...(mounted === undefined ? {} : { mounted }),
    ...(notInjected === undefined ? {} : { notInjected }),
    ...(annotated === undefined ? {} : { annotated }),
    container: containerStatus(pod, container),
    spec: containerSpecs(pod.spec),
  };
}

function containerStatus(pod: Pod, name: string): ContainerStatus {
  const found = pod.status.containers.find((one) => one.name === name) ?? pod.status.containers[0];
  if (found === undefined) return { name, restarts: 0, waiting: "ContainerCreating" };
  const { state, lastState } = found;
  const last = lastState?.terminated;
  return {
    name,
    restarts: found.restartCount,
    ...("running" in state ? { startedAt: millis(state.running.startedAt) } : {}),
    ...("waiting" in state ? { waiting: state.waiting.reason } : {}),
    ...("waiting" in state && state.waiting.message !== undefined
      ? { waitingWhy: state.waiting.message }
      : {}),
    ...(last === undefined
      ? {}
      : {
          lastExit: {
            code: last.exitCode,
            reason: last.reason,
            ...(last.message === undefined || last.message === "" ? {} : { message: last.message }),
            at: millis(last.finishedAt),
          },
        }),
  };
}

function containerSpecs(spec: PodSpec): readonly ContainerSpec[] {
  return spec.containers.map((one) => ({
    name: one.name,
    command: one.command ?? [],
    args: one.args ?? [],
    env: Object.fromEntries((one.env ?? []).map((pair) => [pair.name, pair.value ?? ""])),
    mounts: mountsOf(one, spec.volumes ?? []),
  }));
}

function mountsOf(container: Container, volumes: readonly Volume[]): readonly MountView[] {
  const own = (container.volumeMounts ?? []).filter((one) => one.mountPath.startsWith("/etc/nova"));
  return own.map((mount) => {
    const volume = volumes.find((one) => one.name === mount.name);
    const sources = volume === undefined ? [] : sourcesOf(volume);
    return {
      path: mount.mountPath,
      ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
      readOnly: mount.readOnly === true,
      volume: volumeType(volume),
      configMaps: sources.flatMap((one) => (one.kind === "ConfigMap" ? one.name : [])),
      sources,
    };
  });
}

/** In the order in which they fill it. */
function sourcesOf(volume: Volume): readonly VolumeSource[] {
  const all = [volume, ...(volume.projected?.sources ?? [])];
  return all.flatMap(({ configMap, secret }): readonly VolumeSource[] => {
    if (configMap !== undefined) {
      const { name, items } = configMap;
      return [{ kind: "ConfigMap", name, ...(items === undefined ? {} : { items }) }];
    }
    if (secret === undefined) return [];
    return [{ kind: "Secret", name: "name" in secret ? secret.name : secret.secretName }];
  });
}

function volumeType(volume: Volume | undefined): MountView["volume"] {
  if (volume?.configMap !== undefined) return "configMap";
  if (volume?.secret !== undefined) return "secret";
  if (volume?.projected !== undefined) return "projected";
  return volume?.emptyDir !== undefined ? "emptyDir" : "other";
}

export function workloadView(kind: WorkloadKind, one: Workload, service: Service): WorkloadView {
  const { metadata, spec, status } = one;
  const fragment = spec.template.metadata.annotations?.[fragmentAnnotation];
  const { maxSurge, maxUnavailable } = spec.strategy;
  return {
    kind,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    service,
    generation: metadata.generation,
    observedGeneration: status.observedGeneration,
    ...(fragment === undefined ? {} : { fragment }),
    ...(one.annotationManager === undefined ? {} : { fragmentManager: one.annotationManager }),
    templateLabels: spec.template.metadata.labels,
    selector: spec.selector,
    replicas: kind === "DaemonSet" ? status.replicas : spec.replicas,
    updated: status.updated,
    ready: status.ready,
    available: status.available,
    paused: spec.paused,
    strategy: spec.strategy.type,
    ...(maxSurge === undefined ? {} : { maxSurge: String(maxSurge) }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable: String(maxUnavailable) }),
    containers: containerSpecs(spec.template.spec),
    wants: { matchLabels: spec.template.spec.nodeSelector ?? {}, anyOf: [] },
  };
}
