// Answers "how do findings reach a code host?": SARIF 2.1.0, the smallest form that shows file, line,
// rule and message.

import { reasons } from "../plan/terms/reasons.ts";
import { policies } from "../nova/policies.ts";
import type { LintFinding } from "./lint-finding.ts";

export function sarif(findings: readonly LintFinding[]): object {
  const rules = [...new Set(findings.map((one) => one.rule))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "nova-pci", rules: rules.map(describeRule) } },
        results: findings.map((one) => ({
          ruleId: one.rule,
          level: one.severity,
          message: { text: `${one.object} ${one.field}: ${one.message}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: one.file },
                region: { startLine: one.line },
              },
            },
          ],
        })),
      },
    ],
  };
}

function describeRule(id: string): object {
  const policy = (policies as Readonly<Record<string, { readonly sentence: string } | undefined>>)[
    id
  ];
  const reason = (reasons as Readonly<Record<string, string | undefined>>)[id];
  return {
    id,
    shortDescription: { text: policy?.sentence ?? reason ?? "the schema of the object" },
  };
}
