// Arguments as the face of a command takes them: values with their types, or a sentence that says
// what to write instead. Nothing that is given is passed over in silence.

import { parseArgs } from "node:util";
import { didYouMean } from "../../api/nearest-name.ts";
import type { Face, Use, Uses } from "./face.ts";
import { UsageProblem } from "./problems.ts";
import { errorCode } from "./io.ts";
import { optionNames, optionTable, type OptionName, type OptionRow } from "./option-table.ts";

type Value<N extends OptionName, U> = (typeof optionTable)[N]["is"] extends "flag"
  ? boolean
  : (typeof optionTable)[N]["is"] extends "texts"
    ? readonly string[]
    : U extends { readonly words: readonly (infer W)[]; readonly default: string }
      ? W
      : U extends { readonly words: readonly (infer W)[] }
        ? W | undefined
        : string | undefined;

type Values<U extends Uses> = { readonly [N in keyof U & OptionName]: Value<N, U[N]> };

/** What stands in the order of the command line. */
export type Token = {
  readonly kind: string;
  readonly name?: string;
  readonly value?: string | undefined;
};

export type Given<U extends Uses = Uses> = {
  readonly values: Values<U>;
  /** What stands without an option. */
  readonly operands: readonly string[];
  readonly tokens: readonly Token[];
};

export function parse<U extends Uses>(face: Face<U>, args: readonly string[]): Given<U> {
  const uses = Object.entries(face.options) as readonly (readonly [OptionName, Use])[];
  const options = Object.fromEntries(uses.map(([name]) => [name, configOf(optionTable[name])]));
  const { values, positionals, tokens } = understood(face, () =>
    parseArgs({
      args: args.map(withoutEquals),
      options,
      allowPositionals: face.operands !== undefined,
      tokens: true,
    }),
  );
  for (const [name, use] of uses) checkOne(name, use, tokens);
  const defaults = Object.fromEntries(uses.map(([name, use]) => [name, use.default]));
  return { values: { ...defaults, ...values } as Values<U>, operands: positionals, tokens };
}

function configOf(row: OptionRow) {
  const letter = row.short === undefined ? {} : { short: row.short };
  if (row.is === "flag") return { type: "boolean" as const, default: false, ...letter };
  if (row.is === "text") return { type: "string" as const, ...letter };
  return { type: "string" as const, multiple: true, default: [] as string[], ...letter };
}

/** `-o=json`, as kubectl takes it. */
function withoutEquals(text: string): string {
  return text.replace(/^(-[A-Za-z])=(?=.)/s, "$1");
}

function checkOne(name: OptionName, use: Use, tokens: readonly Token[]): void {
  const own = tokens.filter((token) => token.kind === "option" && token.name === name);
  if (own.length === 0) return;
  const row: OptionRow = optionTable[name];
  const flag = flagOf(name);
  const texts = [...new Set(own.map((token) => token.value ?? ""))];
  if (row.is !== "flag" && texts.includes(""))
    throw new UsageProblem(`${flag} needs a value behind it`);
  if (row.is === "text" && texts.length > 1)
    throw new UsageProblem(`${flag} is given twice, as ${texts.join(" and ")}: give it once`);
  const { words } = use;
  if (words !== undefined && !words.includes(texts[0]!)) throw wrongWord(name, texts[0]!, words);
  const isGiven = (other: OptionName): boolean =>
    tokens.some((token) => token.kind === "option" && token.name === other);
  if (use.needs !== undefined && !use.needs.some(isGiven))
    throw new UsageProblem(`${flag} goes with ${orList(use.needs.map(flagOf))}: give one, too`);
  const bar = use.without?.find(isGiven);
  if (bar !== undefined)
    throw new UsageProblem(`${flag} and ${flagOf(bar)} do not go together: leave one of them out`);
}

/** As most people type it. */
function flagOf(name: OptionName): string {
  const row: OptionRow = optionTable[name];
  return row.short === undefined ? `--${name}` : `-${row.short}`;
}

function wrongWord(name: OptionName, typed: string, words: readonly string[]): UsageProblem {
  const near = didYouMean(typed, words);
  return new UsageProblem(`${flagOf(name)} ${typed} is unknown: write ${orList(words)}${near}`);
}

/** "text, json or yaml". */
function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)!}`;
}

/** What parseArgs complains about is a text that a user understands. */
function understood<T>(face: Face, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (errorCode(error)?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    throw new UsageProblem(inOurWords(face, (error as Error).message));
  }
}

/** What Node says of arguments, without its advice on how to call Node. */
function inOurWords(face: Face, message: string): string {
  const typed = /^Unknown option '(--?[^']+)'/.exec(message)?.[1];
  if (typed !== undefined) return noOption(face, typed);
  const operand = /^Unexpected argument '(.*?)'\./s.exec(message)?.[1];
  if (operand !== undefined) {
    const how = "filename" in face.options ? ": files are given with -f" : "";
    return `"${operand}" stands without an option${how}`;
  }
  const without =
    /^Option '(?:-\w, )?(--?[\w-]+)(?: <value>)?' argument (missing|is ambiguous)/s.exec(message);
  if (without !== null) return `${without[1]!} needs a value behind it`;
  const flag = /^Option '(?:-\w, )?(--?[\w-]+)' does not take an argument/s.exec(message);
  return flag === null ? message : `${flag[1]!} takes no value`;
}

/** An option of other commands is known, and not taken here. */
function noOption(face: Face, typed: string): string {
  const own = Object.keys(face.options).map((key) => `--${key}`);
  const near = typed.startsWith("--") ? didYouMean(typed, own) : "";
  const other = optionNames.find(
    (optionName) =>
      typed === `--${optionName}` ||
      typed === `-${(optionTable[optionName] as OptionRow).short ?? ""}`,
  );
  return other === undefined
    ? `there is no option ${typed}${near}`
    : `${face.name} takes no ${typed}${near}`;
}
