// How findings are written: SARIF by its own schema's rules, Markdown, and a page for every rule.
// UPDATE_SCENARIOS=1 writes the page anew.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { command } from "../../src/cli/lint/lint.ts";
import { rulesPageText } from "../../src/cli/lint/rules-page.ts";
import { gradeOf, ruleNames } from "../../src/cli/lint/rules.ts";
import { runCommand } from "./texts-io.ts";

const text = `apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: w }
spec:
  devices:
    - address: "0000:41:00.0"
    - { vendorId: 8086 }
---
apiVersion: pci.openstack.org/v1alpha1
kind: PciAlias
metadata: { name: "a|b" }
spec: { match: [{ vendorId: "10de", productId: "20b2" }], deviceType: type-PF }
`;

test("docs/rules.md has a heading for each rule that is no warning", () => {
  if (process.env.UPDATE_SCENARIOS !== undefined) writeFileSync("docs/rules.md", rulesPageText());
  const page = readFileSync("docs/rules.md", "utf8");
  const missing = ruleNames
    .filter((ruleName) => gradeOf(ruleName) !== "warning")
    .filter((ruleName) => !page.includes(`\n## ${ruleName}\n`));
  // UPDATE_SCENARIOS=1 writes the page.
  expect(missing).toEqual([]);
});

/** SchemaStore's sarif-2.1.0-rtm.5, which OASIS made, without its descriptions. */
const sarifSchema = JSON.parse(readFileSync("test/cli/data/sarif-2.1.0.json", "utf8")) as object;

test.each([
  ["findings of every grade", text],
  ["none", text.replace("8086", '"8086"').replace("a|b", "a")],
  ["a file that is not YAML", "a: [\n"],
])("SARIF is valid by its schema: %s", async (_, yaml) => {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  for (const format of ["uri", "uri-reference", "date-time"]) ajv.addFormat(format, true);
  const valid = ajv.compile(sarifSchema);
  const name = "a folder/p%1.yaml";
  const { stdout } = await runCommand(command, ["-f", name, "-o", "sarif"], { [name]: yaml });
  const log = JSON.parse(stdout) as { runs: { results: object[] }[] };
  valid(log);
  expect(valid.errors ?? []).toEqual([]);
  const broken = { ...log, runs: [{ ...log.runs[0], results: [{ level: "bad" }] }] };
  expect(valid(broken)).toBe(false);
});

test("Markdown is a table that no message breaks", async () => {
  const { stdout } = await runCommand(command, ["-f", "p.yaml", "-o", "markdown"], {
    "p.yaml": text,
  });
  const rows = stdout.split("\n").filter((line) => line.startsWith("| "));
  expect(rows.length).toBeGreaterThan(1);
  for (const row of rows) expect(row.replaceAll("\\|", "").split("|")).toHaveLength(7);
});
