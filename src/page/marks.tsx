// Small things that every view uses: a state as mark and word, counts as a bar, a device as a cell.

import { deviceWords as words, type Counts, type StoryLine, type Tone } from "../ui/model.ts";

const glyphs: Readonly<Record<Tone, string>> = {
  good: "✓",
  moving: "↻",
  waiting: "…",
  bad: "✕",
  unknown: "?",
  idle: "–",
};

/** The word is what it means; the glyph and the colour only help to find it. */
export function Mark({ tone, word }: { readonly tone: Tone; readonly word: string }) {
  return (
    <span class={`mark ${tone}`}>
      <span class="glyph" aria-hidden="true">
        {glyphs[tone]}
      </span>
      {word}
    </span>
  );
}

function Glyph({ tone }: { readonly tone: Tone }) {
  return (
    <span class={`glyph alone ${tone}`} aria-hidden="true">
      {glyphs[tone]}
    </span>
  );
}

export { words };

export function countText(counts: Counts): string {
  const parts = words.flatMap((word) =>
    counts[word] === undefined ? [] : `${counts[word]} ${word}`,
  );
  return parts.length === 0 ? "not counted" : parts.join(", ");
}

/** Of a card with 64 functions not all are drawn. */
const mostCells = 16;

export function Cells({ counts }: { readonly counts: Counts }) {
  const all = words.flatMap((word) => Array.from({ length: counts[word] ?? 0 }, () => word));
  if (all.length === 0) return <i class="cell entry" />;
  const left = all.length - mostCells;
  return (
    <>
      {all.slice(0, mostCells).map((word) => (
        <i class={`cell ${word}`} />
      ))}
      {left > 0 ? <i class="more">+{left}</i> : null}
    </>
  );
}

export function Bar({ counts }: { readonly counts: Counts }) {
  const shown = words.filter((word) => (counts[word] ?? 0) > 0);
  return (
    <div class="bar" aria-hidden="true">
      {shown.map((word) => (
        <i class={`part ${word}`} style={{ flexGrow: String(counts[word]) }} />
      ))}
    </div>
  );
}

export function Lines({ lines }: { readonly lines: readonly StoryLine[] }) {
  return (
    <ul class="lines">
      {lines.map((line) => (
        <li>
          <Glyph tone={line.tone} />
          <b>{line.topic}</b> <span>{line.text}</span>
        </li>
      ))}
    </ul>
  );
}
