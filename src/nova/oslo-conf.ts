// Answers "which values does oslo.config take from these files, and from which line?": the INI dialect
// of oslo_config/iniparser.py and the way values of several files and names are merged (8.3 to 10.7).
// Knows the names of no option; "$name" is in conf-interpolate.ts.

import { strip, stripEnd } from "./python-text.ts";
import type { OptionName } from "./release.ts";

/** Files in the order in which the process parses them. */
export type ConfFile = { readonly name: string; readonly text: string };

export type ConfValue = {
  readonly section: string;
  readonly option: string;
  /** As written, continuation lines joined; "$name" not yet replaced. */
  readonly value: string;
  readonly file: string;
  readonly line: number;
};

/** A file that stops the process. */
export type ConfProblem = {
  readonly file: string;
  readonly line: number;
  readonly message: string;
};

export type Conf = {
  readonly problems: readonly ConfProblem[];
  /** Values of exactly this name in parse order, names of other times left out. */
  readonly valuesOf: (section: string, option: string) => readonly string[];
  /** A multi-valued option: within a file the oldest name first, then file by file. */
  readonly multi: (names: readonly OptionName[]) => readonly ConfValue[];
  /** A scalar or list: the last file wins, within it the newest name, and its last line. */
  readonly single: (names: readonly OptionName[]) => ConfValue | undefined;
};

type Parsed = { readonly values: readonly ConfValue[]; readonly problem?: ConfProblem };

export function readConf(files: readonly ConfFile[]): Conf {
  const parsed = files.map(parseFile);
  const named = (file: Parsed, name: OptionName): readonly ConfValue[] =>
    file.values.filter((one) => one.section === normal(name.section) && one.option === name.option);
  return {
    problems: parsed.flatMap((file) => (file.problem === undefined ? [] : [file.problem])),
    valuesOf: (section, option) =>
      parsed.flatMap((file) => named(file, { section, option })).map((one) => one.value),
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

function parseFile(file: ConfFile): Parsed {
  const values: ConfValue[] = [];
  let section: string | undefined;
  let pending: Pending | undefined;
  let line = 0;
  const problem = (message: string): Parsed => ({
    values,
    problem: { file: file.name, line, message },
  });
  const flush = (): boolean => {
    if (pending === undefined) return true;
    if (section === undefined) return false;
    const { option, lines, line: at } = pending;
    values.push({ section, option, value: lines.join("\n"), file: file.name, line: at });
    pending = undefined;
    return true;
  };
  for (const raw of linesOf(file.text)) {
    line += 1;
    const text = stripEnd(raw);
    if (text.startsWith(" ") || text.startsWith("\t")) {
      if (pending === undefined) return problem("an indented line continues nothing");
      pending.lines.push(strip(text));
      continue;
    }
    if (!flush()) return problem("a section such as [pci] must come before the first option");
    if (text === "" || text.startsWith("#") || text.startsWith(";")) continue;
    if (text.startsWith("[")) {
      if (!text.endsWith("]")) return problem('a section must end with "]", without text after it');
      if (text.length <= 2) return problem("the name of the section is empty");
      section = normal(text.slice(1, -1));
      continue;
    }
    const split = splitLine(text);
    if (typeof split === "string") return problem(split);
    pending = { option: split[0], lines: [split[1]], line };
  }
  return flush()
    ? { values }
    : problem("a section such as [pci] must come before the first option");
}

/** Python's universal newlines: readlines() of a text file. */
function linesOf(text: string): readonly string[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Option and value, or what is wrong. One pair of equal quotes around the value is removed. */
function splitLine(text: string): readonly [string, string] | string {
  const at = text.search(/[:=]/);
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
  return names.filter((one) => one.endsWith(".conf") && !one.startsWith(".")).toSorted();
}
