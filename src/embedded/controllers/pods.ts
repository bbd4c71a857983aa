// Pods as controllers make and judge them: the template, the owner and admission at creation;
// revision, availability and end of what exists.

import { assignmentName } from "../../api/names.ts";
import { admit, onlyNode, type Scope } from "../../admission/rules.ts";
import type { Clock } from "../store/clock.ts";
import type {
  Condition,
  OwnerReference,
  Pod,
  PodSpec,
  PodTemplate,
  Workload,
} from "../store/objects.ts";
import { timestamp, type Store } from "../store/store.ts";

export const revisionLabel = "controller-revision-hash";

export type PodMaker = {
  readonly make: (request: PodRequest) => void;
};

type PodRequest = {
  readonly name: string;
  readonly template: PodTemplate;
  readonly owner: OwnerReference;
  readonly revision: string;
  readonly node?: string;
};

/**
 * The API server's view of the parameter lags by milliseconds (measured: p50 8 ms, max 30 ms; per
 * server), so a pod is admitted with the assignment as it was a moment ago.
 */
export function makePodMaker(
  store: Store,
  clock: Clock,
  scope: () => Scope,
  lagMillis: () => number,
): PodMaker {
  const history: {
    readonly at: number;
    readonly data: Readonly<Record<string, string>> | undefined;
  }[] = [];
  store.watch((change) => {
    if (change.kind !== "ConfigMap" || change.object.metadata.name !== assignmentName) return;
    const gone = change.type === "deleted";
    const { data } = change.object as { readonly data?: Readonly<Record<string, string>> };
    history.push({ at: clock.now(), data: gone ? undefined : (data ?? {}) });
    if (history.length > 50) history.splice(0, 25);
  });
  const parameter = (): Readonly<Record<string, string>> | undefined => {
    const then = clock.now() - lagMillis();
    for (let index = history.length - 1; index >= 0; index -= 1) {
      if (history[index]!.at <= then) return history[index]!.data;
    }
    return undefined;
  };
  return {
    make: ({ name, template, owner, revision, node }) => {
      const labels = { ...template.metadata.labels, [revisionLabel]: revision };
      const { annotations } = template.metadata;
      const metadata = {
        name,
        labels,
        ownerReferences: [owner],
        ...(annotations === undefined ? {} : { annotations }),
      };
      const spec = node === undefined ? template.spec : pinned(template.spec, node);
      const admitted = admit({ metadata, spec }, parameter(), scope());
      store.create("Pod", {
        metadata: { ...admitted.metadata, name },
        spec: admitted.spec,
        status: { phase: "Pending" },
      });
    },
  };
}

function pinned(spec: PodSpec, node: string): PodSpec {
  const term = {
    matchFields: [{ key: "metadata.name", operator: "In" as const, values: [node] }],
  };
  return {
    ...spec,
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
      },
    },
  };
}

export function nodeOf(pod: Pod): string | undefined {
  return pod.spec.nodeName ?? onlyNode(pod.spec);
}

/** Fingerprint of a template: equal templates are one revision, as for ControllerRevisions. */
export function revisionOf(template: PodTemplate): string {
  const known = revisions.get(template);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(template)) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  }
  const text = hash.toString(16).padStart(8, "0");
  revisions.set(template, text);
  return text;
}
const revisions = new WeakMap<PodTemplate, string>();

export function ownedBy(store: Store, uid: string): readonly Pod[] {
  return store
    .list("Pod")
    .filter(
      (pod) =>
        pod.metadata.ownerReferences?.some((ownerReference) => ownerReference.uid === uid) === true,
    );
}

export function isGoing(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Its containers have ended: a controller may replace it although the object is still there. */
export function hasEnded(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

export function ownerOf(kind: string, object: Pick<Workload, "metadata">): OwnerReference {
  const { name, uid } = object.metadata;
  return { kind, name, uid, controller: true };
}

export function readyOf({ status }: Pod): Condition | undefined {
  return status.conditions?.find((condition) => condition.type === "Ready");
}

export function isReady(pod: Pod): boolean {
  return reportsReady(pod) && !isGoing(pod);
}

/** Also of a pod that is going. */
export function reportsReady(pod: Pod): boolean {
  return readyOf(pod)?.status === "True";
}

export function now(clock: Clock): string {
  return timestamp(clock.now());
}
