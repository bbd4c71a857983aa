// One operator in an embedded cluster: it looks, plans, performs, and looks again when something
// changed, when its plan asked for it, or after a failure with a longer and longer pause. Nothing
// it learns outlives it. Dies with its world.

import { Failure } from "../api/failure.ts";
import { againIn, asksMore, emptyAsk } from "../operator/loop.ts";
import type { Ask, Effect, Plan } from "../plan/terms/effects.ts";
import type { Millis, Snapshot } from "../plan/terms/snapshot.ts";
import type { Cancel, Clock } from "./store/clock.ts";
import type { EmbeddedWorld } from "./world.ts";

export type Round = { readonly seen: Snapshot; readonly plan: Plan };

/** Performs a plan in its order; gives back the first failure, if any. */
export type Execute = (
  plan: Plan,
  perform: (effect: Effect) => Promise<void>,
) => Promise<Failure | undefined>;

type OperatorOptions = {
  readonly plan: (seen: Snapshot) => Plan;
  readonly execute: Execute;
  /** Told of each plan before it is performed. */
  readonly planned: (round: Round) => void;
  /** Changes that come together are planned once. */
  readonly gatherMillis: number;
  /** How often the cloud, and what is read by name, is looked at while steps wait. */
  readonly pollMillis: number;
  /** How often it looks although nothing told it anything; absent = never. */
  readonly driftMillis?: number;
};

export type Operator = {
  readonly world: EmbeddedWorld;
  readonly rounds: () => number;
  /** Looks once more although nothing changed. */
  readonly nudge: () => void;
  readonly last: () => Round | undefined;
  /** What was thrown that is no Failure: a bug, and the end of this operator. */
  readonly bug: () => Error | undefined;
};

export { emptyAsk } from "../operator/loop.ts";

type Life = {
  readonly world: EmbeddedWorld;
  readonly clock: Clock;
  readonly options: OperatorOptions;
  ask: Ask;
  last: Round | undefined;
  bug: Error | undefined;
  busy: boolean;
  again: boolean;
  rounds: number;
  failures: number;
  next: { readonly at: Millis; readonly cancel: Cancel } | undefined;
};

export function startOperator(
  world: EmbeddedWorld,
  clock: Clock,
  options: OperatorOptions,
): Operator {
  const life: Life = {
    world,
    clock,
    options,
    ask: emptyAsk,
    last: undefined,
    bug: undefined,
    busy: false,
    again: false,
    rounds: 0,
    failures: 0,
    next: undefined,
  };
  world.subscribe(() => {
    if (life.busy) life.again = true;
    else wake(life, options.gatherMillis);
  });
  wake(life, 1);
  return {
    world,
    rounds: () => life.rounds,
    nudge: () => wake(life, 1),
    last: () => life.last,
    bug: () => life.bug,
  };
}

/** The earliest wish wins. */
function wake(life: Life, millis: number): void {
  const at = life.clock.now() + Math.max(1, millis);
  if (life.next !== undefined && life.next.at <= at) return;
  life.next?.cancel();
  const cancel = life.clock.after(at - life.clock.now(), () => {
    life.next = undefined;
    if (life.world.isDead() || life.busy) return;
    life.busy = true;
    void round(life).finally(() => {
      life.busy = false;
    });
  });
  life.next = { at, cancel };
}

async function round(life: Life): Promise<void> {
  const { world, options, clock } = life;
  life.again = false;
  life.rounds += 1;
  try {
    const namespace = world.namespaces()[0]!;
    const { seen, plan } = await look(life, namespace);
    life.last = { seen, plan };
    options.planned(life.last);
    const done: Effect[] = [];
    const failure = await options.execute(plan, async (effect) => {
      await world.perform(namespace, effect);
      done.push(effect);
    });
    if (world.isDead()) return;
    if (failure !== undefined) return retry(life);
    life.failures = 0;
    if (life.again) wake(life, options.gatherMillis);
    const times = { ...options, lookMillis: options.pollMillis };
    const again = againIn(plan, done, times, clock.now()) ?? options.driftMillis;
    if (again !== undefined) wake(life, Math.min(again, options.driftMillis ?? again));
  } catch (error) {
    if (world.isDead()) return;
    if (error instanceof Failure) return retry(life);
    life.bug = error instanceof Error ? error : new Error(String(error));
    world.kill();
  }
}

/** Answers to a plan's questions can raise one more question, not many. */
const looks = 3;

/**
 * A plan that asks for more than its snapshot holds is not performed: what it would say or do
 * rests on what nobody was asked yet, and a new operator would write "Nova is being asked" over a
 * status that is right.
 */
async function look(life: Life, namespace: string): Promise<Round> {
  const { world, options } = life;
  for (let left = looks; ; left -= 1) {
    const asked = life.ask;
    const seen = await world.observe(namespace, asked);
    const plan = options.plan(seen);
    life.ask = plan.ask;
    if (left === 1 || !asksMore(plan.ask, asked)) return { seen, plan };
  }
}

/** 250 ms, doubled up to 30 s; a conflict only means that somebody else was first. */
function retry(life: Life): void {
  life.failures += 1;
  wake(life, Math.min(250 * 2 ** (life.failures - 1), 30_000));
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
