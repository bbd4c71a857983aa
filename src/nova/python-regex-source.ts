// Answers "what is the next token, and where are we?" for python-regex-parse.ts: the tokens of a
// pattern, the state of its groups, and how a parser stops. Errors are Python's words.

import { codePoints } from "./python-text.ts";
import type { Node, Width } from "./python-regex-tree.ts";

/** Minor version of CPython 3, when known. */
export type PythonMinor = number | undefined;

/** Thrown inside the parser only. */
export type Stop = {
  readonly stop: "error" | "crash" | "undecided";
  readonly why: string;
};

export function fail(why: string): never {
  throw { stop: "error", why } satisfies Stop as unknown as Error;
}
export function crash(why: string): never {
  throw { stop: "crash", why } satisfies Stop as unknown as Error;
}
export function undecided(why: string): never {
  throw { stop: "undecided", why } satisfies Stop as unknown as Error;
}

/** Characters with one of look-ahead; an escape is one token of two characters. */
export type Source = {
  readonly next: () => string | undefined;
  readonly get: () => string | undefined;
  readonly match: (token: string) => boolean;
  readonly tell: () => number;
  readonly seek: (index: number) => void;
};

export type State = {
  readonly python: PythonMinor;
  flags: Record<"i" | "m" | "s" | "x" | "a" | "u", boolean>;
  groups: number;
  readonly names: Map<string, number>;
  readonly widths: Map<number, Width>;
  readonly open: Set<number>;
  lookbehindGroups: number | undefined;
  /** The compiler will complain about it, once all is parsed. */
  variableLookbehind: boolean;
  readonly conditions: Set<number>;
};

export function tokens(pattern: string): Source {
  const characters = codePoints(pattern);
  let index = 0;
  let current: string | undefined;
  const advance = (): void => {
    const first = characters[index];
    if (first === "\\") {
      const second = characters[index + 1];
      if (second === undefined) fail("bad escape (end of pattern)");
      current = first + second;
      index += 2;
      return;
    }
    current = first;
    if (first !== undefined) index += 1;
  };
  const width = (token: string | undefined): number =>
    token === undefined ? 0 : codePoints(token).length;
  advance();
  return {
    next: () => current,
    get: () => {
      const token = current;
      advance();
      return token;
    },
    match: (token) => {
      if (current !== token) return false;
      advance();
      return true;
    },
    tell: () => index - width(current),
    seek: (to) => {
      index = to;
      advance();
    },
  };
}

export function literal(code: number): Node {
  return { is: "set", items: [{ is: "range", low: code, high: code }], negated: false };
}

export function readName(source: Source, end: string): string {
  let name = "";
  for (;;) {
    const token = source.get();
    if (token === undefined) fail(`missing ${end}, unterminated name`);
    if (token === end) break;
    name += token;
  }
  return name === "" ? fail("missing group name") : name;
}

export function isIdentifier(name: string): boolean {
  return /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name);
}

/** A reference must not point into a group that is still open, or behind a look-behind. */
export function checkReference(group: number, state: State): void {
  if (state.open.has(group)) fail("cannot refer to an open group");
  checkLookbehind(group, state);
}

export function checkLookbehind(group: number, state: State): void {
  if (state.lookbehindGroups === undefined) return;
  if (!state.widths.has(group)) fail("cannot refer to an open group");
  if (group >= state.lookbehindGroups) {
    fail("cannot refer to group defined in the same lookbehind subpattern");
  }
}
