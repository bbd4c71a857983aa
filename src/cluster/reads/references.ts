// References to a fragment, by fresh lists and never by a cache: a fragment that is deleted too
// early keeps a pod from starting.

import { assignmentName, fragmentAnnotation } from "../../api/names.ts";
import { Failure } from "../../api/failure.ts";
import type { Labels } from "../../plan/terms/snapshot.ts";
import type { Raw, RawList } from "../views/kube-object.ts";
import type { RawConfigMap } from "../views/object-views.ts";
import { corePath, groupPath } from "../wire/paths.ts";
import { configMapsOf } from "../views/pod-spec.ts";
import type { RawPod } from "../views/pod-view.ts";
import type { Requests } from "../wire/requests.ts";

type Templated = {
  readonly metadata?: { readonly annotations?: Labels };
  readonly spec?: RawPod["spec"];
};
type RawReplicaSet = Raw & {
  readonly spec?: { readonly replicas?: number; readonly template?: Templated };
};
type RawRevision = Raw & { readonly data?: { readonly spec?: { readonly template?: Templated } } };

export type References = {
  /** What names it, in words; undefined = nothing. */
  readonly namedBy: (name: string, namespace: string) => Promise<string | undefined>;
};

/** A name that was found in use is not looked for again so soon: four lists each time. */
const rememberedMillis = 600_000;

export function makeReferences(rest: Requests, now: () => number): References {
  const found = new Map<string, { readonly by: string; readonly at: number }>();
  return {
    namedBy: async (name, namespace) => {
      const key = `${namespace}/${name}`;
      const known = found.get(key);
      if (known !== undefined && now() - known.at < rememberedMillis) return known.by;
      const by = await isNamed(name, namespace, rest);
      if (by === undefined) found.delete(key);
      else found.set(key, { by, at: now() });
      return by;
    },
  };
}

async function isNamed(
  name: string,
  namespace: string,
  rest: Requests,
): Promise<string | undefined> {
  const assignment = await assigned(namespace, rest);
  const node = Object.entries(assignment).find(([, value]) => value === name);
  if (node !== undefined) return `the assignment of ${node[0]}`;
  const revisions = groupPath("apps/v1", namespace, "controllerrevisions");
  const replicaSets = groupPath("apps/v1", namespace, "replicasets");
  return (
    (await find(corePath(namespace, "pods"), rest, (pod) =>
      names({ metadata: pod.metadata, spec: (pod as RawPod).spec }, name),
    )) ??
    (await find(replicaSets, rest, (replicaSet) =>
      names((replicaSet as RawReplicaSet).spec?.template, name),
    )) ??
    (await find(revisions, rest, (revision) =>
      names((revision as RawRevision).data?.spec?.template, name),
    ))
  );
}

async function assigned(namespace: string, rest: Requests): Promise<Labels> {
  try {
    const path = corePath(namespace, "configmaps", assignmentName);
    return ((await rest.ask({ method: "GET", path })) as RawConfigMap).data ?? {};
  } catch (error) {
    if (error instanceof Failure && error.kind === "missing") return {};
    throw error;
  }
}

async function find(
  path: string,
  rest: Requests,
  matches: (object: Raw) => boolean,
): Promise<string | undefined> {
  let after = "";
  do {
    const query = `limit=500${after === "" ? "" : `&continue=${encodeURIComponent(after)}`}`;
    const page = (await rest.ask({ method: "GET", path: `${path}?${query}` })) as RawList;
    const found = (page.items ?? []).find(matches);
    if (found !== undefined)
      return `${path.slice(path.lastIndexOf("/") + 1)}/${found.metadata.name}`;
    after = page.metadata?.continue ?? "";
  } while (after !== "");
  return undefined;
}

function names(
  template:
    | { readonly metadata?: { readonly annotations?: Labels }; readonly spec?: RawPod["spec"] }
    | undefined,
  name: string,
): boolean {
  if (template?.metadata?.annotations?.[fragmentAnnotation] === name) return true;
  return (template?.spec?.volumes ?? []).some((volume) => configMapsOf(volume).includes(name));
}
