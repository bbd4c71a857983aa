// Objects of the kinds that an embedded cluster holds, as they are in the API server: the fields of
// Kubernetes that anything here reads or writes, under their own names. Types only; objects are
// values that are replaced, never changed.

import type { Kind } from "../../api/names.ts";

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
  readonly managedFields?: readonly ManagedFields[];
};

/** What one writer owns of an object. */
export type ManagedFields = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly subresource?: string;
  readonly fieldsV1: object;
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

type Volume = {
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

type Container = {
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

export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
};

type PodStatus = {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly conditions?: readonly Condition[];
  readonly containerStatuses?: readonly ContainerState[];
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

export type Strategy = {
  readonly type: "RollingUpdate" | "Recreate" | "OnDelete";
  readonly rollingUpdate?: {
    readonly maxUnavailable?: number | string;
    readonly maxSurge?: number | string;
  };
};

/**
 * Deployment, StatefulSet and DaemonSet; strategy and counts stand under the names of each kind.
 */
export type Workload = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly replicas: number;
    readonly paused: boolean;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: PodTemplate;
    readonly strategy?: Strategy;
    readonly updateStrategy?: Strategy;
  };
  readonly status?: Readonly<Record<string, number>>;
};

export type ReplicaSet = {
  readonly metadata: Metadata;
  readonly spec: { readonly replicas: number; readonly template: PodTemplate };
};

export type Node = {
  readonly metadata: Metadata;
  readonly spec: { readonly unschedulable: boolean };
  readonly status: { readonly conditions: readonly Condition[] };
};

export type ConfigMap = {
  readonly metadata: Metadata;
  readonly data?: Labels;
  readonly binaryData?: Labels;
  readonly immutable?: boolean;
};

export type DisruptionBudget = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels };
    readonly minAvailable?: number;
    readonly maxUnavailable?: number;
  };
  readonly status?: {
    readonly disruptionsAllowed: number;
    readonly conditions?: readonly Condition[];
  };
};

type Definition = { readonly metadata: Metadata; readonly spec: { readonly kind: Kind } };

export type Custom = {
  readonly metadata: Metadata;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
};

/** What is held as it is written. */
type Plain = { readonly metadata: Metadata };

export type Job = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly activeDeadlineSeconds?: number;
    readonly template: { readonly metadata?: { readonly labels?: Labels }; readonly spec: PodSpec };
  };
  /** Absent while it runs. */
  readonly status?: {
    readonly conditions: readonly {
      readonly type: "Complete" | "Failed";
      readonly status: "True";
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
};

export type Objects = {
  readonly Job: Job;
  readonly Pod: Pod;
  readonly Node: Node;
  readonly ConfigMap: ConfigMap;
  readonly Deployment: Workload;
  readonly StatefulSet: Workload;
  readonly DaemonSet: Workload;
  readonly ReplicaSet: ReplicaSet;
  readonly PodDisruptionBudget: DisruptionBudget;
  readonly CustomResourceDefinition: Definition;
  readonly ControllerRevision: Plain;
  readonly Event: Plain;
  readonly Lease: Plain;
  readonly Namespace: Plain;
  readonly Secret: Plain & { readonly data?: Labels };
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
