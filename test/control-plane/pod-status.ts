// The status that a kubelet writes for each moment of a pod's life. Pure.
import type { Json } from "./client.ts";

export type Exit = { readonly exitCode: number; readonly message?: string };

type Moment = { readonly pod: Json; readonly ip: string; readonly now: string };

export function heldStatus({ pod, now }: Omit<Moment, "ip">): Json {
  const waiting = { waiting: { reason: "ContainerCreating" } };
  return {
    phase: "Pending",
    startTime: now,
    conditions: conditions(now, { Initialized: true, PodScheduled: true }),
    containerStatuses: containers(pod, () => ({ ready: false, restartCount: 0, state: waiting })),
  };
}

export function runningStatus(moment: Moment, ready: boolean, startedAt: string): Json {
  const { pod, now } = moment;
  return {
    ...basics(moment),
    conditions: readiness(now, ready),
    containerStatuses: containers(pod, () => ({
      ready,
      started: true,
      restartCount: 0,
      state: { running: { startedAt } },
    })),
  };
}

/** One container has failed `restarts + 1` times and waits; the others run. */
export function failingStatus(
  moment: Moment,
  failed: string,
  waits: { readonly reason: string; readonly exit: Exit; readonly restarts: number },
): Json {
  const { pod, now } = moment;
  const terminated = exited(waits.exit, now);
  return {
    ...basics(moment),
    conditions: readiness(now, false),
    containerStatuses: containers(pod, (container) =>
      container.name === failed
        ? {
            ready: false,
            started: false,
            restartCount: waits.restarts,
            state: { waiting: { reason: waits.reason } },
            lastState: { terminated },
          }
        : { ready: true, started: true, restartCount: 0, state: { running: { startedAt: now } } },
    ),
  };
}

/** A pod that was deleted: its containers have ended, the object is still there. */
export function endedStatus(moment: Moment): Json {
  const { pod, now } = moment;
  return {
    ...basics(moment),
    phase: "Succeeded",
    conditions: readiness(now, false),
    containerStatuses: containers(pod, () => ({
      ready: false,
      started: false,
      restartCount: 0,
      state: { terminated: exited({ exitCode: 0 }, now) },
    })),
  };
}

export function readiness(now: string, ready: boolean): readonly Json[] {
  return conditions(now, {
    PodScheduled: true,
    Initialized: true,
    ContainersReady: ready,
    Ready: ready,
  });
}

function basics({ pod, ip, now }: Moment): Json {
  return {
    phase: "Running",
    hostIP: "127.0.0.1",
    podIP: ip,
    podIPs: [{ ip }],
    startTime: pod.status.startTime ?? now,
    initContainerStatuses: ((pod.spec.initContainers ?? []) as Json[]).map((container) => ({
      ...named(container),
      ready: true,
      restartCount: 0,
      state: { terminated: exited({ exitCode: 0 }, now) },
    })),
  };
}

function containers(pod: Json, state: (container: Json) => Json): readonly Json[] {
  return (pod.spec.containers as Json[]).map((container) => ({
    ...named(container),
    ...state(container),
  }));
}

function named(container: Json): Json {
  return { name: container.name, image: container.image, imageID: "stand-in" };
}

function exited({ exitCode, message }: Exit, now: string): Json {
  const reason = exitCode === 0 ? "Completed" : "Error";
  return {
    exitCode,
    reason,
    startedAt: now,
    finishedAt: now,
    ...(message === undefined ? {} : { message }),
  };
}

function conditions(now: string, states: Readonly<Record<string, boolean>>): readonly Json[] {
  return Object.entries(states).map(([type, is]) => ({
    type,
    status: is ? "True" : "False",
    lastTransitionTime: now,
  }));
}
