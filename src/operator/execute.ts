// Answers "in which order is a plan performed, and what does a failure stop?". One effect after the
// other as the plan lists them; decides nothing and tries nothing twice in a round.

import { Failure } from "../api/failure.ts";
import type { Effect, Plan } from "../plan/effects.ts";

/** Performs one effect: a single mutating request. Throws a Failure. */
export type Perform = (effect: Effect) => Promise<void>;

/** What people read. It is written even when something before it failed. */
function isReport(effect: Effect): boolean {
  return effect.do === "status" || effect.do === "event";
}

/**
 * The first failure, if any. After it only statuses and events are performed; when the state itself
 * could not be written nothing is: somebody else leads, or nothing may be remembered wrongly.
 */
export async function execute(plan: Plan, perform: Perform): Promise<Failure | undefined> {
  let first: Failure | undefined;
  for (const effect of plan.effects) {
    if (first !== undefined && !isReport(effect)) continue;
    try {
      await perform(effect);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      first ??= error;
      if (effect.do === "write-state") return first;
    }
  }
  return first;
}
