// What a cluster that cannot be read is told as: one sentence with what to do, and never an answer
// that takes what is not known for nothing.

import { group, plurals, type Kind } from "../../api/names.ts";
import { Failure } from "../../api/failure.ts";
import { didYouMean } from "../../api/nearest-name.ts";
import { ApiFailure } from "../../cluster/wire/failures.ts";
import { NamespaceGone } from "../../cluster/wire/namespace-gone.ts";
import type { Seen } from "../../cluster/watch/reflector.ts";
import { describe } from "../../operator/log.ts";
import type { MissingRight, Snapshot } from "../../plan/terms/snapshot.ts";
import { UnreachableProblem, UsageProblem } from "../terminal/problems.ts";

/** What an answer rests on: our objects, what others run, or both. */
export type Needs = "objects" | "workloads" | "everything";

const installCrds = "install the CRDs (kubectl apply --server-side -k crds)";

/** `server` is where the kubeconfig leads to. */
export async function reached<T>(work: () => Promise<T>, server?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw problemOf(error, server);
    throw error;
  }
}

function problemOf(error: Failure, server: string | undefined): Error {
  if (error instanceof NamespaceGone) return new UsageProblem(`${error.message}: correct -n`);
  const said = describe(error);
  const status = error instanceof ApiFailure ? error.status : undefined;
  if (status === 401)
    return new UnreachableProblem(
      `the API server does not accept the credentials of the kubeconfig (${said}): log in again, or choose others with --context or --kubeconfig`,
    );
  if (status === 403) return new UnreachableProblem(`a right is missing, ask for it: ${said}`);
  if (status === 404 && said.includes(`/apis/${group}/`) && !said.includes(" not found"))
    return new UnreachableProblem(`the cluster does not know our kinds: ${installCrds} (${said})`);
  if (error.kind === "unreachable" && server !== undefined)
    return new UnreachableProblem(
      `${server} gives no answer (${said}): try again, or choose another cluster with --context or --kubeconfig`,
    );
  return new UnreachableProblem(said);
}

type Gaps = {
  readonly missingRights: readonly MissingRight[];
  /** Kinds of ours that are not installed. */
  readonly absent: readonly Kind[];
  readonly namespace: string | undefined;
};

export const absentIn = ({ crds }: Pick<Snapshot, "crds">): readonly Kind[] =>
  (Object.keys(plurals) as readonly Kind[]).filter((kind) => crds[kind].is === "absent");

/** Throws where something that the answer rests on may not be read, or is not installed. */
export function needReadable({ missingRights, absent, namespace }: Gaps, needs: Needs): void {
  const isOurs = ({ resource }: MissingRight): boolean => resource.endsWith(`.${group}`);
  const lacking = missingRights.filter(
    (missingRight) => needs === "everything" || isOurs(missingRight) === (needs === "objects"),
  );
  if (lacking.length > 0) throw new UnreachableProblem(lackText(lacking, namespace));
  if (needs !== "workloads" && absent.length > 0)
    throw new UnreachableProblem(`the cluster does not know ${absent.join(", ")}: ${installCrds}`);
}

function lackText(lacking: readonly MissingRight[], namespace: string | undefined): string {
  const rights = lacking.map((missingRight) => {
    const where =
      missingRight.namespace === undefined ? "in all namespaces" : `in ${missingRight.namespace}`;
    return `${missingRight.verb} ${missingRight.resource} ${where}`;
  });
  const ours = lacking.some((missingRight) => missingRight.resource.endsWith(`.${group}`));
  const role = ours ? "; ClusterRole nova-pci-view has it for our kinds" : "";
  const what = namespace === undefined ? "what the cluster has" : `what namespace ${namespace} has`;
  return `${what} is unknown, because you may not ${[...new Set(rights)].join(", ")}: ask for that right${role}`;
}

/** The one namespace with objects of ours, where none was named. */
export function onlyNamespace(found: readonly string[], lists: Lists): string {
  const own = lists.of(`/apis/${group}/`);
  const missingRights = own.flatMap((seen) =>
    seen.is === "denied" && seen.right !== undefined ? [seen.right] : [],
  );
  needReadable({ missingRights, absent: [], namespace: undefined }, "objects");
  if (own.length > 0 && own.every((seen) => seen.is === "absent"))
    throw new UnreachableProblem(`the cluster does not know our kinds: ${installCrds}`);
  return onlyOf(found);
}

export function onlyOf(found: readonly string[]): string {
  const [only, ...more] = found;
  if (only === undefined)
    throw new UsageProblem("no namespace has an object of ours: name one with -n");
  if (more.length > 0) throw new UsageProblem(`name one of ${found.join(", ")} with -n`);
  return only;
}

/** A namespace that does not exist, with the one that was probably meant. */
export async function inNamespace<T>(
  namespace: string,
  known: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NamespaceGone)) throw error;
    throw noNamespace(namespace, known);
  }
}

export function noNamespace(name: string, known: readonly string[]): UsageProblem {
  return new UsageProblem(`-n ${name}: there is no such namespace${didYouMean(name, known)}`);
}

/** How the lists are that a look begins with, and when to give up on them. */
type Lists = {
  readonly turned: (path: string, seen: Seen, error?: unknown) => void;
  /** Of the paths that begin so. */
  readonly of: (start: string) => readonly Seen[];
  /** Rejects when a list was not answered again and again, until the first look has succeeded. */
  readonly patiently: <T>(work: Promise<T>) => Promise<T>;
  /** From now on whoever looks on waits for a server that comes back. */
  readonly opened: () => void;
};

const failuresBorne = 4;

export function watchLists(): Lists {
  const now = new Map<string, Seen>();
  const failures = new Map<string, number>();
  let isOpen = false;
  let giveUp: (error: unknown) => void = () => undefined;
  const gaveUp = new Promise<never>((_, reject) => (giveUp = reject));
  gaveUp.catch(() => undefined);
  return {
    turned: (path, seen, error) => {
      now.set(path, seen);
      if (isOpen || seen.is !== "syncing" || error === undefined) return;
      const count = (failures.get(path) ?? 0) + 1;
      failures.set(path, count);
      if (count >= failuresBorne) giveUp(error);
    },
    of: (start) => [...now].flatMap(([path, seen]) => (path.startsWith(start) ? [seen] : [])),
    patiently: (work) => (isOpen ? work : Promise.race([work, gaveUp])),
    opened: () => {
      isOpen = true;
    },
  };
}
