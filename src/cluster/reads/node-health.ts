// Whether the kubelets of a few nodes report, asked by name when a plan wants to know. All nodes
// are watched by their metadata alone: the heartbeats of thousands would be news all the time.

import { Failure } from "../../api/failure.ts";
import type { NodeHealth } from "../../plan/terms/snapshot.ts";
import { keepFor, type Kept } from "../wire/kept.ts";
import type { Requests } from "../wire/requests.ts";

const keptMillis = 10_000;

export type Healths = {
  /**
   * Without those of whom nobody can say: a Node is not called down because it could not be read.
   */
  readonly read: (nodes: readonly string[]) => Promise<Readonly<Record<string, NodeHealth>>>;
};

export function readHealths(rest: Requests, now: () => number): Healths {
  const known = new Map<string, Kept<NodeHealth | undefined>>();
  return {
    read: async (nodes) => {
      const wanted = new Set(nodes);
      for (const name of known.keys()) if (!wanted.has(name)) known.delete(name);
      const rows = await Promise.all(
        nodes.map(async (name) => {
          const kept = known.get(name) ?? keepFor(keptMillis, () => healthOf(rest, name), now);
          known.set(name, kept);
          return [name, await kept.get()] as const;
        }),
      );
      return Object.fromEntries(
        rows.filter((row): row is readonly [string, NodeHealth] => row[1] !== undefined),
      );
    },
  };
}

type Listed = {
  readonly items?: readonly {
    readonly status?: {
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
        readonly reason?: string;
        readonly message?: string;
      }[];
    };
  }[];
};

/** A list of one: the operator may list nodes, and needs no further right. */
async function healthOf(rest: Requests, name: string): Promise<NodeHealth | undefined> {
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  try {
    const path = `/api/v1/nodes?${query.toString()}`;
    const { items = [] } = (await rest.ask({ method: "GET", path })) as Listed;
    return healthIn(items);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function healthIn(items: NonNullable<Listed["items"]>): NodeHealth {
  const [node] = items;
  if (node === undefined) return { ready: "Unknown", why: "there is no Node of this name" };
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  if (ready?.status === "True") return { ready: "True" };
  const why = [ready?.reason, ready?.message].filter((text) => text !== undefined && text !== "");
  return { ready: ready?.status === "False" ? "False" : "Unknown", why: why.join(": ") };
}
