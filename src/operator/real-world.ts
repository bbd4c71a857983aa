// The world of the operator that runs: Kubernetes and the clouds of its namespaces behind the port
// of world.ts. Puts together and decides nothing.

import { NamespaceGone } from "../cluster/wire/namespace-gone.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { isCloud } from "../plan/terms/effect-table.ts";
import type { WebhookView } from "../plan/terms/snapshot.ts";
import type { CloudSide } from "./cloud-side.ts";
import type { World } from "./world.ts";

export function realWorld(parts: {
  readonly cluster: Cluster;
  readonly clouds: CloudSide;
  readonly now: () => number;
  readonly subscribe: World["subscribe"];
  /** What this replica knows of the webhook that it serves; undefined = what its object shows. */
  readonly webhook: (installed: WebhookView | undefined) => WebhookView | undefined;
  /** The fence of the Lease: a cloud has no resourceVersion to refuse a thawed leader by. */
  readonly mayChange: () => void;
}): World {
  const { cluster, clouds } = parts;
  return {
    namespaces: cluster.namespaces,
    now: parts.now,
    subscribe: parts.subscribe,
    observe: async (namespace, ask) => {
      const seen = await cluster.observe(namespace, ask).catch(async (error: unknown) => {
        if (error instanceof NamespaceGone) await clouds.forget(namespace);
        throw error;
      });
      const { passthrough } = seen.objects;
      const neighbours = seen.objects.flavors.length === 0 ? [] : cluster.neighbours(namespace);
      const cloud = await clouds.observe(namespace, { passthrough, ask, neighbours });
      const webhook = parts.webhook(seen.injection.webhook) ?? seen.injection.webhook;
      const injection = { ...seen.injection, ...(webhook === undefined ? {} : { webhook }) };
      return { ...seen, injection, now: parts.now(), cloud };
    },
    perform: (namespace, effect) => {
      if (!isCloud(effect)) return cluster.perform(namespace, effect);
      parts.mayChange();
      return clouds.perform(namespace, effect);
    },
  };
}
