// Whether a request may be sent again, and when. Pure: the answer and a random number in, a number
// of milliseconds out. It must not wait, send or know any service.

export type Verb = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** How one attempt ended, as far as a repetition is concerned. */
export type Outcome =
  | { readonly ended: "answered"; readonly status: number; readonly retryAfterMillis?: number }
  /** The connection was never made, so the request was never sent. */
  | { readonly ended: "not-sent" }
  /** Sent, and then silence or a reset: nobody knows whether it was done. */
  | { readonly ended: "silence" };

const attemptLimit = 4;
const firstDelayMillis = 500;
const longestWaitMillis = 20_000;

/**
 * undefined = do not send again.
 *
 *               repeatable    not repeatable (POST)
 *   not sent    again         again
 *   429, 413    again         again   (rejected before it was handled)
 *   500, 502-4  again         no      (an answer after the commit looks the same)
 *   silence     again         no
 *   other       no            no
 */
export function delayBeforeRetry(
  outcome: Outcome,
  attempt: number,
  repeatable: boolean,
  random: number,
): number | undefined {
  if (attempt >= attemptLimit || !worthRepeating(outcome, repeatable)) return undefined;
  const backoff = firstDelayMillis * 2 ** (attempt - 1) * (0.5 + random);
  const asked = outcome.ended === "answered" ? outcome.retryAfterMillis : undefined;
  if (asked === undefined) return backoff;
  // A service that wants a long pause gets it from the loop, which can do other things meanwhile.
  return asked > longestWaitMillis ? undefined : asked + firstDelayMillis * random;
}

function worthRepeating(outcome: Outcome, repeatable: boolean): boolean {
  if (outcome.ended === "not-sent") return true;
  if (outcome.ended === "silence") return repeatable;
  const { status } = outcome;
  if (status === 429 || (status === 413 && outcome.retryAfterMillis !== undefined)) return true;
  return repeatable && (status === 500 || (status >= 502 && status <= 504));
}

/** POST and PATCH may do their work twice; the others end the same however often they are sent. */
export function isRepeatable(verb: Verb): boolean {
  return verb !== "POST" && verb !== "PATCH";
}

/**
 * Retry-After in milliseconds: seconds, or a date. A date is compared with the answer's own Date,
 * never with our clock.
 */
export function parseRetryAfter(value: string | undefined, date: string | undefined) {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  const sent = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(until) || Number.isNaN(sent) ? undefined : Math.max(0, until - sent);
}
