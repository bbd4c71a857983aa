// Who leads: one operator after another, its faults, and time that passes under the eyes of every
// invariant.

import { type Round, live, startOperator } from "../../src/embedded/operator.ts";
import { type Fault, makeWorld } from "../../src/embedded/world.ts";
import type { Effect } from "../../src/plan/terms/effects.ts";
import { inClock } from "./clock-of.ts";
import { checkHolds } from "./holds.ts";
import { whatIsLeft } from "./outage.ts";
import { turned } from "./turned.ts";
import { describeEffect } from "./describe-effect.ts";
import { type Run, forget, seconds, violate } from "./one-run.ts";

/** Seldom enough that a schedule is quick, often enough for everything that happens in one. */
const times = {
  gatherMillis: 100,
  spreadMillis: 100,
  pollMillis: 30_000,
  lookMillis: 30_000,
  driftMillis: 60_000,
};

export function lead(run: Run): void {
  if (run.leader !== undefined) return;
  const { clock } = run.cluster;
  const world = makeWorld(run.cluster, {
    credentials: run.schedule.setting.credentials,
    cloudDown: () => clock.now() < Math.max(run.cloudDownUntil, run.outages.get("all") ?? 0),
    left: (view) => whatIsLeft(view, (part) => clock.now() < (run.outages.get(part) ?? 0)),
    fault: (effect) => nextFault(effect, run),
    performing: (effect) => {
      run.acting = operator;
      for (const watcher of run.watchers) watcher.before?.(effect);
    },
    performed: (effect, done) => {
      // A fragment that is still named stays: asking for it writes nothing.
      if (!done && effect.do === "delete-fragment") return;
      run.effects += 1;
      if (effect.do !== "event") run.lastWriteAt = clock.now();
      if (done && effect.do === "remove-pod") run.restarts += 1;
      run.trace(
        `${seconds(run).toFixed(1).padStart(7)}  ${operator === run.leader ? "" : "(late) "}${describeEffect(effect)}${done ? "" : "  refused"}`,
      );
      for (const watcher of run.watchers) watcher.after?.(effect, done);
    },
  });
  const { clocks } = run.schedule.setting;
  const plan = inClock(run.machine.plan, 1000 * (clocks?.[run.leaders % clocks.length] ?? 0));
  run.leaders += 1;
  const operator = startOperator(world, clock, {
    plan,
    times,
    planned: (round) => {
      countRound(run);
      for (const watcher of run.watchers) watcher.planned?.(round);
      checkHolds(round, plan, run);
      if (isTelling(round, run.leader?.rounds() ?? 0)) checkOrder(round, plan, run);
    },
  });
  run.operators.push(operator);
  run.leader = operator;
}

/** More rounds in a minute than anything that happens can ask for: the operator turns in circles. */
const roundsPerMinute = 300;

function countRound(run: Run): void {
  const now = run.cluster.clock.now();
  run.rounds += 1;
  if (now - run.minuteAt >= 60_000) {
    run.minuteAt = now;
    run.roundsInMinute = 0;
  }
  run.roundsInMinute += 1;
  if (run.roundsInMinute === roundsPerMinute) {
    const plan = run.leader?.last()?.plan;
    violate(
      run,
      "no-circles",
      `${roundsPerMinute} plans within a minute; again at ${(plan?.againAt ?? 0) - now} ms: ${(plan?.effects ?? []).map(describeEffect).join(", ")}`,
    );
  }
}

function nextFault(effect: Effect, run: Run): Fault | undefined {
  if (run.calm || effect.do === "event") return undefined;
  if (run.crashes > 0) {
    run.crashes -= 1;
    return "crash-after";
  }
  const fault = run.faults.shift();
  if (fault !== undefined)
    run.trace(`${seconds(run).toFixed(1).padStart(7)}  fault ${fault} on ${effect.do}`);
  return fault;
}

/** Rounds that decide something; each takes a plan more, so not all of them. */
function isTelling({ plan }: Round, number: number): boolean {
  if (plan.effects.some((effect) => effect.do === "create-fragment")) return true;
  return number % 4 === 3 && plan.effects.some((effect) => effect.do === "write-state");
}

/** Does the same plan come out when every list is turned round? */
function checkOrder(round: Round, plan: Run["machine"]["plan"], run: Run): void {
  const other = plan(turned(round.seen));
  const { effects } = round.plan;
  if (JSON.stringify(other.effects) === JSON.stringify(effects)) return;
  if (sorted(other.effects) !== sorted(effects)) {
    violate(run, "order-free", "the same snapshot in another order gives another plan");
  }
}

/** The keys of an object are a set; the order of a list is meaning. */
function sorted(effects: readonly Effect[]): string {
  const byKey = (_key: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return effects
    .map((effect) => JSON.stringify(effect, byKey))
    .sort()
    .join("\n");
}

/** Lets time pass; a dead operator is followed by a new one. */
export async function pass(run: Run, millis: number): Promise<void> {
  const { clock } = run.cluster;
  const until = clock.now() + millis;
  // Time passes even when nothing happens.
  clock.after(millis, () => undefined);
  await live(
    clock,
    until,
    () => run.operators,
    () => {
      run.events += 1;
      run.truth.refresh();
      for (const watcher of run.watchers) watcher.happened?.();
      succeed(run);
      if (run.violations.length > 0) throw new Stop();
    },
  ).catch((error: unknown) => {
    if (!(error instanceof Stop)) throw error;
  });
}

/** A violation ends the run: what follows it proves nothing. */
class Stop extends Error {}

function succeed(run: Run): void {
  for (const operator of run.operators) {
    const bug = operator.bug();
    if (bug !== undefined) return violate(run, "no-bug", bug.stack ?? bug.message);
  }
  if (run.leader?.world.isDead() !== true) return;
  forget(run, run.leader);
  run.leader = undefined;
  run.cluster.clock.after(run.calm ? 2000 : 1000 + (run.effects % 7) * 2000, () => lead(run));
}
