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
import { describe } from "../../operator/log.ts";
import { emptyAsk } from "../../operator/loop.ts";
import { realWorld } from "../../operator/real-world.ts";
import type { Ask } from "../../plan/terms/effects.ts";
import type { BaseView, Snapshot } from "../../plan/terms/snapshot.ts";
import { UnreachableProblem, UsageProblem } from "../terminal/problems.ts";

export type ClusterChoice = {
  readonly namespace?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
};

export type LookedAt = {
  readonly observe: (ask: Ask) => Promise<Snapshot>;
  /** The same without the cloud, which takes its time to answer. */
  readonly observeKubernetes: () => Promise<KubeSnapshot>;
  /** nova.conf files that these workloads mount, whatever PciPassthrough says of reading them. */
  readonly readBase: (workloads: Snapshot["workloads"]) => Promise<BaseView>;
  /** Calls back when something of Kubernetes may have changed. */
  readonly subscribe: (changed: () => void) => () => void;
  readonly close: () => Promise<void>;
};

/** `own`: the cloud is read with these credentials, not with those of the cluster's Secret. */
export async function openCluster(choice: ClusterChoice, own?: Credentials): Promise<LookedAt> {
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
  const cluster = openKubernetes({ rest, free: rest, now, changed });
  const opened: { clouds?: CloudSide } = {};
  const close = async (): Promise<void> => {
    cluster.stop();
    await opened.clouds?.close();
    await rest.close();
  };
  try {
    await reached(() => rest.text({ method: "GET", path: "/version" }));
    await cluster.ready();
    const namespace = choice.namespace ?? onlyNamespace(cluster.namespaces());
    const clouds =
      own === undefined ? openCloudSide({ secret: cluster.secret, now }) : ownCloud(own, now);
    opened.clouds = clouds;
    const world = realWorld({
      cluster,
      clouds,
      now,
      subscribe: () => () => undefined,
      webhook: (installed) => installed,
      mayChange: () => {
        throw new Failure("refused", "commands on a terminal change nothing");
      },
    });
    const labels = async (): Promise<ServiceLabels> => {
      const { objects } = await world.observe(namespace, emptyAsk);
      return serviceLabels(objects.passthrough?.spec?.services);
    };
    return {
      observe: (ask) => reached(() => world.observe(namespace, ask)),
      observeKubernetes: () => reached(() => cluster.observe(namespace, emptyAsk)),
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

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw new UnreachableProblem(describe(error));
    throw error;
  }
}

function onlyNamespace(found: readonly string[]): string {
  const [only, ...more] = found;
  if (only === undefined) {
    throw new UsageProblem("no namespace holds an object of ours: name one with -n");
  }
  if (more.length > 0) throw new UsageProblem(`name one of ${found.join(", ")} with -n`);
  return only;
}
