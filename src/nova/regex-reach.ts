// Answers "which values of an address field does a regular expression take?" by trying them all.
// Every user expression is asked once; the number of values is bounded.

import { compilePattern, matchLength, type Compiled } from "./python-regex.ts";

export type RegexField = "domain" | "bus" | "slot" | "function";

export type Reach =
  | { readonly is: "refused"; readonly why: string }
  | { readonly is: "undecided"; readonly why: string }
  | {
      readonly is: "known";
      readonly values: ReadonlySet<string>;
      /** Some value is taken although the expression ends before the value does. */
      readonly longer: boolean;
    };

/** All values a field can have; of 65,536 domains the first 256, which real hosts use. */
const values: Readonly<Record<RegexField, readonly string[]>> = {
  domain: hexadecimals(256, 4),
  bus: hexadecimals(256, 2),
  slot: hexadecimals(32, 2),
  function: hexadecimals(8, 1),
};

function hexadecimals(count: number, width: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => index.toString(16).padStart(width, "0"));
}

export function valuesOf(field: RegexField): readonly string[] {
  return values[field];
}

/** Answers are kept, because many entries share few expressions; a bound keeps the memory small. */
const answers = new Map<string, Reach>();
const keptAnswers = 2000;

export function selectedBy(field: RegexField, pattern: string): Reach {
  const key = `${field} ${pattern}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const compiled = compilePattern(pattern);
  const reach = compiled.is === "compiled" ? reachOf(field, compiled) : compiled;
  if (answers.size >= keptAnswers) answers.clear();
  answers.set(key, reach);
  return reach;
}

function reachOf(field: RegexField, compiled: Compiled): Reach {
  const taken = new Set<string>();
  let longer = false;
  for (const value of values[field]) {
    const length = matchLength(compiled, value);
    if (length === "undecided") return { is: "undecided", why: "it takes too many steps" };
    if (length === undefined) continue;
    taken.add(value);
    if (length < value.length) longer = true;
  }
  return { is: "known", values: taken, longer };
}
