// What becomes of Jobs in an embedded cluster: each runs on its node for a while and succeeds or
// fails as the knobs say; on a dead node it runs until its deadline. Of a pod only what it leaves:
// the words of a failed one, the answer of a pre-flight.

import { answerKey } from "../../plan/preflight/program.ts";
import type { Clock } from "../store/clock.ts";
import type { Job } from "../store/objects.ts";
import { timestamp, type Store } from "../store/store.ts";

export type JobEnd =
  | { readonly is: "succeeds"; readonly millis: number }
  | { readonly is: "fails"; readonly millis: number; readonly lastLine: string }
  /** A pre-flight ends with the last words of its container. */
  | {
      readonly is: "answers";
      readonly millis: number;
      readonly verdict: Verdict;
      readonly words?: string;
      readonly blamed?: readonly string[];
    }
  | { readonly is: "hangs" };

type Verdict = "accepted" | "refused" | "unknown";

export type JobKnob = (job: Job) => JobEnd;

type Condition = NonNullable<Job["status"]>["conditions"][number];

const deadline: Omit<Condition, "type" | "status"> = {
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
};
const backoff: Omit<Condition, "type" | "status"> = {
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
};

export function runJobs(
  store: Store,
  clock: Clock,
  ends: JobKnob,
  isAlive: (node: string) => boolean,
): void {
  /** False when it has ended, or is another one, by now. */
  const settle = (job: Job, condition: Omit<Condition, "status">): boolean => {
    const { name, uid } = job.metadata;
    const found = store.get("Job", name);
    if (found?.metadata.uid !== uid || found.status !== undefined) return false;
    const conditions = [{ ...condition, status: "True" as const }];
    store.edit("Job", name, (old) => ({ ...old, status: { conditions } }));
    return true;
  };
  store.watch(({ kind, type, object }) => {
    // The garbage collector.
    const left = podOf(object.metadata.name);
    if (kind === "Job" && type === "deleted" && store.get("Pod", left)) store.erase("Pod", left);
    if (kind !== "Job" || type !== "added") return;
    const job = object as Job;
    const end = ends(job);
    clock.after((job.spec.activeDeadlineSeconds ?? 3600) * 1000, () => {
      settle(job, { type: "Failed", ...deadline });
    });
    if (end.is === "hangs") return;
    clock.after(end.millis, () => {
      if (!isAlive(job.spec.template.spec.nodeName ?? "")) return;
      if (end.is === "answers") {
        const { verdict, words = "", blamed = [] } = end;
        const failed = verdict !== "accepted";
        const message = JSON.stringify({ [answerKey]: verdict, words, blamed });
        if (settle(job, failed ? { type: "Failed", ...backoff } : { type: "Complete" }))
          leavePod(store, clock, job, { exitCode: failed ? 3 : 0, message });
      } else if (end.is === "succeeds") settle(job, { type: "Complete" });
      else if (settle(job, { type: "Failed", ...backoff }))
        leavePod(store, clock, job, { exitCode: 1, message: end.lastLine });
    });
  });
}

const podOf = (job: string): string => `${job}-1`;

type Words = { readonly exitCode: number; readonly message: string };

/** With the words that it ended with. */
function leavePod(store: Store, clock: Clock, { metadata, spec }: Job, words: Words): void {
  const { name } = metadata;
  const terminated = {
    ...{ ...words, reason: words.exitCode === 0 ? "Completed" : "Error" },
    finishedAt: timestamp(clock.now()),
  };
  const state = { terminated };
  const container = spec.template.spec.containers[0]?.name ?? "";
  const item = { name: container, restartCount: 0, ready: false, state, lastState: state };
  store.create("Pod", {
    metadata: {
      name: podOf(name),
      labels: { ...spec.template.metadata?.labels, "batch.kubernetes.io/job-name": name },
    },
    spec: spec.template.spec,
    status: { phase: words.exitCode === 0 ? "Succeeded" : "Failed", containerStatuses: [item] },
  });
}
