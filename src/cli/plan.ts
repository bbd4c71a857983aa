// Answers "what would change, which pods would restart, in which order, and why?": nova-pci plan,
// for files without a cluster, and for a cluster as it is. Executes nothing.

import { parseArgs } from "node:util";
import { dump } from "js-yaml";
import { dayOne } from "../embedded/cluster.ts";
import { emptyAsk } from "../embedded/operator.ts";
import type { Effect, Plan } from "../plan/terms/effects.ts";
import { plan as decide } from "../plan/plan.ts";
import { sentenceOf } from "../plan/terms/gate-table.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import { formatOf, guard, understood } from "./arguments.ts";
import { clusterOptions, clusterOptionsHelp, openCluster } from "./cluster-access.ts";
import { printProblems, readFiles } from "./files.ts";
import { exitCodes, type Command, type Io } from "./io.ts";
import { foretell } from "./foretell.ts";
import { installationsOf } from "./installations.ts";
import { printTable } from "./table.ts";

const help = `nova-pci plan: what would change, which pods restart, in which order, and why

  nova-pci plan -f deploy/examples            a world in files: the whole way
  nova-pci plan -n openstack                  a cluster as it is: the next step
  nova-pci plan -n openstack --exit-code      4 when there is something to do

With files the operator is played through to its end in memory and every restart is listed. Against
a cluster the plan of this moment is shown: what would be done now, and what waits for what.

  -f, --filename PATH    file, folder or - ; may be repeated
${clusterOptionsHelp}  -o text|json|yaml      default text
  --exit-code            exit with 4 when the plan is not empty

Exit code: 0 nothing wrong, 1 an object was refused, 2 a wrong argument or file, 3 the cluster cannot
be reached, 4 there are changes (with --exit-code).
`;

export const command: Command = {
  name: "plan",
  summary: "Show what would change and which pods would restart, in order",
  help,
  run: (args, io) => guard(command, args, io, () => plan(args, io)),
};

async function plan(args: readonly string[], io: Io): Promise<number> {
  const { values } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        filename: { type: "string", short: "f", multiple: true, default: [] },
        output: { type: "string", short: "o" },
        "exit-code": { type: "boolean", default: false },
        ...clusterOptions,
      },
    }),
  );
  const format = formatOf(values.output, ["text", "json", "yaml"]);
  if (values.filename.length > 0) return ofFiles(values.filename, format, values["exit-code"], io);
  const cluster = await openCluster(values);
  try {
    const seen = await cluster.observe(emptyAsk);
    const made = decide(seen);
    io.stdout(format === "text" ? planText(made, seen) : structured(made, format));
    return values["exit-code"] && doing(made).length > 0 ? exitCodes.changes : exitCodes.fine;
  } finally {
    await cluster.close();
  }
}

async function ofFiles(
  paths: readonly string[],
  format: string,
  exitCode: boolean,
  io: Io,
): Promise<number> {
  const { objects, problems } = await readFiles(paths, io);
  printProblems(problems, io);
  const told = await foretell(installationsOf(objects)[0]!);
  if (format !== "text") {
    io.stdout(structured({ steps: told.steps, waits: told.waits }, format));
  } else {
    const rows = told.steps.map((one) => [minute(one.at), one.what, one.why]);
    io.stdout(
      rows.length === 0 ? "nothing to do\n" : printTable([["AFTER", "WHAT", "WHY"], ...rows]),
    );
    for (const wait of told.waits) io.stdout(`waits: ${wait}\n`);
  }
  for (const one of told.refusals) io.stderr(`${one}\n`);
  if (problems.length + told.refusals.length > 0) return exitCodes.finding;
  return exitCode && told.steps.length > 0 ? exitCodes.changes : exitCodes.fine;
}

function minute(at: number): string {
  const seconds = Math.round((at - dayOne) / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

function structured(value: unknown, format: string): string {
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  return dump(JSON.parse(JSON.stringify(value)) as object, { lineWidth: 120 });
}

/** Effects that change the world beyond our own notes. */
function doing(made: Plan): readonly Effect[] {
  return made.effects.filter(
    (one) => one.do !== "status" && one.do !== "event" && one.do !== "write-state",
  );
}

function planText(made: Plan, seen: Snapshot): string {
  const rows = doing(made).map((one) => effectRow(one));
  const waits = [
    ...new Set(made.gates.map((one) => `waits: ${sentenceOf(one, seen.namespace)}\n`)),
  ];
  const table = rows.length === 0 ? "nothing to do now\n" : printTable([["WHAT", "WHY"], ...rows]);
  return `${table}${waits.join("")}`;
}

export function effectRow(effect: Effect): readonly [string, string] {
  switch (effect.do) {
    case "create-fragment":
      return [`create ConfigMap ${effect.name}`, "a fragment that a pod is going to read"];
    case "delete-fragment":
      return [`delete ConfigMap ${effect.name}`, "nothing has named it for an hour"];
    case "write-mounted":
      return [`write ConfigMap ${effect.name}`, "every pod of the service mounts it"];
    case "create-assignment":
      return ["create ConfigMap nova-pci-assignment", "it says what runs now; nothing restarts"];
    case "patch-assignment":
      return [
        "patch ConfigMap nova-pci-assignment",
        Object.entries(effect.data)
          .map(([node, value]) => `${node}: ${value ?? "gone"}`)
          .slice(0, 5)
          .join(", "),
      ];
    case "annotate-workload":
      return [`restart ${effect.kind}/${effect.name}`, `will read ${effect.value}`];
    case "remove-pod":
      return [`restart pod ${effect.name}`, effect.why];
    case "create-flavor":
      return [`create flavor ${effect.flavor.name}`, `PciFlavor ${effect.object}`];
    case "set-extra-specs":
      return [
        `set extra specs of flavor ${effect.flavorId}`,
        Object.entries(effect.set)
          .map(([key, value]) => `${key}=${value}`)
          .join(", "),
      ];
    case "delete-extra-spec":
      return [
        `remove ${effect.key} from flavor ${effect.flavorId}`,
        "it is not asked for any more",
      ];
    case "delete-flavor":
      return [`delete flavor ${effect.flavorId}`, "its PciFlavor is gone"];
    case "disable-compute":
      return [`disable nova-compute ${effect.host}`, effect.reason];
    case "enable-compute":
      return [`enable nova-compute ${effect.host}`, "it is proved, or left for later"];
    case "set-flavor-description":
    case "add-flavor-access":
    case "remove-flavor-access":
    case "create-passthrough":
    case "set-finalizers":
    case "write-state":
    case "status":
    case "event":
      return [effect.do, ""];
  }
}
