// Findings about a declared address with regular expressions: what Nova refuses, what we cannot
// tell, and what matches too much or nothing.

import type { AddressRegex, Finding } from "../terms/declare.ts";
import { finding } from "../terms/findings.ts";
import { selectedBy, valuesOf, type RegexField } from "../text/regex-reach.ts";

export function judgeAddressRegex(regex: AddressRegex, dies: string): readonly Finding[] {
  return (["domain", "bus", "slot", "function"] as const).flatMap((field) => {
    const pattern = regex[field];
    return pattern === undefined ? [] : judgeField(field, pattern, dies);
  });
}

function judgeField(field: RegexField, pattern: string, dies: string): readonly Finding[] {
  const path = `addressRegex.${field}`;
  const reach = selectedBy(field, pattern);
  if (reach.is === "refused") {
    return [
      finding(
        "NovaRefuses",
        path,
        `${dies}: "${pattern}" is not a regular expression: ${reach.why}`,
      ),
    ];
  }
  if (reach.is === "unportable") {
    return [
      finding(
        "UnportableRegex",
        path,
        `"${pattern}" is outside what is known to mean the same in every Python and to end at once: ${reach.why}. Use literals, ".", [classes], * + ? {m,n}, groups, "|", "^" and "$"`,
      ),
    ];
  }
  const found: Finding[] = [];
  if (reach.values.size === 0) {
    found.push(finding("NeverMatches", path, `no ${field} matches "${pattern}"; ${hint(field)}`));
  }
  if (/[A-F]/.test(pattern.replace(/\\./g, ""))) {
    found.push(
      finding(
        "UpperCaseRegex",
        path,
        `"${pattern}" has upper case letters; Nova compares with lower case`,
      ),
    );
  }
  if (reach.longer) {
    found.push(
      finding(
        "UnanchoredRegex",
        path,
        `"${pattern}" matches ${reach.values.size} of ${valuesOf(field).length} values because Nova only matches the start; ${hint(field)}`,
      ),
    );
  }
  return found;
}

const widths = { domain: "four", bus: "two", slot: "two", function: "one" } as const;

function hint(field: RegexField): string {
  return `write ${widths[field]} lower case digits, such as ${examples[field]}`;
}
const examples = {
  domain: '"0000"',
  bus: '"(0a|3b)"',
  slot: '"0[0-7]"',
  function: '"[0-3]"',
} as const;
