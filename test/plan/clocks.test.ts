// The clock of the leader before was ten minutes ahead: no time of the state lies in the future after
// the first round, and a rollout goes on as if the clocks agreed.
import { describe, expect, test } from "@jest/globals";
import { notAhead } from "../../src/plan/terms/time.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import { gpuAlias, gpuDevices, setStage, type Stage } from "../support/stage.ts";

const tenMinutes = 600_000;
const ahead =
  (millis: number) =>
  (seen: Snapshot): Snapshot => ({ ...seen, now: seen.now + millis });

/** Every time of the state with its path. */
function times(value: unknown, path = ""): readonly (readonly [string, number])[] {
  if (typeof value === "number") return value > 1e12 ? [[path, value]] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => times(item, `${path}/${key}`));
}

function stateOf(stage: Stage) {
  const { state } = stage.last().seen;
  if (state.is !== "read") throw new Error("no state");
  return state.state;
}

function begin(stage: Stage): void {
  stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
}

describe.each([3, 20, 40, 100, 200, 300])("the leader changes after %d seconds", (seconds) => {
  test("nothing of what its clock wrote lies in the future, and the end is the same", async () => {
    const stage = await setStage();
    stage.see(ahead(tenMinutes));
    begin(stage);
    await stage.pass(seconds);
    stage.see(ahead(0));
    stage.label("c1", { seen: "1" });
    await stage.pass(2);
    const { now } = stage.last().seen;
    expect(times(stateOf(stage)).filter(([, at]) => at > now)).toEqual([]);
    // Less than what one wrong clock would cost: every wait begins anew at most once.
    await stage.pass(900);
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    expect(stage.waits()).toEqual([]);
    expect(stateOf(stage).quarantined).toEqual({});
    expect(new Set(stage.restarts()).size).toBe(4);
  });
});

test("a state of today stays the same value; what users wrote is not looked at", async () => {
  const stage = await setStage();
  begin(stage);
  await stage.pass(600);
  const state = stateOf(stage);
  expect(notAhead(state, stage.last().seen.now)).toBe(state);
  const [key, accepted] = Object.entries(state.accepted)[0]!;
  const large = { ...state, accepted: { [key]: { ...accepted, spec: { ramMiB: 9e15 } } } };
  expect(notAhead(large, stage.last().seen.now)).toBe(large);
  const early = notAhead(state, 1_500_000_000_000);
  expect(times(early).every(([, at]) => at <= 1_500_000_000_000)).toBe(true);
  expect(early.fragments).not.toBe(undefined);
});
