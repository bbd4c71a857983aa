// The snapshot's view of a Pod, made of what the API server stores. Pure. The evidence is the pod's
// own spec: what its volumes name is what it reads.

import {
  fragmentAnnotation,
  fragmentNamePattern,
  mountedName,
  notInjectedAnnotation,
  services,
  unassignedName,
  type Service,
} from "../../api/names.ts";
import type { ContainerStatus, Millis, PodView } from "../../plan/terms/snapshot.ts";
import type { Raw } from "./kube-object.ts";
import { configMapsOf, containerSpecs, shared, type RawPodSpec } from "./pod-spec.ts";
import { serviceOf, type ServiceLabels } from "./service-labels.ts";

type Ended = {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly finishedAt?: string;
};

type RawState = {
  readonly running?: { readonly startedAt?: string };
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: Ended;
};

type RawContainer = {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: RawState;
  readonly lastState?: RawState;
};

export type RawPod = Raw & {
  readonly spec?: RawPodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly initContainerStatuses?: readonly RawContainer[];
    readonly containerStatuses?: readonly RawContainer[];
  };
};

/** Undefined for a pod of no service of ours. */
export function podView(pod: RawPod, known: ServiceLabels): PodView | undefined {
  const { metadata, spec = {}, status = {} } = pod;
  const service = serviceOf(metadata.labels, known);
  if (service === undefined) return undefined;
  const ready = status.conditions?.find((condition) => condition.type === "Ready");
  const isReady = ready?.status === "True";
  const named = (spec.volumes ?? []).flatMap(configMapsOf);
  const owner = metadata.ownerReferences?.find(
    (ownerReference) => ownerReference.controller === true,
  );
  return {
    name: metadata.name,
    uid: metadata.uid ?? "",
    service,
    ...given("owner", owner && { kind: owner.kind, name: owner.name, uid: owner.uid }),
    ...given("node", nodeOf(spec)),
    createdAt: millis(metadata.creationTimestamp),
    // A pod that was evicted or has ended stays as an object, and runs nothing.
    deleting: metadata.deletionTimestamp !== undefined || hasEnded(status.phase),
    phase: status.phase ?? "Unknown",
    ready: isReady,
    ...given("readySince", isReady ? optionalMillis(ready.lastTransitionTime) : undefined),
    ...given("unreadySince", isReady ? undefined : optionalMillis(ready?.lastTransitionTime)),
    ...given("problem", isReady ? undefined : problemOf(status)),
    labels: shared(metadata.labels ?? {}),
    ...given("fragment", named.find(isFragment)),
    ...given(
      "mounted",
      named.find((text) => mountedNames.has(text)),
    ),
    ...given("notInjected", metadata.annotations?.[notInjectedAnnotation]),
    ...given("annotated", metadata.annotations?.[fragmentAnnotation]),
    container: containerStatus(pod, known[service].container),
    spec: containerSpecs(spec),
  };
}

/** Why a pod runs nothing at all, in the words of kubelet, the scheduler or an init container. */
function problemOf(status: NonNullable<RawPod["status"]>): string | undefined {
  if (status.phase === "Failed") return words(status.reason ?? "Failed", status.message);
  const unbound = status.conditions?.find(
    (condition) => condition.type === "PodScheduled" && condition.status === "False",
  );
  if (unbound !== undefined) return words(unbound.reason ?? "Unschedulable", unbound.message);
  const init = status.initContainerStatuses?.find(
    (initContainerStatus) =>
      initContainerStatus.state?.terminated?.exitCode !== 0 &&
      initContainerStatus.state?.waiting?.reason !== "PodInitializing",
  );
  if (init?.state === undefined) return undefined;
  const { waiting, terminated } = init.state;
  const { reason = "is not through", message } = waiting ?? terminated ?? {};
  return words("Init", words(`${init.name} ${reason}`, message));
}

function words(reason: string, message: string | undefined): string {
  return message === undefined || message === "" ? reason : `${reason}: ${message}`;
}

const mountedNames = new Set(services.map((service: Service) => mountedName(service)));

function isFragment(name: string): boolean {
  return name === unassignedName || fragmentNamePattern.test(name);
}

function hasEnded(phase: string | undefined): boolean {
  return phase === "Failed" || phase === "Succeeded";
}

/** Where it runs, or the one node that a DaemonSet's affinity names. */
function nodeOf(spec: RawPodSpec): string | undefined {
  if (spec.nodeName !== undefined && spec.nodeName !== "") return spec.nodeName;
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const fields = terms?.[0]?.matchFields ?? [];
  const field = fields.find(
    (requirement) => requirement.key === "metadata.name" && requirement.operator === "In",
  );
  return field?.values?.length === 1 ? field.values[0] : undefined;
}

function containerStatus(pod: RawPod, name: string): ContainerStatus {
  const found = pod.status?.containerStatuses?.find((container) => container.name === name);
  if (found === undefined) return { name, restarts: 0, waiting: "ContainerCreating" };
  const running = found.state?.running;
  // A container that has just ended has its end in `state`; after its restart it is in lastState.
  const ended = found.state?.terminated ?? found.lastState?.terminated;
  return {
    name,
    restarts: found.restartCount ?? 0,
    ...given("startedAt", optionalMillis(running?.startedAt)),
    ...given("waiting", found.state?.waiting && (found.state.waiting.reason ?? "Waiting")),
    ...given("waitingWhy", found.state?.waiting?.message),
    ...given("lastExit", ended && lastExit(ended)),
  };
}

function lastExit(ended: Ended): NonNullable<ContainerStatus["lastExit"]> {
  return {
    code: ended.exitCode ?? -1,
    reason: ended.reason ?? "",
    ...given("message", ended.message === "" ? undefined : ended.message),
    at: millis(ended.finishedAt),
  };
}

export function millis(time: string | undefined): Millis {
  return optionalMillis(time) ?? 0;
}

function optionalMillis(time: string | undefined): Millis | undefined {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? undefined : at;
}

/** A field that is there only when its value is. */
export function given<K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
