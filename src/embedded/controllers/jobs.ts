// What becomes of Jobs in an embedded cluster: each runs on its node for a while and succeeds or
// fails as the knobs say; on a dead node it runs until its deadline. Of a pod only what a failed
// one leaves.

import type { Clock } from "../store/clock.ts";
import type { Job } from "../store/objects.ts";
import { timestamp, type Store } from "../store/store.ts";

export type JobEnd =
  | { readonly is: "succeeds"; readonly millis: number }
  | { readonly is: "fails"; readonly millis: number; readonly lastLine: string }
  | { readonly is: "hangs" };

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
      if (end.is === "succeeds") settle(job, { type: "Complete" });
      else if (settle(job, { type: "Failed", ...backoff }))
        leavePod(store, clock, job, end.lastLine);
    });
  });
}

const podOf = (job: string): string => `${job}-1`;

/** With the words that it ended with. */
function leavePod(store: Store, clock: Clock, { metadata, spec }: Job, message: string): void {
  const { name } = metadata;
  const terminated = {
    ...{ exitCode: 1, reason: "Error", message },
    finishedAt: timestamp(clock.now()),
  };
  const state = { terminated };
  const container = spec.template.spec.containers[0]?.name ?? "";
  const one = { name: container, restartCount: 0, ready: false, state, lastState: state };
  store.create("Pod", {
    metadata: { name: podOf(name), labels: { "batch.kubernetes.io/job-name": name } },
    spec: spec.template.spec,
    status: { phase: "Failed", containerStatuses: [one] },
  });
}
