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

/** Moments that the operator waited for and that changed nothing: it will wait for more of them. */
const idleWakes = 3;

/**
 * True when nothing moves any more and nothing will, or only after the time that is looked at (an
 * exclusion that ends next year); false when time ran out. What the plan itself waits for, however
 * long (the grace of a removal), comes first.
 */
export async function settle(
  cluster: Cluster,
  operator: Operator,
  { longestMillis, passed }: Settling,
): Promise<boolean> {
  const { clock } = cluster;
  const end = clock.now() + longestMillis;
  const wait = { since: clock.now(), due: 0, idle: 0 };
  const stop = cluster.store.watch(({ kind }) => {
    if (kind !== "Pod" && kind !== "ConfigMap" && !Object.hasOwn(plurals, kind)) return;
    Object.assign(wait, { since: clock.now(), idle: 0 });
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
      const comes = again > clock.now() && again <= end;
      if (comes && again !== wait.due) {
        wait.due = again;
        wait.idle += 1;
      }
      const rests = !operator.isBusy() && (!comes || wait.idle > idleWakes);
      if (rests && clock.now() - wait.since >= quietMillis) return true;
    }
    return false;
  } finally {
    stop();
  }
}
