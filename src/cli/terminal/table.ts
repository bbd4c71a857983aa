// A table for a person: columns as wide as their widest cell while there is room; else the last one
// is wrapped, in its place or below its row, and where not even that is enough each row becomes a
// record, a line for each cell.

import { columnsOf, padded, wrapped } from "./lines.ts";

const gap = "  ";
/** The last column is not read in less. */
const narrowest = 24;

type Rows = readonly (readonly string[])[];

/** The first row is the head. */
export function printTable(rows: Rows, width = Number.POSITIVE_INFINITY): string {
  const count = rows[0]?.length ?? 0;
  if (count === 0) return "";
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => columnsOf(row[column] ?? ""))),
  );
  const before = widths.slice(0, -1).reduce((sum, number) => sum + number + gap.length, 0);
  const room = width - before;
  if (room >= widths.at(-1)!) return inColumns(rows, widths);
  if (room >= narrowest) return withLastWrapped(rows, widths, { before, width });
  if (before - gap.length <= width) return withLastBelow(rows, widths, width);
  return asRecords(rows, width);
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => padded(cell, widths[column]!))
    .join(gap)
    .trimEnd();
}

function inColumns(rows: Rows, widths: readonly number[]): string {
  return rows.map((row) => `${line(row, widths)}\n`).join("");
}

type Room = { readonly before: number; readonly width: number };

function withLastWrapped(rows: Rows, widths: readonly number[], { before, width }: Room): string {
  return rows
    .map((row) => {
      const first = row.slice(0, -1).map((cell, column) => padded(cell, widths[column]!));
      const start = [...first, ""].join(gap);
      const last = wrapped(row.at(-1) ?? "", width, " ".repeat(before)).slice(before);
      return `${start}${last}`.replaceAll(/ +$/gm, "");
    })
    .join("");
}

function withLastBelow(rows: Rows, widths: readonly number[], width: number): string {
  return rows
    .map((row) => {
      const last = row.at(-1) ?? "";
      return `${line(row.slice(0, -1), widths)}\n${last === "" ? "" : wrapped(last, width, "    ")}`;
    })
    .join("");
}

function asRecords([head = [], ...rows]: Rows, width: number): string {
  const left = Math.max(...head.map(columnsOf));
  const indent = " ".repeat(left + gap.length);
  const records = rows.map((row) =>
    row
      .map((cell, column) => {
        const value = wrapped(cell, width, indent).slice(indent.length);
        return `${padded(head[column]!, left)}${gap}${value}`.replaceAll(/ +$/gm, "");
      })
      .join(""),
  );
  return records.join("\n");
}
