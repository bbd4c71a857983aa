// The plan: what the operator does now, and what it waits for. The file to read first: it composes
// the steps of the core. Pure, synchronous, total; the plan is complete and frozen and leaves the
// executor no choice.

import { accept } from "./wanted/accept.ts";
import { decide } from "./round/decide.ts";
import { farewell, kindsGone, lastFarewell } from "./kinds-gone.ts";
import { noteDepartures, recall } from "./wanted/departures.ts";
import { report } from "./told/report.ts";
import { inOrder } from "./round/in-order.ts";
import { unlessAtRest } from "./resting.ts";
import { settingsOf } from "./terms/settings.ts";
import type { Snapshot } from "./terms/snapshot.ts";
import type { Plan } from "./terms/effects.ts";

/**
 * accept -> resolve -> hold -> render -> rollout -> flavors (all in decide) -> report. Any snapshot
 * gives a plan; planning the world that results from it again changes nothing once converged.
 */
export function plan(given: Snapshot): Plan {
  return unlessAtRest(given, planAnew);
}

function planAnew(given: Snapshot): Plan {
  const seen = inOrder(given);
  if (seen.terminating === true) return lastFarewell(seen);
  const settings = settingsOf(seen);
  const before = recall(seen);
  if (kindsGone(seen, before)) return farewell(seen, settings, before);
  const state = noteDepartures(seen, settings, before);
  const candidates = accept(seen, settings, state);
  const decision = decide({ seen, settings, before, state, candidates });
  return report(decision, { seen, settings });
}

export type { Ask, CloudEffect, Effect, Gauge, KubeEffect, Plan } from "./terms/effects.ts";
