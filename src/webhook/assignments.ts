// The assignments of Nova's namespaces as they are now, without moving thousands of nodes
// for each pod: the API server is asked for the version, and for the text when it is another one.

import { Failure } from "../api/failure.ts";
import { assignmentName } from "../api/names.ts";
import type { Assignment } from "../admission/rules.ts";
import { corePath } from "../cluster/wire/paths.ts";
import type { Requests } from "../cluster/wire/requests.ts";
import type { ReadAssignment } from "./review.ts";

type Kept = { readonly version: string; readonly data: Assignment };
type Versioned = { readonly metadata?: { readonly resourceVersion?: string } };

export function assignmentReader(rest: Requests): ReadAssignment {
  const kept = new Map<string, Kept>();
  return async (namespace) => {
    const path = corePath(namespace, "configmaps", assignmentName);
    try {
      const known = kept.get(namespace);
      if (known !== undefined && (await versionNow(rest, path)) === known.version)
        return known.data;
      const { metadata, data = {} } = (await rest.ask({ method: "GET", path })) as Versioned & {
        readonly data?: Assignment;
      };
      const version = metadata?.resourceVersion ?? "";
      if (version === "") kept.delete(namespace);
      else kept.set(namespace, { version, data });
      return data;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "missing") throw error;
      kept.delete(namespace);
      return undefined;
    }
  };
}

/**
 * As a table whose row has no object: what kubectl prints, a few hundred bytes. It is read from
 * etcd like the object itself, and a version is never given twice, not even to one made again.
 */
async function versionNow(rest: Requests, path: string): Promise<string | undefined> {
  const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
  const found = await rest.ask({ method: "GET", path: `${path}?includeObject=None`, accept });
  const { kind, metadata } = found as Versioned & { readonly kind?: string };
  return kind === "Table" ? metadata?.resourceVersion : undefined;
}
