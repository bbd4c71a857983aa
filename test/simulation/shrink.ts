// Makes a failing schedule minimal: drops happenings, in ever smaller blocks, as long as the same
// invariant still breaks.

import type { Machine } from "./one-run.ts";
import { runSchedule } from "./schedule-run.ts";
import type { Schedule } from "./schedule.ts";

export async function shrink(
  schedule: Schedule,
  invariant: string,
  machine: Machine,
): Promise<Schedule> {
  const fails = async (item: Schedule): Promise<boolean> => {
    const { violations } = await runSchedule(item, machine);
    return violations[0]?.invariant === invariant;
  };
  let current = schedule;
  for (let block = Math.ceil(current.happenings.length / 2); block >= 1;) {
    let dropped = false;
    for (let start = 0; start < current.happenings.length;) {
      const happenings = current.happenings.filter(
        (_, index) => index < start || index >= start + block,
      );
      const candidate = { ...current, happenings };
      if (await fails(candidate)) {
        current = candidate;
        dropped = true;
      } else start += block;
    }
    if (block === 1 && !dropped) break;
    block = block === 1 ? 1 : Math.ceil(block / 2);
  }
  return current;
}
