// When a flavor may be written: one request at a time, the next one when Nova has shown the last or
// after a pause that doubles. A flavor is never written twice within a second; only what completes
// a flavor that was just created follows at once, because until then it gives guests no devices.

import type { Draft } from "./draft.ts";
import type { CloudEffect } from "../terms/effects.ts";
import type { Millis } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";

export type Write = {
  readonly effect: CloudEffect;
  /** The same words for the same wish, whenever it is tried again. */
  readonly what: string;
  /** What the record says once it is written. */
  readonly noted?: (record: FlavorRecord) => FlavorRecord;
};

/** Requests take their time, and some of it passes before they are sent. */
const pauseMillis = 1500;
const longestPauseMillis = 5 * 60 * 1000;

/** So often without any trace of it is no accident. */
export const triesBeforeDoubt = 5;

/** Performs the first of the writes that are wanted, or waits; returns the record after it. */
export function writeNext(
  writes: readonly Write[],
  record: FlavorRecord,
  draft: Draft,
  now: Millis,
): FlavorRecord {
  const [next] = writes;
  const last = record.unseen;
  if (last !== undefined && last.what !== next?.what) {
    const { unseen, ...rest } = record;
    const shown = { ...rest, wroteAt: now };
    const isNew = last.what === creation;
    return isNew || next === undefined ? attempt(next, shown, draft, now) : wait(shown, draft, now);
  }
  if (next === undefined) return record;
  const tries = last?.tries ?? 0;
  const due = (record.wroteAt ?? 0) + pauseAfter(tries);
  // A clock that went back, as that of the next leader may, holds nothing up.
  const tooEarly = record.wroteAt !== undefined && record.wroteAt <= now && now < due;
  return tooEarly ? wait(record, draft, now) : attempt(next, record, draft, now);
}

export const creation = "create-flavor";

function pauseAfter(tries: number): Millis {
  return Math.min(pauseMillis * 2 ** Math.max(0, tries - 1), longestPauseMillis);
}

function wait(record: FlavorRecord, draft: Draft, now: Millis): FlavorRecord {
  draft.wakes.push(Math.max(now, (record.wroteAt ?? now) + pauseAfter(record.unseen?.tries ?? 0)));
  return record;
}

function attempt(
  next: Write | undefined,
  record: FlavorRecord,
  draft: Draft,
  now: Millis,
): FlavorRecord {
  if (next === undefined) return record;
  draft.effects.push(next.effect);
  const tries = (record.unseen?.what === next.what ? record.unseen.tries : 0) + 1;
  const noted = next.noted === undefined ? record : next.noted(record);
  return { ...noted, wroteAt: now, unseen: { what: next.what, tries } };
}
