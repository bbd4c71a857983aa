// Texts as lines of a terminal: how wide they are, wrapped between words, and with nothing in them
// that a terminal would obey.

import { eastAsianWidth } from "get-east-asian-width";

const escapes = /\u001b\[\d+m/g;
const invisible = /^[\p{M}\p{Cf}\p{Cc}]$/u;

/** Columns that the text takes; colours take none, and most signs of East Asia two. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const sign of text.replace(escapes, ""))
    if (!invisible.test(sign)) columns += eastAsianWidth(sign.codePointAt(0)!);
  return columns;
}

export function padded(text: string, columns: number): string {
  return `${text}${" ".repeat(Math.max(0, columns - columnsOf(text)))}`;
}

/** Ends with a line break; words that are wider than the width stand alone. */
export function wrapped(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/).filter((one) => one !== "")) {
    const longer = line === indent ? `${line}${word}` : `${line} ${word}`;
    if (columnsOf(longer) <= width || line === indent) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = `${indent}${word}`;
  }
  return [...lines, line].map((word) => `${word}\n`).join("");
}

/** What people copy, compare or search: commands, lines of a configuration, findings. */
const copied =
  /^\s*([-+#] )?(\$ |error: |warning: |note: |kubectl |nova-pci |npx |helm |openstack |\w+ = |\[\w+\]$)/;

/** Nothing is cut off: what does not fit goes on below, deeper by four. */
export function fitted(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => {
      if (columnsOf(line) <= width || copied.test(line)) return line;
      const indent = /^ */.exec(line)![0];
      const lines: string[] = [];
      let last = indent;
      for (const each of line.trimStart().split(/(?<= )/)) {
        const fits = columnsOf(`${last}${each}`.trimEnd()) <= width;
        if (fits || last.trim() === "") last += each;
        else {
          lines.push(last.trimEnd());
          last = `${indent}    ${each}`;
        }
      }
      return [...lines, last.trimEnd()].join("\n");
    })
    .join("\n");
}

/** Controls other than the end of a line and a tab, and colours of ours where there are any. */
const controls = /(\u001b\[(?:3[0-9]|9[0-7]|1|22)m)|[\0-\x08\x0b-\x1f\x7f-\x9f]/g;
/** They turn what follows them round, on a terminal that obeys. */
const turning = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What a user wrote can end up anywhere; as JSON reads it, the meaning stays. */
export function harmless(text: string, to: "terminal" | "elsewhere", coloured: boolean): string {
  const calm = text.replace(controls, (all, colour: string | undefined) =>
    colour !== undefined && coloured ? all : all.replace(/[^\x20-\x7e]/g, escaped),
  );
  return to === "terminal" ? calm.replace(turning, escaped) : calm;
}

function escaped(sign: string): string {
  return `\\u${sign.codePointAt(0)!.toString(16).padStart(4, "0")}`;
}
