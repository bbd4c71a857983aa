// What Nova would say to the extra specs of a flavor, release by release, before anybody sends
// them.

import type { Finding, ModelContext } from "../terms/declare.ts";
import { checkExtraSpec, plainNames, validateValue } from "./extra-spec.ts";
import { unvalidatedRows } from "./extra-spec-table.ts";
import { finding } from "../terms/findings.ts";
import { checkFlavorValue, type AliasCount } from "./flavor-value.ts";
import { nearestWord } from "../text/nearest-word.ts";
import { atLeast, describeReleases, type Release } from "../terms/release.ts";

/** What is written into a flavor; field names equal those of the custom resource. */
type FlavorDeclaration = {
  readonly aliases: readonly AliasCount[];
  readonly extraSpecs?: Readonly<Record<string, string>>;
};

export function judgeFlavor(declared: FlavorDeclaration, context: ModelContext): Finding[] {
  const values = checkFlavorValue(declared.aliases).map(({ index, message }) =>
    finding(
      "NovaRefuses",
      index === undefined ? "spec.aliases" : `spec.aliases[${index}]`,
      message,
    ),
  );
  const specs = Object.entries(declared.extraSpecs ?? {}).flatMap(([key, value]) =>
    judgeExtraSpec(key, value, context),
  );
  return [...values, ...specs];
}

/**
 * The API's validators refuse it and Nova reads it all the same: written below microversion 2.86.
 */
export function isUnvalidated(key: string): boolean {
  return unvalidatedRows.some(([name]) => name === key);
}

function judgeExtraSpec(key: string, value: string, { releases }: ModelContext): Finding[] {
  const refusals = releases.flatMap((release) => {
    const why = refusal(key, value, release);
    return why === undefined ? [] : [{ release, why }];
  });
  const [first] = refusals;
  if (first === undefined) return [];
  const which = describeReleases(refusals.map((row) => row.release));
  return [finding("NovaRefuses", `spec.extraSpecs.${key}`, `Nova ${which}: ${first.why}`)];
}

function refusal(key: string, value: string, release: Release): string | undefined {
  const unvalidated = unvalidatedRows.find(([name]) => name === key);
  if (unvalidated !== undefined) {
    const [, since, , rule] = unvalidated;
    if (!atLeast(release, since))
      return `nothing reads ${key} before ${since}: remove it, or declare the release that runs (spec.release of PciPassthrough)`;
    const said = validateValue(rule, value);
    return said.is === "accepted" ? undefined : `${key} has no effect there: ${said.why}`;
  }
  const said = checkExtraSpec(key, value, release);
  if (said.is === "accepted") return undefined;
  const answer = `the API answers 400: ${said.why}`;
  const meant = nearestWord(key, plainNames(release));
  const isName = said.why.startsWith(`'${key}'`);
  return isName && meant !== undefined ? `${answer}; did you mean ${meant}?` : answer;
}
