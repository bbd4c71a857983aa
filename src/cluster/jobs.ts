// The Jobs of the operator: how one is made and deleted, and of those that clean devices how they
// stand and what the last pod of a failed one wrote. Looked at only while a plan asks; the right to
// do so is an installation of its own, and its absence stops nothing else.

import {
  cleaningLabel,
  deviceAnnotation,
  deviceLifeAnnotation,
  managedBy,
  managedByLabel,
} from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { KubeEffect } from "../plan/terms/effects.ts";
import type { CleaningJob, JobsView } from "../plan/terms/snapshot.ts";
import type { PreflightsView } from "../plan/terms/views/preflight-view.ts";
import { readPreflights } from "./preflight-jobs.ts";
import { ApiFailure } from "./wire/failures.ts";
import { keepFor } from "./wire/kept.ts";
import type { Raw } from "./views/kube-object.ts";
import { readLogs } from "./reads/logs.ts";
import { corePath, groupPath } from "./wire/paths.ts";
import type { Requests } from "./wire/requests.ts";

export type Jobs = {
  readonly read: () => Promise<JobsView>;
  /** Those that try a fragment before a canary. */
  readonly readPreflights: () => Promise<PreflightsView>;
  readonly create: (name: string, job: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly remove: (name: string, uid: string) => Promise<void>;
};

type RawJob = Raw & {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
};

const keptMillis = 2_000;

export function jobsIn(rest: Requests, namespace: string, now: () => number): Jobs {
  const refused = new Map<string, string>();
  const logs = readLogs(rest);
  const kept = keepFor(keptMillis, () => readJobs(rest, namespace, logs), now);
  const tried = keepFor(keptMillis, () => readPreflights(rest, namespace), now);
  const withRefused = <View extends { readonly is: string }>(view: View): View =>
    view.is === "read" ? { ...view, refused: Object.fromEntries(refused) } : view;
  return {
    readPreflights: async () => withRefused(await tried.get()),
    read: async () => withRefused(await kept.get()),
    create: async (name, job) => {
      kept.forget();
      tried.forget();
      try {
        const path = groupPath("batch/v1", namespace, "jobs");
        await rest.ask({ method: "POST", path, body: job });
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        // The name is the content.
        if (error.reason === "AlreadyExists") return;
        if (error.status !== 403 && error.status !== 422 && error.status !== 400) throw error;
        // An answer, and not the end of a round: nothing else waits for it, and it is told.
        refused.set(name, error.message.slice(0, 300));
        if (refused.size > keptRefusals) refused.delete(refused.keys().next().value!);
      }
    },
    remove: async (name, uid) => {
      kept.forget();
      tried.forget();
      try {
        await rest.ask({
          method: "DELETE",
          path: groupPath("batch/v1", namespace, "jobs", name),
          body: { preconditions: { uid }, propagationPolicy: "Background" },
          repeatable: true,
        });
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== "missing") throw error;
      }
    },
  };
}

type OfJob = Extract<KubeEffect, { readonly do: "create-job" | "create-preflight" | "delete-job" }>;

export function isOfJob(effect: KubeEffect): effect is OfJob {
  return "job" in effect || effect.do === "delete-job";
}

export function performJob(effect: OfJob, jobs: Jobs): Promise<void> {
  return effect.do === "delete-job"
    ? jobs.remove(effect.name, effect.uid)
    : jobs.create(effect.name, effect.job);
}

const keptRefusals = 100;

async function readJobs(
  rest: Requests,
  namespace: string,
  logs: ReturnType<typeof readLogs>,
): Promise<JobsView> {
  const labelSelector = `${cleaningLabel},${managedByLabel}=${managedBy}`;
  const path = `${groupPath("batch/v1", namespace, "jobs")}?${new URLSearchParams({ labelSelector }).toString()}`;
  try {
    const { items } = (await rest.ask({ method: "GET", path })) as {
      readonly items: readonly RawJob[];
    };
    const jobs = items.map(jobView);
    const failed = jobs.filter((job) => job.state === "failed");
    const lines = await lastLines(rest, namespace, { jobs: failed, logs });
    return {
      is: "read",
      jobs: jobs.map((job) => {
        const lastLine = lines.get(job.name);
        return lastLine === undefined ? job : { ...job, lastLine };
      }),
      refused: {},
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { is: error.kind === "denied" ? "denied" : "unknown" };
  }
}

function jobView({ metadata, status }: RawJob): CleaningJob {
  const { name, uid = "", annotations = {}, deletionTimestamp } = metadata;
  const [node = "", address = ""] = (annotations[deviceAnnotation] ?? "").split(" ");
  const is = (type: string) =>
    status?.conditions?.find((condition) => condition.type === type && condition.status === "True");
  const failure = is("Failed");
  const why = [failure?.reason, failure?.message].filter((text) => text !== undefined).join(": ");
  return {
    name,
    uid,
    deleting: deletionTimestamp !== undefined,
    life: annotations[deviceLifeAnnotation] ?? "",
    node,
    address,
    state:
      failure !== undefined ? "failed" : is("Complete") !== undefined ? "succeeded" : "running",
    ...(why === "" ? {} : { why }),
  };
}

type JobPod = Raw & {
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
  readonly status?: { readonly phase?: string };
};

/** A deadline deletes the pods, and their words with them. */
async function lastLines(
  rest: Requests,
  namespace: string,
  {
    jobs,
    logs,
  }: { readonly jobs: readonly CleaningJob[]; readonly logs: ReturnType<typeof readLogs> },
): Promise<ReadonlyMap<string, string>> {
  const pods = await Promise.all(
    jobs.map(async ({ name }) => {
      const labelSelector = `batch.kubernetes.io/job-name=${name}`;
      const query = new URLSearchParams({ labelSelector }).toString();
      const path = `${corePath(namespace, "pods")}?${query}`;
      const { items } = (await rest.ask({ method: "GET", path })) as {
        readonly items: readonly JobPod[];
      };
      const last = [...items]
        .sort((a, b) => (created(a) < created(b) ? -1 : 1))
        .findLast((item) => item.status?.phase === "Failed");
      return last === undefined ? [] : [{ job: name, pod: last }];
    }),
  );
  const found = pods.flat();
  const texts = await logs.read(
    namespace,
    found.map(({ pod }) => ({
      pod: pod.metadata.name,
      uid: pod.metadata.uid ?? "",
      container: pod.spec.containers[0]?.name ?? "",
    })),
  );
  return new Map(
    found.map(({ job, pod }) => [job, lastLine(texts[pod.metadata.uid ?? ""] ?? "")] as const),
  );
}

function created({ metadata }: JobPod): string {
  return metadata.creationTimestamp ?? "";
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
