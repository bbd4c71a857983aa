// nova-pci status: what is live, what is pending, and why, for a namespace. Prints the statuses
// that the operator wrote, and with -w the rollout as it moves.

import { conditionOf, type Condition } from "../api/statuses.ts";
import { parseArgs } from "node:util";
import { dump } from "js-yaml";
import { emptyAsk } from "../embedded/operator.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import { checklistText, type Task } from "../plan/told/checklist.ts";
import { progress } from "../plan/progress.ts";
import { formatOf, guard, understood, UsageProblem } from "./terminal/arguments.ts";
import {
  clusterOptions,
  clusterOptionsHelp,
  openCluster,
  type LookedAt,
} from "./access/cluster-access.ts";
import { exitCodes, type Command, type Io } from "./terminal/io.ts";
import { progressText } from "./progress-text.ts";
import { newLines, paintFor, widthOf } from "./terminal/screen.ts";
import { printTable } from "./terminal/table.ts";
import { watch } from "./terminal/watch.ts";

const help = `nova-pci status: what is live, what is pending and why

  nova-pci status -n openstack
  nova-pci status -n openstack -o json
  nova-pci status -n openstack -w

One row for each service, one for each object; then a numbered list of all that waits for a person,
each with the command that removes it; retained and quarantined entries, skipped and lost
nodes and the last rollouts.

${clusterOptionsHelp}  -o text|json|yaml      default text
  -w, --watch            the rollout as it moves: services, pools and nodes, what each does now, what
                         comes next and how long at this pace; in place on a terminal, else the
                         lines that change

Exit code: 0 everything is Ready, 1 something is not, 2 a wrong argument, 3 the cluster cannot be
reached.
`;

export const command: Command = {
  name: "status",
  summary: "Show what is live, what is pending and why, in a cluster",
  help,
  run: (args, io) => guard(command, args, io, () => status(args, io)),
};

async function status(args: readonly string[], io: Io): Promise<number> {
  const { values } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        output: { type: "string", short: "o" },
        watch: { type: "boolean", short: "w", default: false },
        ...clusterOptions,
      },
    }),
  );
  const format = formatOf(values.output, ["text", "json", "yaml"]);
  if (values.watch && format !== "text")
    throw new UsageProblem(`-w draws a picture: leave -o ${format} out`);
  const cluster = await openCluster(values);
  try {
    if (values.watch) {
      await watch({ look: () => lookOn(cluster, io), everyMillis, changes: newLines }, io);
      return exitCodes.fine;
    }
    const seen = await cluster.observe(emptyAsk);
    io.stdout(format === "text" ? statusText(seen.objects) : structured(seen.objects, format));
    return allReady(seen.objects) ? exitCodes.fine : exitCodes.finding;
  } finally {
    await cluster.close();
  }
}

const everyMillis = 2000;

async function lookOn(cluster: LookedAt, io: Io): Promise<string> {
  const seen = await cluster.observe(emptyAsk);
  // Lines for a log are whole, and say moments: countdowns would be news every second.
  const look =
    io.terminal === undefined
      ? { width: Number.POSITIVE_INFINITY, paint: paintFor(io) }
      : { width: widthOf(io), paint: paintFor(io), now: seen.now };
  return progressText(seen.objects, progress(seen), look);
}

type Objects = Snapshot["objects"];
type Row = Readonly<Record<string, unknown>>;

function structured(objects: Objects, format: string): string {
  const value = { ...objects };
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  return dump(JSON.parse(JSON.stringify(value)) as object, { lineWidth: 120 });
}

type Shown = {
  readonly kind: string;
  readonly name: string;
  readonly ready: Condition | undefined;
};

function shown(objects: Objects): readonly Shown[] {
  const lists = {
    PciPassthrough: objects.passthrough === undefined ? [] : [objects.passthrough],
    PciAlias: objects.aliases,
    PciWhitelist: objects.whitelists,
    PciFlavor: objects.flavors,
  };
  return Object.entries(lists).flatMap(([kind, list]) =>
    list.map((one) => ({ kind, name: one.metadata.name, ready: conditionOf(one.status, "Ready") })),
  );
}

function allReady(objects: Objects): boolean {
  return shown(objects).every((one) => one.ready?.status === "True");
}

export function statusText(objects: Objects): string {
  const installation = (objects.passthrough?.status ?? {}) as Readonly<Record<string, unknown>>;
  const parts = [
    section(
      "",
      ["SERVICE", "PHASE", "UPDATED", "RUNS", "WANTED", "WAITS FOR"],
      rowsOf(installation.services).map(serviceRow),
    ),
    section(
      "",
      ["OBJECT", "READY", "REASON", "MESSAGE"],
      shown(objects).map((one) => [
        `${one.kind}/${one.name}`,
        one.ready?.status ?? "?",
        one.ready?.reason ?? "",
        one.ready?.message ?? "no status yet: is the operator running?",
      ]),
    ),
    checklistText((installation.checklist ?? []) as readonly Task[]),
    section(
      "Retained",
      ["OBJECT", "REASON", "MESSAGE"],
      rowsOf(installation.retained).map((one) => [
        `${text(one.kind)}/${text(one.name)}`,
        text(one.reason),
        text(one.message),
      ]),
    ),
    section(
      "Quarantined",
      ["OBJECT", "SERVICE", "ENTRY", "ERROR"],
      rowsOf(installation.quarantined).map((one) => [
        `${text(one.kind)}/${text(one.name)}`,
        text(one.service),
        text(one.entry),
        text(one.message),
      ]),
    ),
    section(
      "Skipped nodes",
      ["NODE", "REASON"],
      rowsOf(installation.skipped).map((one) => [text(one.node), text(one.reason)]),
    ),
    section(
      "Lost",
      ["NODE", "REASON", "HALTED SINCE"],
      rowsOf(installation.lost).map((one) => [
        text(one.node),
        text(one.reason),
        text(one.haltedSince),
      ]),
    ),
    section(
      "Rollouts",
      ["FINISHED", "SERVICE", "RESULT", "FROM", "TO", "MESSAGE"],
      rowsOf(installation.rollouts).map((one) => [
        text(one.finishedAt),
        text(one.service),
        text(one.result),
        text(one.from),
        text(one.to),
        text(one.message),
      ]),
    ),
  ];
  return parts.filter((one) => one !== "").join("\n");
}

function serviceRow(one: Row): readonly string[] {
  return [
    text(one.service),
    text(one.phase),
    `${text(one.updated)}/${text(one.total)}`,
    text(one.digest),
    text(one.wantedDigest),
    text(one.message),
  ];
}

function section(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "";
  return `${title === "" ? "" : `${title}\n`}${printTable([head, ...rows])}`;
}

function rowsOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? (value as Row[]) : [];
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}
