// A pod as admission sees it: the fields that the rules read or write, under Kubernetes' own names.
// Everything else of a pod is carried along untouched. Lists may be null: the API server writes an
// absent list of a required field so (`sources`, `nodeSelectorTerms`, `containers`).

export type Labels = Readonly<Record<string, string>>;
type List<T> = readonly T[] | null;

export type Items = List<{ readonly key?: string; readonly path?: string }>;
export type MapSource = { readonly name?: string; readonly items?: Items };

/** One source of a projected volume. */
export type Source = {
  readonly configMap?: MapSource;
  readonly secret?: MapSource;
  readonly downwardAPI?: { readonly items?: Items };
  readonly serviceAccountToken?: { readonly path?: string };
  readonly clusterTrustBundle?: { readonly path?: string };
};

export type Volume = {
  readonly name: string;
  readonly configMap?: MapSource;
  readonly projected?: { readonly sources?: List<Source> };
  readonly emptyDir?: unknown;
  readonly secret?: unknown;
  readonly downwardAPI?: unknown;
  readonly image?: unknown;
};

export type VolumeMount = {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
  readonly readOnly?: boolean;
};

export type Container = { readonly name: string; readonly volumeMounts?: List<VolumeMount> };

type Requirement = {
  readonly key: string;
  readonly operator: string;
  readonly values?: List<string>;
};

export type PodSpec = {
  readonly nodeName?: string;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: List<{ readonly matchFields?: List<Requirement> }>;
      };
    };
  };
  readonly containers: List<Container>;
  readonly initContainers?: List<Container>;
  readonly volumes?: List<Volume>;
};

/** Name and status do not matter. */
export type Pod = {
  readonly metadata: {
    readonly labels?: Labels;
    readonly annotations?: Labels;
    readonly ownerReferences?: List<{ readonly kind: string; readonly controller?: boolean }>;
  };
  readonly spec: PodSpec;
};
