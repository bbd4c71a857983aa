// One AdmissionReview, answered: the pod that the rules make, as a JSON Patch. The assignment is
// read anew for each pod, so no answer is older than the question. Never throws: a pod of a managed
// service is rather refused, and tried again by its controller, than started without its fragment.

import { patchOf, type Operation } from "../admission/json-patch.ts";
import type { Pod } from "../admission/pod.ts";
import { admitSelected, managedAs, type Assignment } from "../admission/rules.ts";

type Review = {
  readonly uid: string;
  readonly namespace: string;
  readonly pod: Pod;
};

type Verdict =
  | { readonly is: "allowed"; readonly patch: readonly Operation[]; readonly warning?: string }
  | { readonly is: "refused"; readonly why: string };

/** The assignment of a namespace; undefined = there is none. Throws when nobody can say. */
export type ReadAssignment = (namespace: string) => Promise<Assignment>;

/** How long the API server may take; the webhook itself is given five seconds. */
const readMillis = 2_000;

/** Undefined for what is no review of a pod that is created. */
export function reviewOf(body: unknown): Review | undefined {
  const { request } = (body ?? {}) as { readonly request?: Record<string, unknown> | null };
  if (typeof request !== "object" || request === null) return undefined;
  const { uid, namespace, object } = request;
  if (typeof uid !== "string" || typeof namespace !== "string") return undefined;
  const { metadata, spec } = (object ?? {}) as Partial<Pod>;
  if (typeof metadata !== "object" || typeof spec !== "object") return undefined;
  return { uid, namespace, pod: object as Pod };
}

export async function judge(review: Review, read: ReadAssignment): Promise<Verdict> {
  let assignment: Assignment;
  try {
    assignment = await inTime(read(review.namespace));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      is: "refused",
      why: `ConfigMap nova-pci-assignment of ${review.namespace} could not be read (${why}), so nobody knows which fragment this pod must read: its controller tries again`,
    };
  }
  return judgeWith(review, assignment);
}

function judgeWith(review: Review, assignment: Assignment): Verdict {
  try {
    return { is: "allowed", patch: patchOf(review.pod, admitSelected(review.pod, assignment)) };
  } catch {
    // A fault of ours must not stop what is none of our business.
    return isManaged(review.pod, assignment)
      ? {
          is: "refused",
          why: "nova-pci-operator has a fault and cannot say what this pod must read",
        }
      : { is: "allowed", patch: [], warning: "nova-pci-operator could not look at this pod" };
  }
}

function isManaged(pod: Pod, assignment: Assignment): boolean {
  try {
    return managedAs(pod, assignment) !== undefined;
  } catch {
    return false;
  }
}

async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer within 2 seconds")), readMillis);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function answerOf(uid: string, verdict: Verdict): Readonly<Record<string, unknown>> {
  const response =
    verdict.is === "refused"
      ? {
          uid,
          allowed: false,
          status: { code: 500, message: `nova-pci-operator: ${verdict.why}` },
        }
      : {
          uid,
          allowed: true,
          ...(verdict.warning === undefined ? {} : { warnings: [verdict.warning] }),
          ...(verdict.patch.length === 0
            ? {}
            : {
                patchType: "JSONPatch",
                patch: Buffer.from(JSON.stringify(verdict.patch)).toString("base64"),
              }),
        };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
}
