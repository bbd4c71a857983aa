// The pause before the next try of a list or a watch: jittered and growing, the first one soon,
// short while the server is merely out of reach, so that a server that comes back is found at once.
// Pure.

import { Failure } from "../../api/failure.ts";
import { ApiFailure } from "../wire/failures.ts";

const firstMillis = 200;
/** While nothing answers: a server that is back must be found within two seconds. */
const unreachableMillis = 1_500;
/** What was answered with a refusal will be refused for a while. */
const refusedMillis = 10_000;
/** No longer than this is a Retry-After believed. */
const askedMillis = 30_000;
/** A kind that nobody installed (NodeFeature): asking costs the server, and nobody waits. */
const absentMillis = 300_000;

export type Optional = "needed" | "optional";

/** `attempt` counts from 0; `random` is between 0 and 1. */
export function retryDelay(
  error: unknown,
  attempt: number,
  random: number,
  need: Optional = "needed",
): number {
  const kind = error instanceof Failure ? error.kind : "unreachable";
  // The past is gone and the present is there to be listed: no reason to wait.
  if (error instanceof ApiFailure && error.status === 410) return Math.round(20 + 180 * random);
  const cap =
    kind === "missing" && need === "optional"
      ? absentMillis
      : kind === "denied" || kind === "refused" || kind === "missing"
        ? refusedMillis
        : unreachableMillis;
  const grown =
    cap === absentMillis ? absentMillis : Math.min(cap, firstMillis * 2 ** Math.min(attempt, 16));
  const delay = grown * (0.5 + random / 2);
  const asked = error instanceof Failure ? (error.retryAfterMillis ?? 0) : 0;
  return Math.round(Math.max(delay, Math.min(asked, askedMillis) * (1 + random / 10)));
}
