// The sender of one request, with patience: repeats it as retry.ts allows, within the time one call
// may take. It must not know tokens or services.
import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../../api/failure.ts";
import { kindOfStatus } from "./failures.ts";
import { NoAnswer, type Wire, type WireAnswer, type WireRequest } from "./http.ts";
import {
  delayBeforeRetry,
  isRepeatable,
  parseRetryAfter,
  type Outcome,
  type Verb,
} from "./retry.ts";

/** Time and chance, so that tests own them. */
export type Clock = {
  readonly nowMillis: () => number;
  readonly sleep: (millis: number) => Promise<void>;
  readonly random: () => number;
};

export const realClock: Clock = {
  nowMillis: () => performance.now(),
  sleep: (millis) => pause(millis),
  random: Math.random,
};

export type Sender = {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly callMillis: number;
  /** Masked in whatever a service says. */
  readonly secrets: readonly string[];
};

/** Sends until there is an answer that repetition cannot better. */
export async function send(
  sender: Sender,
  request: WireRequest,
  call: { readonly method: Verb; readonly repeatable?: boolean },
): Promise<WireAnswer> {
  const { clock } = sender;
  const repeatable = call.repeatable ?? isRepeatable(call.method);
  const deadline = clock.nowMillis() + sender.callMillis;
  for (let attempt = 1; ; attempt++) {
    const ended = await attemptOnce(sender.wire, request);
    if (ended instanceof NoAnswer) {
      const outcome = { ended: ended.sent ? "silence" : "not-sent" } as const;
      const delay = delayBeforeRetry(outcome, attempt, repeatable, clock.random());
      if (delay === undefined || clock.nowMillis() + delay > deadline) throw ended;
      await clock.sleep(delay);
      continue;
    }
    const delay = delayBeforeRetry(outcomeOf(ended), attempt, repeatable, clock.random());
    if (delay === undefined || clock.nowMillis() + delay > deadline) return ended;
    await clock.sleep(delay);
  }
}

async function attemptOnce(wire: Wire, request: WireRequest): Promise<WireAnswer | NoAnswer> {
  try {
    return await wire.send(request);
  } catch (error) {
    if (error instanceof NoAnswer) return error;
    throw error;
  }
}

function outcomeOf(answer: WireAnswer): Outcome {
  const wait = parseRetryAfter(answer.headers["retry-after"], answer.headers["date"]);
  return {
    ended: "answered",
    status: answer.status,
    ...(wait === undefined ? {} : { retryAfterMillis: wait }),
  };
}

export function failureOf(what: string, answer: WireAnswer, said: string): Failure {
  const wait = parseRetryAfter(answer.headers["retry-after"], answer.headers["date"]);
  return new Failure(
    kindOfStatus(answer.status),
    `${what} answered ${answer.status}${said}`,
    wait === undefined ? {} : { retryAfterMillis: wait },
  );
}

export function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
