// The loop: observe, plan, execute, for each namespace by itself and never twice at once. All
// decisions are the plan's; all waiting is the plan's too.

import { Failure } from "../api/failure.ts";
import { realClock, type Clock } from "../cluster/wire/clock.ts";
import { NamespaceGone } from "../cluster/wire/namespace-gone.ts";
import { isWord } from "../plan/terms/effect-table.ts";
import { askedOf } from "../plan/terms/gate-table.ts";
import type { Gate } from "../plan/terms/gates.ts";
import type { Ask, Effect, Plan } from "../plan/plan.ts";
import type { Refusal, Snapshot } from "../plan/terms/snapshot.ts";
import { makeRefusals } from "./refusals.ts";
import { execute, type Executed } from "./execute.ts";
import { makeQueue, type Outcome, type QueueWatch } from "./queue.ts";
import type { World } from "./world.ts";

export type LoopTimes = {
  readonly gatherMillis: number;
  readonly spreadMillis: number;
  readonly firstRetryMillis: number;
  readonly maxRetryMillis: number;
  /** While steps wait for the cloud, which tells nobody when it changes. */
  readonly pollMillis: number;
  /** While they wait for what is read by name: policies, rights, the Secret. */
  readonly lookMillis: number;
  /** What nothing told us: drift in Nova, a policy that was taken away. Infinity = never. */
  readonly driftMillis: number;
};

export const usualTimes: LoopTimes = {
  gatherMillis: 2,
  spreadMillis: 400,
  firstRetryMillis: 250,
  maxRetryMillis: 30_000,
  pollMillis: 5_000,
  lookMillis: 15_000,
  driftMillis: 60_000,
};

/**
 * A thousand statuses must not hold up an edit; well below what the API server lets one user do.
 */
const wordLanes = 8;

/** What happened in one round, for log and metrics. */
export type RoundReport = {
  readonly namespace: string;
  readonly round: number;
  readonly seconds: number;
  readonly plan?: Plan;
  /** The namespace does not exist any more: nothing is counted or looked at for it. */
  readonly gone?: true;
  readonly executed: readonly Executed[];
  readonly failure?: Failure;
  /** An error that is no Failure: a bug. */
  readonly bug?: unknown;
};

type LoopOptions = {
  readonly world: World;
  readonly plan: (seen: Snapshot) => Plan;
  readonly leads: () => boolean;
  readonly reported: (report: RoundReport) => void;
  readonly times?: LoopTimes;
  readonly random?: () => number;
  readonly watched?: QueueWatch;
  /** The process's own if absent. */
  readonly clock?: Clock;
  /** Told of each plan before it is performed. */
  readonly planned?: (looked: Looked) => void;
};

export type Looked = { readonly seen: Snapshot; readonly plan: Plan };

export type Loop = {
  /** We lead now: everything is looked at. */
  readonly wake: () => void;
  /** Since when the oldest round is under way, on the monotonic clock. */
  readonly oldestRound: () => { readonly namespace: string; readonly since: number } | undefined;
  readonly stop: () => Promise<void>;
};

export const emptyAsk: Ask = {
  usageOf: [],
  aliasUse: [],
  accessTo: [],
  inventories: false,
  jobs: false,
  preflights: false,
  placement: false,
  healthOf: [],
  logsOf: [],
};

export function startLoop(options: LoopOptions): Loop {
  const { world, random = Math.random, clock = realClock } = options;
  const times = options.times ?? usualTimes;
  const asks = new Map<string, Ask>();
  const refusals = makeRefusals();
  const running = new Map<string, number>();
  let rounds = 0;
  const queue = makeQueue({
    ...times,
    random,
    clock,
    ...(options.watched === undefined ? {} : { watched: options.watched }),
    work: async (namespace) => {
      if (!options.leads()) return { is: "done" };
      rounds += 1;
      running.set(namespace, clock.now());
      const refused = refusals.of(namespace);
      const turn = { namespace, number: rounds, asks, refused };
      const report = await round(turn, options).finally(() => running.delete(namespace));
      refusals.note(report);
      options.reported(report);
      return outcomeOf(report, times, random, world.now());
    },
  });
  const unsubscribe = world.subscribe((namespace) => {
    if (options.leads()) queue.add(namespace);
  });
  return {
    wake: () => {
      for (const namespace of world.namespaces()) queue.add(namespace, 0);
    },
    oldestRound: () => oldestOf(running),
    stop: () => {
      unsubscribe();
      return queue.stop();
    },
  };
}

function oldestOf(running: ReadonlyMap<string, number>): ReturnType<Loop["oldestRound"]> {
  const [oldest] = [...running].sort(([, number], [, other]) => number - other);
  return oldest === undefined ? undefined : { namespace: oldest[0], since: oldest[1] };
}

type Turn = {
  readonly namespace: string;
  readonly number: number;
  readonly asks: Map<string, Ask>;
  /** By the rounds before. */
  readonly refused: readonly Refusal[];
};

async function round(turn: Turn, options: LoopOptions): Promise<RoundReport> {
  const { namespace, number, asks, refused } = turn;
  const { clock = realClock } = options;
  const began = clock.now();
  const executed: Executed[] = [];
  const report = { namespace, round: number, executed };
  const seconds = (): number => (clock.now() - began) / 1000;
  let plan: Plan | undefined;
  try {
    const looked = await look(turn, options);
    plan = looked.plan;
    options.planned?.(looked);
    const perform = (effect: Effect): Promise<void> => options.world.perform(namespace, effect);
    const told = (other: Executed): void => void executed.push(other);
    const tellAnyway = refused.some((refusal) => refusal.do === "write-state");
    const failure = await execute(plan, perform, { told, lanes: wordLanes, tellAnyway });
    return {
      ...report,
      seconds: seconds(),
      plan,
      ...(failure === undefined ? {} : { failure }),
    };
  } catch (error) {
    if (error instanceof NamespaceGone) {
      asks.delete(namespace);
      return { ...report, seconds: seconds(), gone: true };
    }
    const known = plan === undefined ? {} : { plan };
    if (error instanceof Failure)
      return { ...report, ...known, seconds: seconds(), failure: error };
    return { ...report, ...known, seconds: seconds(), bug: error };
  }
}

/** Answers to a plan's questions can raise one more question, not many. */
const looks = 3;

/**
 * A plan that asks for more than its snapshot holds is not performed: it rests on what nobody was
 * asked yet, and a new leader would write "Nova is being asked" over a status that is right.
 */
async function look({ namespace, asks, refused }: Turn, options: LoopOptions): Promise<Looked> {
  let asked = asks.get(namespace) ?? emptyAsk;
  for (let left = looks; ; left -= 1) {
    const found = await options.world.observe(namespace, asked);
    const seen = refused.length === 0 ? found : { ...found, refused };
    const plan = options.plan(seen);
    asks.set(namespace, plan.ask);
    if (left === 1 || !asksMore(plan.ask, asked)) return { seen, plan };
    asked = both(asked, plan.ask);
  }
}

/** What an answer led to still rests on that answer, though the plan has no more need to ask. */
function both(item: Ask, other: Ask): Ask {
  const all = <T>(pick: (ask: Ask) => readonly T[]): readonly T[] => [
    ...new Set([...pick(item), ...pick(other)]),
  ];
  const logs = new Map(all((ask) => ask.logsOf).map((log) => [log.uid, log]));
  return {
    usageOf: all((ask) => ask.usageOf),
    aliasUse: all((ask) => ask.aliasUse),
    accessTo: all((ask) => ask.accessTo),
    inventories: item.inventories || other.inventories,
    jobs: item.jobs || other.jobs,
    preflights: item.preflights || other.preflights,
    placement: item.placement || other.placement,
    healthOf: all((ask) => ask.healthOf),
    logsOf: [...logs.values()],
  };
}

export function asksMore(wanted: Ask, asked: Ask): boolean {
  const known = new Set(asked.logsOf.map((item) => item.uid));
  return (
    wanted.usageOf.some((text) => !asked.usageOf.includes(text)) ||
    wanted.aliasUse.some((text) => !asked.aliasUse.includes(text)) ||
    wanted.accessTo.some((text) => !asked.accessTo.includes(text)) ||
    wanted.healthOf.some((text) => !asked.healthOf.includes(text)) ||
    wanted.logsOf.some((item) => !known.has(item.uid)) ||
    (wanted.inventories && !asked.inventories) ||
    (wanted.jobs && !asked.jobs) ||
    (wanted.preflights && !asked.preflights) ||
    (wanted.placement && !asked.placement)
  );
}

function outcomeOf(
  report: RoundReport,
  times: LoopTimes,
  random: () => number,
  now: number,
): Outcome {
  if (report.gone === true) return { is: "done" };
  if (report.failure !== undefined || report.bug !== undefined) return { is: "failed" };
  const { plan, executed } = report;
  const drift = times.driftMillis * (0.8 + 0.4 * random());
  // What was refused harmlessly is asked again when something changes, not at once.
  const done = executed.flatMap((item) => (item.failure === undefined ? [item.effect] : []));
  const wish = plan === undefined ? undefined : againIn(plan, done, times, now);
  const againMillis = Math.min(wish ?? drift, drift);
  return Number.isFinite(againMillis) ? { is: "done", againMillis } : { is: "done" };
}

/** When to look again although no list changes; undefined = nothing of this plan asks for it. */
function againIn(
  plan: Plan,
  done: readonly Effect[],
  times: Pick<LoopTimes, "gatherMillis" | "pollMillis" | "lookMillis">,
  now: number,
): number | undefined {
  const changed = done.some((effect) => !isWord(effect));
  const wishes = [
    // What was written is in the stores already: the next step may be possible at once.
    ...(changed ? [times.gatherMillis] : []),
    // What waits for this very moment is asked after it.
    ...(plan.againAt === undefined ? [] : [Math.max(1, plan.againAt - now)]),
    ...plan.gates.flatMap((gate) => pollOf(gate, times) ?? []),
  ];
  return wishes.length === 0 ? undefined : Math.min(...wishes);
}

function pollOf(
  gate: Gate,
  times: Pick<LoopTimes, "pollMillis" | "lookMillis">,
): number | undefined {
  const asked = askedOf(gate);
  if (asked === undefined) return undefined;
  return asked === "poll" ? times.pollMillis : times.lookMillis;
}
