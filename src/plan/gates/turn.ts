// The order in which compute nodes that need a change are taken.

import type { NodeSelector } from "../terms/settings.ts";
import { selects } from "../wanted/selection.ts";
import type { ComputeView } from "./compute-view.ts";
import { isHeld } from "./sight.ts";

/** Pods that hold nothing first, then chosen canaries, then those that waited longest, by name. */
export function inTurn<T extends Pick<ComputeView, "node" | "sight" | "record">>(
  changed: readonly T[],
  selector: NodeSelector | undefined,
): readonly T[] {
  const weight = (one: T): number => {
    if (isHeld(one.sight)) return 0;
    if (one.sight.disabledByOthers) return 3;
    return selector !== undefined && selects(selector, one.node.labels) ? 1 : 2;
  };
  return [...changed].sort((a, b) => weight(a) - weight(b) || a.record.since - b.record.since);
}
