// A snapshot with every list of named things turned round: the same world, listed by another server.
import type { CloudView, HostUsage, Snapshot } from "../../src/plan/terms/snapshot.ts";

export function turned(seen: Snapshot): Snapshot {
  const { aliases, whitelists, flavors, ...rest } = seen.objects;
  return {
    ...seen,
    objects: {
      ...rest,
      aliases: aliases.toReversed(),
      whitelists: whitelists.toReversed(),
      flavors: flavors.toReversed(),
    },
    pods: seen.pods.toReversed(),
    nodes: seen.nodes.toReversed(),
    workloads: seen.workloads.toReversed(),
    budgets: seen.budgets.toReversed(),
    cloud: turnedCloud(seen.cloud),
  };
}

function turnedCloud(cloud: CloudView): CloudView {
  if (cloud.is !== "read") return cloud;
  return {
    ...cloud,
    flavors: cloud.flavors.toReversed(),
    services: cloud.services.toReversed(),
    usage: mapped(cloud.usage, turnedUse),
    ...(cloud.aliasUse === undefined
      ? {}
      : {
          aliasUse: mapped(cloud.aliasUse, (use) => ({
            flavors: use.flavors.toReversed(),
            servers: use.servers.toReversed(),
          })),
        }),
  };
}

function turnedUse(use: HostUsage): HostUsage {
  return use.is === "read"
    ? { ...use, consumers: use.consumers.toReversed(), busy: use.busy.toReversed() }
    : use;
}

function mapped<A, B>(
  all: Readonly<Record<string, A>>,
  make: (one: A) => B,
): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, make(value)]));
}
