// The values of an address field that a regular expression takes, found by trying them all. Every
// expression is asked once; the number of values is bounded, and so is what one of them may cost.

import { compilePattern, matchesStart, matchesWhole, type Compiled } from "./python-regex.ts";
import { readSubset } from "./regex-subset.ts";

export type RegexField = "domain" | "bus" | "slot" | "function";

type Reach =
  | { readonly is: "refused"; readonly why: string }
  | { readonly is: "unportable"; readonly why: string }
  | {
      readonly is: "known";
      readonly values: ReadonlySet<string>;
      /** The same, one bit for each value of the field: entries are compared pair by pair. */
      readonly bits: Uint32Array;
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
  const taken = values[field].filter((value) => matchesStart(compiled, value));
  const longer = taken.some((value) => !matchesWhole(compiled, value));
  const bits = new Uint32Array(8);
  for (const value of taken) {
    const index = parseInt(value, 16);
    bits[index >> 5]! |= 1 << (index & 31);
  }
  return { is: "known", values: new Set(taken), bits, longer };
}

/**
 * Steps that it costs at most to know what an expression takes: a number of the text alone, the
 * same in every round and on every machine, so that a budget of them refuses the same objects
 * everywhere.
 */
export function costOf(field: RegexField, pattern: string): number {
  const read = readSubset(pattern);
  return pattern.length + (read.is === "portable" ? read.steps * values[field].length : 0);
}
