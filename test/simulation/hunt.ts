// Runs schedules against the source beside it until an invariant breaks. Started by mutants.ts in a
// copy of the source with one mutant. Usage: hunt.ts FIRST COUNT; prints one line of JSON.

import { realMachine } from "./machine.ts";
import { makeSchedule } from "./generate.ts";
import { runSchedule } from "./schedule-run.ts";

const [first, count] = process.argv.slice(2).map(Number) as [number, number];
let caught: { seed: number; invariant: string; message: string } | undefined;
for (let seed = first; seed < first + count && caught === undefined; seed += 1) {
  const { violations } = await runSchedule(makeSchedule(seed), realMachine);
  const [violation] = violations;
  if (violation !== undefined) caught = { seed, ...violation };
}
process.stdout.write(`${JSON.stringify(caught ?? {})}\n`);
