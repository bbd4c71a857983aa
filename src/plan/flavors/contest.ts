// What others change although it is ours: repaired once, and from the second time within ten
// minutes on left to a person. Two writers that are both sure would write without end.

import type { FlavorContent, Notice } from "../wanted/accept.ts";
import { notice } from "./draft.ts";
import type { Millis } from "../terms/snapshot.ts";
import type { Contest, FlavorRecord } from "../terms/state.ts";

const contestMillis = 10 * 60 * 1000;

export type Contests = Readonly<Record<string, Contest>>;

type Challenge = { readonly contested: Contests; readonly lost: boolean };

/**
 * `what` is ours and Nova shows something else. An edit of the object is a person's word: it is
 * written once more, whatever others did before.
 */
export function challenge(
  what: string,
  record: FlavorRecord,
  { generation }: FlavorContent,
  now: Millis,
): Challenge {
  const contested = record.contested ?? {};
  const before = contested[what]?.generation === generation ? contested[what] : undefined;
  if (before !== undefined && before.count >= 2) return { contested, lost: true };
  // Our own write may still be on its way, or have failed: that is nobody's change.
  if (record.unseen !== undefined) return { contested, lost: false };
  const count = before !== undefined && isRecent(before, now) ? before.count + 1 : 1;
  return { contested: { ...contested, [what]: { count, at: now, generation } }, lost: count >= 2 };
}

/** Nova shows it as we wrote it: after ten quiet minutes nothing is held against anybody. */
export function settled(what: string, contested: Contests, now: Millis): Contests {
  const before = contested[what];
  if (before === undefined || isRecent(before, now)) return contested;
  const { [what]: over, ...rest } = contested;
  return rest;
}

/** Nobody tells that ten minutes were quiet: what is forgotten then is forgotten on time. */
export function contestsEnd(contested: Contests = {}, now: Millis): readonly Millis[] {
  return Object.values(contested)
    .filter((contest) => isRecent(contest, now))
    .map((contest) => contest.at + contestMillis);
}

function isRecent(contest: Contest, now: Millis): boolean {
  return Math.abs(now - contest.at) < contestMillis;
}

export function contestedNotice(
  what: string,
  { has, wants, path }: { readonly has: string; readonly wants: string; readonly path: string },
): Notice {
  return notice(
    "Conflict",
    `somebody else changed ${what} twice within ten minutes: Nova has ${has}, the object asks for ${wants}; stop whatever writes it, then change the object or restore the value in Nova`,
    path,
  );
}
