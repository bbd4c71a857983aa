// A graph is a word of its language whatever the names in it are: judged by the part of each grammar
// that is used, in which every edge joins two boxes and every label reads as what was given.

import { expect, test } from "@jest/globals";
import { svg } from "../../src/cli/graph/graph-svg.ts";
import { dot, mermaid, type Graph } from "../../src/cli/graph/graph-text.ts";

const odd = [
  "gpu",
  'a "quoted" one',
  "back\\slash",
  "trailing\\",
  "<b>bold</b> & more",
  "x --> y; z",
  "]] }} -- %% subgraph end",
  "größe 🂡",
];

function graphOf(name: string): Graph {
  const box = (id: string, column: number) =>
    ({ id, column, title: name, word: "live", detail: "1 of 2", tone: "good" }) as const;
  return {
    title: `alias/${name}`,
    boxes: [box(name, 0), box("second", 1), box("third", 2)],
    edges: [
      { from: name, to: "second", tone: "good" },
      { from: "second", to: "third", tone: "bad" },
    ],
  };
}

/** The lines as what the grammar makes of each; what is no line of it stands as itself. */
function read(text: string, rows: readonly (readonly [string, RegExp])[]): readonly string[][] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      for (const [what, form] of rows) {
        const found = form.exec(line);
        if (found !== null) return [what, ...found.slice(1)];
      }
      return [line];
    });
}

const plain = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

test.each(odd)("Mermaid, with %j", (name) => {
  const lines = read(mermaid(graphOf(name)), [
    ["comment", /^%% [^\n]*$/],
    ["head", /^flowchart LR$/],
    ["box", /^ {2}(b\d+)\["((?:[^"<>&]|&(?:amp|lt|gt|quot);|<br\/>)*)"\]$/],
    ["edge", /^ {2}(b\d+) --> (b\d+)$/],
    ["style", /^ {2}style (b\d+) fill:#[0-9a-f]{6},color:#111$/],
  ]);
  expect(lines.map(([what]) => what).join(" ")).toBe(
    "comment head box box box edge edge style style style",
  );
  expect(plain(lines[2]![2]!.split("<br/>")[0]!)).toBe(name);
  expect(lines.filter(([what]) => what === "edge")).toEqual([
    ["edge", "b0", "b1"],
    ["edge", "b1", "b2"],
  ]);
});

test.each(odd)("Graphviz, with %j", (name) => {
  const lines = read(dot(graphOf(name)), [
    ["head", /^digraph "(?:[^"\\]|\\.)*" \{$/],
    ["defaults", /^ {2}rankdir=LR; node \[(?:\w+=(?:\w+|"[^"]*")(?:, )?)+\];$/],
    ["box", /^ {2}(b\d+) \[label="((?:[^"\\]|\\.)*)", fillcolor="#[0-9a-f]{6}"\];$/],
    ["edge", /^ {2}(b\d+) -> (b\d+);$/],
    ["end", /^\}$/],
  ]);
  expect(lines.map(([what]) => what).join(" ")).toBe("head defaults box box box edge edge end");
  expect(lines[2]![2]!.replace(/\\(.)/g, (_, text: string) => (text === "n" ? "\n" : text))).toBe(
    `${name}\nlive\n1 of 2`,
  );
});

test.each(odd)("SVG, with %j", (name) => {
  const text = svg(graphOf(name));
  const open: string[] = [];
  const form = /<(\/?)(\w+)((?: [\w:-]+="[^"<]*")*)( ?\/?)>|([^<>]+)/gy;
  let end = 0;
  for (const [whole, closes, tag, , alone, words] of text.matchAll(form)) {
    end += whole.length;
    if (words !== undefined) expect(words).not.toMatch(/&(?!(?:amp|lt|gt|quot);)/);
    else if (closes === "/") expect(open.pop()).toBe(tag);
    else if (!alone?.endsWith("/")) open.push(tag!);
  }
  expect([end, open]).toEqual([text.length, []]);
  expect(plain(/<title>([^<]*)<\/title>/.exec(text)![1]!)).toBe(`alias/${name}`);
  expect(text.match(/<rect /g)).toHaveLength(3);
});
