// What each rule of lint means and how bad it is. Meanings come from the policies of the model of
// Nova and from the reasons of conditions; a rule that is in neither stands here.

import { nearestName } from "../../api/nearest-name.ts";
import { policies } from "../../nova/terms/policies.ts";
import { reasons } from "../../plan/terms/reasons.ts";
import type { Grade } from "./finding.ts";

const own: Readonly<Record<string, string>> = {
  Structure: "the file or object breaks YAML, the schema or the rules of its kind",
  AliasNotDeclared: "a flavor asks for an alias that no PciAlias declares",
};

/** What the objects alone show can never work is an error, whatever a status would call it. */
const errors: ReadonlySet<string> = new Set([
  "Structure",
  "AliasNotDeclared",
  "ClassMismatch",
  "IdsSwapped",
  "NoHostCanServe",
  "NoMatchingDevice",
  "NoNodeSelected",
  "WrongDeviceType",
]);

/** Nothing that its author could do better, or that files cannot show. */
const notes: ReadonlySet<string> = new Set([
  "CapacityUnknown",
  "FiltersUnknown",
  "FlavorMissing",
  "NotNormalised",
]);

/** Of what an object is told without being refused. */
export function gradeOf(rule: string): Grade {
  if (errors.has(rule)) return "error";
  return notes.has(rule) ? "note" : "warning";
}

export const ruleNames: readonly string[] = [
  ...new Set([...Object.keys(own), ...Object.keys(policies), ...Object.keys(reasons)]),
].sort();

export function meaningOf(rule: string): string {
  const policy = (policies as Readonly<Record<string, { readonly sentence: string } | undefined>>)[
    rule
  ];
  const reason = (reasons as Readonly<Record<string, string | undefined>>)[rule];
  return own[rule] ?? policy?.sentence ?? reason ?? rule;
}

export function nearestRule(typed: string): string | undefined {
  return nearestName(typed, ruleNames);
}

/** The page of the rules, from the root of the repository. */
export const rulesPage = "docs/rules.md";
