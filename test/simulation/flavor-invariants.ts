// Invariants of what is written to flavors in Nova: never in a storm.

import type { Effect } from "../../src/plan/terms/effects.ts";
import type { Millis } from "../../src/plan/terms/time.ts";
import type { Invariant } from "./scene.ts";

/** Beyond a first write, a repair, edits and what faults cost: somebody writes without end. */
const mostOfOneKind = 5;
const windowMillis = 10 * 60_000;

type Written = { readonly at: Millis; readonly text: string; readonly creates: boolean };

export const noWriteStorm: Invariant = {
  name: "no-write-storm",
  sentence: "no flavor is written twice within a second, nor the same again and again",
  watch: (scene) => {
    const written = new Map<string, Written[]>();
    return {
      after: (effect, done) => {
        const id = flavorOf(effect);
        if (id === undefined || !done) return;
        const at = scene.cluster.clock.now();
        const before = (written.get(id) ?? []).filter((part) => at - part.at < windowMillis);
        const text = JSON.stringify(effect);
        written.set(id, [...before, { at, text, creates: effect.do === "create-flavor" }]);
        const last = before.at(-1);
        if (last !== undefined && !last.creates && at - last.at < 1000)
          scene.violated("no-write-storm", `${id} is written again after ${at - last.at} ms`);
        const same = before.filter((part) => part.text === text).length + 1;
        if (same > mostOfOneKind)
          scene.violated("no-write-storm", `${text} for the ${same}th time in ten minutes`);
      },
    };
  },
};

function flavorOf(effect: Effect): string | undefined {
  if (effect.do === "create-flavor") return effect.flavor.id;
  return "flavorId" in effect ? effect.flavorId : undefined;
}
