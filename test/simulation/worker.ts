// One worker process of the simulation: takes seeds from its parent, gives back what each run
// showed. Usage: worker.ts FIRST STEP COUNT

import { realMachine } from "./machine.ts";
import type { Result } from "./one-run.ts";
import { runSchedule } from "./schedule-run.ts";
import { makeSchedule } from "./generate.ts";

export type Report = { readonly seed: number; readonly result: Result };

// Failures are thrown by the thousand, and a violation is run again where they have a stack.
Error.stackTraceLimit = 0;

const [first, step, count] = process.argv.slice(2).map(Number) as [number, number, number];
for (let index = 0; index < count; index += 1) {
  const seed = first + index * step;
  const result = await runSchedule(makeSchedule(seed), realMachine);
  process.send?.({ seed, result } satisfies Report);
}
process.disconnect();
