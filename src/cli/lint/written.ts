// Findings for people, for programs and for pull requests: text, JSON and Markdown.

import { aboutText } from "../../api/read-yaml.ts";
import { grades, type Grade, type LintFinding } from "./finding.ts";
import { sarif } from "./sarif.ts";

export function written(findings: readonly LintFinding[], format: string): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(findings, null, 2)}\n`;
    case "sarif":
      return `${JSON.stringify(sarif(findings), null, 2)}\n`;
    case "markdown":
      return markdown(findings);
    default:
      return `${findings.map(line).join("")}${total(findings)}\n`;
  }
}

/** As compilers write it, so that editors and terminals find the place. */
function line(finding: LintFinding): string {
  return `${finding.file}:${finding.line}:${finding.column}: ${finding.severity}: ${aboutText(finding)}${finding.message} [${finding.rule}]\n`;
}

function total(findings: readonly LintFinding[]): string {
  return grades.map((grade) => plural(findings, grade)).join(", ");
}

function plural(findings: readonly LintFinding[], grade: Grade): string {
  const count = findings.filter((finding) => finding.severity === grade).length;
  return `${count} ${grade}${count === 1 ? "" : "s"}`;
}

/** A comment on a pull request. */
function markdown(findings: readonly LintFinding[]): string {
  if (findings.length === 0) return "**nova-pci lint**: nothing found\n";
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const rows = findings.map(
    (finding) =>
      `| ${finding.severity} | \`${cell(finding.file)}:${finding.line}\` | ${cell(finding.object)} \`${cell(finding.field)}\` | ${cell(finding.message)} | ${finding.rule} |\n`,
  );
  return `**nova-pci lint**: ${total(findings)}

| | Place | Object | Finding | Rule |
|---|---|---|---|---|
${rows.join("")}`;
}
