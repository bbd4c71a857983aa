// How a rollout goes on, for those who look on: `nova-pci status -w`.

import { decisionOf } from "./round/decide.ts";
import { settingsOf } from "./terms/settings.ts";
import type { Snapshot } from "./terms/snapshot.ts";
import { rolloutView, type RolloutView } from "./told/rollout-view.ts";

export function progress(seen: Snapshot): RolloutView {
  return rolloutView(decisionOf(seen), seen, settingsOf(seen));
}

export type { NodeDoing, PoolView, RolloutView } from "./told/rollout-view.ts";
