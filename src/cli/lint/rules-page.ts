// The page of all rules as Markdown: one heading for each, so that a link from SARIF or from a
// terminal finds it.

import { policies, type Policy } from "../../nova/terms/policies.ts";
import { gradeOf, meaningOf, ruleNames } from "./rules.ts";

const known = policies as Readonly<Record<string, Policy | undefined>>;

export function rulesPageText(): string {
  return `# The rules of nova-pci lint

An error cannot work, a warning works with a hazard, a note is something to know. \`--fail-on\` says
which of them fail a pipeline, \`--ignore RULE\` silences one. What is refused is an error whatever
stands here; a policy that may be set aside is named in \`spec.acceptInvalid\` of the PciPassthrough.

${ruleNames.map(section).join("\n")}`;
}

function section(rule: string): string {
  const policy = known[rule];
  const grade = policy?.severity === "refuse" ? "error" : gradeOf(rule);
  const aside =
    policy?.severity === "refuse" && policy.overridable ? " May be set aside by name." : "";
  const why = policy === undefined ? "" : `\nWhy: ${policy.reason}\n`;
  return `## ${rule}\n\n${ended(capital(meaningOf(rule)))} Grade: ${grade}.${aside}\n${why}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function ended(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
