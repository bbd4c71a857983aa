// Answers "how is a plan carried out?": its effects one after the other, in its order. There is nothing
// to decide here but what a failure lets stand. Never tries twice: the next round sees the truth.

import { Failure } from "../api/failure.ts";
import type { Effect, Plan } from "../plan/plan.ts";

/** Performs one effect: a single mutating request. Throws a Failure. */
export type Perform = (effect: Effect) => Promise<void>;

export type Executed = {
  readonly effect: Effect;
  /** Absent = done. */
  readonly failure?: Failure;
};

/**
 * The first failure, if any: after it only statuses and Events are performed. When the state could
 * not be written nothing is: somebody else leads, or nothing may be remembered wrongly.
 */
export async function execute(
  plan: Pick<Plan, "effects">,
  perform: Perform,
  told: (executed: Executed) => void = () => undefined,
): Promise<Failure | undefined> {
  let first: Failure | undefined;
  let onlyWords = false;
  const spoiled = new Set<string>();
  for (const effect of plan.effects) {
    if (onlyWords && !isWord(effect)) continue;
    const flavor = flavorOf(effect);
    if (flavor !== undefined && spoiled.has(flavor)) continue;
    try {
      await perform(effect);
      told({ effect });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      told({ effect, failure: error });
      if (isHarmless(effect, error)) continue;
      first ??= error;
      if (effect.do === "write-state" && isUnknown(error)) return first;
      // One flavor that Nova refuses holds up no other.
      if (flavor !== undefined && error.kind !== "unreachable") spoiled.add(flavor);
      else if (!isWord(effect)) onlyWords = true;
    }
  }
  return first;
}

/** Somebody wrote it before us, or nobody knows whether we did. */
function isUnknown(failure: Failure): boolean {
  return failure.kind === "conflict" || failure.kind === "unreachable";
}

/** Statuses and Events tell what was seen: they are true whatever else failed. */
function isWord(effect: Effect): boolean {
  return effect.do === "status" || effect.do === "event";
}

/** A fragment that something turned out to name simply stays. */
function isHarmless(effect: Effect, failure: Failure): boolean {
  return effect.do === "delete-fragment" && failure.kind === "conflict";
}

function flavorOf(effect: Effect): string | undefined {
  switch (effect.do) {
    case "create-flavor":
      return `object ${effect.object}`;
    case "set-extra-specs":
    case "delete-extra-spec":
    case "set-flavor-description":
    case "add-flavor-access":
    case "remove-flavor-access":
    case "delete-flavor":
      return effect.flavorId;
    case "write-state":
    case "create-fragment":
    case "delete-fragment":
    case "write-mounted":
    case "create-assignment":
    case "patch-assignment":
    case "annotate-workload":
    case "remove-pod":
    case "create-passthrough":
    case "set-finalizers":
    case "status":
    case "event":
    case "disable-compute":
    case "enable-compute":
      return undefined;
  }
}
