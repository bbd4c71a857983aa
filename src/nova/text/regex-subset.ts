// The regular expressions that mean the same in every Python and here: literals, ".", classes,
// * + ? {m,n}, groups, alternatives and anchors. Read in one pass, written again for the platform's
// own engine, and refused where CPython (Lib/re/_parser.py, 3.6 to 3.14) would need more than a few
// hundred steps for a part of an address. Nothing here is ever run on the text of a user but that.

import { blank } from "./python-text.ts";

type Portable = {
  readonly is: "portable";
  /** The same expression for `new RegExp(source, "v")`. */
  readonly source: string;
  /** Steps that a backtracking engine takes at most for one text of `longestText` characters. */
  readonly steps: number;
};
export type Subset =
  | Portable
  /** Python raises re.error. */
  | { readonly is: "refused"; readonly why: string }
  | { readonly is: "unportable"; readonly why: string };

/** A domain has four digits; bus, slot and function are shorter. */
const longestText = 4;
export const stepLimit = 500;
const lengthLimit = 512;
const nestingLimit = 8;
const countLimit = 64;

/** What a backtracking engine does with a part of the expression, from one place in the text. */
type Part = {
  readonly source: string;
  /** In how many ways it can succeed, and the steps to try them all. */
  readonly ways: number;
  readonly steps: number;
  /** Characters that it takes at least. */
  readonly least: number;
  readonly anchor?: true;
};

/** Thrown and caught in this file only: the first of them ends the reading, as in Python. */
type Stop = Exclude<Subset, Portable>;

function refuse(why: string): never {
  throw { is: "refused", why } satisfies Stop as unknown as Error;
}
function leave(why: string): never {
  throw { is: "unportable", why } satisfies Stop as unknown as Error;
}

export function readSubset(pattern: string): Subset {
  const tokens = Array.from(pattern);
  if (tokens.length > lengthLimit) {
    return { is: "unportable", why: `it is longer than ${lengthLimit} characters` };
  }
  try {
    const reading: Reading = { tokens, at: 0, depth: 0 };
    const { source, steps } = readChoice(reading);
    if (reading.at < tokens.length) refuse("unbalanced parenthesis");
    // Also where the number is none: nothing times infinity.
    if (!(steps <= stepLimit)) {
      leave(`Python may take more than ${stepLimit} steps for one device; repeat less in it`);
    }
    return { is: "portable", source, steps };
  } catch (stop) {
    if (stop instanceof Error) throw stop;
    return stop as Stop;
  }
}

type Reading = { readonly tokens: readonly string[]; at: number; depth: number };

function take(reading: Reading, token: string): boolean {
  if (reading.tokens[reading.at] !== token) return false;
  reading.at += 1;
  return true;
}

function readChoice(reading: Reading): Part {
  const options = [readSequence(reading)];
  while (take(reading, "|")) options.push(readSequence(reading));
  if (options.length === 1) return options[0]!;
  return {
    source: `(?:${options.map((option) => option.source).join("|")})`,
    ways: sum(options.map((option) => option.ways)),
    steps: 1 + sum(options.map((option) => option.steps)),
    least: Math.min(...options.map((option) => option.least)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function readSequence(reading: Reading): Part {
  let all: Part = { source: "", ways: 1, steps: 0, least: 0 };
  for (;;) {
    const token = reading.tokens[reading.at];
    if (token === undefined || token === "|" || token === ")") return all;
    const next = readRepeated(reading);
    all = {
      source: all.source + next.source,
      ways: all.ways * next.ways,
      steps: all.steps + all.ways * next.steps,
      least: all.least + next.least,
    };
  }
}

function readRepeated(reading: Reading): Part {
  if (readCount(reading) !== undefined) refuse("nothing to repeat");
  const body = readAtom(reading);
  const count = readCount(reading);
  if (count === undefined) return body;
  if (body.anchor === true) refuse("nothing to repeat");
  const next = reading.tokens[reading.at];
  if (next === "?" || next === "+") leave(`"${next}" behind a repetition`);
  if (readCount(reading) !== undefined) refuse("multiple repeat");
  return repeated(body, count);
}

type Count = readonly [least: number, most: number];
const counts: Readonly<Record<string, Count>> = {
  "*": [0, Infinity],
  "+": [1, Infinity],
  "?": [0, 1],
};

function readCount(reading: Reading): Count | undefined {
  const token = reading.tokens[reading.at];
  const known = token === undefined ? undefined : counts[token];
  if (known !== undefined) {
    reading.at += 1;
    return known;
  }
  if (token !== "{") return undefined;
  // At most {64,64}: longer ones are beyond the subset however they end.
  const text = reading.tokens.slice(reading.at, reading.at + 8).join("");
  const [whole, from, comma, to] = /^\{([0-9]{0,2})(,?)([0-9]{0,2})\}/.exec(text) ?? [];
  if (whole === undefined || (from === "" && comma === "")) {
    return leave('"{" that begins no repetition of at most two digits; write "[{]" for itself');
  }
  reading.at += whole.length;
  const least = Number(from);
  const most = comma === "" ? least : to === "" ? Infinity : Number(to);
  if (most < least) refuse("min repeat greater than max repeat");
  if (least > countLimit || (most > countLimit && most !== Infinity)) {
    leave(`a repetition of more than ${countLimit}`);
  }
  return [least, most];
}

/** Each round takes a character, so that there are no more rounds than characters. */
function repeated(body: Part, [least, most]: Count): Part {
  if (body.least === 0 && most > 1) leave("a repetition of something that may be empty");
  const rounds = body.least === 0 ? most : Math.min(most, Math.floor(longestText / body.least));
  let [ways, steps] = [0, 1];
  for (let round = 0, before = 1; round <= rounds; round += 1, before *= body.ways) {
    if (round >= least) ways += before;
    steps += before * (body.steps + 1);
  }
  return {
    source: `(?:${body.source}){${least},${most === Infinity ? "" : most}}`,
    ways,
    steps,
    least: body.least * least,
  };
}

const anchors: Readonly<Record<string, string>> = {
  "^": "^",
  // Python's "$" stands before a last line break too.
  $: "(?=\\n?$)",
  "\\A": "^",
  "\\Z": "$",
};

function readAtom(reading: Reading): Part {
  const token = reading.tokens[reading.at]!;
  const pair = token === "\\" ? `\\${reading.tokens[reading.at + 1] ?? ""}` : token;
  const anchor = anchors[pair];
  if (anchor !== undefined) {
    reading.at += pair.length;
    return { source: anchor, ways: 1, steps: 1, least: 0, anchor: true };
  }
  if (take(reading, "(")) return readGroup(reading);
  if (take(reading, ".")) return one("[^\\n]");
  if (take(reading, "[")) return one(readClass(reading));
  const { code, set } = readCharacter(reading);
  return one(set ?? exactly(code));
}

function one(source: string): Part {
  return { source, ways: 1, steps: 1, least: 1 };
}

function readGroup(reading: Reading): Part {
  if (take(reading, "?") && !take(reading, ":")) leave('a group that begins with "(?"');
  reading.depth += 1;
  if (reading.depth > nestingLimit) leave(`groups nested more than ${nestingLimit} deep`);
  const { source, ways, steps, least } = readChoice(reading);
  if (!take(reading, ")")) refuse("missing ), unterminated subpattern");
  reading.depth -= 1;
  return { source: `(?:${source})`, ways, steps: steps + 1, least };
}

type Character =
  | { readonly code: number; readonly set?: undefined }
  | { readonly code?: undefined; readonly set: string };

const sets: Readonly<Record<string, string>> = {
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  w: "[\\p{L}\\p{N}_]",
  W: "[^\\p{L}\\p{N}_]",
  s: `[${blank}]`,
  S: `[^${blank}]`,
};

/** A character by itself or behind a backslash, as it stands in and outside a class. */
function readCharacter(reading: Reading): Character {
  const token = reading.tokens[reading.at]!;
  reading.at += 1;
  if (token !== "\\") return { code: token.codePointAt(0)! };
  const escaped = reading.tokens[reading.at];
  if (escaped === undefined) return refuse("bad escape (end of pattern)");
  reading.at += 1;
  const set = sets[escaped];
  if (set !== undefined) return { set };
  // What Python has beyond these, some of it since 3.14 only.
  if (/^[0-9abBfnNrtuUvxzZA]$/.test(escaped)) return leave(`"\\${escaped}"`);
  if (/^[a-zA-Z]$/.test(escaped)) return refuse(`bad escape \\${escaped}`);
  return { code: escaped.codePointAt(0)! };
}

function exactly(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/** A class behind its "[". What may become an operation on sets in a later Python is left out. */
function readClass(reading: Reading): string {
  const negated = take(reading, "^");
  let members = "";
  for (;;) {
    const token = reading.tokens[reading.at];
    if (token === undefined) refuse("unterminated character set");
    if (token === "]" && members !== "") {
      reading.at += 1;
      return `[${negated ? "^" : ""}${members}]`;
    }
    members += readMember(reading);
  }
}

function readMember(reading: Reading): string {
  refuseOperations(reading);
  const low = readCharacter(reading);
  const [dash, next] = reading.tokens.slice(reading.at, reading.at + 2);
  if (dash !== "-" || next === "]") return low.set ?? exactly(low.code);
  reading.at += 1;
  if (next === undefined) return refuse("unterminated character set");
  const high = readCharacter(reading);
  if (low.code === undefined || high.code === undefined || high.code < low.code) {
    return refuse("bad character range");
  }
  return `${exactly(low.code)}-${exactly(high.code)}`;
}

function refuseOperations(reading: Reading): void {
  const [token, next] = reading.tokens.slice(reading.at, reading.at + 2);
  if (token === "[") leave('"[" within a class; write "\\["');
  if (token === next && /^[-&~|]$/.test(token ?? "")) leave(`"${token}${token}" within a class`);
}
