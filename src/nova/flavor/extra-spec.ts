// What the flavors API takes as an extra spec (21 on, microversion 2.86 on): the validation of
// nova/api/validation/extra_specs, exact names first, then names with parts, then namespaces.

import { extraSpecRows, nameParts, type ExtraSpecRow, type ValueRule } from "./extra-spec-table.ts";
import { asWord, type Value } from "../text/python-json.ts";
import { blank, boolOfText, parseInteger } from "../text/python-text.ts";
import { atLeast, type Release } from "../terms/release.ts";
import { standardTraits } from "../terms/standard-names.ts";

/** `clean` false = an exception that is no ValidationError. */
export type ExtraSpecVerdict =
  | { readonly is: "accepted" }
  | { readonly is: "refused"; readonly why: string; readonly clean: boolean };

const accepted: ExtraSpecVerdict = { is: "accepted" };

function refuse(why: string, clean = true): ExtraSpecVerdict {
  return { is: "refused", why, clean };
}

const traitRule: ValueRule = { oneOf: "required forbidden" };

/** The rule that is registered under exactly this name, parts in braces included. */
export function ruleNamed(name: string, release: Release): ValueRule | undefined {
  if (/^trait\{group\}:(CUSTOM_\{trait\}|[A-Z0-9_]+)$/.test(name)) {
    const trait = name.slice("trait{group}:".length);
    return trait === "CUSTOM_{trait}" || standardTraits.has(trait) ? traitRule : undefined;
  }
  return rowsOf(release).find(([own]) => own === name)?.[3];
}

function rowsOf(release: Release): readonly ExtraSpecRow[] {
  return extraSpecRows.filter(
    ([, since, until]) =>
      atLeast(release, since) && (until === undefined || !atLeast(release, until)),
  );
}

/** Text before the first colon of every registered name. */
export function namespacesOf(release: Release): ReadonlySet<string> {
  const names = rowsOf(release).flatMap(([name]) => (name.includes(":") ? [name] : []));
  return new Set([...names.map((name) => name.split(":", 1)[0]!), "trait{group}"]);
}

/** A validator first checks that the name fits its own pattern. */
export function validateNamed(
  rule: ValueRule,
  name: string,
  pattern: string,
  value: Value,
): ExtraSpecVerdict {
  if (!namePattern(pattern).test(name))
    return refuse(`the name ${name} is not of the form ${pattern}`);
  return validateValue(rule, value);
}

function namePattern(name: string): RegExp {
  const source = name
    .split(/(\{[a-z]+\})/)
    .map((part) => nameParts[part.slice(1, -1)] ?? part)
    .join("");
  return new RegExp(`^(?:${source})$`, "u");
}

/** What nova-api does with a key and value of a flavor. */
export function checkExtraSpec(name: string, value: string, release: Release): ExtraSpecVerdict {
  if (!release.extraSpecValidation) return accepted;
  const rows = rowsOf(release);
  const exact = rows.find(([own]) => own === name);
  if (exact !== undefined) return validateValue(exact[3], value);
  const trait = /^trait(?:[a-zA-Z0-9_-]{1,64})?:(?:(CUSTOM_[A-Z0-9_]+)|(.*))$/su.exec(name);
  if (trait !== null && (trait[1] !== undefined || standardTraits.has(trait[2]!))) {
    return validateValue(traitRule, value);
  }
  const fitting = rows.find(([own]) => own.includes("{") && namePattern(own).test(name));
  if (fitting !== undefined) return validateValue(fitting[3], value);
  if (!name.includes(":")) return accepted;
  const namespace = name.split(":", 1)[0]!;
  const known = [...namespacesOf(release)].some((pattern) => namePattern(pattern).test(namespace));
  return known ? refuse(`'${name}' does not appear to be a valid extra spec`) : accepted;
}

/** Names without parts in braces: what somebody who mistyped one may have meant. */
export function plainNames(release: Release): readonly string[] {
  return rowsOf(release).flatMap(([name]) => (name.includes("{") ? [] : [name]));
}

/**
 * re.fullmatch of a pattern of the table, in which Python's digits and blanks are more than ours.
 */
function valuePattern(pattern: string): RegExp {
  const source = pattern.replaceAll("\\d", "\\p{Nd}").replaceAll("\\s", `[${blank}]`);
  return new RegExp(`^(?:${source})$`, "v");
}

export function validateValue(rule: ValueRule, value: Value): ExtraSpecVerdict {
  if (rule === "text") return accepted;
  if (rule === "bool") return validateBool(value);
  if ("int" in rule) return validateInt(rule.int, value);
  if ("oneOf" in rule) {
    const words = rule.oneOf.split(" ");
    if (typeof value === "string" && words.includes(value)) return accepted;
    return refuse(`${describe(value)} is not one of: ${words.join(", ")}`);
  }
  if (typeof value !== "string") return refuse(`${describe(value)} is not text`, false);
  if (valuePattern(rule.pattern).test(value)) return accepted;
  return refuse(`${describe(value)} is not of the format '${rule.pattern}'`);
}

function describe(value: Value): string {
  return `'${asWord(value)}'`;
}

function validateBool(value: Value): ExtraSpecVerdict {
  const known = typeof value === "boolean" || boolOfText(asWord(value)) !== undefined;
  return known ? accepted : refuse(`${describe(value)} is not a valid boolean-like value`);
}

function validateInt(
  limits: readonly [min?: number, max?: number],
  value: Value,
): ExtraSpecVerdict {
  const [min, max] = limits;
  const number = integerOf(value);
  if (number === "crash") return refuse(`${describe(value)} is not a number`, false);
  if (number === undefined) return refuse(`${describe(value)} is not a valid integer value`);
  if (max !== undefined && number > BigInt(max))
    return refuse(`'${number}' is greater than the max value of '${max}'`);
  if (min !== undefined && number < BigInt(min))
    return refuse(`'${number}' is less than the min value of '${min}'`);
  return accepted;
}

/** int(value): undefined = ValueError, "crash" = TypeError or OverflowError. */
function integerOf(value: Value): bigint | undefined | "crash" {
  if (typeof value === "string") return parseInteger(value, 10);
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (value === null) return "crash";
  switch (value.type) {
    case "int":
      return value.value;
    case "float":
      if (Number.isNaN(value.value)) return undefined;
      return Number.isFinite(value.value) ? BigInt(Math.trunc(value.value)) : "crash";
    case "list":
    case "dict":
      return "crash";
  }
}
