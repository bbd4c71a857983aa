// The Jobs that try a fragment before a canary: how they stand, and the last words of their pods.
// Looked at only while a plan asks; the right to do so is an installation of its own.

import { managedBy, managedByLabel, preflightLabel } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { PreflightJob, PreflightsView } from "../plan/terms/views/preflight-view.ts";
import { given } from "./views/pod-view.ts";
import type { Raw } from "./views/kube-object.ts";
import { corePath, groupPath } from "./wire/paths.ts";
import type { Requests } from "./wire/requests.ts";

type Condition = { readonly type: string; readonly status: string; readonly reason?: string };
type RawJob = Raw & { readonly status?: { readonly conditions?: readonly Condition[] } };
type RawPod = Raw & {
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly state?: {
        readonly waiting?: { readonly reason?: string };
        readonly terminated?: { readonly reason?: string; readonly message?: string };
      };
    }[];
  };
};

export async function readPreflights(rest: Requests, namespace: string): Promise<PreflightsView> {
  const labelSelector = `${preflightLabel},${managedByLabel}=${managedBy}`;
  const query = new URLSearchParams({ labelSelector }).toString();
  const list = async <Item>(path: string): Promise<readonly Item[]> => {
    const answer = await rest.ask({ method: "GET", path: `${path}?${query}` });
    return (answer as { readonly items: readonly Item[] }).items;
  };
  try {
    const jobs = await list<RawJob>(groupPath("batch/v1", namespace, "jobs"));
    const pods = jobs.length === 0 ? [] : await list<RawPod>(corePath(namespace, "pods"));
    return { is: "read", jobs: jobs.map((job) => jobView(job, pods)), refused: {} };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { is: error.kind === "denied" ? "denied" : "unknown" };
  }
}

function jobView({ metadata, status }: RawJob, pods: readonly RawPod[]): PreflightJob {
  const { name, uid = "", deletionTimestamp } = metadata;
  const end = status?.conditions?.find(
    ({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True",
  );
  const pod = pods.find(
    (rawPod) => rawPod.metadata.labels?.["batch.kubernetes.io/job-name"] === name,
  );
  return {
    name,
    uid,
    deleting: deletionTimestamp !== undefined,
    ended: end !== undefined,
    ...wordsOf(pod, end?.reason),
  };
}

function wordsOf(
  pod: RawPod | undefined,
  reason: string | undefined,
): Pick<PreflightJob, "message" | "why"> {
  const { waiting, terminated } = pod?.status?.containerStatuses?.[0]?.state ?? {};
  const why = waiting?.reason ?? terminated?.reason ?? reason;
  return { ...given("message", terminated?.message), ...given("why", why) };
}
