// What the page knows of the time line, and how it asks for a view: one stream of events, one
// request for each view and moment.

import type { Answers, MomentHead, StoryView } from "../ui/model.ts";

type Listening = {
  readonly moment: (head: MomentHead) => void;
  readonly phase: (story: StoryView) => void;
  readonly connected: (is: boolean) => void;
};

export async function ask<Name extends keyof Answers>(
  view: Name,
  query = "",
): Promise<Answers[Name]> {
  const response = await fetch(`api/${view}?${query}`);
  if (!response.ok) throw new Error(`${view}: ${response.status}`);
  return (await response.json()) as Answers[Name];
}

export function listen(told: Listening): () => void {
  const events = new EventSource("events");
  const again = (): void => {
    void ask("story").then(told.phase, () => told.connected(false));
  };
  events.addEventListener("open", () => {
    told.connected(true);
    again();
  });
  events.addEventListener("error", () => told.connected(false));
  events.addEventListener("moment", (event: MessageEvent<string>) =>
    told.moment(JSON.parse(event.data) as MomentHead),
  );
  events.addEventListener("phase", again);
  return () => events.close();
}

/** The time line with one moment more, or with a newer version of its last. */
export function withMoment(story: StoryView, head: MomentHead): StoryView {
  const before = story.moments.filter((moment) => moment.index < head.index);
  return { ...story, moments: [...before, head] };
}

/** Virtual time and the cluster's are shown alike: hours of UTC. */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
