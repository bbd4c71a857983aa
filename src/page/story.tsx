// The story beside the view: every moment with what happened, newest at the end, each a button that
// moves the time line there.

import { useEffect, useRef } from "preact/hooks";
import type { StoryView } from "../ui/model.ts";
import { Lines } from "./marks.tsx";
import { clock } from "./source.ts";

type Props = {
  readonly story: StoryView;
  readonly chosen: number | undefined;
  readonly choose: (index: number | undefined) => void;
};

/** Older ones are reached with the time line. */
const shownMoments = 150;

export function Story({ story, chosen, choose }: Props) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const box = list.current;
    const now = box?.querySelector<HTMLElement>("[aria-current]");
    if (box === null || now === null || now === undefined) return;
    const top = now.offsetTop - box.offsetTop;
    if (top < box.scrollTop || top + now.offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = top - box.clientHeight / 2;
  }, [chosen, story.moments.length]);
  const place = story.moments.findIndex((moment) => moment.index === chosen);
  const from = Math.max(0, Math.min(story.moments.length - shownMoments, place - shownMoments / 2));
  const newest = story.moments.at(-1)?.index;
  return (
    <aside aria-labelledby="story-title">
      <h2 id="story-title">Story</h2>
      {story.note === undefined ? null : <p class="quiet">{story.note}.</p>}
      <ol class="story" ref={list} tabIndex={0} aria-labelledby="story-title">
        {story.moments.slice(from, from + shownMoments).map((moment) => (
          <li key={moment.index}>
            <button
              type="button"
              aria-current={moment.index === chosen ? "step" : undefined}
              onClick={() => choose(moment.index === newest ? undefined : moment.index)}
            >
              <time>{clock(moment.at)}</time>
              <Lines lines={moment.lines} />
            </button>
          </li>
        ))}
      </ol>
    </aside>
  );
}
