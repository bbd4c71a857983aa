// When is looked again, and at what? A world that is a value, and plans that are given.
import { afterEach, expect, test } from "@jest/globals";
import { Failure } from "../../../src/api/failure.ts";
import {
  asksMore,
  emptyAsk,
  startLoop,
  usualTimes,
  type Loop,
  type RoundReport,
} from "../../../src/operator/loop.ts";
import type { World } from "../../../src/operator/world.ts";
import type { Ask, Plan } from "../../../src/plan/plan.ts";
import type { Snapshot } from "../../../src/plan/terms/snapshot.ts";

const loops: Loop[] = [];
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
});

const nothing: Plan = { namespace: "n", effects: [], gates: [], ask: emptyAsk, gauges: [] };

function scene(plan: (round: number) => Plan, leads = () => true) {
  const asks: Ask[] = [];
  const reports: RoundReport[] = [];
  const performed: string[] = [];
  let changed: (namespace: string) => void = () => undefined;
  const world: World = {
    namespaces: () => ["n"],
    now: () => 0,
    observe: (_namespace, ask) => {
      asks.push(ask);
      return Promise.resolve({ namespace: "n" } as Snapshot);
    },
    perform: (_namespace, effect) => {
      performed.push(effect.do);
      return effect.do === "delete-fragment"
        ? Promise.reject(new Failure("conflict", "ConfigMap f stays: replicasets/a names it"))
        : Promise.resolve();
    },
    subscribe: (call) => {
      changed = call;
      return () => undefined;
    },
  };
  const loop = startLoop({
    world,
    leads,
    plan: () => plan(asks.length),
    reported: (report) => void reports.push(report),
    times: { ...usualTimes, driftMillis: 60_000, firstRetryMillis: 10, spreadMillis: 20 },
  });
  loops.push(loop);
  return { loop, asks, reports, performed, change: () => changed("n") };
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

test("woken, it looks once; converged, it does not look again by itself", async () => {
  const { loop, reports, change } = scene(() => nothing);
  loop.wake();
  await until(() => reports.length === 1);
  await pause(100);
  expect(reports.length).toBe(1);
  change();
  await until(() => reports.length === 2);
});

test("a plan that asks for more than was seen is not performed before that was seen", async () => {
  const ask = { ...emptyAsk, usageOf: ["host"] };
  const effects = [{ do: "create-passthrough" }] as const;
  const { loop, asks, reports, performed } = scene((round) =>
    round === 1 ? { ...nothing, ask, effects } : { ...nothing, ask },
  );
  loop.wake();
  await until(() => reports.length === 1);
  await pause(60);
  expect(asks).toEqual([emptyAsk, ask]);
  expect(performed).toEqual([]);
});

test("what an answer led to is looked at together with that answer", async () => {
  const health = { ...emptyAsk, healthOf: ["c1"] };
  const withLog = { ...health, logsOf: [{ pod: "p", uid: "u", container: "nova-compute" }] };
  // By its health and its log a node has failed: it is asked for no more, and the next node is.
  const next = { ...emptyAsk, usageOf: ["c2"] };
  const answers = [health, health, withLog, next, next];
  const { loop, asks, reports, change } = scene((look) => ({
    ...nothing,
    ask: answers[look - 1]!,
  }));
  loop.wake();
  await until(() => reports.length === 1);
  change();
  await until(() => reports.length === 2);
  expect(asks).toEqual([emptyAsk, health, health, withLog, { ...withLog, usageOf: ["c2"] }]);
});

test("after a change it looks again at once: the next step may be possible", async () => {
  const write: Plan = { ...nothing, effects: [{ do: "create-passthrough" }] };
  const { loop, reports, performed } = scene((round) => (round === 1 ? write : nothing));
  loop.wake();
  await until(() => reports.length === 2);
  expect(performed).toEqual(["create-passthrough"]);
});

test("a fragment that is still named is not asked for again and again", async () => {
  const drop = { do: "delete-fragment", name: "f", uid: "u" } as const;
  const { loop, reports, performed, change } = scene(() => ({ ...nothing, effects: [drop] }));
  loop.wake();
  await until(() => reports.length === 1);
  await pause(100);
  expect(performed.length).toBe(1);
  change();
  await until(() => reports.length === 2);
});

test("a failure and a bug are reported, and it goes on", async () => {
  const { loop, reports } = scene((round) => {
    if (round === 1) throw new Failure("unreachable", "no");
    if (round === 2) throw new TypeError("bug");
    return nothing;
  });
  loop.wake();
  await until(() => reports.length === 3);
  expect(reports.map((report) => [report.failure?.kind, report.bug !== undefined])).toEqual([
    ["unreachable", false],
    [undefined, true],
    [undefined, false],
  ]);
});

test("who does not lead looks at nothing", async () => {
  const { loop, asks, change } = scene(
    () => nothing,
    () => false,
  );
  loop.wake();
  change();
  await pause(50);
  expect(asks).toEqual([]);
});

test("asking for less, or for the same, is not asking for more", () => {
  const log = { pod: "p", uid: "u", container: "c" };
  const much = { ...emptyAsk, usageOf: ["a", "b"], logsOf: [log], inventories: true };
  expect(asksMore(emptyAsk, much)).toBe(false);
  expect(asksMore({ ...much }, much)).toBe(false);
  expect(asksMore({ ...emptyAsk, logsOf: [log] }, emptyAsk)).toBe(true);
  expect(asksMore({ ...emptyAsk, placement: true }, emptyAsk)).toBe(true);
  expect(asksMore({ ...much, usageOf: ["a", "c"] }, much)).toBe(true);
});
