// What a person looks at while things move: one text redrawn in place on a terminal; elsewhere the
// same text again only when it has changed.

import type { Io } from "./io.ts";
import { isColoured } from "./colour.ts";
import { harmless } from "./lines.ts";

type Screen = {
  readonly show: (text: string) => void;
  /** The last text stays. */
  readonly done: () => void;
};

/** What is printed where nothing can be redrawn: all of the new text, unless told otherwise. */
type Changes = (before: string, now: string) => string;

export async function openScreen(
  io: Pick<Io, "stdout" | "terminal">,
  changes: Changes = (before, now) => (before === "" ? now : `\n${now}`),
): Promise<Screen> {
  if (io.terminal === undefined) return plainScreen(io.stdout, changes);
  const { createLogUpdate } = await import("log-update");
  const draw = createLogUpdate(io.terminal);
  const coloured = isColoured(io);
  return {
    show: (text) => draw(harmless(text.trimEnd(), "terminal", coloured)),
    done: () => draw.done(),
  };
}

function plainScreen(print: (text: string) => void, changes: Changes): Screen {
  let last = "";
  return {
    show: (text) => {
      if (text !== last) print(changes(last, text));
      last = text;
    },
    done: () => undefined,
  };
}

/** Lines that were not there before. */
export function newLines(before: string, now: string): string {
  const old = new Set(before.split("\n"));
  return now
    .split("\n")
    .filter((line) => line !== "" && !old.has(line))
    .map((line) => `${line}\n`)
    .join("");
}

export type Style = "green" | "blue" | "yellow" | "gray" | "magenta" | "red" | "bold";

export type Paint = (style: Style, text: string) => string;

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  green: [32, 39],
  blue: [34, 39],
  yellow: [33, 39],
  gray: [90, 39],
  magenta: [35, 39],
  red: [31, 39],
  bold: [1, 22],
};

/** Colour says nothing that the text does not say. */
export function paintFor(io: Pick<Io, "terminal">, environment = process.env): Paint {
  if (!isColoured(io, environment)) return (_, text) => text;
  return (style, text) => {
    const [on, off] = codes[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

/** Columns for a text: of the terminal, else what COLUMNS says. */
export function widthOf({ terminal }: Pick<Io, "terminal">, environment = process.env): number {
  const said = terminal?.columns ?? Number(environment["COLUMNS"]);
  return Number.isInteger(said) && said > 0 ? said : usualWidth;
}

const usualWidth = 80;
