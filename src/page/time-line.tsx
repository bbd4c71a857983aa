// The time line: a slider over the moments, steps and play, and what happened at the chosen one,
// read out to those who do not see it.

import { useEffect, useState } from "preact/hooks";
import type { MomentHead, StoryView, Tone } from "../ui/model.ts";
import { clock } from "./source.ts";

type Props = {
  readonly story: StoryView;
  /** Undefined follows the newest. */
  readonly chosen: number | undefined;
  readonly choose: (index: number | undefined) => void;
};

const stepMillis = 900;

export function TimeLine({ story, chosen, choose }: Props) {
  const { moments } = story;
  const last = moments.length - 1;
  const found = moments.findIndex((moment) => moment.index === chosen);
  const place = found < 0 ? last : found;
  const [playing, setPlaying] = useState(false);
  const go = (to: number): void => {
    const bound = Math.max(0, Math.min(last, to));
    choose(bound === last ? undefined : moments[bound]?.index);
  };
  useEffect(() => {
    if (!playing) return undefined;
    if (place >= last) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => go(place + 1), stepMillis);
    return () => clearTimeout(timer);
  }, [playing, place, last]);
  const play = (): void => {
    if (!playing && place >= last) go(0);
    setPlaying(!playing);
  };
  const head = moments[place];
  const step = (by: number) => (): void => {
    setPlaying(false);
    go(place + by);
  };
  return (
    <footer aria-label="Time line">
      <div class="controls">
        <Control name="First moment" icon="first" act={step(-moments.length)} off={place <= 0} />
        <Control name="One moment back" icon="back" act={step(-1)} off={place <= 0} />
        <Control
          name={playing ? "Pause" : "Play"}
          icon={playing ? "pause" : "play"}
          act={play}
          off={last < 1}
          strong
        />
        <Control name="One moment on" icon="on" act={step(1)} off={place >= last} />
        <Control name="Newest moment" icon="last" act={step(moments.length)} off={place >= last} />
      </div>
      <div class="track">
        <Ticks moments={moments} />
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext={head === undefined ? "none" : spoken(head, place, moments.length)}
          min={0}
          max={Math.max(0, last)}
          value={Math.max(0, place)}
          onInput={(event) => {
            setPlaying(false);
            go(Number(event.currentTarget.value));
          }}
        />
      </div>
      <div class="now">
        <time>{head === undefined ? "--:--:--" : clock(head.at)}</time>
        <span class="count">
          {moments.length === 0 ? "" : `${place + 1} of ${moments.length}`}{" "}
          {phaseWord(story, place === last)}
        </span>
      </div>
      <p class="hidden" role="status">
        {head === undefined ? "" : spoken(head, place, moments.length)}
      </p>
    </footer>
  );
}

const icons = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M12 3v10L4 8z",
  play: "M4 2.5v11L14 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  on: "M4 3v10l8-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
} as const;

function Control({
  name,
  icon,
  act,
  off,
  strong,
}: {
  readonly name: string;
  readonly icon: keyof typeof icons;
  readonly act: () => void;
  readonly off: boolean;
  readonly strong?: boolean;
}) {
  return (
    <button
      type="button"
      class={strong === true ? "strong" : ""}
      aria-label={name}
      title={name}
      aria-disabled={off}
      onClick={off ? undefined : act}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={icons[icon]} />
      </svg>
    </button>
  );
}

const rank: readonly Tone[] = ["bad", "waiting", "moving", "good", "unknown", "idle"];

function Ticks({ moments }: { readonly moments: readonly MomentHead[] }) {
  if (moments.length > 400) return null;
  return (
    <div class="ticks" aria-hidden="true">
      {moments.map((moment) => (
        <i class={worst(moment)} />
      ))}
    </div>
  );
}

function worst({ lines }: MomentHead): Tone {
  return rank.find((tone) => lines.some((line) => line.tone === tone)) ?? "idle";
}

function spoken(head: MomentHead, place: number, all: number): string {
  const lines = head.lines.map((line) => `${line.topic} ${line.text}`).join("; ");
  return `Moment ${place + 1} of ${all}, ${clock(head.at)}: ${lines}`;
}

function phaseWord({ phase }: StoryView, newest: boolean): string {
  if (phase === "playing") return "· still playing";
  if (phase === "live") return newest ? "· live" : "· in the past";
  return phase === "lost" ? "· cannot be read" : newest ? "· the end" : "";
}
