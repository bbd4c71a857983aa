// Measures the planner alone: a full plan of a big converged cloud, one changed object, first sight; and
// the memory that snapshot and plan need.
import { plan } from "../../src/plan/plan.ts";
import { megabytes, processorMillis, quantile, millis, type Row } from "./measure.ts";
import { bigCloud, converged, firstSight, oneEdited, type Size } from "./snapshot.ts";

export function planRows(size: Size = bigCloud): readonly Row[] {
  const title = `${size.nodes} nodes, ${size.whitelists} whitelists, ${size.aliases} aliases`;
  const fresh = firstSight(size);
  const first = processorMillis(1, () => void plan(fresh));
  const calm = converged(size);
  // A world in which something is another, or the plan of the one before would hold.
  const copies = [1, 2, 3, 4, 5].map((at) => ({
    ...structuredClone(calm),
    failureTexts: { another: String(at) },
  }));
  const full = processorMillis(copies.length, (at) => void plan(copies[at]!));
  const snapshots = Array.from({ length: 25 }, (_, edit) => oneEdited(calm, edit));
  const edited = processorMillis(snapshots.length, (at) => void plan(snapshots[at]!));
  const idle = processorMillis(15, (at) => void plan({ ...calm, now: calm.now + at }));
  const row = (metric: string, times: readonly number[], target: string): Row => ({
    metric: `plan: ${metric}`,
    measured: `p50 ${millis(quantile(times, 0.5))} (${times.length})`,
    target,
  });
  return [
    row(`${title}: first sight, processor time`, first, "<= 300 ms"),
    row("full, every object new to the process", full, "<= 100 ms"),
    row("one changed object", edited, "<= 10 ms"),
    row("nothing changed", idle, "<= 5 ms"),
  ];
}

/** First sight, convergence and twenty edits: the most that the process ever took. */
export function memoryRows(size: Size = bigCloud): readonly Row[] {
  const collect = (globalThis as { readonly gc?: () => void }).gc ?? (() => undefined);
  const before = process.memoryUsage().heapUsed;
  const calm = converged(size);
  for (let edit = 0; edit < 20; edit += 1) plan(oneEdited(calm, edit));
  const most = process.resourceUsage().maxRSS * 1024;
  collect();
  const kept = process.memoryUsage().heapUsed - before;
  return [
    {
      metric: `plan: ${size.nodes} nodes: what the snapshot and what is remembered of it keep`,
      measured: megabytes(kept),
      target: "",
    },
    {
      metric: `plan: ${size.nodes} nodes: memory of the process, the most after 20 edits`,
      measured: megabytes(most),
      target: "<= 150 MB",
    },
  ];
}
