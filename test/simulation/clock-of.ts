// The clock of one leader, which may be off: what it reads, and when it wants to be asked again.

import type { Plan } from "../../src/plan/terms/effects.ts";
import type { CloudView, Snapshot } from "../../src/plan/terms/snapshot.ts";

/** Plans as somebody whose clock is `ahead` of everybody else's. */
export function inClock(plan: (seen: Snapshot) => Plan, ahead: number): (seen: Snapshot) => Plan {
  if (ahead === 0) return plan;
  return (seen) => {
    const made = plan({ ...seen, now: seen.now + ahead, cloud: cloudIn(seen.cloud, ahead) });
    return made.againAt === undefined ? made : { ...made, againAt: made.againAt - ahead };
  };
}

/** When the cloud answered is written down by whoever asked it. */
function cloudIn(view: CloudView, ahead: number): CloudView {
  if (view.is === "no-credentials") return view;
  const at = view.at + ahead;
  if (view.is === "unreachable") return { ...view, at };
  const usage = Object.entries(view.usage).map(([host, hostUsage]) => [
    host,
    hostUsage.is === "read" ? { ...hostUsage, at: hostUsage.at + ahead } : hostUsage,
  ]);
  return { ...view, at, usage: Object.fromEntries(usage) as typeof view.usage };
}
