// The kubelets (and the scheduler): bind a pod, wait for ConfigMaps that are missing, start it, let
// Nova judge its files, report Ready or a crash loop, end it. What a pod reads is fixed at its
// start, as an immutable ConfigMap is. Times are knobs, not measures.

import {
  fragmentKey,
  fragmentNamePattern,
  mountedName,
  services,
  unassignedName,
} from "../../api/names.ts";
import { fragmentsOf } from "../../admission/mounting.ts";
import type { Chance } from "../store/chance.ts";
import type { Clock } from "../store/clock.ts";
import type { Condition, ContainerState, Exit, Pod } from "../store/objects.ts";
import { hasEnded, isGoing, nodeOf, now, readyOf, reportsReady } from "./pods.ts";
import type { Store } from "../store/store.ts";

/** What goes wrong with a Nova process that was started with these files. */
export type Trouble =
  /** Ends with an exit code and a last line; crash loop. */
  | { readonly is: "exits"; readonly code: number; readonly message: string }
  /** Runs and never becomes Ready. */
  | { readonly is: "never-ready" }
  /** Ready, but its compute service never reports. */
  | { readonly is: "silent" };

export type Started = {
  readonly pod: Pod;
  readonly node: string;
  /** Text of our fragment as the process reads it; undefined = none. */
  readonly text: string | undefined;
};

export type KubeletKnobs = {
  readonly startMillis: (node: string) => number;
  readonly readyMillis: (node: string) => number;
  readonly stopMillis: (node: string) => number;
  readonly trouble: (started: Started) => Trouble | undefined;
  /** Why the image cannot be pulled there; undefined = it can. */
  readonly noImage?: (node: string) => string | undefined;
};

type KubeletHooks = {
  /** The main process runs (nova-compute then reports to Nova) or has ended. */
  readonly processStarted: (started: Started, trouble: Trouble | undefined) => void;
  readonly processEnded: (pod: Pod, node: string) => void;
};

export type Kubelets = {
  readonly kill: (node: string) => void;
  readonly revive: (node: string) => void;
  readonly isAlive: (node: string) => boolean;
  /** One crash of the main container that the configuration is not to blame for. */
  readonly crash: (pod: string) => void;
  /** What the running main process of a pod was started with. */
  readonly runs: (pod: Pod) => Started | undefined;
};

/** Pods that run somewhere else than on a compute node (nova-api and so on) need no Node object. */
export const elsewhere = "control-plane";
/** node-monitor-grace-period: how long a dead node still looks Ready (measured: 49 s). */
const graceMillis = 45_000;
/** The pod garbage collector waits this long after a Node object is gone. */
const collectMillis = 60_000;

type Desk = {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly knobs: KubeletKnobs;
  readonly hooks: KubeletHooks;
  readonly dead: Set<string>;
  /** What each pod does next when its node is back, or a missing ConfigMap is there. */
  readonly parked: Map<string, (() => void)[]>;
  readonly running: Map<string, Started>;
  readonly ending: Set<string>;
};

export function runKubelets(
  store: Store,
  clock: Clock,
  chance: Chance,
  knobs: KubeletKnobs,
  hooks: KubeletHooks,
): Kubelets {
  const desk: Desk = {
    store,
    clock,
    chance,
    knobs,
    hooks,
    dead: new Set(),
    parked: new Map(),
    running: new Map(),
    ending: new Set(),
  };
  store.watch(({ kind, type, object }) => {
    if (kind === "Node" && type === "deleted") nodeGone(desk, object.metadata.name);
    if (kind === "ConfigMap" && type === "added") {
      release(desk, (pod) => !desk.dead.has(nodeName(pod)));
    }
    if (kind === "Pod" && type !== "deleted") notice(desk, object as Pod, type === "added");
  });
  return {
    isAlive: (node) => !desk.dead.has(node),
    runs: (pod) => desk.running.get(pod.metadata.uid),
    kill: (node) => kill(desk, node),
    revive: (node) => revive(desk, node),
    crash: (name) => {
      const pod = store.get("Pod", name);
      const started = pod === undefined ? undefined : desk.running.get(pod.metadata.uid);
      if (pod === undefined || started === undefined || isGoing(pod)) return;
      exits(desk, started, restartsOf(pod), { code: 137, message: "" });
    },
  };
}

function notice(desk: Desk, pod: Pod, isNew: boolean): void {
  if (isNew && !hasEnded(pod)) bind(desk, pod);
  if (!isGoing(pod) || desk.ending.has(pod.metadata.uid)) return;
  desk.ending.add(pod.metadata.uid);
  stop(desk, pod);
}

function nodeName(pod: Pod): string {
  return nodeOf(pod) ?? elsewhere;
}

function currentOf(desk: Desk, pod: Pod): Pod | undefined {
  const found = desk.store.get("Pod", pod.metadata.name);
  return found?.metadata.uid === pod.metadata.uid ? found : undefined;
}

function park(desk: Desk, pod: Pod, act: () => void): void {
  const { uid } = pod.metadata;
  desk.parked.set(uid, [...(desk.parked.get(uid) ?? []), act]);
}

/** Does `act` after a while, when the node is alive; never for a pod that is gone. */
function later(desk: Desk, pod: Pod, millis: number, act: (current: Pod) => void): void {
  const attempt = (): void => {
    const current = currentOf(desk, pod);
    if (current === undefined) desk.parked.delete(pod.metadata.uid);
    else if (desk.dead.has(nodeName(current))) park(desk, current, attempt);
    else act(current);
  };
  desk.clock.after(millis, attempt);
}

function bind(desk: Desk, pod: Pod): void {
  later(desk, pod, desk.chance.between(5, 40), (current) => {
    if (isGoing(current)) return;
    desk.store.edit("Pod", current.metadata.name, (old) => ({
      ...old,
      spec: { ...old.spec, nodeName: nodeName(current) },
    }));
    start(desk, current);
  });
}

function start(desk: Desk, pod: Pod): void {
  later(desk, pod, desk.knobs.startMillis(nodeName(pod)), (current) => {
    if (isGoing(current)) return;
    const noImage = desk.knobs.noImage?.(nodeName(current));
    if (noImage !== undefined) backOff(desk, current, noImage);
    else if (waitsForConfigMap(current, desk.store))
      park(desk, current, () => start(desk, current));
    else run(desk, current, textOf(current, desk.store), 0);
  });
}

function backOff(desk: Desk, pod: Pod, message: string): void {
  const shown = pod.status.containerStatuses?.[0]?.state;
  if (shown === undefined || !("waiting" in shown)) {
    show(desk, pod, {
      restartCount: 0,
      state: { waiting: { reason: "ImagePullBackOff", message } },
    });
  }
  later(desk, pod, 20_000, (current) => start(desk, current));
}

function run(desk: Desk, pod: Pod, text: string | undefined, restarts: number): void {
  const started: Started = { pod, node: nodeName(pod), text };
  const trouble = desk.knobs.trouble(started);
  desk.running.set(pod.metadata.uid, started);
  show(desk, pod, { restartCount: restarts, state: { running: { startedAt: now(desk.clock) } } });
  desk.hooks.processStarted(started, trouble);
  const still = (): boolean => desk.running.get(pod.metadata.uid) === started;
  if (trouble?.is === "exits") {
    later(desk, pod, desk.chance.between(2000, 6000), () => {
      if (still()) exits(desk, started, restarts, trouble);
    });
  } else if (trouble?.is !== "never-ready") {
    later(desk, pod, desk.knobs.readyMillis(started.node), (current) => {
      if (still() && !isGoing(current)) setReady(desk, current, true);
    });
  }
}

type Ending = { readonly code: number; readonly message: string };

function exits(desk: Desk, started: Started, restarts: number, how: Ending): void {
  desk.running.delete(started.pod.metadata.uid);
  desk.hooks.processEnded(started.pod, started.node);
  const exit: Exit = {
    exitCode: how.code,
    reason: how.code === 0 ? "Completed" : "Error",
    message: how.message,
    finishedAt: now(desk.clock),
  };
  const current = currentOf(desk, started.pod);
  if (current === undefined || isGoing(current)) return;
  const state = { waiting: { reason: "CrashLoopBackOff" } };
  show(desk, current, { restartCount: restarts, state, lastState: { terminated: exit } });
  later(desk, current, Math.min(10_000 * 2 ** restarts, 300_000), (again) => {
    if (isGoing(again) || desk.running.has(again.metadata.uid)) return;
    run(desk, again, started.text, restarts + 1);
  });
}

function show(desk: Desk, pod: Pod, main: Omit<ContainerState, "name" | "ready">): void {
  const current = currentOf(desk, pod);
  if (current === undefined || hasEnded(current)) return;
  const lastState = main.lastState ?? current.status.containerStatuses?.[0]?.lastState;
  // All containers of a pod fare alike here: which of them is Nova's is for the operator to know.
  const containerStatuses = current.spec.containers.map(({ name }) => ({
    ...main,
    name,
    ready: false,
    ...(lastState === undefined ? {} : { lastState }),
  }));
  desk.store.edit("Pod", current.metadata.name, (old) => ({
    ...old,
    status: { phase: "Running", conditions: unready(desk, old), containerStatuses },
  }));
}

/** Since when it is not Ready; nothing for a pod that never was. */
function unready(desk: Desk, pod: Pod): readonly Condition[] {
  const before = readyOf(pod);
  if (before?.status !== "True") return before === undefined ? [] : [before];
  return [{ type: "Ready", status: "False", lastTransitionTime: now(desk.clock) }];
}

function setReady(desk: Desk, pod: Pod, ready: boolean): void {
  const shown = pod.status.containerStatuses;
  if (shown === undefined || reportsReady(pod) === ready || hasEnded(pod)) return;
  const time = now(desk.clock);
  desk.store.edit("Pod", pod.metadata.name, (old) => ({
    ...old,
    status: {
      phase: "Running",
      conditions: ready
        ? [{ type: "Ready", status: "True", lastTransitionTime: time }]
        : unready(desk, old),
      containerStatuses: shown.map((containerState) => ({ ...containerState, ready })),
    },
  }));
}

function stop(desk: Desk, pod: Pod): void {
  const runs = desk.running.has(pod.metadata.uid);
  later(desk, pod, runs ? desk.knobs.stopMillis(nodeName(pod)) : 50, (current) => {
    if (desk.running.delete(current.metadata.uid)) {
      desk.hooks.processEnded(current, nodeName(current));
    }
    const { containerStatuses = [] } = current.status;
    desk.store.edit("Pod", current.metadata.name, (old) => ({
      ...old,
      status: { phase: "Succeeded", containerStatuses },
    }));
    later(desk, current, desk.chance.between(500, 900), (ended) => erase(desk, ended));
  });
}

function erase(desk: Desk, pod: Pod): void {
  desk.parked.delete(pod.metadata.uid);
  desk.ending.delete(pod.metadata.uid);
  desk.store.erase("Pod", pod.metadata.name);
}

/** A kubelet tries a missing ConfigMap again about every second (measured: 1.1 to 1.6 s). */
function release(desk: Desk, test: (pod: Pod) => boolean): void {
  if (desk.parked.size === 0) return;
  for (const pod of desk.store.list("Pod")) {
    const acts = desk.parked.get(pod.metadata.uid);
    if (acts === undefined || !test(pod)) continue;
    desk.parked.delete(pod.metadata.uid);
    for (const act of acts) desk.clock.after(desk.chance.between(1100, 1600), act);
  }
}

function podsOn(desk: Desk, node: string): readonly Pod[] {
  return desk.store.list("Pod").filter((pod) => nodeOf(pod) === node);
}

function nodeGone(desk: Desk, node: string): void {
  desk.clock.after(collectMillis, () => {
    if (desk.store.get("Node", node) !== undefined) return;
    for (const pod of podsOn(desk, node)) {
      if (desk.running.delete(pod.metadata.uid)) desk.hooks.processEnded(pod, node);
      erase(desk, pod);
    }
  });
}

function kill(desk: Desk, node: string): void {
  if (desk.dead.has(node)) return;
  desk.dead.add(node);
  for (const pod of podsOn(desk, node)) {
    if (desk.running.has(pod.metadata.uid)) desk.hooks.processEnded(pod, node);
  }
  desk.clock.after(graceMillis, () => {
    if (!desk.dead.has(node)) return;
    setNodeReady(desk.store, node, "Unknown");
    for (const pod of podsOn(desk, node)) setReady(desk, pod, false);
  });
}

/** The machine boots again: its pods start once more, with the files they were created with. */
function revive(desk: Desk, node: string): void {
  if (!desk.dead.delete(node)) return;
  setNodeReady(desk.store, node, "True");
  for (const pod of podsOn(desk, node)) {
    const known = desk.running.get(pod.metadata.uid);
    if (known === undefined || isGoing(pod)) continue;
    desk.running.delete(pod.metadata.uid);
    setReady(desk, pod, false);
    later(desk, pod, desk.chance.between(2000, 8000), (current) => {
      if (isGoing(current)) return;
      endedWithTheMachine(desk, current);
      run(desk, current, known.text, restartsOf(current) + 1);
    });
  }
  release(desk, (pod) => nodeOf(pod) === node);
}

/** A kubelet that starts finds containers gone that it never saw end (exit code 255, "Unknown"). */
function endedWithTheMachine(desk: Desk, pod: Pod): void {
  const exit: Exit = { exitCode: 255, reason: "Unknown", finishedAt: now(desk.clock) };
  const state = { waiting: { reason: "ContainerCreating" } };
  show(desk, pod, { restartCount: restartsOf(pod), state, lastState: { terminated: exit } });
}

function setNodeReady(store: Store, name: string, status: Condition["status"]): void {
  if (store.get("Node", name) === undefined) return;
  const silent = {
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
  };
  const ready: Condition = { type: "Ready", status, ...(status === "True" ? {} : silent) };
  store.edit("Node", name, (old) =>
    old.status.conditions[0]?.status === status ? old : { ...old, status: { conditions: [ready] } },
  );
}

function restartsOf(pod: Pod): number {
  return pod.status.containerStatuses?.[0]?.restartCount ?? 0;
}

/** ConfigMaps that a pod mounts, alone or as a source. */
function configMapsOf(pod: Pod): readonly { readonly name: string; readonly optional?: boolean }[] {
  return (pod.spec.volumes ?? []).flatMap((volume) =>
    [
      volume.configMap,
      ...(volume.projected?.sources ?? []).map((source) => source.configMap),
    ].filter((configMapSource) => configMapSource !== undefined),
  );
}

/**
 * What others made is there: the files of a user need not hold it, and it is not ours to wait for.
 */
function waitsForConfigMap(pod: Pod, store: Store): boolean {
  return configMapsOf(pod).some(
    (configMap) =>
      configMap.optional !== true &&
      isOurs(configMap.name) &&
      store.get("ConfigMap", configMap.name) === undefined,
  );
}

function isOurs(name: string): boolean {
  return name === unassignedName || fragmentNamePattern.test(name) || mountedNames.has(name);
}

function textOf(pod: Pod, store: Store): string | undefined {
  const ours = fragmentsOf(pod.spec)[0] ?? mountedOf(pod);
  if (ours === undefined || ours === unassignedName) return undefined;
  return store.get("ConfigMap", ours)?.data?.[fragmentKey];
}

const mountedNames: ReadonlySet<string> = new Set(services.map(mountedName));

/** Fixed-name ConfigMap of ours that the pod mounts (Mounted delivery). */
export function mountedOf(pod: Pod): string | undefined {
  return configMapsOf(pod).find((configMap) => mountedNames.has(configMap.name))?.name;
}
