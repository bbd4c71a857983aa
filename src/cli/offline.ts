// Answers "what would the operator see of these files?": one look at an embedded world in which
// every pod of before is up. Nothing is executed.

import type { FileObject } from "../api/read-yaml.ts";
import { passTime, type Cluster } from "../embedded/cluster.ts";
import { applyObjects, loadWorld, type LoadOptions } from "../embedded/load.ts";
import { emptyAsk } from "../embedded/operator.ts";
import { calmWorld, makeWorld } from "../embedded/world.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";

/** Long enough for every pod of an untouched installation to be Ready. */
const settleMillis = 60_000;

export function loadFiles(objects: readonly FileObject[], options: LoadOptions = {}): Cluster {
  const cluster = loadWorld(objects, options);
  passTime(cluster.clock, settleMillis);
  applyObjects(cluster, objects);
  passTime(cluster.clock, 1000);
  return cluster;
}

export async function snapshotOf(
  objects: readonly FileObject[],
  options: LoadOptions = {},
): Promise<Snapshot> {
  const cluster = loadFiles(objects, options);
  const world = makeWorld(cluster, calmWorld);
  passTime(cluster.clock, 1000);
  const namespace = world.namespaces()[0] ?? cluster.namespace;
  const observed = world.observe(namespace, emptyAsk);
  passTime(cluster.clock, 1000);
  return observed;
}
