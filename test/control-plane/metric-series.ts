// What a Prometheus would have read from the operator's own metrics code, minute by minute, and what
// promtool's engine makes of it.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { makeMetrics, type Metrics } from "../../src/operator/metrics.ts";
import { promtool } from "./promtool.ts";

/** What the operator does in one minute. */
export type Minute = (metrics: Metrics, minute: number) => void;

export type Series = { readonly series: string; readonly values: string };

/** What Prometheus would have read, minute by minute, from a process that began at its time zero. */
export async function seriesOf(
  minutes: number,
  step: number,
  does: Minute,
  wanted = /^(nova_pci|leader_election|controller_runtime_reconcile_(panics|errors))/,
): Promise<readonly Series[]> {
  let now = 0;
  const metrics = makeMetrics({ now: () => now });
  const read: Map<string, number>[] = [];
  for (let minute = 0; minute <= minutes; minute += step) {
    now = minute * 60_000;
    does(metrics, minute);
    const values = new Map<string, number>();
    for (const metric of await metrics.registry.getMetricsAsJSON()) {
      if (!wanted.test(metric.name)) continue;
      for (const { labels, value, metricName } of metric.values as readonly {
        readonly labels: object;
        readonly value: number;
        /** Of one row of a histogram. */
        readonly metricName?: string;
      }[]) {
        const text = Object.entries(labels).map(([key, item]) => `${key}="${item as string}"`);
        values.set(`${metricName ?? metric.name}{${text.join(",")}}`, value);
      }
    }
    read.push(values);
  }
  const names = new Set(read.flatMap((item) => [...item.keys()]));
  return [...names].map((series) => ({
    series,
    values: read.map((item) => item.get(series) ?? "_").join(" "),
  }));
}

type Question = {
  readonly minutes: number;
  readonly step: number;
  readonly groups?: unknown;
  /** Expressions without labels in their answer, and the number that each is at the end. */
  readonly expects: readonly (readonly [expr: string, value: number])[];
};

export function judged(series: readonly Series[], { minutes, step, groups, expects }: Question) {
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-promtool-"));
  try {
    writeFileSync(join(folder, "rules.yaml"), dump({ groups: groups ?? [] }));
    const asked = {
      rule_files: ["rules.yaml"],
      evaluation_interval: `${step}m`,
      tests: [
        {
          interval: `${step}m`,
          input_series: series,
          promql_expr_test: expects.map(([expr, value]) => ({
            expr,
            eval_time: `${minutes}m`,
            exp_samples: [{ labels: "{}", value }],
          })),
        },
      ],
    };
    writeFileSync(join(folder, "test.yaml"), dump(asked));
    const run = spawnSync(promtool(), ["test", "rules", "test.yaml"], {
      cwd: folder,
      encoding: "utf8",
    });
    return { code: run.status, said: `${run.stdout}${run.stderr}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
