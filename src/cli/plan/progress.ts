// A sign of life on standard error for what takes longer than a second.

import type { Cluster } from "../../embedded/cluster.ts";
import { clockText } from "../../embedded/cluster.ts";
import type { Io } from "../terminal/io.ts";

const silentMillis = 1000;
/** So many nodes take a moment to read already. */
const manyNodes = 500;

export function progressOf(nodes: number, io: Io): (cluster: Cluster, steps: number) => void {
  let told = Date.now();
  if (nodes >= manyNodes) io.stderr(`playing the operator on ${nodes} nodes\n`);
  return (cluster, steps) => {
    if (Date.now() - told < silentMillis) return;
    told = Date.now();
    io.stderr(
      `played until ${clockText(cluster.clock.now())}, ${steps} ${steps === 1 ? "step" : "steps"}\n`,
    );
  };
}
