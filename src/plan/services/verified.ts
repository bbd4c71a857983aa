// The end of a rollout of a service: proved when every pod has been Ready for long enough.

import { type ServiceInput, type ServiceOutput, historyOf, kept, output } from "./draft.ts";
import { type Progress, waiting } from "./progress.ts";
import type { ServiceRecord } from "../terms/state.ts";

export function verified(input: ServiceInput, progress: Progress): ServiceOutput {
  const { record, seen, settings } = input;
  const healthySince = record.healthySince ?? seen.now;
  const end = healthySince + settings.rollout.minReadyMillis;
  if (seen.now < end) {
    return output(
      input,
      { ...record, healthySince },
      {
        gate: waiting(input.service, progress, end),
        wakes: [end],
      },
    );
  }
  const done: ServiceRecord = {
    ...kept(record),
    assigned: record.assigned,
    good: record.assigned,
    phase: "idle",
    since: seen.now,
  };
  const changed = record.good !== record.assigned;
  return output(input, done, {
    history: changed ? [historyOf(input, "Complete", record.good, record.assigned, "")] : [],
    wakes: [seen.now],
  });
}
