// Pods as Nova's controllers make them, for the cases of admission: one shape for all services, with
// what a case changes of it.

import { fragmentAnnotation, serviceDefaults, type Service } from "../../src/api/names.ts";
import type { Container, Pod, PodSpec, Volume, VolumeMount } from "../../src/admission/pod.ts";

export const compute = "nova-pci-compute-0123456789abcdef";
export const directory = "/etc/nova/nova.conf.d";

export type Shape = {
  readonly service?: Service;
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly nodeName?: string;
  readonly owner?: string;
  readonly annotation?: string;
  readonly container?: string;
  readonly mounts?: readonly VolumeMount[];
  readonly volumes?: readonly Volume[];
  readonly initContainers?: readonly Container[];
  /** Containers that stand before Nova's, and after it. */
  readonly before?: readonly Container[];
  readonly after?: readonly Container[];
  readonly affinity?: PodSpec["affinity"];
};

export function podOf(shape: Shape): Pod {
  const service = shape.service ?? "compute";
  const known = serviceDefaults[service];
  const affinity = shape.affinity ?? (shape.node === undefined ? undefined : only(shape.node));
  const kind = shape.owner ?? (service === "compute" ? "DaemonSet" : "ReplicaSet");
  return {
    metadata: {
      labels: shape.labels ?? known.matchLabels,
      ...(shape.annotation === undefined
        ? {}
        : { annotations: { [fragmentAnnotation]: shape.annotation } }),
      ownerReferences: [ownerOf(kind)],
    },
    spec: {
      ...(affinity === undefined ? {} : { affinity }),
      ...(shape.nodeName === undefined ? {} : { nodeName: shape.nodeName }),
      containers: [
        ...(shape.before ?? []),
        containerOf(shape.container ?? known.container, shape.mounts),
        ...(shape.after ?? []),
      ],
      ...(shape.initContainers === undefined ? {} : { initContainers: shape.initContainers }),
      ...(shape.volumes === undefined ? {} : { volumes: shape.volumes }),
    },
  };
}

function ownerOf(kind: string) {
  return {
    apiVersion: "apps/v1",
    kind,
    name: "owner",
    uid: "00000000-0000-0000-0000-000000000001",
    controller: true,
  };
}

export function containerOf(name: string, volumeMounts?: readonly VolumeMount[]): Container {
  const image = { image: name };
  return { name, ...image, ...(volumeMounts === undefined ? {} : { volumeMounts }) };
}

/** One term for each list of node names; an empty one selects by a label. */
export function affinityTo(...terms: readonly (readonly string[])[]): PodSpec["affinity"] {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((values) =>
          values.length === 0
            ? { matchExpressions: [{ key: "a", operator: "Exists" }] }
            : { matchFields: [{ key: "metadata.name", operator: "In", values }] },
        ),
      },
    },
  };
}

function only(node: string): PodSpec["affinity"] {
  return affinityTo([node]);
}

/** nova-compute on node n1. */
export function computePod(shape: Shape = {}): Pod {
  return podOf({ node: "n1", ...shape });
}
