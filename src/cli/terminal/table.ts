// A table for a person: rows as text, columns as wide as their widest cell.

export function printTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join("  "),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
