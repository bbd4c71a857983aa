// The evidence by which a nova-compute may be blamed, and the words for where there is none: a node
// that went away, a pod that was never made or never started. Reads one node's sight; decides
// nothing.

import type { Sight } from "../gates/sight.ts";
import type { ContainerStatus, NodeHealth, PodView, Snapshot } from "../terms/snapshot.ts";

/** Why there is nothing to judge by. `sign` is one word that stays while `why` may vary. */
export type Cause = {
  readonly sign: string;
  readonly why: string;
  /** What a person does, where it is not the node that is gone. */
  readonly cure?: string;
};

/**
 * kubelet writes these when it finds a container gone that it never saw end: the machine rebooted.
 */
const endedWithTheNode: ReadonlySet<string> = new Set(["Unknown", "ContainerStatusUnknown"]);

/** The container was started, and by itself it ended, or it can still be watched. */
export function endedByItself({ lastExit }: ContainerStatus): boolean {
  return lastExit !== undefined && !endedWithTheNode.has(lastExit.reason);
}

/** Known to be without a kubelet; not knowing is no proof. */
export function isDown(health: NodeHealth | undefined): boolean {
  return health !== undefined && health.ready !== "True";
}

export function healthOf(node: string | undefined, seen: Snapshot): NodeHealth | undefined {
  return node === undefined ? undefined : seen.nodeHealth?.[node];
}

/**
 * Why nothing of this pod can be judged; undefined = a container of it was started, and shows how
 * it is.
 */
export function nothingToJudge(pod: PodView, seen: Snapshot): Cause | undefined {
  const { container } = pod;
  const health = healthOf(pod.node, seen);
  if (container.startedAt === undefined) {
    if (endedByItself(container)) return undefined;
    return isDown(health) ? nodeDown(health) : notStarted(pod);
  }
  if (pod.ready) return undefined;
  if (isDown(health)) return nodeDown(health);
  return undefined;
}

/** It was Ready with the very container that runs now. */
export function lostReady({ ready, unreadySince, container }: PodView): boolean {
  if (ready || unreadySince === undefined || container.startedAt === undefined) return false;
  return unreadySince > container.startedAt;
}

/** The same for a nova-compute, of which Nova itself can say that it runs and does not report. */
export function nothingToBlame(sight: Sight, seen: Snapshot): Cause | undefined {
  const { pod } = sight;
  const health = healthOf(sight.node, seen);
  if (pod === undefined) return isDown(health) ? nodeDown(health) : podless(sight);
  const cause = nothingToJudge(pod, seen);
  if (cause !== undefined || !lostReady(pod)) return cause;
  const silent = sight.service?.state === "down" && health?.ready === "True";
  if (silent) return undefined;
  const why = `pod ${pod.name} lost Ready, and its container has not ended`;
  return { sign: "NotReady", why };
}

function nodeDown(health: NodeHealth | undefined): Cause {
  const why = health?.why === undefined || health.why === "" ? "" : ` (${health.why})`;
  return { sign: "NodeNotReady", why: bounded(`its Node is not Ready${why}`) };
}

function podless({ going }: Sight): Cause {
  const problem = going.find((pod) => pod.problem !== undefined);
  if (problem !== undefined) return troubled(problem);
  const old = going[0];
  if (old !== undefined) return { sign: "OldPod", why: `its old pod ${old.name} does not end` };
  return { sign: "NoPod", why: "no nova-compute pod was made for it" };
}

function troubled({ name, problem = "" }: PodView): Cause {
  const why = bounded(`pod ${name} runs nothing: ${problem}`);
  return { sign: problem.split(":", 1)[0]!, why };
}

/** An image that cannot be pulled shows two reasons in turn. */
const sameSign: Readonly<Record<string, string>> = { ErrImagePull: "ImagePullBackOff" };

function notStarted(pod: PodView): Cause {
  const { waiting = "ContainerCreating", waitingWhy, lastExit, name } = pod.container;
  if (lastExit !== undefined) {
    return {
      sign: "NodeRestarted",
      why: `container ${name} of pod ${pod.name} ended with its node`,
    };
  }
  if (pod.problem !== undefined) return troubled(pod);
  const words = waitingWhy === undefined ? waiting : `${waiting}: ${waitingWhy}`;
  const why = bounded(`container ${name} of pod ${pod.name} was never started: ${words}`);
  return { sign: sameSign[waiting] ?? waiting, why };
}

const limit = 300;

function bounded(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}
