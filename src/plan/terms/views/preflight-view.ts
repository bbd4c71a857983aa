// What a pre-flight needs of the world: how a workload starts its Nova, as far as another pod may
// do the same without rights, and the Jobs that were made. Types only.

type Json = Readonly<Record<string, unknown>>;

/** Of a pod template what loading the configuration takes, and nothing else. */
export type PodRecipe = {
  readonly image: string;
  readonly pullSecrets: readonly string[];
  /** Command and arguments. */
  readonly words: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
  }[];
  /** ConfigMaps, Secrets, what is projected of both, and empty folders. */
  readonly volumes: readonly Json[];
  readonly tolerations: readonly Json[];
  /** The user of the container; absent = root, or nobody said. */
  readonly user?: number;
};

/** Jobs of ours that try a fragment in the image of a workload. */
export type PreflightsView =
  | { readonly is: "denied" }
  | { readonly is: "unknown" }
  | {
      readonly is: "read";
      readonly jobs: readonly PreflightJob[];
      /** Why the API server would not have them, by name, as far as this process asked. */
      readonly refused: Readonly<Record<string, string>>;
    };

export type PreflightJob = {
  readonly name: string;
  readonly uid: string;
  readonly deleting: boolean;
  readonly ended: boolean;
  /** The last words of its container. */
  readonly message?: string;
  /** Reason of kubelet or of the Job controller, where there are no words. */
  readonly why?: string;
};
