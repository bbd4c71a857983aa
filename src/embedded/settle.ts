// The end of the road in an embedded cluster: lets an operator work until it has had nothing to do
// for a while. For every command that answers from files; the simulation has an end of its own.

import { plurals } from "../api/names.ts";
import type { Cluster } from "./cluster.ts";
import { live, type Operator } from "./operator.ts";

type Settling = {
  /** Given up after so long in virtual time. */
  readonly longestMillis: number;
  /** Told after each piece of virtual time. */
  readonly passed?: () => void;
};

const pieceMillis = 30_000;
const quietMillis = 10 * 60_000;

/** True when nothing moves any more and nothing will; false when time ran out. */
export async function settle(
  cluster: Cluster,
  operator: Operator,
  { longestMillis, passed }: Settling,
): Promise<boolean> {
  const { clock } = cluster;
  const end = clock.now() + longestMillis;
  let since = clock.now();
  const stop = cluster.store.watch(({ kind }) => {
    if (kind === "Pod" || kind === "ConfigMap" || Object.hasOwn(plurals, kind)) since = clock.now();
  });
  try {
    while (clock.now() < end) {
      clock.after(pieceMillis, () => undefined);
      await live(
        clock,
        clock.now() + pieceMillis,
        () => [operator],
        () => undefined,
      );
      const bug = operator.bug();
      if (bug !== undefined) throw bug;
      passed?.();
      const again = operator.last()?.plan.againAt ?? 0;
      if (clock.now() - since >= quietMillis && again - clock.now() < quietMillis) return true;
    }
    return false;
  } finally {
    stop();
  }
}
