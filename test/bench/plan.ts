// Measures the planner alone: a full plan of a big converged cloud, one changed object, first sight.
// Run in a process of its own, so that the memory it shows is the planner's and the snapshot's.

import { plan } from "../../src/plan/plan.ts";
import { quantile, megabytes, millis, timesOf, type Row } from "./measure.ts";
import { bigCloud, converged, firstSight, oneEdited, type Size } from "./snapshot.ts";

export function planRows(size: Size = bigCloud): readonly Row[] {
  const title = `${size.nodes} nodes, ${size.whitelists} whitelists, ${size.aliases} aliases`;
  const fresh = firstSight(size);
  const first = timesOf(1, () => plan(fresh))[0]!;
  const calm = converged(size);
  const full = timesOf(9, () => plan(structuredClone(calm)));
  const clone = timesOf(3, () => void structuredClone(calm));
  const idle = timesOf(9, () => plan({ ...calm, now: calm.now + 1000 }));
  const edited = timesOf(15, (edit) => plan(oneEdited(calm, edit)));
  return [
    {
      metric: `plan: first sight of ${title}`,
      measured: millis(first),
      target: "(nothing remembered)",
    },
    {
      metric: "plan: full, every object new to the process",
      measured: `p50 ${millis(quantile(full, 0.5) - quantile(clone, 0.5))}`,
      target: "<= 500 ms",
    },
    {
      metric: "plan: nothing changed",
      measured: `p50 ${millis(quantile(idle, 0.5))}`,
      target: "(<= 50 ms)",
    },
    {
      metric: "plan: one changed object",
      measured: `p50 ${millis(quantile(edited, 0.5))}`,
      target: "<= 50 ms",
    },
    {
      metric: "plan: memory of the process",
      measured: megabytes(process.memoryUsage.rss()),
      target: "<= 200 MB",
    },
  ];
}
