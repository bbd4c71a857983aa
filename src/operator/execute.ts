// The executor: a plan's effects one after the other, in its order; statuses and Events, which come
// last, in lanes. There is nothing to decide here but what a failure lets stand. Never tries twice:
// the next round sees the truth.

import { Failure } from "../api/failure.ts";
import { NotLeading } from "../cluster/wire/not-leading.ts";
import type { Effect, Plan } from "../plan/plan.ts";
import { isWord } from "../plan/terms/effect-table.ts";

/** Performs one effect: a single mutating request. Throws a Failure. */
type Perform = (effect: Effect) => Promise<void>;

export type Executed = {
  readonly effect: Effect;
  /** Absent = done. */
  readonly failure?: Failure;
};

type ExecuteOptions = {
  readonly told?: (executed: Executed) => void;
  /** So many statuses, or Events, are under way at once. */
  readonly lanes?: number;
  /**
   * Somebody has been first again and again: then people are told, whatever becomes of the state.
   */
  readonly tellAnyway?: boolean;
};

type Run = {
  readonly perform: Perform;
  readonly told: (executed: Executed) => void;
  readonly tellAnyway: boolean;
  first: Failure | undefined;
  /** Only statuses and Events may still be performed; or nothing at all. */
  onlyWords: boolean;
  over: boolean;
  readonly spoiled: Set<string>;
};

/**
 * The first failure, if any: after it only statuses and Events are performed. When the state could
 * not be written nothing is: somebody else leads, or nothing may be remembered wrongly.
 */
export async function execute(
  plan: Pick<Plan, "effects">,
  perform: Perform,
  { told = () => undefined, lanes = 1, tellAnyway = false }: ExecuteOptions = {},
): Promise<Failure | undefined> {
  const run: Run = {
    ...{ perform, told, tellAnyway, first: undefined, onlyWords: false, over: false },
    spoiled: new Set(),
  };
  const all = (fits: (effect: Effect) => boolean): Effect[] => plan.effects.filter(fits);
  await inLanes(
    all((effect) => !isWord(effect)),
    1,
    run,
  );
  await inLanes(
    all((effect) => effect.do === "status"),
    lanes,
    run,
  );
  await inLanes(
    all((effect) => effect.do === "event"),
    lanes,
    run,
  );
  return run.first;
}

async function inLanes(effects: readonly Effect[], lanes: number, run: Run): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let effect = effects[next++]; effect !== undefined && !run.over; effect = effects[next++])
      await step(effect, run);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, effects.length) }, lane));
}

async function step(effect: Effect, run: Run): Promise<void> {
  if (run.onlyWords && !isWord(effect)) return;
  const flavor = flavorOf(effect);
  if (flavor !== undefined && run.spoiled.has(flavor)) return;
  try {
    await run.perform(effect);
    run.told({ effect });
  } catch (error) {
    if (!(error instanceof Failure)) {
      run.over = true;
      throw error;
    }
    failed(effect, error, run);
  }
}

function failed(effect: Effect, failure: Failure, run: Run): void {
  // The same would be said of everything that is left.
  if (failure instanceof NotLeading) {
    run.first ??= failure;
    run.over = true;
    return;
  }
  run.told({ effect, failure });
  if (isHarmless(effect, failure)) return;
  run.first ??= failure;
  if (effect.do === "write-state" && isUnknown(failure) && !run.tellAnyway) run.over = true;
  const flavor = flavorOf(effect);
  // One flavor that Nova refuses holds up no other.
  if (flavor !== undefined && failure.kind !== "unreachable") run.spoiled.add(flavor);
  else if (!isWord(effect)) run.onlyWords = true;
}

/** Somebody wrote it before us, or nobody knows whether we did. */
function isUnknown(failure: Failure): boolean {
  return failure.kind === "conflict" || failure.kind === "unreachable";
}

/** A fragment that something turned out to name simply stays. */
export function isHarmless(effect: Effect, failure: Failure): boolean {
  return effect.do === "delete-fragment" && failure.kind === "conflict";
}

function flavorOf(effect: Effect): string | undefined {
  if (effect.do === "create-flavor") return `object ${effect.object}`;
  return "flavorId" in effect ? effect.flavorId : undefined;
}
