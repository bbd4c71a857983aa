// What one compute node does right now, in one word.

import type { ComputeView } from "../plan/gates/compute-view.ts";
import type { NodePhase } from "../plan/terms/state.ts";
import type { Tone } from "./model.ts";

type State = { readonly word: string; readonly tone: Tone };

const phases: Readonly<Record<Exclude<NodePhase, "idle">, State>> = {
  skipped: { word: "skipped", tone: "waiting" },
  quiescing: { word: "being emptied", tone: "moving" },
  replacing: { word: "restarting", tone: "moving" },
  verifying: { word: "being proved", tone: "moving" },
  "rolling-back": { word: "rolling back", tone: "bad" },
  halted: { word: "halted", tone: "bad" },
};

export function nodeState({ record, sight, wanted }: ComputeView): State {
  if (record.lost !== undefined) return { word: "lost", tone: "bad" };
  if (record.phase !== "idle") return phases[record.phase];
  if (sight.unwell !== undefined) return { word: "not well", tone: "bad" };
  if (record.good === wanted.name && sight.reads === wanted.name)
    return wanted.lines.length === 0
      ? { word: "has none of it", tone: "idle" }
      : { word: "proved", tone: "good" };
  return { word: "waits its turn", tone: "waiting" };
}
