// nova-pci lint: is this right, before anybody applies it? Structure (schema and rules), Nova (the
// model of the declared release), world (what the objects say of each other).

import type { FileProblem } from "../../api/read-yaml.ts";
import { lintFace } from "../faces/lint.ts";
import { commandOf } from "../terminal/arguments.ts";
import type { Given } from "../terminal/parse.ts";
import { UsageProblem } from "../terminal/problems.ts";
import { needOurs, readNamed } from "../given/files.ts";
import { installationsOf } from "../given/installations.ts";
import { exitCodes, type Io } from "../terminal/io.ts";
import { counts, type LintFinding } from "./finding.ts";
import { judge } from "./judge.ts";
import { nearestRule, ruleNames } from "./rules.ts";
import { written } from "./written.ts";

export const command = commandOf(lintFace, lint);

async function lint({ values }: Given<typeof lintFace.options>, io: Io): Promise<number> {
  const format = values.output ?? values.format ?? "text";
  const limit = values["fail-on"] ?? (values.strict ? "warning" : "error");
  const ignored = new Set(values.ignore.map(ruleOf));
  const files = await readNamed(values, io);
  needOurs(files);
  const findings: LintFinding[] = files.problems.map(structure);
  for (const installation of installationsOf(files.objects, values.namespace)) {
    findings.push(...(await judge(installation)));
  }
  const judged = mayDeclare(files.problems) ? findings.filter(isKnown) : findings;
  if (judged.length < findings.length)
    io.stderr("which aliases are declared is not known before all of them can be read\n");
  const kept = judged.filter((finding) => !ignored.has(finding.rule)).sort(byPlace);
  io.stdout(written(kept, format));
  for (const note of files.notes) io.stderr(`${note}\n`);
  return kept.some((finding) => counts(finding.severity, limit))
    ? exitCodes.finding
    : exitCodes.fine;
}

/** What could not be read may be the alias that is missed. */
function mayDeclare(problems: readonly FileProblem[]): boolean {
  return problems.some(({ object }) => object === "" || object.startsWith("PciAlias/"));
}

function isKnown({ rule }: LintFinding): boolean {
  return rule !== "AliasNotDeclared";
}

function ruleOf(text: string): string {
  if (ruleNames.includes(text)) return text;
  const near = nearestRule(text);
  throw new UsageProblem(
    `--ignore ${text}: there is no such rule${near === undefined ? "" : `, did you mean ${near}?`}`,
  );
}

function structure({ message, ...where }: FileProblem): LintFinding {
  return { ...where, rule: "Structure", severity: "error", message };
}

function byPlace(a: LintFinding, b: LintFinding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
