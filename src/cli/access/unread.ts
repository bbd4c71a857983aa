// What a command on a terminal says of objects that its user may not read and the operator may:
// what something else shows of them, or that they are taken to be as they are shipped. A person
// with the right to look must not need the operator's rights.

import type { Kind } from "../../api/names.ts";
import type { ClusterOptions } from "../../cluster/watched.ts";
import type { KubeSnapshot } from "../../cluster/observe.ts";
import { knownPolicyVersion } from "../../plan/gates/delivery.ts";
import type { CloudView, CrdView, Snapshot } from "../../plan/terms/snapshot.ts";
import type { Io } from "../terminal/io.ts";

type Unread = NonNullable<ClusterOptions["unread"]>;

const installed = { is: "installed", version: knownPolicyVersion, bound: true } as const;
const unreadPolicies =
  "you may not read the injection policy and its guard: they are taken to be installed as shipped";

export const noting =
  ({ stderr }: Pick<Io, "stderr">) =>
  (text: string): void =>
    stderr(`note: ${text}\n`);

/** `told` hears once what was taken for granted. */
export function unreadBy(told: (note: string) => void): Unread {
  const heard = { policies: false };
  return {
    // A list that the API server answers is of a kind that it serves.
    crd: (_, list) => (list === "absent" ? { is: "absent" } : { is: "served", uid: "" }),
    policies: () => {
      if (!heard.policies) told(unreadPolicies);
      heard.policies = true;
      return { served: true, mutating: installed, guard: installed };
    },
  };
}

/** What the state of the operator knows of what could not be read. */
export function filledIn<Seen extends KubeSnapshot>(seen: Seen): Seen {
  const known = seen.state.is === "read" ? seen.state.state.crds : {};
  const crds = Object.fromEntries(
    Object.entries(seen.crds).map(([kind, view]) => [kind, named(view, known[kind as Kind])]),
  ) as Snapshot["crds"];
  const base = seen.base?.is === "denied" ? (seenLast(seen) ?? seen.base) : seen.base;
  return { ...seen, crds, ...(base === undefined ? {} : { base }) };
}

const seenLast = ({ state }: KubeSnapshot): Snapshot["base"] =>
  state.is === "read" ? state.state.base?.read : undefined;

const named = (view: CrdView, uid: string | undefined): CrdView =>
  view.is === "served" && view.uid === "" && uid !== undefined ? { ...view, uid } : view;

/** The operator's words on its Secret are not for somebody else. */
export function unreadCloud(cloud: CloudView, namespace: string): CloudView {
  if (cloud.is !== "no-credentials" || cloud.reason !== "MissingRight") return cloud;
  const message = `you may not get the Secret with the credentials of the cloud in ${namespace}, so Nova was not asked`;
  return { ...cloud, message };
}
