// Who is to blame when the pods of a service do not become Ready in time: a pod whose container was
// started, on a node whose kubelet reports; else nobody, and the service is lost, not failed.

import { serviceTitle } from "../../api/names.ts";
import { type Cause, healthOf, lostReady, nothingToJudge } from "../computes/evidence.ts";
import type { Reason } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import type { Millis, PodView } from "../terms/snapshot.ts";
import type { ServiceInput } from "./draft.ts";
import { type Progress, unreadyPods } from "./progress.ts";

type Blame =
  | { readonly is: "pod"; readonly pod: PodView }
  /** Nodes of pods that run and are not Ready: does their kubelet report? */
  | { readonly is: "asked"; readonly nodes: readonly string[] }
  | { readonly is: "nobody"; readonly cause: Cause };

export function blameFor(input: ServiceInput, progress: Progress): Blame {
  const { seen } = input;
  if (progress.failing !== undefined) return { is: "pod", pod: progress.failing };
  const unready = unreadyPods(input);
  const open = unready.filter((pod) => nothingToJudge(pod, seen) === undefined && !lostReady(pod));
  const proved = open.find(
    (pod) =>
      pod.container.startedAt === undefined ||
      pod.node === undefined ||
      healthOf(pod.node, seen)?.ready === "True",
  );
  if (proved !== undefined) return { is: "pod", pod: proved };
  const nodes = open.flatMap((pod) => pod.node ?? []);
  if (nodes.length > 0) return { is: "asked", nodes };
  return { is: "nobody", cause: causeFor(input, unready, progress) };
}

function causeFor(input: ServiceInput, unready: readonly PodView[], progress: Progress): Cause {
  for (const pod of unready) {
    const cause = nothingToJudge(pod, input.seen);
    if (cause !== undefined) return cause;
    const why = `pod ${pod.name} lost Ready, and its container has not ended`;
    if (lostReady(pod)) return { sign: "NotReady", why };
  }
  const lacking = progress.total - progress.ready;
  return lacking > 0
    ? { sign: "NoPod", why: `${lacking} of ${progress.total} pods were not made` }
    : { sign: "OldPods", why: "every new pod is Ready, and old ones have not gone" };
}

/** Kubernetes may take its time; what is said after a while stands in no state. */
const patienceMillis = 4 * 60 * 1000;

/** When what is said of it changes. */
export function lostMoments(since: Millis, { rollout }: Settings): readonly Millis[] {
  return [since + patienceMillis, since + rollout.verifyTimeoutMillis];
}

export function lostReason(
  { service, seen, settings }: ServiceInput,
  { why }: Cause,
  since: Millis,
): Reason | undefined {
  const until = since + settings.rollout.verifyTimeoutMillis;
  const halted = seen.now >= until;
  if (!halted && seen.now - since < patienceMillis) return undefined;
  return { gate: "Lost", node: serviceTitle[service], why, until, halted };
}
