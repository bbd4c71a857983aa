// Figures of a bench and the table that shows them. Figures under load say little; the table says
// what was measured, never pass or fail.

export type Row = {
  readonly metric: string;
  readonly measured: string;
  readonly target: string;
};

/**
 * Processor time of this thread for each call: what other programs take away does not count, what
 * they slow down does.
 */
export function processorMillis(calls: number, call: (index: number) => void): readonly number[] {
  return Array.from({ length: calls }, (_, index) => {
    const began = process.threadCpuUsage();
    call(index);
    const { user, system } = process.threadCpuUsage(began);
    return (user + system) / 1000;
  });
}

/** The value that this share of all values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[at] ?? Number.NaN;
}

export function millis(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** "p50 12 ms, p99 40 ms (60)". */
export function spread(values: readonly number[]): string {
  return `p50 ${millis(quantile(values, 0.5))}, p99 ${millis(quantile(values, 0.99))} (${values.length})`;
}

export function table(rows: readonly Row[]): string {
  const head: Row = { metric: "metric", measured: "measured", target: "target" };
  const all = [head, ...rows];
  const width = (pick: (row: Row) => string): number =>
    Math.max(...all.map((row) => pick(row).length));
  const widths = [width((row) => row.metric), width((row) => row.measured)] as const;
  return all
    .map((row) =>
      `${row.metric.padEnd(widths[0])}  ${row.measured.padEnd(widths[1])}  ${row.target}`.trimEnd(),
    )
    .join("\n");
}
