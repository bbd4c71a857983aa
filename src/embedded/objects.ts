// Answers "what does an object look like in the API server?" for the kinds that an embedded
// cluster holds: the fields of Kubernetes that anything here reads or writes, under their own
// names. Types only; objects are values that are replaced, never changed.

import type { Kind } from "../api/names.ts";

export type Labels = Readonly<Record<string, string>>;

export type Metadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
};

export type OwnerReference = {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
};

type ConfigMapSource = {
  readonly name: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
  readonly optional?: boolean;
};

type Source = {
  readonly configMap?: ConfigMapSource;
  readonly secret?: { readonly name: string };
};

export type Volume = {
  readonly name: string;
  readonly configMap?: ConfigMapSource;
  readonly secret?: { readonly secretName: string };
  readonly projected?: { readonly sources: readonly Source[] };
  readonly emptyDir?: Readonly<Record<string, unknown>>;
  readonly hostPath?: { readonly path: string };
};

type VolumeMount = {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
};

export type Container = {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly VolumeMount[];
};

type NodeSelectorTerm = {
  readonly matchExpressions?: readonly Requirement[];
  readonly matchFields?: readonly Requirement[];
};
type Requirement = {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values?: readonly string[];
};

type Affinity = {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
    };
  };
};

export type PodSpec = {
  readonly nodeName?: string;
  readonly nodeSelector?: Labels;
  readonly affinity?: Affinity;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
};

export type ContainerState = {
  readonly name: string;
  readonly restartCount: number;
  readonly ready: boolean;
  readonly state:
    | { readonly running: { readonly startedAt: string } }
    | { readonly waiting: { readonly reason: string; readonly message?: string } }
    | { readonly terminated: Exit };
  readonly lastState?: { readonly terminated: Exit };
};
export type Exit = {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly finishedAt: string;
};

type PodStatus = {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly ready: boolean;
  readonly readySince?: string;
  readonly unreadySince?: string;
  readonly containers: readonly ContainerState[];
};

export type Pod = {
  readonly metadata: Metadata;
  readonly spec: PodSpec;
  readonly status: PodStatus;
};

export type PodTemplate = {
  readonly metadata: { readonly labels: Labels; readonly annotations?: Labels };
  readonly spec: PodSpec;
};

type WorkloadStatus = {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
};

export type Strategy = {
  readonly type: "RollingUpdate" | "Recreate" | "OnDelete";
  readonly maxUnavailable?: number | string;
  readonly maxSurge?: number | string;
};

/** Deployment, StatefulSet and DaemonSet; the strategy stands under its name of each kind. */
export type Workload = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly replicas: number;
    readonly paused: boolean;
    readonly selector: Labels;
    readonly template: PodTemplate;
    readonly strategy: Strategy;
  };
  /** Who last wrote our annotation of the template. */
  readonly annotationManager?: string;
  readonly status: WorkloadStatus;
};

export type ReplicaSet = {
  readonly metadata: Metadata;
  readonly spec: { readonly replicas: number; readonly template: PodTemplate };
};

export type Node = {
  readonly metadata: Metadata;
  readonly spec: { readonly unschedulable: boolean };
  readonly status: { readonly ready: "True" | "False" | "Unknown" };
};

export type ConfigMap = {
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
  /** The operator's state is held as the value it encodes (see world.ts). */
  readonly value?: unknown;
};

export type DisruptionBudget = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly selector: Labels;
    readonly minAvailable?: number;
    readonly maxUnavailable?: number;
  };
};

type Definition = { readonly metadata: Metadata; readonly spec: { readonly kind: Kind } };

export type Custom = {
  readonly metadata: Metadata;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
};

export type Objects = {
  readonly Pod: Pod;
  readonly Node: Node;
  readonly ConfigMap: ConfigMap;
  readonly Deployment: Workload;
  readonly StatefulSet: Workload;
  readonly DaemonSet: Workload;
  readonly ReplicaSet: ReplicaSet;
  readonly PodDisruptionBudget: DisruptionBudget;
  readonly CustomResourceDefinition: Definition;
  readonly PciAlias: Custom;
  readonly PciWhitelist: Custom;
  readonly PciFlavor: Custom;
  readonly PciPassthrough: Custom;
};
export type ObjectKind = keyof Objects;
export type AnyObject = Objects[ObjectKind];

/** What a writer gives of the metadata; the store adds the rest. */
export type Draft<K extends ObjectKind> = Omit<Objects[K], "metadata"> & {
  readonly metadata: Pick<Metadata, "name"> & Partial<Metadata>;
};

export const workloadKinds = ["Deployment", "StatefulSet", "DaemonSet"] as const;
