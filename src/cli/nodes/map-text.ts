// The map of devices as text: a row for each node, a sign for each device. What a sign means stands
// below it, so that colour only repeats it.

import { deviceStates, type DeviceState, type NodeDevices } from "../../plan/devices.ts";
import type { Paint, Style } from "../terminal/screen.ts";
import { foldedNames } from "../../api/folded-names.ts";
import { columnsOf, fitted, padded } from "../terminal/lines.ts";
import { printTable } from "../terminal/table.ts";
import { tableOf, type Cell, type DeviceTable, type MapRow } from "./columns.ts";

type MapLook = { readonly width: number; readonly paint: Paint };

const signs: Readonly<Record<DeviceState, readonly [sign: string, style: Style]>> = {
  free: ["o", "green"],
  used: ["#", "blue"],
  reserved: ["=", "yellow"],
  excluded: ["x", "gray"],
  unknown: ["?", "magenta"],
};

const uncountedSign = "?..";

/** More signs than this are counted. */
const signsShown = 16;

type Piece = { readonly text: string; readonly painted: string };

export function mapText(map: readonly NodeDevices[], { width, paint }: MapLook): string {
  const table = tableOf(map);
  if (table.rows.length === 0)
    return "no compute node: no DaemonSet of nova-compute wants a pod on any node\n";
  if (table.columns.length === 0)
    return `${map.length} compute ${map.length === 1 ? "node" : "nodes"}, none offers a device: no PciWhitelist applies\n`;
  const blocks = blocksOf(table, width).map((columns) => blockText(table, columns, paint));
  const parts = [
    ...blocks,
    sumsText(table, width),
    `${legend(paint)}\n`,
    unknownText(table.rows),
    usersText(map, width),
  ];
  return fitted(parts.filter((part) => part !== "").join("\n"), width);
}

function legend(paint: Paint): string {
  const each = deviceStates.map((state) => {
    const [sign, style] = signs[state];
    return `${paint(style, sign)} ${state}`;
  });
  return `${each.join("  ")}  ${paint("magenta", uncountedSign)} unknown, and how many`;
}

// --- rows and columns ---------------------------------------------------------------------------

const gap = "  ";

function nodeText({ nodes }: MapRow): string {
  return foldedNames(nodes);
}

function firstWidth(table: DeviceTable): number {
  return Math.max("NODE".length, ...table.rows.map((row) => columnsOf(nodeText(row))));
}

/** As many columns side by side as there is room for; at least one. */
function blocksOf(table: DeviceTable, width: number): readonly (readonly string[])[] {
  const room = width - firstWidth(table);
  const blocks: string[][] = [];
  let left = 0;
  for (const column of table.columns) {
    const needs = gap.length + columnWidth(table, column);
    if (blocks.length === 0 || left < needs) {
      blocks.push([]);
      left = room;
    }
    blocks.at(-1)!.push(column);
    left -= needs;
  }
  return blocks;
}

function columnWidth(table: DeviceTable, column: string): number {
  return Math.max(
    columnsOf(column),
    ...piecesOf(table, column).map((piece) => columnsOf(piece.text)),
  );
}

const plain: Paint = (_, text) => text;

function piecesOf(table: DeviceTable, column: string, paint: Paint = plain): readonly Piece[] {
  const cells = table.rows.map((row) => row.cells.get(column));
  const counted =
    table.rows.some((row) => row.nodes.length > 1) ||
    cells.some((cell) => (cell?.each.length ?? 0) > signsShown);
  return cells.map((cell) => pieceOf(cell, counted, paint));
}

function pieceOf(cell: Cell | undefined, counted: boolean, paint: Paint): Piece {
  if (cell === undefined) return { text: "-", painted: "-" };
  const parts: Piece[] = counted ? countedPieces(cell, paint) : eachPiece(cell, paint);
  if (cell.uncounted) parts.push(signPiece(uncountedSign, "magenta", paint));
  const between = counted ? " " : "";
  return {
    text: parts.map((part) => part.text).join(between),
    painted: parts.map((part) => part.painted).join(between),
  };
}

function signPiece(text: string, style: Style, paint: Paint): Piece {
  return { text, painted: paint(style, text) };
}

function eachPiece({ each }: Cell, paint: Paint): Piece[] {
  return each.map((state) => signPiece(...signs[state], paint));
}

function countedPieces({ counts }: Cell, paint: Paint): Piece[] {
  return deviceStates
    .filter((state) => counts[state] > 0)
    .map((state) => {
      const [sign, style] = signs[state];
      return signPiece(`${counts[state]}${sign}`, style, paint);
    });
}

function blockText(table: DeviceTable, columns: readonly string[], paint: Paint): string {
  const first = firstWidth(table);
  const shown = columns.map((column) => ({
    column,
    width: columnWidth(table, column),
    pieces: piecesOf(table, column, paint),
  }));
  const head = [padded("NODE", first), ...shown.map((item) => padded(item.column, item.width))];
  const lines = table.rows.map((row, index) =>
    [
      padded(nodeText(row), first),
      ...shown.map(({ width, pieces }) => {
        const { text, painted } = pieces[index]!;
        return `${painted}${" ".repeat(width - columnsOf(text))}`;
      }),
    ]
      .join(gap)
      .trimEnd(),
  );
  return [paint("bold", head.join(gap).trimEnd()), ...lines].map((line) => `${line}\n`).join("");
}

// --- below the map ------------------------------------------------------------------------------

function sumsText({ columns, sums }: DeviceTable, width: number): string {
  const rows = columns.map((column) => {
    const { counts, uncounted } = sums.get(column)!;
    const each = deviceStates.map((state) => String(counts[state]));
    return uncounted ? [column, ...each.slice(0, -1), plusUncounted(counts)] : [column, ...each];
  });
  const head = ["TOGETHER", ...deviceStates.map((deviceState) => deviceState.toUpperCase())];
  return printTable([head, ...rows], width);
}

function plusUncounted({ unknown }: Cell["counts"]): string {
  return unknown === 0 ? uncountedSign : `${unknown} and ${uncountedSign}`;
}

function unknownText(rows: readonly MapRow[]): string {
  const reasons = new Map<string, string[]>();
  for (const { unknown, nodes } of rows)
    if (unknown !== undefined) reasons.set(unknown, [...(reasons.get(unknown) ?? []), ...nodes]);
  return [...reasons].map(([why, nodes]) => `unknown on ${foldedNames(nodes)}: ${why}\n`).join("");
}

const usersShown = 20;

function usersText(map: readonly NodeDevices[], width: number): string {
  const rows = map.flatMap(({ node, devices }) =>
    devices.flatMap(({ address = "", usedBy = [] }) =>
      usedBy.map(({ what, id, name }) => [
        node,
        address,
        name === undefined ? `${what} ${id}` : `${what} ${name} (${id})`,
      ]),
    ),
  );
  if (rows.length === 0) return "";
  const more = rows.length - usersShown;
  const table = printTable([["USED ON", "DEVICE", "BY"], ...rows.slice(0, usersShown)], width);
  return more > 0 ? `${table}and ${more} more; -o wide shows all\n` : table;
}

/** A line for each device. */
export function wideText(map: readonly NodeDevices[], width: number): string {
  const rows = map.flatMap(({ node, devices }) =>
    devices.map((device) => [
      node,
      device.address ?? "-",
      device.resourceClass ?? "-",
      device.aliases.length === 0 ? "-" : device.aliases.join(","),
      statesText(device.counts),
      (device.usedBy ?? []).map(({ what, id, name }) => `${what} ${name ?? id}`).join(", "),
    ]),
  );
  const head = ["NODE", "DEVICE", "CLASS", "ALIASES", "STATE", "BY"];
  const unknown = unknownText(tableOf(map).rows);
  const table = printTable([head, ...rows], width);
  return fitted(unknown === "" ? table : `${table}\n${unknown}`, width);
}

function statesText(counts: NodeDevices["devices"][number]["counts"]): string {
  const [only, ...more] = Object.entries(counts);
  if (only === undefined) return "unknown, and how many";
  if (more.length === 0 && only[1] === 1) return only[0];
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
}
