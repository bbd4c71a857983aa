// Findings for a code host: SARIF 2.1.0 with the region of the field, the grade and the page of
// each rule.

import { aboutText } from "../../api/read-yaml.ts";
import type { LintFinding } from "./finding.ts";
import { meaningOf, rulesPage } from "./rules.ts";

export function sarif(findings: readonly LintFinding[]): object {
  const rules = [...new Set(findings.map((finding) => finding.rule))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "nova-pci", rules: rules.map(describeRule) } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: rules.indexOf(finding.rule),
          level: finding.severity,
          message: { text: `${aboutText(finding)}${finding.message}` },
          locations: [{ physicalLocation: placeOf(finding) }],
        })),
      },
    ],
  };
}

function placeOf({ file, line, column, endLine, endColumn }: LintFinding): object {
  return {
    artifactLocation: { uri: uriOf(file) },
    region: { startLine: line, startColumn: column, endLine, endColumn },
  };
}

/** Relative paths stay relative: the code host knows its root. */
function uriOf(file: string): string {
  return file === "-" ? "stdin" : file.split("/").map(encodeURIComponent).join("/");
}

function describeRule(id: string): object {
  return {
    id,
    shortDescription: { text: meaningOf(id) },
    help: { text: `${meaningOf(id)} See ${rulesPage}#${id.toLowerCase()}.` },
  };
}
