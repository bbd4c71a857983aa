// Effects, and the plan that holds them. Types only: each effect is one mutating request, complete
// in itself, so that the executor has no choice to make.

import type { Kind, Service } from "../../api/names.ts";
import type { Gate } from "./gates.ts";
import type { WorkloadKind } from "./snapshot.ts";
import type { State } from "./state.ts";
import type { Millis } from "./time.ts";

export type Plan = {
  readonly namespace: string;
  /**
   * Performed one after the other in this order. A failure skips the rest of the disruptive ones
   * (everything but "status" and "event"); a conflict on "write-state" skips everything.
   */
  readonly effects: readonly Effect[];
  /** Why steps wait, for people and metrics. */
  readonly gates: readonly Gate[];
  /** When to plan again if nothing happens before; undefined = only on change. */
  readonly againAt?: Millis;
  /** What the next snapshot should hold beyond the usual (cached a minute by the adapter). */
  readonly ask: Ask;
  /** Gauges for metrics, named in operator/metrics.ts. */
  readonly gauges: readonly Gauge[];
};

export type Ask = {
  /** Nova hosts whose device use and busy servers are needed. */
  readonly usageOf: readonly string[];
  /** Alias names whose flavors and servers are needed. */
  readonly aliasUse: readonly string[];
  /** Flavors whose projects are needed, by name or id: each is a question of its own. */
  readonly accessTo: readonly string[];
  readonly inventories: boolean;
  /** Jobs that clean devices (Snapshot.jobs). */
  readonly jobs: boolean;
  /** Jobs that try a fragment before a canary (Snapshot.preflights). */
  readonly preflights: boolean;
  /** What must hold before pci_in_placement goes on (CloudRead.placement). */
  readonly placement: boolean;
  /** Nodes whose Ready condition is needed: is their kubelet alive? */
  readonly healthOf: readonly string[];
  /** Pods whose log tail is needed: pod name, uid and container. */
  readonly logsOf: readonly {
    readonly pod: string;
    readonly uid: string;
    readonly container: string;
  }[];
};

export type Gauge = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Effect = KubeEffect | CloudEffect;

/** What the Kubernetes adapter can be told to do: one mutating request each. */
export type KubeEffect =
  /** Create (no resourceVersion) or replace the state; a stale resourceVersion is a conflict. */
  | { readonly do: "write-state"; readonly state: State; readonly resourceVersion?: string }
  /** Immutable ConfigMap named by its content. Already there with equal content = done. */
  | {
      readonly do: "create-fragment";
      readonly name: string;
      readonly service: Service;
      readonly text: string;
      readonly digest: string;
    }
  /**
   * Judged once more by fresh lists (pods, ReplicaSets, ControllerRevisions, assignment): when one
   * of them names the fragment it stays (a conflict). With uid precondition.
   */
  | { readonly do: "delete-fragment"; readonly name: string; readonly uid: string }
  /** Server-side apply (manager config, force) of the fixed-name ConfigMap. */
  | {
      readonly do: "write-mounted";
      readonly name: string;
      readonly service: Service;
      readonly text: string;
      readonly digest: string;
    }
  | { readonly do: "create-assignment"; readonly data: Readonly<Record<string, string>> }
  /** One merge patch with resourceVersion; null removes a key. */
  | {
      readonly do: "patch-assignment";
      readonly resourceVersion: string;
      readonly data: Readonly<Record<string, string | null>>;
    }
  /** Server-side apply (manager rollout, no force unless `take`) of our template annotation. */
  | {
      readonly do: "annotate-workload";
      readonly kind: WorkloadKind;
      readonly name: string;
      readonly uid: string;
      readonly value: string;
      readonly take: boolean;
    }
  /** DELETE or Eviction with a uid precondition. */
  | {
      readonly do: "remove-pod";
      readonly name: string;
      readonly uid: string;
      readonly by: "delete" | "evict";
      /** gracePeriodSeconds; absent = what the pod says. */
      readonly graceSeconds?: number;
      readonly why: string;
    }
  /** Named by its content. Already there = done. */
  | {
      readonly do: "create-job";
      readonly name: string;
      readonly node: string;
      readonly address: string;
      readonly job: Readonly<Record<string, unknown>>;
    }
  /** Named by its content, too. */
  | {
      readonly do: "create-preflight";
      readonly name: string;
      readonly node: string;
      readonly fragment: string;
      readonly job: Readonly<Record<string, unknown>>;
    }
  /** With uid precondition, its pods with it. */
  | { readonly do: "delete-job"; readonly name: string; readonly uid: string }
  | { readonly do: "create-passthrough" }
  | {
      readonly do: "set-finalizers";
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion: string;
      readonly finalizers: readonly string[];
    }
  /** Server-side apply to /status (manager status), only when it differs. */
  | {
      readonly do: "status";
      readonly kind: Kind;
      readonly name: string;
      readonly uid: string;
      readonly status: Readonly<Record<string, unknown>>;
    }
  | {
      readonly do: "event";
      readonly about: { readonly kind: string; readonly name: string; readonly uid: string };
      readonly type: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    };

/** What the OpenStack adapter can be told to do. */
export type CloudEffect =
  | {
      readonly do: "create-flavor";
      readonly object: string;
      readonly flavor: {
        readonly name: string;
        readonly id?: string;
        readonly vcpus: number;
        readonly ramMiB: number;
        readonly diskGiB: number;
        readonly ephemeralGiB: number;
        readonly swapMiB: number;
        readonly isPublic: boolean;
        readonly description?: string;
      };
    }
  | {
      readonly do: "set-extra-specs";
      readonly flavorId: string;
      readonly set: Readonly<Record<string, string>>;
      /**
       * Keys that Nova reads and its API's checks refuse: asked with a microversion without them.
       */
      readonly unchecked?: true;
    }
  | { readonly do: "delete-extra-spec"; readonly flavorId: string; readonly key: string }
  | {
      readonly do: "set-flavor-description";
      readonly flavorId: string;
      readonly description: string | null;
    }
  | { readonly do: "add-flavor-access"; readonly flavorId: string; readonly project: string }
  | { readonly do: "remove-flavor-access"; readonly flavorId: string; readonly project: string }
  | { readonly do: "delete-flavor"; readonly flavorId: string }
  | {
      readonly do: "disable-compute";
      readonly serviceId: string;
      readonly host: string;
      readonly reason: string;
    }
  | { readonly do: "enable-compute"; readonly serviceId: string; readonly host: string }
  /** `reserved` to 0, only while Placement is at that generation. */
  | {
      readonly do: "return-device";
      readonly provider: string;
      readonly generation: number;
      readonly resourceClass: string;
      readonly node: string;
      readonly address: string;
    };
