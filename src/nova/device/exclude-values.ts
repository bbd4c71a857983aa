// Sets of values of an address field, and the one regular expression that takes exactly such a set.
// Only the portable subset is written, so that what we write is proved as what users write.

import { compilePattern, matchesStart } from "../text/python-regex.ts";
import { costOf, valuesOf, type RegexField } from "../text/regex-reach.ts";

export type Values =
  | { readonly is: "these"; readonly values: readonly string[] }
  /** Every value but these, of which there are few. */
  | { readonly is: "all-but"; readonly values: readonly string[] };

/** An expression may cost this much to be tried on every domain there is. */
const domainCost = 2_000_000;

/** What an expression takes; undefined = nobody can tell, or only at too great a cost. */
export function partOf(field: RegexField, pattern: string | undefined): Values | undefined {
  if (pattern === undefined || pattern === ".*") return { is: "all-but", values: [] };
  const compiled = compilePattern(pattern);
  if (compiled.is !== "compiled") return undefined;
  const all = field === "domain" ? domains : valuesOf(field);
  if (costOf(field, pattern) * (all.length / valuesOf(field).length) > domainCost) return undefined;
  return { is: "these", values: all.filter((value) => matchesStart(compiled, value)) };
}

const digits = "0123456789abcdef";
const widths: Readonly<Record<RegexField, number>> = { domain: 4, bus: 2, slot: 2, function: 1 };
const domains = Array.from({ length: 65_536 }, (_, number) => number.toString(16).padStart(4, "0"));

/** undefined = any value. */
export function expressionFor(field: RegexField, part: Values): string | undefined {
  if (part.values.length === 0 && part.is === "all-but") return undefined;
  if (field === "domain" && part.is === "all-but")
    return grouped(allBut(part.values, widths.domain));
  const all = field === "domain" ? domains : valuesOf(field);
  const named = new Set(part.values);
  const chosen = all.filter((text) => named.has(text) === (part.is === "these"));
  return chosen.length === 1 ? chosen[0] : grouped(oneOf(chosen, widths[field]));
}

function grouped(options: readonly string[]): string {
  return options.length === 1 ? options[0]! : `(${options.join("|")})`;
}

/** Digits behind which the same may follow share an option. */
function oneOf(values: readonly string[], width: number): readonly string[] {
  if (values.length === 16 ** width) return [".".repeat(width)];
  const rests = new Map<string, string[]>();
  for (const value of values)
    rests.set(value[0]!, [...(rests.get(value[0]!) ?? []), value.slice(1)]);
  const byRest = new Map<string, string>();
  for (const [digit, rest] of rests) {
    const text = width === 1 ? "" : grouped(oneOf(rest, width - 1));
    byRest.set(text, (byRest.get(text) ?? "") + digit);
  }
  return [...byRest].map(([rest, firsts]) => `${classOf(firsts)}${rest}`);
}

function allBut(values: readonly string[], width: number): readonly string[] {
  const firsts = [...new Set(values.map((value) => value[0]!))];
  const others = Array.from(digits)
    .filter((digit) => !firsts.includes(digit))
    .join("");
  const options = others === "" ? [] : [`${classOf(others)}${".".repeat(width - 1)}`];
  for (const first of firsts.sort()) {
    const rest = values.filter((value) => value.startsWith(first)).map((value) => value.slice(1));
    if (width > 1) options.push(...allBut(rest, width - 1).map((text) => `${first}${text}`));
  }
  return options;
}

/** Digits in rising order, three and more in a row as a range. */
function classOf(chosen: string): string {
  if (chosen.length === 1) return chosen;
  const runs: string[] = [];
  for (const digit of chosen) {
    const last = runs.at(-1);
    // "9-b" would take what lies between figures and letters too.
    const follows = digit !== "a" && last?.at(-1) === digits[digits.indexOf(digit) - 1];
    if (last !== undefined && follows) runs[runs.length - 1] = last + digit;
    else runs.push(digit);
  }
  const written = runs.map((run) => (run.length < 3 ? run : `${run[0]!}-${run.at(-1)!}`));
  return `[${written.join("")}]`;
}
