// One operator in an embedded cluster: the loop and the Lease that are shipped, on virtual time.
// Nothing it learns outlives it. Dies with its world, and when it loses its Lease.

import { operatorName } from "../api/names.ts";
import { holdLease, type Lease } from "../cluster/lease.ts";
import { NotLeading } from "../cluster/wire/not-leading.ts";
import { startLoop, usualTimes, type Looked, type Loop, type LoopTimes } from "../operator/loop.ts";
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
  /** Its name among operators, of which one leads; absent = it leads without a Lease. */
  readonly identity?: string;
};

export type Operator = {
  readonly world: EmbeddedWorld;
  readonly rounds: () => number;
  readonly leads: () => boolean;
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

type Life = { last?: Round; bug?: Error; rounds: number; lease?: Lease };

export function startOperator(
  world: EmbeddedWorld,
  clock: Clock,
  options: OperatorOptions,
): Operator {
  const { identity } = options;
  const life: Life = { rounds: 0 };
  const leads = (): boolean =>
    !world.isDead() && (identity === undefined || life.lease?.leads() === true);
  const loop = startLoop({
    world: fenced(world, leads),
    clock,
    plan: options.plan,
    leads,
    random: inTheMiddle,
    times: { ...playedTimes, ...options.times },
    planned: (round) => {
      life.rounds += 1;
      life.last = round;
      options.planned(round);
    },
    reported: ({ bug }) => {
      noteBug(life, world, bug);
      if (world.isDead()) void loop.stop();
    },
  });
  void world.ready().then(() => {
    if (identity === undefined) loop.wake();
    else life.lease = elect({ world, clock, identity, loop });
  });
  return {
    world,
    leads,
    rounds: () => life.rounds,
    isBusy: () => loop.oldestRound() !== undefined,
    nudge: loop.wake,
    last: () => life.last,
    bug: () => life.bug,
  };
}

/** What a dead operator reports is its end, and no bug. */
function noteBug(life: Life, world: EmbeddedWorld, bug: unknown): void {
  if (bug === undefined || world.isDead()) return;
  life.bug = bug instanceof Error ? bug : new Error(JSON.stringify(bug));
  world.kill();
}

/** As the request is sent; what is on its way then arrives. */
function fenced(world: EmbeddedWorld, leads: () => boolean): EmbeddedWorld {
  return {
    ...world,
    perform: (namespace, effect) =>
      leads() || world.isDead()
        ? world.perform(namespace, effect)
        : Promise.reject(new NotLeading()),
  };
}

type Candidate = {
  readonly world: EmbeddedWorld;
  readonly clock: Clock;
  readonly identity: string;
  readonly loop: Loop;
};

function elect({ world, clock, identity, loop }: Candidate): Lease {
  const lease = holdLease({
    ...world.home,
    name: operatorName,
    identity,
    clock,
    wall: world.now,
    random: inTheMiddle,
    led: loop.wake,
    // The process ends, as soon as its round does.
    lost: () => void loop.stop().then(world.kill),
    // Who is dead does not try again, and gives nothing back.
    troubled: () => {
      if (world.isDead()) lease.release().catch(() => undefined);
    },
  });
  return lease;
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
