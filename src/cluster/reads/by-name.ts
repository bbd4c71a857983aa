// The two ConfigMaps of an installation that have one name each: watched by their label with all
// others of ours, and asked for by name where they are not among them. A label that a policy, a
// restore or a hand took away must neither lose the state nor make it be created again and again.

import { assignmentName, stateName } from "../../api/names.ts";
import { Failure } from "../../api/failure.ts";
import { keptMap, type KeptMap, type RawConfigMap } from "../views/object-views.ts";
import { corePath } from "../wire/paths.ts";
import type { Requests } from "../wire/requests.ts";

/** Of what is not watched: what is there, or why nobody can say; absent = there is none. */
export type ByName = Readonly<Partial<Record<"state" | "assignment", KeptMap | Failure>>>;

export async function readByName(
  rest: Requests,
  namespace: string,
  store: { readonly get: (key: string) => KeptMap | undefined },
): Promise<ByName> {
  const look = async (name: string): Promise<KeptMap | Failure | undefined> => {
    if (store.get(`${namespace}/${name}`) !== undefined) return undefined;
    try {
      const path = corePath(namespace, "configmaps", name);
      return keptMap((await rest.ask({ method: "GET", path })) as RawConfigMap);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind === "missing") return undefined;
      if (error.kind === "denied") return error;
      throw error;
    }
  };
  const [state, assignment] = await Promise.all([look(stateName), look(assignmentName)]);
  return {
    ...(state === undefined ? {} : { state }),
    ...(assignment === undefined ? {} : { assignment }),
  };
}
