// Does an answer hold until it said it would look again? Only then may the machine rest meanwhile,
// and only then is every wait that time ends one that somebody wakes for.

import type { Round } from "../../src/embedded/operator.ts";
import type { Plan } from "../../src/plan/terms/effects.ts";
import { describeEffect } from "./describe-effect.ts";
import { type Run, violate } from "./one-run.ts";

/** Of what waits for nothing. */
const longMillis = 26 * 60 * 60 * 1000;

/** Each check takes a plan more. */
const oneIn = 6;

export function checkHolds(
  { seen, plan }: Round,
  makePlan: Run["machine"]["plan"],
  run: Run,
): void {
  if (plan.effects.length > 0 || run.rounds % oneIn !== 0) return;
  const end = plan.againAt === undefined ? seen.now + longMillis : plan.againAt - 1;
  if (end <= seen.now) return;
  // Another value of no meaning, so that what rests makes its plan anew.
  const later = makePlan({ ...seen, now: end, refused: seen.refused ?? [] });
  const words = difference(plan, later);
  if (words !== undefined) {
    violate(run, "holds-until-woken", `${Math.round((end - seen.now) / 1000)} s later: ${words}`);
  }
}

function difference(before: Plan, later: Plan): string | undefined {
  if (later.effects.length > 0) return later.effects.map(describeEffect).join(", ");
  for (const part of ["gates", "ask", "gauges"] as const) {
    const [text, other] = [before, later].map((each) => JSON.stringify(each[part]));
    if (text !== other) return `${part} ${text} became ${other}`;
  }
  return undefined;
}
