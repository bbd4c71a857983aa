// The cluster that a command on a terminal looks at: kubeconfig, context and namespace as kubectl
// takes them. Looks only: nothing is ever changed through it.

import { Failure } from "../../api/failure.ts";
import type { KubeSnapshot } from "../../cluster/observe.ts";
import { loadAccess } from "../../cluster/wire/access.ts";
import { openCluster as openKubernetes } from "../../cluster/cluster.ts";
import { openRest } from "../../cluster/wire/rest.ts";
import { readBase } from "../../cluster/reads/base-config.ts";
import { serviceLabels, type ServiceLabels } from "../../cluster/views/service-labels.ts";
import { openCloud } from "../../openstack/cloud.ts";
import type { Credentials } from "../../openstack/session/clouds-yaml.ts";
import { openCloudSide, type CloudSide } from "../../operator/cloud-side.ts";
import { emptyAsk } from "../../operator/loop.ts";
import { realWorld } from "../../operator/real-world.ts";
import type { Ask } from "../../plan/terms/effects.ts";
import type { BaseView, Snapshot } from "../../plan/terms/snapshot.ts";
import type { Io } from "../terminal/io.ts";
import {
  absentIn,
  inNamespace,
  needReadable,
  onlyNamespace,
  reached,
  watchLists,
  type Needs,
} from "./reached.ts";
import { filledIn, unreadBy, unreadCloud } from "./unread.ts";

export type ClusterChoice = {
  readonly namespace?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
};

export type LookedAt = {
  readonly observe: (ask: Ask) => Promise<Snapshot>;
  /** The same without the cloud, which takes its time to answer. */
  readonly observeKubernetes: () => Promise<KubeSnapshot>;
  /** Other namespaces that hold something of ours. */
  readonly elsewhere: () => readonly string[];
  /** nova.conf files that these workloads mount, whatever PciPassthrough says of reading them. */
  readonly readBase: (workloads: Snapshot["workloads"]) => Promise<BaseView>;
  /** Calls back when something of Kubernetes may have changed. */
  readonly subscribe: (changed: () => void) => () => void;
  readonly close: () => Promise<void>;
};

type Look = {
  /** The cloud is read with these credentials, not with those of the cluster's Secret. */
  readonly own?: Credentials | undefined;
  /** What must be readable; everything, unless it is said. */
  readonly needs?: Needs;
  /** Hears what was taken for granted because the user may not read it. */
  readonly told?: (note: string) => void;
};

export async function openCluster(
  choice: ClusterChoice,
  { own, needs = "everything", told = () => undefined }: Look = {},
): Promise<LookedAt> {
  const now = (): number => Date.now();
  const given = Object.fromEntries(
    (["kubeconfig", "context"] as const)
      .filter((key) => choice[key] !== undefined)
      .map((key) => [key, choice[key]]),
  );
  const access = await reached(() => loadAccess(given));
  const rest = openRest(access, { mayChange: () => false });
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const lists = watchLists();
  const { turned } = lists;
  const unread = unreadBy(told);
  const cluster = openKubernetes({ rest, free: rest, now, changed, turned, unread });
  const { server } = access;
  const opened: { clouds?: CloudSide } = {};
  const close = async (): Promise<void> => {
    cluster.stop();
    await opened.clouds?.close();
    await rest.close();
  };
  try {
    await reached(() => rest.text({ method: "GET", path: "/version" }), server);
    await reached(() => lists.patiently(cluster.ready()), server);
    const namespace = choice.namespace ?? onlyNamespace(cluster.namespaces(), lists);
    const clouds =
      own === undefined ? openCloudSide({ secret: cluster.secret, now }) : ownCloud(own, now);
    opened.clouds = clouds;
    const world = lookingWorld({ cluster, clouds, now });
    const labels = async (): Promise<ServiceLabels> => {
      const { objects } = await world.observe(namespace, emptyAsk);
      return serviceLabels(objects.passthrough?.spec?.services);
    };
    const looked = async <Seen extends KubeSnapshot>(look: () => Promise<Seen>): Promise<Seen> => {
      const known = cluster.namespaces();
      const patient = (): Promise<Seen> => lists.patiently(look());
      const seen = await reached(() => inNamespace(namespace, known, patient), server);
      lists.opened();
      needReadable({ ...seen, absent: absentIn(seen) }, needs);
      return filledIn(seen);
    };
    return {
      observe: async (ask) => {
        const seen = await looked(() => world.observe(namespace, ask));
        return { ...seen, cloud: unreadCloud(seen.cloud, namespace) };
      },
      observeKubernetes: () => looked(() => cluster.observe(namespace, emptyAsk)),
      elsewhere: () => cluster.namespaces().filter((other) => other !== namespace),
      readBase: (workloads) =>
        reached(async () => {
          const where = { namespace, rest, labels: await labels() };
          return readBase({ fromWorkloads: true }, where, workloads);
        }),
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The world of the operator, in which nothing is changed. */
function lookingWorld(parts: Pick<Parameters<typeof realWorld>[0], "cluster" | "clouds" | "now">) {
  return realWorld({
    ...parts,
    subscribe: () => () => undefined,
    webhook: (installed) => installed,
    mayChange: () => {
      throw new Failure("refused", "commands on a terminal change nothing");
    },
  });
}

/** Looks with what the user has, and changes nothing. */
function ownCloud(credentials: Credentials, now: () => number): CloudSide {
  const cloud = openCloud(credentials, { now });
  return {
    observe: (_, { ask }) => cloud.observe(ask),
    perform: () => Promise.reject(new Failure("refused", "commands on a terminal change nothing")),
    forget: () => Promise.resolve(),
    close: () => cloud.close(),
  };
}

/** A namespace without anything of ours is said to be one: it may be the wrong one. */
export function saysNothing(
  { objects, namespace }: Pick<Snapshot, "objects" | "namespace">,
  elsewhere: readonly string[],
  io: Io,
): boolean {
  if (Object.values(objects).flat().length > 0) return false;
  const where = elsewhere.length === 0 ? "" : `; there are some in ${elsewhere.join(", ")}`;
  io.stderr(
    `namespace ${namespace} has no PciPassthrough, PciAlias, PciWhitelist or PciFlavor${where}\n`,
  );
  return true;
}
