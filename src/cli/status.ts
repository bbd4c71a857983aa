// nova-pci status: what is live, what is pending, and why, for a namespace. Prints the statuses
// that the operator wrote, and with -w the rollout as it moves.

import { conditionOf, type Condition } from "../api/statuses.ts";
import { dump } from "js-yaml";
import { emptyAsk } from "../operator/loop.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import { checklistText, type Task } from "../plan/told/checklist.ts";
import { progress } from "../plan/progress.ts";
import { statusFace } from "./faces/status.ts";
import { commandOf } from "./terminal/arguments.ts";
import type { Given } from "./terminal/parse.ts";
import { UsageProblem } from "./terminal/problems.ts";
import {
  openCluster,
  saysNothing,
  type ClusterChoice,
  type LookedAt,
} from "./access/cluster-access.ts";
import { readObjects } from "./access/objects.ts";
import { exitCodes, type Io } from "./terminal/io.ts";
import { progressText, rowsOf, type Row } from "./progress-text.ts";
import { fitted } from "./terminal/lines.ts";
import { newLines, paintFor, widthOf } from "./terminal/screen.ts";
import { printTable } from "./terminal/table.ts";
import { watch } from "./terminal/watch.ts";

export const command = commandOf(statusFace, status);

async function status({ values }: Given<typeof statusFace.options>, io: Io): Promise<number> {
  const format = values.output;
  if (values.watch && format !== "text")
    throw new UsageProblem(`-w draws a picture: leave -o ${format} out`);
  if (values.watch) return watchCluster(values, io);
  const seen = await readObjects(values);
  const { objects } = seen;
  io.stdout(format === "text" ? statusText(objects, widthOf(io)) : structured(objects, format));
  if (saysNothing(seen, seen.elsewhere, io)) return exitCodes.finding;
  return allReady(objects) ? exitCodes.fine : exitCodes.finding;
}

async function watchCluster(choice: ClusterChoice, io: Io): Promise<number> {
  const cluster = await openCluster(choice);
  try {
    await watch({ look: () => lookOn(cluster, io), everyMillis, changes: newLines }, io);
    return exitCodes.fine;
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
    list.map((object) => ({
      kind,
      name: object.metadata.name,
      ready: conditionOf(object.status, "Ready"),
    })),
  );
}

function allReady(objects: Objects): boolean {
  return shown(objects).every((item) => item.ready?.status === "True");
}

export function statusText(objects: Objects, width: number): string {
  const section = sectionIn(width);
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
      shown(objects).map((item) => [
        `${item.kind}/${item.name}`,
        item.ready?.status ?? "?",
        item.ready?.reason ?? "",
        item.ready?.message ?? "no status yet: is the operator running?",
      ]),
    ),
    checklistText(rowsOf(installation.checklist).filter(isTask)),
    section(
      "Retained",
      ["OBJECT", "REASON", "MESSAGE"],
      rowsOf(installation.retained).map((row) => [
        `${text(row.kind)}/${text(row.name)}`,
        text(row.reason),
        text(row.message),
      ]),
    ),
    section(
      "Quarantined",
      ["OBJECT", "SERVICE", "ENTRY", "ERROR"],
      rowsOf(installation.quarantined).map((row) => [
        `${text(row.kind)}/${text(row.name)}`,
        text(row.service),
        text(row.entry),
        text(row.message),
      ]),
    ),
    section(
      "Skipped nodes",
      ["NODE", "REASON"],
      rowsOf(installation.skipped).map((row) => [text(row.node), text(row.reason)]),
    ),
    section(
      "Lost",
      ["NODE", "REASON", "HALTED SINCE"],
      rowsOf(installation.lost).map((row) => [
        text(row.node),
        text(row.reason),
        text(row.haltedSince),
      ]),
    ),
    section(
      "Rollouts",
      ["FINISHED", "SERVICE", "RESULT", "FROM", "TO", "MESSAGE"],
      rowsOf(installation.rollouts).map((row) => [
        text(row.finishedAt),
        text(row.service),
        text(row.result),
        text(row.from),
        text(row.to),
        text(row.message),
      ]),
    ),
  ];
  return fitted(parts.filter((part) => part !== "").join("\n"), width);
}

function serviceRow(item: Row): readonly string[] {
  return [
    text(item.service),
    text(item.phase),
    `${text(item.updated)}/${text(item.total)}`,
    text(item.digest),
    text(item.wantedDigest),
    text(item.message),
  ];
}

const sectionIn =
  (width: number) =>
  (title: string, head: readonly string[], rows: readonly (readonly string[])[]): string => {
    if (rows.length === 0) return "";
    return `${title === "" ? "" : `${title}\n`}${printTable([head, ...rows], width)}`;
  };

function isTask(row: Row): row is Row & Task {
  return typeof row.message === "string";
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}
