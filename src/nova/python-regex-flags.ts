// Answers "which flags does this group switch?": "(?i)", "(?i:...)" and "(?-i:...)" of
// python-regex-parse.ts.

import { fail, undecided, type Source, type State } from "./python-regex-source.ts";
import type { Flags } from "./python-regex-tree.ts";

const flagNames = "imsxau";

export type Switched = { readonly on: Partial<Flags>; readonly verbose: boolean | undefined };

/** Reads up to ")" (flags of the whole pattern, put into the state) or ":" (flags of a group). */
export function readFlags(source: Source, state: State, first: string): Switched | "global" {
  if (!/^[imsxauLt-]$/.test(first)) fail(`unknown extension ?${first}`);
  const on = new Set<string>();
  let token: string | undefined = first;
  while (token !== "-" && token !== ":" && token !== ")") {
    on.add(readFlag(token));
    if (on.has("a") && on.has("u")) fail("flags a and u are incompatible");
    token = source.get();
    if (token === undefined) fail("missing -, : or )");
  }
  if (token === ")") {
    for (const flag of on) state.flags[flag as "i"] = true;
    return "global";
  }
  const off = token === "-" ? readOffFlags(source) : new Set<string>();
  for (const flag of on) if (off.has(flag)) fail("flag turned on and off");
  const verbose = on.has("x") ? true : off.has("x") ? false : undefined;
  return { on: changes(on, off), verbose };
}

function readFlag(token: string): string {
  if (token === "L") fail("cannot use 'L' flag with a str pattern");
  if (token === "t") undecided("the template flag");
  if (token.length !== 1 || !flagNames.includes(token)) fail("unknown flag");
  return token;
}

function readOffFlags(source: Source): Set<string> {
  const off = new Set<string>();
  let token = source.get();
  if (token === undefined || token.length !== 1) fail("missing flag");
  do {
    const flag: string = readFlag(token ?? fail("missing :"));
    if (flag === "a" || flag === "u") fail("cannot turn off flags 'a', 'u' and 'L'");
    off.add(flag);
    token = source.get();
  } while (token !== ":");
  return off;
}

function changes(on: ReadonlySet<string>, off: ReadonlySet<string>): Partial<Flags> {
  const result: { -readonly [K in keyof Flags]?: boolean } = {};
  const set = (letter: string, key: keyof Flags): void => {
    if (on.has(letter)) result[key] = true;
    if (off.has(letter)) result[key] = false;
  };
  set("i", "ignoreCase");
  set("m", "multiLine");
  set("s", "dotAll");
  set("a", "ascii");
  if (on.has("u")) result.ascii = false;
  return result;
}
