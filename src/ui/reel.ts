// The time line: moments as they come, the story between them, and who is told of new ones. Keeps
// the newest; a moment about which there is nothing to tell replaces the one before.

import type { MomentHead, StoryView } from "./model.ts";
import { objectsIn, readyOf, type Moment } from "./moment.ts";
import { tell } from "./story.ts";

type ReelAbout = Pick<StoryView, "source" | "namespace" | "title">;
type Told = { readonly head: MomentHead } | { readonly phase: StoryView["phase"] };

export type Reel = {
  readonly add: (moment: Moment) => void;
  readonly enter: (phase: StoryView["phase"], problem?: string) => void;
  readonly note: (text: string) => void;
  readonly story: () => StoryView;
  /** By index; undefined = the newest. Not there: too old, or not yet. */
  readonly at: (index?: number) => Moment | undefined;
  readonly subscribe: (listener: (told: Told) => void) => () => void;
};

/** Snapshots of thousands of nodes are megabytes each. */
function mostKept({ seen }: Moment): number {
  return seen.nodes.length > 1000 ? 60 : seen.nodes.length > 200 ? 200 : 1000;
}

export function makeReel(about: ReelAbout): Reel {
  const kept: { head: MomentHead; moment: Moment }[] = [];
  const listeners = new Set<(told: Told) => void>();
  let phase: StoryView["phase"] = "playing";
  let problem: string | undefined;
  let note: string | undefined;
  let next = 0;
  const say = (told: Told): void => {
    for (const listener of listeners) listener(told);
  };
  return {
    add: (given) => {
      const moment: Moment = about.source === "files" ? { ...given, isPlayed: true } : given;
      const last = kept.at(-1);
      const lines = tell(last?.moment, moment);
      const fresh = last === undefined || lines.length > 0;
      const head: MomentHead = {
        index: fresh ? next++ : last.head.index,
        at: moment.seen.now,
        version: fresh ? 0 : last.head.version + 1,
        lines: fresh ? lines : last.head.lines,
        ready: readiness(moment),
      };
      if (!fresh) kept.pop();
      kept.push({ head, moment });
      while (kept.length > mostKept(moment)) kept.shift();
      say({ head });
    },
    enter: (into, why) => {
      if (phase === into && problem === why) return;
      phase = into;
      problem = why;
      say({ phase });
    },
    note: (text) => {
      note = text;
    },
    story: () => ({
      ...about,
      ...(problem === undefined ? {} : { problem }),
      ...(note === undefined ? {} : { note }),
      phase,
      moments: kept.map((item) => item.head),
    }),
    at: (index) =>
      (index === undefined ? kept.at(-1) : kept.find((item) => item.head.index === index))?.moment,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function readiness({ seen }: Moment): MomentHead["ready"] {
  const all = objectsIn(seen);
  return {
    ready: all.filter((object) => readyOf(object)?.status === "True").length,
    all: all.length,
  };
}
