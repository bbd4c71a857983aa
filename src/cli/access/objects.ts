// Our objects of one namespace as the API server has them, for who may read nothing else: four
// lists, in one namespace where it is named.

import { kinds } from "../../cluster/reads/fixed-objects.ts";
import type { Raw } from "../../cluster/views/kube-object.ts";
import { ownObject, type OwnObject } from "../../cluster/views/object-views.ts";
import { loadAccess } from "../../cluster/wire/access.ts";
import { ApiFailure, missingRight } from "../../cluster/wire/failures.ts";
import { ownPath } from "../../cluster/wire/paths.ts";
import { openRest, type Rest } from "../../cluster/wire/rest.ts";
import { passthroughName, type Kind } from "../../api/names.ts";
import type { MissingRight, Snapshot } from "../../plan/terms/snapshot.ts";
import type { ClusterChoice } from "./cluster-access.ts";
import { needReadable, noNamespace, onlyOf, reached } from "./reached.ts";

type Found = {
  readonly namespace: string;
  readonly objects: Snapshot["objects"];
  /** Other namespaces with objects of ours, as far as they may be read. */
  readonly elsewhere: readonly string[];
};

export async function readObjects(choice: ClusterChoice): Promise<Found> {
  const { kubeconfig, context } = choice;
  const access = await reached(() => loadAccess({ kubeconfig, context }));
  const rest = openRest(access, { mayChange: () => false });
  try {
    return await reached(() => found(rest, choice.namespace), access.server);
  } finally {
    await rest.close();
  }
}

async function found(rest: Rest, named: string | undefined): Promise<Found> {
  const lists = await readable(rest, named);
  const namespace = named ?? onlyOf(namespacesIn(lists));
  const objects = objectsOf(lists, namespace);
  const isEmpty = Object.values(objects).flat().length === 0;
  if (named === undefined || !isEmpty) return { namespace, objects, elsewhere: [] };
  const elsewhere = await readable(rest, undefined).then(namespacesIn, () => []);
  await needNamespace(rest, named, elsewhere);
  return { namespace, objects, elsewhere };
}

type Lists = ReadonlyMap<Kind, readonly OwnObject[]>;

/** A kind that may not be read, or that nobody installed, is no empty list. */
async function readable(rest: Rest, namespace: string | undefined): Promise<Lists> {
  const lists = new Map<Kind, readonly OwnObject[]>();
  const missingRights: MissingRight[] = [];
  const absent: Kind[] = [];
  for (const kind of kinds) {
    try {
      const path = ownPath(kind, namespace);
      const answer = (await rest.ask({ method: "GET", path })) as {
        readonly items: readonly Raw[];
      };
      lists.set(
        kind,
        answer.items.map((item) => ownObject(item)),
      );
    } catch (error) {
      const right = missingRight(error);
      if (right !== undefined) missingRights.push(right);
      else if (error instanceof ApiFailure && error.status === 404) absent.push(kind);
      else throw error;
    }
  }
  needReadable({ missingRights, absent, namespace }, "objects");
  return lists;
}

function namespacesIn(lists: Lists): readonly string[] {
  const all = [...lists.values()].flat().flatMap(({ metadata }) => metadata.namespace ?? []);
  return [...new Set(all)].sort();
}

function objectsOf(lists: Lists, namespace: string): Snapshot["objects"] {
  // The schema let through what is stored, so it has the generated type.
  const list = (kind: Kind): never =>
    (lists.get(kind) ?? []).filter(({ metadata }) => metadata.namespace === namespace) as never;
  const passthrough = (list("PciPassthrough") as readonly OwnObject[]).find(
    ({ metadata }) => metadata.name === passthroughName,
  ) as never;
  return {
    aliases: list("PciAlias"),
    whitelists: list("PciWhitelist"),
    flavors: list("PciFlavor"),
    ...(passthrough === undefined ? {} : { passthrough }),
  };
}

/** The lists of a namespace that nobody made are empty, too; who may not ask does not learn it. */
async function needNamespace(rest: Rest, name: string, known: readonly string[]): Promise<void> {
  try {
    await rest.ask({ method: "GET", path: `/api/v1/namespaces/${encodeURIComponent(name)}` });
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 404) return;
    throw noNamespace(name, known);
  }
}
