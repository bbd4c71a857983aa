// nova-pci lint: is this right, before anybody applies it? Structure (schema and rules), Nova (the
// model of the declared release), world (what the objects say of each other).

import { parseArgs } from "node:util";
import type { FileProblem } from "../../api/read-yaml.ts";
import { formatOf, guard, understood, UsageProblem } from "../terminal/arguments.ts";
import { fileOptions, needOurs, readNamed } from "../given/files.ts";
import { installationsOf } from "../given/installations.ts";
import { exitCodes, type Command, type Io } from "../terminal/io.ts";
import { counts, grades, type Grade, type LintFinding } from "./finding.ts";
import { judge } from "./judge.ts";
import { nearestRule, ruleNames } from "./rules.ts";
import { lintFormats, written } from "./written.ts";

const help = `nova-pci lint: structure, Nova and world, before anybody applies it

  nova-pci lint -f pci/
  nova-pci lint -k overlays/prod --fail-on warning
  nova-pci lint -f pci/ -o sarif > pci.sarif

Each finding names file, line and column, object, field and rule: what the API server would refuse,
what that Nova would not start with, what can never work (an alias that nothing offers, a flavor that
no node can take) and what is accepted and a hazard all the same. Objects of several namespaces are
judged apart. Nodes, NodeFeatures, workloads, ConfigMaps and Secrets among the files are used; other
documents are counted and ignored. docs/rules.md explains every rule.

  -f, --filename PATH          file, folder or - ; may be repeated
  -k, --kustomize DIR          what kustomize (or kubectl) builds from it; may be repeated
  -R, --recursive              folders at every depth, even when they hold objects themselves
  -n, --namespace NAME         only this namespace; also where objects without one belong
  -o, --output, --format text|json|sarif|markdown   default text
  --fail-on error|warning|note the worst that is still fine is one below; default error
  --ignore RULE                say nothing of it; may be repeated
  --strict                     the same as --fail-on warning

Exit code: 0 nothing found, 1 findings, 2 a wrong argument or file, or no object of ours at all.
`;

export const command: Command = {
  name: "lint",
  summary: "Check files: structure, Nova's own rules, and whether they fit together",
  help,
  run: (args, io) => guard(command, args, io, () => lint(args, io)),
};

async function lint(args: readonly string[], io: Io): Promise<number> {
  const { values } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        ...fileOptions,
        namespace: { type: "string", short: "n" },
        output: { type: "string", short: "o" },
        format: { type: "string" },
        "fail-on": { type: "string" },
        ignore: { type: "string", multiple: true, default: [] },
        strict: { type: "boolean", default: false },
      },
    }),
  );
  const format = formatOf(values.output ?? values.format, lintFormats);
  const limit = limitOf(values["fail-on"], values.strict);
  const ignored = new Set(values.ignore.map(ruleOf));
  const files = await readNamed(values, io);
  needOurs(files);
  const findings: LintFinding[] = files.problems.map(structure);
  for (const one of installationsOf(files.objects, values.namespace)) {
    findings.push(...(await judge(one)));
  }
  const kept = findings.filter((one) => !ignored.has(one.rule)).sort(byPlace);
  io.stdout(written(kept, format));
  for (const note of files.notes) io.stderr(`${note}\n`);
  return kept.some((one) => counts(one.severity, limit)) ? exitCodes.finding : exitCodes.fine;
}

function limitOf(text: string | undefined, strict: boolean): Grade {
  const found = grades.find((one) => one === (text ?? (strict ? "warning" : "error")));
  if (found === undefined)
    throw new UsageProblem(`--fail-on ${text!} is unknown: write ${grades.join(" or ")}`);
  return found;
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
