// The face of a command: all that is known of it without running it. Help, completion and the
// reference page are made of it, and its arguments are parsed by it.

import { optionTable, type OptionName, type OptionRow } from "./option-table.ts";
import { wrapped } from "./lines.ts";

/** An option as one command takes it; what is absent is as the table says. */
export type Use = {
  readonly says?: string;
  /** The only values there are. */
  readonly words?: readonly string[];
  /** The word that is meant where none is given. */
  readonly default?: string;
  /** One of these must be given, too. */
  readonly needs?: readonly OptionName[];
  /** None of these may be given, too. */
  readonly without?: readonly OptionName[];
};

export type Uses = { readonly [N in OptionName]?: Use };

/** Of all faces alike, whatever options they take. */
export type Face<U extends Uses = Uses> = {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Behind its name, and what is said of them in help. */
  readonly operands?: Readonly<Record<string, string>>;
  /** What it does, behind its name in help. */
  readonly title: string;
  /** Without "nova-pci"; each is run by a test. */
  readonly examples: readonly string[];
  readonly about: string;
  readonly options: U;
  /** Options that stand in no table of ours. */
  readonly shown?: readonly ShownOption[];
  /** Behind the options. */
  readonly more?: string;
  readonly exits: string;
};

/** Keeps the words of the options as types, and refuses options that the table does not know. */
export function faceOf<const U extends Uses>(
  made: Face<U> & { readonly options: Readonly<Record<Exclude<keyof U, OptionName>, never>> },
): Face<U> {
  return made;
}

/** An option as people see it. */
export type ShownOption = {
  readonly long: string;
  readonly short?: string;
  readonly value?: string;
  readonly words?: readonly string[];
  readonly says: string;
};

export function optionsOf(face: Face): readonly ShownOption[] {
  const own = (Object.keys(face.options) as OptionName[]).map((name): ShownOption => {
    const row: OptionRow = optionTable[name];
    const use = face.options[name]!;
    const value = use.words?.join("|") ?? row.value;
    const fallback = use.default === undefined ? "" : `default ${use.default}`;
    return {
      long: name,
      ...(row.short === undefined ? {} : { short: row.short }),
      ...(value === undefined ? {} : { value }),
      ...(use.words === undefined ? {} : { words: use.words }),
      says: [use.says ?? row.says, fallback].filter((text) => text !== "").join("; "),
    };
  });
  return [...own, ...(face.shown ?? [])];
}

const widest = 100;
const leftAtMost = 26;

export function helpOf(face: Face, width: number = widest): string {
  const columns = Math.min(width, widest);
  const operands = Object.keys(face.operands ?? {}).map((key) => ` ${key}`);
  const rows = [
    ...Object.entries(face.operands ?? {}),
    ...optionsOf(face).map((option): readonly [string, string] => [leftOf(option), option.says]),
  ];
  const left = Math.min(leftAtMost, Math.max(0, ...rows.map(([text]) => text.length)));
  const parts = [
    wrapped(`nova-pci ${face.name}${operands.join("")}: ${face.title}`, columns),
    face.examples.map((example) => `  ${example}\n`).join(""),
    paragraphs(face.about, columns),
    rows.map(([text, says]) => helpRow(text, says, { left, columns })).join(""),
    paragraphs(face.more ?? "", columns),
    wrapped(`Exit code: ${face.exits}.`, columns),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function paragraphs(text: string, columns: number): string {
  if (text === "") return "";
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((line) => wrapped(line, columns))
    .join("\n");
}

function leftOf({ long, short, value }: ShownOption): string {
  const letter = short === undefined ? "" : `-${short}, `;
  return `${letter}--${long}${value === undefined ? "" : ` ${value}`}`;
}

type Columns = { readonly left: number; readonly columns: number };

function helpRow(text: string, says: string, { left, columns }: Columns): string {
  const indent = " ".repeat(left + 4);
  const body = wrapped(says, columns, indent).slice(indent.length);
  if (text.length <= left) return `  ${text.padEnd(left)}  ${body}`.trimEnd() + "\n";
  return `  ${text}\n${body.trim() === "" ? "" : `${indent}${body}`}`;
}
