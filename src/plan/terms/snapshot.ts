// The snapshot: what was observed, one immutable value per Nova installation (namespace), `now`
// included. Types only. Every adapter builds this value; the core never learns where it came from.
// Lists are complete or absent: an absent list ("denied", "unknown") never means "empty".

import type { Kind, Service } from "../../api/names.ts";
import type { PciAlias } from "../../api/generated/pci-alias.ts";
import type { PciWhitelist } from "../../api/generated/pci-whitelist.ts";
import type { PciFlavor } from "../../api/generated/pci-flavor.ts";
import type { PciPassthrough } from "../../api/generated/pci-passthrough.ts";
import type { CloudView } from "./cloud-view.ts";
import type { BaseRead, State } from "./state.ts";
import type { PodRecipe, PreflightsView } from "./views/preflight-view.ts";
import type { Millis } from "./time.ts";

export type {
  CloudView,
  CloudRead,
  FlavorView,
  FlavorElsewhere,
  ComputeServiceView,
  HostUsage,
  DeviceUse,
  AliasUse,
  PciProvider,
} from "./cloud-view.ts";
export type { BaseFile, BaseRead, FragmentPlace } from "./state.ts";
export type { Millis } from "./time.ts";

export type Labels = Readonly<Record<string, string>>;

/** The metadata we use of any object, as the API server stores it. */
export type Meta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly finalizers?: readonly string[];
};

/** One stored object of ours: generated spec and status types, the metadata narrowed. */
export type Stored<T> = Omit<T, "metadata"> & { readonly metadata: Meta };

export type Snapshot = {
  readonly now: Millis;
  readonly namespace: string;
  /** The namespace is being deleted, with everything in it. */
  readonly terminating?: true;
  readonly objects: {
    readonly aliases: readonly Stored<PciAlias>[];
    readonly whitelists: readonly Stored<PciWhitelist>[];
    readonly flavors: readonly Stored<PciFlavor>[];
    readonly passthrough?: Stored<PciPassthrough>;
  };
  /** Each CRD of ours: read live before a removal is believed. */
  readonly crds: Readonly<Record<Kind, CrdView>>;
  readonly injection: InjectionView;
  /** Rights that were found missing (403), each as the words of `kubectl auth can-i`. */
  readonly missingRights: readonly MissingRight[];
  readonly state: StateView;
  /** ConfigMaps of ours by name: fragments, mounted ones, never the assignment or the state. */
  readonly configMaps: Readonly<Record<string, ConfigMapView>>;
  readonly assignment?: AssignmentView;
  readonly workloads: readonly WorkloadView[];
  /** What somebody else's operator keeps here; absent = nothing. */
  readonly strangers?: readonly StrangerView[];
  readonly pods: readonly PodView[];
  readonly nodes: readonly NodeView[];
  /** Of the nodes that the last plan asked for (Plan.ask), by name; absent = nobody could say. */
  readonly nodeHealth?: Readonly<Record<string, NodeHealth>>;
  readonly budgets: readonly DisruptionBudgetView[];
  /** NodeFeature objects of NFD folded per node; undefined = the CRD is not there. */
  readonly hardware?: Readonly<Record<string, NodeHardware>>;
  /** the chart's own nova.conf, when reading it is allowed and asked for. */
  readonly base?: BaseView;
  readonly cloud: CloudView;
  /** When the plan asked for them (Ask.jobs). */
  readonly jobs?: JobsView;
  /** When the plan asked for them (Ask.preflights). */
  readonly preflights?: PreflightsView;
  /** Writes of the last rounds that are refused still; absent = none. */
  readonly refused?: readonly Refusal[];
  /** Log or termination text of failed containers that the plan asked for, by pod uid. */
  readonly failureTexts: Readonly<Record<string, string>>;
};

/** A write that the API server or Nova refused, and that is tried again in each round. */
export type Refusal = {
  /** Which effect, and what it is done to. */
  readonly do: string;
  readonly subject: string;
  readonly by: "kubernetes" | "cloud";
  /** What was said about it, in one line and without secrets. */
  readonly words: string;
  /** A field belongs to somebody else, or somebody else is first each time. */
  readonly conflict: boolean;
};

export type CrdView =
  /** `created`: no object of this definition is older. */
  | { readonly is: "served"; readonly uid: string; readonly created?: string }
  | { readonly is: "terminating"; readonly uid: string }
  | { readonly is: "absent" };

export type InjectionView = {
  /** MutatingAdmissionPolicy is served, as v1 or as v1beta1. */
  readonly served: boolean;
  /** The namespace carries pci.openstack.org/injection=enabled. */
  readonly namespaceLabelled: boolean;
  readonly mutating: PolicyView;
  readonly guard: GuardView;
  /** ValidatingAdmissionPolicy is served at all; absent = it is. */
  readonly guardServed?: boolean;
  /** The other way into the pod; undefined = nobody looked. */
  readonly webhook?: WebhookView;
};

/** The guard is compared with what is shipped: whoever changed it changed what it keeps out. */
export type GuardView = PolicyView & { readonly changed?: string };

/** As its object and the self-test of this replica show it. */
export type WebhookView =
  | { readonly is: "absent" }
  | {
      readonly is: "installed";
      readonly version: string;
      readonly selects: Labels;
      /** Why its self-test failed; absent = it passed. */
      readonly unreachable?: string;
    };

export type PolicyView =
  | { readonly is: "absent" }
  | {
      readonly is: "installed";
      readonly version: string;
      readonly bound: boolean;
      /** objectSelector.matchLabels of the policy: which pods it touches. */
      readonly selects?: Labels;
    };

export type MissingRight = {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
};

export type StateView =
  | { readonly is: "absent" }
  | {
      readonly is: "read";
      readonly resourceVersion: string;
      readonly state: State;
      /** Compressed size in bytes. */
      readonly bytes: number;
      /** Somebody took the label by which it is watched. */
      readonly unlabelled?: true;
    }
  | { readonly is: "unreadable"; readonly reason: string };

export type ConfigMapView = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: Millis;
  readonly immutable: boolean;
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Labels;
};

export type AssignmentView = {
  readonly uid: string;
  readonly unlabelled?: true;
  readonly resourceVersion: string;
  readonly data: Readonly<Record<string, string>>;
};

export type WorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet";

export type WorkloadView = {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly service: Service;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Our annotation on the pod template, and the field manager that owns it. */
  readonly fragment?: string;
  readonly fragmentManager?: string;
  readonly templateLabels: Labels;
  /**
   * Who made it and may undo what others write: the API group of its owner, or the tool that keeps
   * it.
   */
  readonly keeper?: { readonly by: string; readonly object: string };
  readonly selector: Labels;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly paused: boolean;
  readonly strategy: string;
  readonly maxSurge?: string;
  readonly maxUnavailable?: string;
  readonly containers: readonly ContainerSpec[];
  /** terminationGracePeriodSeconds of its pods; absent = not known. */
  readonly graceSeconds?: number;
  /** For a DaemonSet: which nodes it wants (nodeSelector and required node affinity). */
  readonly wants: NodeTerms;
  /** How a pod without rights would load the same configuration; absent = not known. */
  readonly recipe?: PodRecipe;
};

/** A workload of no service of ours that somebody keeps. */
export type StrangerView = {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly keeper: NonNullable<WorkloadView["keeper"]>;
};

/** A node is wanted when its labels hold every `matchLabels` and one of `anyOf` (empty = all). */
export type NodeTerms = {
  readonly matchLabels: Labels;
  readonly anyOf: readonly (readonly LabelRequirement[])[];
};

export type LabelRequirement = {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values?: readonly string[];
};

export type ContainerSpec = {
  readonly name: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly mounts: readonly MountView[];
  /** The key of a ConfigMap or Secret that the command runs as a script. */
  readonly script?: ScriptSource;
};

export type ScriptSource = {
  readonly kind: VolumeSource["kind"];
  readonly name: string;
  readonly key: string;
};

/** One mount at or below /etc/nova, with what its volume names. */
export type MountView = {
  readonly path: string;
  readonly subPath?: string;
  readonly readOnly: boolean;
  readonly volume: "configMap" | "secret" | "projected" | "emptyDir" | "other";
  readonly configMaps: readonly string[];
  /** What fills the volume, in order: of two files with one path the later one stays. */
  readonly sources: readonly VolumeSource[];
};

export type VolumeSource = {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  /** Only these keys, under these paths; absent = every key is a file. */
  readonly items?: readonly { readonly key: string; readonly path: string }[];
  /** A pod starts without it. */
  readonly optional?: true;
};

export type PodView = {
  readonly name: string;
  readonly uid: string;
  readonly service: Service;
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
  /** spec.nodeName, or the node that a DaemonSet's affinity names. */
  readonly node?: string;
  readonly createdAt: Millis;
  readonly deleting: boolean;
  readonly phase: string;
  readonly ready: boolean;
  readonly readySince?: Millis;
  /**
   * When its Ready condition became False: after the start of its container = it was Ready before.
   */
  readonly unreadySince?: Millis;
  /**
   * Why it runs nothing, as the scheduler or kubelet says it: "Evicted: ...", "Unschedulable: ...".
   */
  readonly problem?: string;
  readonly labels: Labels;
  /** Fragment named in the pod's own volumes; "unassigned" = the name that never exists. */
  readonly fragment?: string;
  /** Fixed-name ConfigMap of ours that the pod mounts (Mounted delivery). */
  readonly mounted?: string;
  readonly notInjected?: string;
  /** The fragment annotation that the pod got from its template. */
  readonly annotated?: string;
  readonly container: ContainerStatus;
  readonly spec: readonly ContainerSpec[];
};

/** The Nova container of a pod. */
export type ContainerStatus = {
  readonly name: string;
  readonly restarts: number;
  readonly startedAt?: Millis;
  readonly waiting?: string;
  /** The sentence that kubelet gives with `waiting`. */
  readonly waitingWhy?: string;
  readonly lastExit?: {
    readonly code: number;
    readonly reason: string;
    readonly message?: string;
    readonly at: Millis;
  };
};

export type NodeView = {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
};

/** Its Ready condition: False and Unknown mean that no kubelet reports. */
export type NodeHealth = { readonly ready: "True" | "False" | "Unknown"; readonly why?: string };

export type DisruptionBudgetView = {
  readonly name: string;
  readonly selector: Labels;
  readonly allowed: number;
  /** A budget that can never allow a disruption (maxUnavailable over a DaemonSet: SyncFailed). */
  readonly broken?: string;
};

export type NodeHardware = {
  readonly devices: readonly HardwareDevice[];
};
export type HardwareDevice = {
  readonly vendor: string;
  readonly product: string;
  readonly class: string;
  readonly totalVfs?: number;
  readonly iommuGroup: boolean;
  /** Only known from an agent that publishes addresses. */
  readonly address?: string;
};

export type BaseView =
  | { readonly is: "denied"; readonly command: string }
  /**
   * What must be there is not, such as "Secret/nova-etc": nobody knows what it held or will hold.
   */
  | { readonly is: "missing"; readonly object: string }
  | BaseRead;

/** Jobs of ours in this namespace. */
export type JobsView =
  | { readonly is: "denied" }
  | { readonly is: "unknown" }
  | {
      readonly is: "read";
      readonly jobs: readonly CleaningJob[];
      /** Why the API server would not have them, by name, as far as this process asked. */
      readonly refused: Readonly<Record<string, string>>;
    };

export type CleaningJob = {
  readonly name: string;
  readonly uid: string;
  readonly deleting: boolean;
  /** As its annotations say. */
  readonly life: string;
  readonly node: string;
  readonly address: string;
  readonly state: "running" | "succeeded" | "failed";
  /** Reason and message of its condition. */
  readonly why?: string;
  /** Of the log of its last pod that failed: anything may stand there. */
  readonly lastLine?: string;
};
