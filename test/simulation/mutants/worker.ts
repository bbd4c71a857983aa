// One process that runs schedules of a stage one after the other and tells its parent of each.
// Usage: worker.ts STAGE FIRST COUNT. The parent ends it when it has seen enough.

import { realMachine } from "../machine.ts";
import { runSchedule } from "../schedule-run.ts";
import type { Report } from "../worker.ts";
import { type StageName, stagedSchedule } from "./stages.ts";

const stage = process.argv[2] as StageName;
const [first, count] = process.argv.slice(3).map(Number) as [number, number];
for (let seed = first; seed < first + count; seed += 1) {
  const result = await runSchedule(stagedSchedule(stage, seed), realMachine);
  process.send?.({ seed, result } satisfies Report);
}
process.disconnect();
