// Answers "which characters does this escape or set stand for?": the part of python-regex-parse.ts
// that reads characters. Errors are Python's.

import {
  checkReference,
  fail,
  literal,
  undecided,
  type Source,
  type State,
} from "./python-regex-source.ts";
import type { CharacterItem, Node, Place } from "./python-regex-tree.ts";

const controls: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
};
const places: Readonly<Record<string, Place>> = {
  A: "beginText",
  b: "boundary",
  B: "notBoundary",
  Z: "endText",
};

function isCategory(letter: string): letter is "d" | "D" | "s" | "S" | "w" | "W" {
  return /^[dDsSwW]$/.test(letter);
}

/** An escape outside a set. */
export function readEscape(source: Source, token: string, state: State): Node {
  const letter = token.slice(1);
  if (isCategory(letter)) {
    return { is: "set", items: [{ is: "category", name: letter }], negated: false };
  }
  const place = places[letter];
  if (place !== undefined) return { is: "at", place };
  if (letter === "z") {
    if (state.python === undefined) undecided("\\z");
    if (state.python < 14) fail("bad escape \\z");
    return { is: "at", place: "endText" };
  }
  const control = controls[letter];
  if (control !== undefined) return literal(control);
  const code = readCode(source, letter);
  if (code !== undefined) return literal(code);
  if (letter === "0") return literal(parseInt(`0${readWhile(source, 2, /^[0-7]$/)}`, 8));
  if (/^[1-9]$/.test(letter)) return readReference(source, letter, state);
  if (/^[a-zA-Z]$/.test(letter)) fail(`bad escape ${token}`);
  return literal(letter.codePointAt(0)!);
}

/** \x, \u, \U and \N: the same inside and outside a set. */
function readCode(source: Source, letter: string): number | undefined {
  const digits = { x: 2, u: 4, U: 8 }[letter];
  if (digits !== undefined) {
    const text = readWhile(source, digits, /^[0-9a-fA-F]$/);
    if (text.length !== digits) fail(`incomplete escape \\${letter}${text}`);
    const code = parseInt(text, 16);
    return code > 0x10ffff ? fail(`bad escape \\${letter}${text}`) : code;
  }
  return letter === "N" ? undecided("a character by name (\\N)") : undefined;
}

function readWhile(source: Source, count: number, allowed: RegExp): string {
  let text = "";
  for (let index = 0; index < count; index += 1) {
    const token = source.next();
    if (token === undefined || !allowed.test(token)) break;
    text += token;
    source.get();
  }
  return text;
}

/** Three octal digits are a character, anything shorter a group. */
function readReference(source: Source, first: string, state: State): Node {
  let digits = first;
  const second = source.next();
  if (second !== undefined && /^[0-9]$/.test(second)) {
    digits += second;
    source.get();
    const third = source.next();
    if (/^[0-7]{2}$/.test(digits) && third !== undefined && /^[0-7]$/.test(third)) {
      source.get();
      const code = parseInt(digits + third, 8);
      return code > 0o377
        ? fail(`octal escape value \\${digits}${third} outside of range`)
        : literal(code);
    }
  }
  const group = Number(digits);
  if (group >= state.groups) fail(`invalid group reference ${group}`);
  checkReference(group, state);
  return { is: "reference", group };
}

/** A set after its opening bracket. */
export function readSet(source: Source): Node {
  const negated = source.match("^");
  const items: CharacterItem[] = [];
  for (;;) {
    const token = source.get();
    if (token === undefined) fail("unterminated character set");
    if (token === "]" && items.length > 0) break;
    const low = readMember(source, token);
    if (!source.match("-")) {
      items.push(low);
      continue;
    }
    const other = source.get();
    if (other === undefined) fail("unterminated character set");
    if (other === "]") {
      items.push(low, { is: "range", low: 45, high: 45 });
      break;
    }
    items.push(rangeOf(low, readMember(source, other)));
  }
  return { is: "set", items, negated };
}

function rangeOf(low: CharacterItem, high: CharacterItem): CharacterItem {
  if (low.is !== "range" || high.is !== "range") fail("bad character range");
  if (high.low < low.low) fail("bad character range");
  return { is: "range", low: low.low, high: high.low };
}

function readMember(source: Source, token: string): CharacterItem {
  const one = (code: number): CharacterItem => ({ is: "range", low: code, high: code });
  if (!token.startsWith("\\")) return one(token.codePointAt(0)!);
  const letter = token.slice(1);
  const control = controls[letter];
  if (control !== undefined) return one(control);
  if (isCategory(letter)) return { is: "category", name: letter };
  const code = readCode(source, letter);
  if (code !== undefined) return one(code);
  if (/^[0-7]$/.test(letter)) {
    const value = parseInt(letter + readWhile(source, 2, /^[0-7]$/), 8);
    return value > 0o377 ? fail("octal escape value outside of range") : one(value);
  }
  if (/^[0-9a-zA-Z]$/.test(letter)) fail(`bad escape ${token}`);
  return one(letter.codePointAt(0)!);
}
