// A graph as a picture by itself: columns of boxes with curves between them, readable in any
// browser.

import type { ChainBox } from "../../ui/model.ts";
import { entities, fillOf, linesOf, type Graph } from "./graph-text.ts";

const width = 200;
const gap = 60;
const lineHeight = 16;
const letters = 28;

type Placed = {
  readonly box: ChainBox;
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly height: number;
};

export function svg({ title, boxes, edges }: Graph): string {
  const placed = place(boxes);
  const right = Math.max(0, ...placed.map((item) => item.x + width)) + 20;
  const bottom = Math.max(0, ...placed.map((item) => item.y + item.height)) + 20;
  const at = (id: string): Placed => placed.find((item) => item.box.id === id)!;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${right}" height="${bottom}" viewBox="0 0 ${right} ${bottom}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${entities(title)}</title>`,
    ...edges.map(({ from, to }) => curve(at(from), at(to))),
    ...placed.map(drawn),
    "</svg>",
    "",
  ].join("\n");
}

function place(boxes: readonly ChainBox[]): readonly Placed[] {
  const columns = [...new Set(boxes.map((box) => box.column))].sort((a, b) => a - b);
  const heights = new Map<number, number>();
  return boxes.map((box) => {
    const lines = linesOf(box).flatMap(wrapped);
    const height = lines.length * lineHeight + 14;
    const y = heights.get(box.column) ?? 20;
    heights.set(box.column, y + height + 16);
    return { box, lines, height, y, x: 20 + columns.indexOf(box.column) * (width + gap) };
  });
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < letters)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.length > letters ? `${word.slice(0, letters - 1)}…` : word);
  }
  return lines;
}

function curve(from: Placed, to: Placed): string {
  const [x1, y1] = [from.x + width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const bend = `C ${x1 + gap / 2} ${y1} ${x2 - gap / 2} ${y2} ${x2} ${y2}`;
  return `<path d="M ${x1} ${y1} ${bend}" fill="none" stroke="#777"/>`;
}

function drawn({ box, lines, x, y, height }: Placed): string {
  const rows = lines.map(
    (text, index) =>
      `<text x="${x + 10}" y="${y + 18 + index * lineHeight}"${index === 0 ? ' font-weight="bold"' : ""}>${entities(text)}</text>`,
  );
  const shape = `width="${width}" height="${height}" rx="6" fill="${fillOf(box.tone)}" stroke="#999"`;
  return `<rect x="${x}" y="${y}" ${shape}/>${rows.join("")}`;
}
