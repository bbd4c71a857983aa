// nova.conf as oslo.config reads it: the INI dialect of oslo_config/iniparser.py, the line of each
// value, and the way values of several files and names are merged (8.3 to 10.7). Knows the names of
// no option; "$name" is in conf-interpolate.ts.

import { strip, stripEnd } from "../text/python-text.ts";
import type { OptionName } from "../terms/release.ts";

/** Files in the order in which the process parses them. */
export type ConfFile = {
  readonly name: string;
  readonly text: string;
  /** Where each line stands in the file that people know, when the text was taken out of one. */
  readonly lines?: readonly number[];
};

export type ConfValue = {
  readonly section: string;
  readonly option: string;
  /** As written, continuation lines joined; "$name" not yet replaced. */
  readonly value: string;
  readonly file: string;
  readonly line: number;
};

/** A file with which Nova does not start. */
type ConfProblem = {
  readonly file: string;
  readonly line: number;
  readonly message: string;
};

export type Conf = {
  /** What stops the process, the first of each file. */
  readonly problems: readonly ConfProblem[];
  /** The same, and what else is wrong below it. */
  readonly mistakes: readonly ConfProblem[];
  /** Everything that was read, in parse order. */
  readonly values: readonly ConfValue[];
  /** Values of exactly this name in parse order, names of other times left out. */
  readonly valuesOf: (section: string, option: string) => readonly string[];
  /** A multi-valued option: within a file the oldest name first, then file by file. */
  readonly multi: (names: readonly OptionName[]) => readonly ConfValue[];
  /** A scalar or list: the last file wins, within it the newest name, and its last line. */
  readonly single: (names: readonly OptionName[]) => ConfValue | undefined;
};

type Parsed = {
  readonly values: readonly ConfValue[];
  readonly problems: readonly ConfProblem[];
};

export function readConf(files: readonly ConfFile[]): Conf {
  const parsed = files.map(parseFile);
  const named = (file: Parsed, name: OptionName): readonly ConfValue[] =>
    file.values.filter(
      (value) => value.section === normal(name.section) && value.option === name.option,
    );
  return {
    problems: parsed.flatMap((file) => file.problems.slice(0, 1)),
    mistakes: parsed.flatMap((file) => file.problems),
    values: parsed.flatMap((file) => file.values),
    valuesOf: (section, option) =>
      parsed
        .flatMap((file) => named(file, { section, option }))
        .map((confValue) => confValue.value),
    multi: (names) => parsed.flatMap((file) => names.flatMap((name) => named(file, name))),
    single: (names) => {
      for (const file of parsed.toReversed()) {
        for (const name of names.toReversed()) {
          const last = named(file, name).at(-1);
          if (last !== undefined) return last;
        }
      }
      return undefined;
    },
  };
}

/** Section names ignore case, but DEFAULT is only DEFAULT. */
function normal(section: string): string {
  return section === "DEFAULT" ? section : section.toLowerCase();
}

type Pending = { readonly option: string; readonly lines: string[]; readonly line: number };

const sectionFirst = "a section such as [pci] must come before the first option";

/** Goes on after a mistake: oslo.config stops there, but people want to hear of all of them. */
function parseFile(file: ConfFile): Parsed {
  const values: ConfValue[] = [];
  const problems: ConfProblem[] = [];
  let section: string | undefined;
  let pending: Pending | undefined;
  let line = 0;
  let ended = unindent;
  const placed = (at: number): number => file.lines?.[at - 1] ?? at;
  const problem = (message: string): void => {
    problems.push({ file: file.name, line: placed(line), message });
  };
  const flush = (): void => {
    if (pending === undefined) return;
    const { option, lines, line: at } = pending;
    pending = undefined;
    if (section === undefined) problem(sectionFirst);
    else {
      const value = lines.join("\n");
      values.push({ section, option, value, file: file.name, line: placed(at) });
    }
  };
  const readLine = (text: string): void => {
    ended = pending === undefined ? unindent : endedBy(text, pending.option);
    flush();
    if (text === "" || text.startsWith("#") || text.startsWith(";")) return;
    if (text.startsWith("[")) {
      const wrong = sectionProblem(text);
      if (wrong === undefined) section = normal(text.slice(1, -1));
      else problem(wrong);
      return;
    }
    const split = splitLine(text);
    if (typeof split === "string") problem(split);
    else pending = { option: split[0], lines: [split[1]], line };
  };
  for (const raw of linesOf(file.text)) {
    line += 1;
    const text = stripEnd(raw);
    if (!text.startsWith(" ") && !text.startsWith("\t")) readLine(text);
    else if (pending === undefined) problem(`an indented line continues nothing: ${ended}`);
    else pending.lines.push(strip(text));
  }
  flush();
  return { values, problems };
}

const unindent = "begin it in the first column";

/** Why the indented lines that come next continue nothing. */
function endedBy(text: string, option: string): string {
  if (text === "") return `the empty line above ends the value of ${option}, remove it`;
  return /^[#;]/.test(text)
    ? `the comment above ends the value of ${option}, move it away`
    : unindent;
}

function sectionProblem(text: string): string | undefined {
  if (!text.endsWith("]")) return 'a section must end with "]", without text after it';
  return text.length <= 2 ? "the name of the section is empty" : undefined;
}

/** Python's universal newlines: readlines() of a text file. */
function linesOf(text: string): readonly string[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A line of Jinja, of Helm or of ERB. */
export function isTemplate(line: string): boolean {
  return /^(\{[{%#]|<%)/.test(line);
}

export const unrendered =
  "this is a template that nobody rendered: give the file that comes out of it";

/** Option and value, or what is wrong. One pair of equal quotes around the value is removed. */
function splitLine(text: string): readonly [string, string] | string {
  const at = text.search(/[:=]/);
  if (at < 0 && isTemplate(text)) return unrendered;
  if (at < 0) return 'there is no "=" or ":" (a line that continues a value must be indented)';
  const option = strip(text.slice(0, at));
  if (option === "") return "the name of the option is empty";
  const value = strip(text.slice(at + 1));
  const quote = value.charAt(0);
  const quoted = (quote === '"' || quote === "'") && value.endsWith(quote);
  return [option, quoted ? value.slice(1, -1) : value];
}

/** Which files of a --config-dir are read, in which order: glob "*.conf", sorted as text. */
export function confFilesIn(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith(".conf") && !name.startsWith(".")).toSorted();
}
