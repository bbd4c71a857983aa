// A graph in the languages of Mermaid and Graphviz. What a box is stands in words in it: colour
// alone says nothing.

import type { ChainBox, Tone } from "../../ui/model.ts";

export type Graph = {
  readonly title: string;
  readonly boxes: readonly ChainBox[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly tone: Tone }[];
};

const fills: Readonly<Record<Tone, string>> = {
  good: "#d9f2dd",
  moving: "#dbe9fb",
  waiting: "#fdf0cf",
  bad: "#fbdcdc",
  unknown: "#ececec",
  idle: "#f7f7f7",
};

export function fillOf(tone: Tone): string {
  return fills[tone];
}

export function linesOf({ title, detail, word }: ChainBox): readonly string[] {
  return [title, word, detail].filter((text) => text !== "");
}

export function mermaid({ title, boxes, edges }: Graph): string {
  const number = numbers(boxes);
  return [
    `%% ${title}`,
    "flowchart LR",
    ...boxes.map((box) => {
      const text = linesOf(box).map(entities).join("<br/>");
      return `  ${number(box.id)}["${text}"]`;
    }),
    ...edges.map(({ from, to }) => `  ${number(from)} --> ${number(to)}`),
    ...boxes.map((box) => `  style ${number(box.id)} fill:${fillOf(box.tone)},color:#111`),
    "",
  ].join("\n");
}

export function dot({ title, boxes, edges }: Graph): string {
  const number = numbers(boxes);
  const quoted = (text: string): string =>
    `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
  return [
    `digraph ${quoted(title)} {`,
    '  rankdir=LR; node [shape=box, style="rounded,filled", fontname="sans-serif"];',
    ...boxes.map(
      (box) =>
        `  ${number(box.id)} [label=${quoted(linesOf(box).join("\n"))}, fillcolor="${fillOf(box.tone)}"];`,
    ),
    ...edges.map(({ from, to }) => `  ${number(from)} -> ${number(to)};`),
    "}",
    "",
  ].join("\n");
}

/** Names of users may hold anything; the languages take plain words. */
function numbers(boxes: readonly ChainBox[]): (id: string) => string {
  return (id) => `b${boxes.findIndex((box) => box.id === id)}`;
}

/** Text that is no mark-up, for Mermaid and for XML. */
export function entities(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (word) => names[word]!);
}
