// What a nova-compute does while the cloud is away, and what is held against nobody for it:
// nova-compute 34 ends when Keystone does not answer at its start (seen on a real one), whatever it
// was given.

import type { PodView, Snapshot } from "../terms/snapshot.ts";
import type { NodeRecord } from "../terms/state.ts";

/**
 * While nobody can say how the cloud is, ends count for nothing; when it is back its clock starts
 * anew.
 */
export function forgiving(record: NodeRecord, pod: PodView, seen: Snapshot): NodeRecord {
  const { forgiven } = record;
  const { restarts } = pod.container;
  if (seen.cloud.is === "unreachable") {
    const known = forgiven?.restarts ?? 0;
    if (forgiven?.open === true ? known === restarts : pod.ready && known === restarts)
      return record;
    return { ...record, forgiven: { restarts, open: true } };
  }
  if (forgiven?.open !== true) return record;
  const { runningSince, beats, healthySince, ...rest } = record;
  return { ...rest, since: seen.now, forgiven: { restarts, open: false } };
}

export function isForgiven({ forgiven }: NodeRecord): boolean {
  return forgiven?.open === true;
}

export function countedRestarts({ forgiven }: NodeRecord, { container }: PodView): number {
  return container.restarts - (forgiven?.restarts ?? 0);
}
