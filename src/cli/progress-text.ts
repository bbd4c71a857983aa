// The tree of `nova-pci status -w`: services, pools, nodes, what each does now and what comes next.
// With `now` it counts down; without, it says moments, so that nothing changes while nothing
// happens.

import { conditionOf } from "../api/statuses.ts";
import { passthroughName } from "../api/names.ts";
import type { NodeDoing, PoolView, RolloutView } from "../plan/progress.ts";
import type { Millis, Snapshot } from "../plan/terms/snapshot.ts";
import { fitted } from "./terminal/lines.ts";
import type { Paint } from "./terminal/screen.ts";

type ProgressLook = {
  readonly width: number;
  readonly paint: Paint;
  /** Absent = moments instead of countdowns. */
  readonly now?: Millis;
};

type Objects = Snapshot["objects"];
export type Row = Readonly<Record<string, unknown>>;

export function progressText(objects: Objects, view: RolloutView, look: ProgressLook): string {
  const { services } = (objects.passthrough?.status ?? {}) as Row;
  const rows = rowsOf(services);
  if (services === undefined)
    return `PciPassthrough/${passthroughName} has no status yet: is the operator running?\n`;
  const lines = rows.flatMap((row) => [
    serviceLine(row, look.paint),
    ...(row["service"] === "nova-compute" ? computeLines(row, view, look) : messageLines(row)),
  ]);
  const waiting = unreadyLines(objects);
  const all = [...lines, ...(waiting.length === 0 ? [] : ["", ...waiting])];
  return fitted(all.map((line) => `${line}\n`).join(""), look.width);
}

function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Somebody else may have written the status: what is no row is none. */
export function rowsOf(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Row => typeof item === "object" && item !== null);
}

const nameWidth = "nova-conductor".length;
const phaseWidth = "Inconclusive".length;

function serviceLine(row: Row, paint: Paint): string {
  const name = word(row["service"]).padEnd(nameWidth);
  const phase = word(row["phase"]).padEnd(phaseWidth);
  const style = phase.startsWith("Halt") || phase.startsWith("Rollback") ? "red" : "green";
  const unit = word(row["service"]) === "nova-compute" ? "nodes" : "pods";
  return `${name}  ${paint(style, phase)}  ${word(row["updated"])}/${word(row["total"])} ${unit}`;
}

function messageLines(row: Row): readonly string[] {
  const message = word(row["message"]);
  return message === "" ? [] : [`  waits: ${message}`];
}

const nodesShown = 8;
const nextShown = 5;

/** What a node does says more than the gate that the service waits at. */
function computeLines(row: Row, view: RolloutView, look: ProgressLook): readonly string[] {
  const busy = view.pools.filter((pool) => pool.doing.length + pool.waiting > 0);
  return [
    ...(busy.some((pool) => pool.doing.length > 0) ? [] : messageLines(row)),
    ...busy.flatMap((pool) => [
      `  ${poolText(pool)}`,
      ...pool.doing.slice(0, nodesShown).map((nodeDoing) => `    ${doingText(nodeDoing, look)}`),
      ...(pool.doing.length > nodesShown ? [`    and ${pool.doing.length - nodesShown} more`] : []),
    ]),
    ...nextLine(view.next),
    ...paceLine(view, look),
  ];
}

function poolText({ pool, nodes, done, doing, waiting }: PoolView): string {
  const parts = [`${done} of ${nodes} done`];
  if (doing.length > 0) parts.push(`${doing.length} under way`);
  if (waiting > 0) parts.push(`${waiting} wait`);
  return `${pool === "none" ? "without devices" : pool}: ${parts.join(", ")}`;
}

function doingText(nodeDoing: NodeDoing, { now, paint }: ProgressLook): string {
  const name = `${nodeDoing.node}${nodeDoing.canary ? " (canary)" : ""}`;
  const does = nodeDoing.trouble === true ? paint("red", nodeDoing.does) : nodeDoing.does;
  return `${name}: ${does}${timesText(nodeDoing, now)}`;
}

function timesText({ since, until }: NodeDoing, now: Millis | undefined): string {
  if (now === undefined) return until === undefined ? "" : `, until ${clock(until)} at the latest`;
  const gone = `, for ${duration(now - since)}`;
  return until === undefined || until <= now
    ? gone
    : `${gone}, at most ${duration(until - now)} more`;
}

function nextLine(next: readonly string[]): readonly string[] {
  if (next.length === 0) return [];
  const more = next.length - nextShown;
  return [`  next: ${next.slice(0, nextShown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
}

function paceLine({ pace, left }: RolloutView, { now }: ProgressLook): readonly string[] {
  if (now === undefined || pace === undefined || left === undefined) return [];
  return [`  at this pace, ${duration(pace)} for a node, about ${duration(left)} more`];
}

const objectsShown = 8;

function unreadyLines(objects: Objects): readonly string[] {
  const kinds = {
    PciAlias: objects.aliases,
    PciWhitelist: objects.whitelists,
    PciFlavor: objects.flavors,
  };
  const lines = Object.entries(kinds).flatMap(([kind, list]) =>
    list.flatMap((object) => {
      const ready = conditionOf(object.status, "Ready");
      if (ready?.status === "True") return [];
      const said = ready === undefined ? "no status yet" : `${ready.reason}: ${ready.message}`;
      return [`${kind}/${object.metadata.name}  ${said}`];
    }),
  );
  const more = lines.length - objectsShown;
  return [...lines.slice(0, objectsShown), ...(more > 0 ? [`and ${more} more objects`] : [])];
}

/** 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(millis: Millis): string {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

function clock(at: Millis): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`;
}
