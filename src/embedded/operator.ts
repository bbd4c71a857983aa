// One operator in an embedded cluster: the loop that is shipped, on virtual time. Nothing it learns
// outlives it. Dies with its world.

import { startLoop, usualTimes, type Looked, type LoopTimes } from "../operator/loop.ts";
import type { Plan } from "../plan/terms/effects.ts";
import type { Millis, Snapshot } from "../plan/terms/snapshot.ts";
import type { Clock } from "./store/clock.ts";
import type { EmbeddedWorld } from "./world.ts";

export type Round = Looked;

type OperatorOptions = {
  readonly plan: (seen: Snapshot) => Plan;
  /** Told of each plan before it is performed. */
  readonly planned: (round: Round) => void;
  readonly times?: Partial<LoopTimes>;
};

export type Operator = {
  readonly world: EmbeddedWorld;
  readonly rounds: () => number;
  /** A round is under way. */
  readonly isBusy: () => boolean;
  /** Looks once more although nothing changed. */
  readonly nudge: () => void;
  readonly last: () => Round | undefined;
  /** What was thrown that is no Failure: a bug, and the end of this operator. */
  readonly bug: () => Error | undefined;
};

/** Nothing drifts in a cluster that is played: a quiet week costs little. */
const playedTimes: LoopTimes = {
  ...usualTimes,
  gatherMillis: 5,
  pollMillis: 10_000,
  lookMillis: 10_000,
  driftMillis: Number.POSITIVE_INFINITY,
};

/** Jitter keeps two operators out of step; a play is the same every time. */
const inTheMiddle = (): number => 0.5;

export function startOperator(
  world: EmbeddedWorld,
  clock: Clock,
  options: OperatorOptions,
): Operator {
  const life: { last?: Round; bug?: Error; rounds: number } = { rounds: 0 };
  const loop = startLoop({
    world,
    clock,
    plan: options.plan,
    leads: () => !world.isDead(),
    random: inTheMiddle,
    times: { ...playedTimes, ...options.times },
    planned: (round) => {
      life.rounds += 1;
      life.last = round;
      options.planned(round);
    },
    reported: ({ bug }) => {
      // What a dead operator reports is its end.
      if (bug !== undefined && !world.isDead()) {
        life.bug = bug instanceof Error ? bug : new Error(JSON.stringify(bug));
        world.kill();
      }
      if (world.isDead()) void loop.stop();
    },
  });
  void world.ready().then(loop.wake);
  return {
    world,
    rounds: () => life.rounds,
    isBusy: () => loop.oldestRound() !== undefined,
    nudge: loop.wake,
    last: () => life.last,
    bug: () => life.bug,
  };
}

/**
 * Lets the cluster live until a moment. Promises of operators settle before the next thing
 * happens, so that a run is the same every time.
 */
export async function live(
  clock: Clock,
  until: Millis,
  operators: () => readonly Operator[],
  happened: () => void,
): Promise<void> {
  // What was changed from outside is on its way to the operators already.
  await settled();
  for (let next = clock.next(); next !== undefined && next <= until; next = clock.next()) {
    clock.step();
    if (operators().length > 0) await settled();
    happened();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
