// Rights that a change turned out to lack: a refused change names its right, and the API server is
// asked about it now and then, so that the gate opens by itself.

import { Failure } from "../../api/failure.ts";
import type { MissingRight } from "../../plan/terms/snapshot.ts";
import { missingRight } from "../wire/failures.ts";
import type { Requests } from "../wire/requests.ts";

export type Lacks = {
  /** Takes note when a refusal names a right. */
  readonly note: (error: unknown) => void;
  /** What is still missing in this namespace. */
  readonly still: (namespace: string) => Promise<readonly MissingRight[]>;
};

const askEveryMillis = 10_000;

export function watchLacks(rest: Requests, now: () => number): Lacks {
  const known = new Map<string, { readonly right: MissingRight; readonly askedAt: number }>();
  return {
    note: (error) => {
      const right = missingRight(error);
      if (right !== undefined) known.set(JSON.stringify(right), { right, askedAt: now() });
    },
    still: async (namespace) => {
      for (const [key, { right, askedAt }] of known) {
        if (right.namespace !== namespace || now() - askedAt < askEveryMillis) continue;
        if (await isAllowed(rest, right)) known.delete(key);
        else known.set(key, { right, askedAt: now() });
      }
      return [...known.values()]
        .map((item) => item.right)
        .filter((right) => right.namespace === namespace);
    },
  };
}

/** `pcialiases/status.pci.openstack.org`: plural, subresource and group, as `missingRight` says. */
const resourceParts = /^([^/.]+)(?:\/([^.]+))?(?:\.(.+))?$/;

async function isAllowed(rest: Requests, right: MissingRight): Promise<boolean> {
  const [, resource = right.resource, subresource, group = ""] =
    resourceParts.exec(right.resource) ?? [];
  const attributes = {
    verb: right.verb,
    ...{ resource, group },
    ...(subresource === undefined ? {} : { subresource }),
    namespace: right.namespace,
  };
  try {
    const answer = (await rest.ask({
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: attributes },
      },
      repeatable: true,
    })) as { readonly status?: { readonly allowed?: boolean } };
    return answer.status?.allowed === true;
  } catch (error) {
    // Nobody can say: let the change itself find out.
    if (error instanceof Failure) return true;
    throw error;
  }
}
