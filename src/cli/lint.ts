// Answers "is this right, before anybody applies it?": nova-pci lint. Structure (schema and rules),
// Nova (the model of the declared release), world (what the objects say of each other).

import { parseArgs } from "node:util";
import type { FileObject, FileProblem } from "../api/read-yaml.ts";
import { outcome } from "../plan/outcome.ts";
import { plan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import { formatOf, guard, understood } from "./arguments.ts";
import { readFiles } from "./files.ts";
import { exitCodes, type Command, type Io } from "./io.ts";
import { snapshotOf } from "./offline.ts";
import type { LintFinding } from "./lint-finding.ts";
import { sarif } from "./sarif.ts";

const help = `nova-pci lint: structure, Nova and world, before anybody applies it

  nova-pci lint -f pci/
  nova-pci lint -f pci/ --format sarif > pci.sarif

Each finding names file, line, object, field, and the rule or policy: what the API server would
refuse, what that Nova would not start with, what is accepted and a hazard all the same, and what
the objects say of each other (an alias that nothing offers, a flavor that no node can take).

  -f, --filename PATH          file, folder or - ; may be repeated
  --format text|json|sarif     default text
  --strict                     warnings count, too

Exit code: 0 nothing found, 1 findings, 2 a wrong argument or file.
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
        filename: { type: "string", short: "f", multiple: true, default: [] },
        format: { type: "string" },
        strict: { type: "boolean", default: false },
      },
    }),
  );
  const format = formatOf(values.format, ["text", "json", "sarif"]);
  const { objects, problems } = await readFiles(values.filename, io);
  const findings = [
    ...problems.map(structure),
    ...(objects.length === 0 ? [] : found(objects, await snapshotOf(objects))),
  ];
  io.stdout(written(findings, format));
  const counted = values.strict ? findings : findings.filter((one) => one.severity === "error");
  return counted.length === 0 ? exitCodes.fine : exitCodes.finding;
}

function structure(one: FileProblem): LintFinding {
  const { file, line, object, field, message } = one;
  return { file, line, object, field, rule: "Structure", severity: "error", message };
}

/** Rejections and warnings, as statuses would show them, each with the file of its object. */
function found(objects: readonly FileObject[], seen: Snapshot): readonly LintFinding[] {
  const places = new Map<string, FileObject>(
    objects.map((one) => [`${one.kind}/${one.name}`, one] as const),
  );
  const { verdicts } = outcome(seen);
  const refusals = verdicts.flatMap((verdict) =>
    verdict.rejections.map((one) => ({
      object: `${verdict.kind}/${verdict.name}`,
      ...one,
      severity: "error" as const,
    })),
  );
  const warned = plan(seen).effects.flatMap((effect) => {
    if (effect.do !== "status") return [];
    const warnings = (effect.status.warnings ?? []) as readonly {
      readonly name: string;
      readonly message: string;
      readonly path: string;
    }[];
    return warnings.map((one) => ({
      object: `${effect.kind}/${effect.name}`,
      reason: one.name,
      message: one.message,
      path: one.path,
      severity: "warning" as const,
    }));
  });
  return [...refusals, ...warned].flatMap((one) => {
    const place = places.get(one.object);
    if (place === undefined) return [];
    return [
      {
        file: place.file,
        line: place.line,
        object: one.object,
        field: one.path,
        rule: one.reason,
        severity: one.severity,
        message: one.message,
      },
    ];
  });
}

function written(findings: readonly LintFinding[], format: string): string {
  if (format === "json") return `${JSON.stringify(findings, null, 2)}\n`;
  if (format === "sarif") return `${JSON.stringify(sarif(findings), null, 2)}\n`;
  const lines = findings.map(
    (one) =>
      `${one.file}:${one.line}: ${one.severity}: ${one.object} ${one.field}: ${one.message} [${one.rule}]\n`,
  );
  const errors = findings.filter((one) => one.severity === "error").length;
  return `${lines.join("")}${errors} errors, ${findings.length - errors} warnings\n`;
}
