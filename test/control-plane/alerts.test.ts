// Every alert, judged by promtool on series that the operator's own metrics code wrote: it fires when
// it should, and never while all is well.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { dump, load } from "js-yaml";
import { Failure } from "../../src/api/failure.ts";
import { emptyAsk, type RoundReport } from "../../src/operator/loop.ts";
import { makeMetrics, type Metrics } from "../../src/operator/metrics.ts";
import type { Gate } from "../../src/plan/terms/gates.ts";
import { missingForPromtool, promtool } from "./promtool.ts";

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
};
const file = join(import.meta.dirname, "../../deploy/alerts.yaml");
const { spec } = load(readFileSync(file, "utf8")) as {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
};
const alerts = spec.groups.flatMap(({ rules }) => rules);

const namespace = "openstack";
const calm = {
  nova_pci_quarantined_entries: 0,
  nova_pci_rollout_halted: 0,
  nova_pci_paused: 0,
  nova_pci_not_wired: 0,
};

type Look = {
  readonly gauges?: Readonly<Record<string, number>>;
  readonly gates?: readonly Gate[];
};

function report({ gauges = {}, gates = [] }: Look, more: Partial<RoundReport> = {}): RoundReport {
  const counted = new Map<string, number>();
  for (const { gate } of gates) counted.set(gate, (counted.get(gate) ?? 0) + 1);
  const all = [
    ...Object.entries({ ...calm, ...gauges }).map(([name, value]) => ({ name, labels: {}, value })),
    ...[...counted].map(([gate, value]) => ({ name: "nova_pci_gate", labels: { gate }, value })),
  ];
  const plan = { namespace, effects: [], gates, ask: emptyAsk, gauges: all };
  return { namespace, round: 1, seconds: 0.01, executed: [], plan, ...more };
}

/** What the operator does in one minute. */
type Minute = (metrics: Metrics, minute: number) => void;

const leading =
  (look: Look, more?: Partial<RoundReport>): Minute =>
  (metrics) => {
    metrics.leads(true);
    metrics.reported(report(look, more));
  };
const installation = { on: "installation" } as const;
const gate = (one: { readonly gate: string; readonly [numbers: string]: unknown }): Gate =>
  ({ waits: installation, ...one }) as unknown as Gate;
const well = leading({});
const failing = leading({}, { failure: new Failure("unreachable", "500") });

/** Minutes until each alert must have fired, and what happens meanwhile. */
const cases: Readonly<Record<string, readonly [minutes: number, does: Minute]>> = {
  NovaPciRolloutHalted: [5, leading({ gauges: { nova_pci_rollout_halted: 1 } })],
  NovaPciQuarantined: [5, leading({ gauges: { nova_pci_quarantined_entries: 2 } })],
  NovaPciNodesLost: [15, leading({ gauges: { nova_pci_lost_nodes: 1 } })],
  NovaPciGateOld: [80, leading({ gates: [gate({ gate: "NoWorkload" })] })],
  NovaPciInUseForDays: [
    8 * 24 * 60,
    leading({ gates: [gate({ gate: "InUse", by: ["a server"] })] }),
  ],
  NovaPciNotWired: [15, leading({ gauges: { nova_pci_not_wired: 1 } })],
  NovaPciPaused: [70, leading({ gauges: { nova_pci_paused: 1 } })],
  NovaPciStateUnreadable: [5, leading({ gates: [gate({ gate: "StateUnreadable", why: "x" })] })],
  NovaPciRoundsFail: [15, failing],
  NovaPciNoRounds: [25, (metrics, minute) => (minute === 0 ? well : failing)(metrics, minute)],
  NovaPciBug: [
    5,
    (metrics, minute) => leading({}, minute === 2 ? { bug: new Error("x") } : {})(metrics, minute),
  ],
  NovaPciNoLeader: [10, (metrics) => metrics.leads(false)],
  NovaPciGuardMissing: [10, leading({ gates: [gate({ gate: "GuardMissing" })] })],
  NovaPciWebhookDown: [10, leading({ gates: [gate({ gate: "WebhookUnreachable" })] })],
};

type Series = { readonly series: string; readonly values: string };

/** What Prometheus would have read, minute by minute, from a process that began at its time zero. */
async function seriesOf(minutes: number, step: number, does: Minute): Promise<readonly Series[]> {
  let now = 0;
  const metrics = makeMetrics({ now: () => now });
  const read: Map<string, number>[] = [];
  for (let minute = 0; minute <= minutes; minute += step) {
    now = minute * 60_000;
    does(metrics, minute);
    const values = new Map<string, number>();
    for (const metric of await metrics.registry.getMetricsAsJSON()) {
      if (
        !/^(nova_pci|leader_election|controller_runtime_reconcile_(panics|errors))/.test(
          metric.name,
        )
      )
        continue;
      for (const { labels, value } of metric.values as readonly {
        readonly labels: object;
        readonly value: number;
      }[]) {
        const text = Object.entries(labels).map(([key, one]) => `${key}="${one as string}"`);
        values.set(`${metric.name}{${text.join(",")}}`, value);
      }
    }
    read.push(values);
  }
  const names = new Set(read.flatMap((one) => [...one.keys()]));
  return [...names].map((series) => ({
    series,
    values: read.map((one) => one.get(series) ?? "_").join(" "),
  }));
}

function firedBy(
  series: readonly Series[],
  minutes: number,
  step: number,
  one: Rule,
  fires: boolean,
) {
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-alerts-"));
  try {
    writeFileSync(join(folder, "rules.yaml"), dump({ groups: spec.groups }));
    // Which labels and words an alert has is shown by promtool, not known beforehand.
    const asked = {
      rule_files: ["rules.yaml"],
      evaluation_interval: `${step}m`,
      tests: [
        {
          interval: `${step}m`,
          input_series: series,
          promql_expr_test: [
            {
              expr: `count(ALERTS{alertname="${one.alert}",alertstate="firing"}) or vector(0)`,
              eval_time: `${minutes}m`,
              exp_samples: [{ labels: "{}", value: fires ? 1 : 0 }],
            },
          ],
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

const missing = missingForPromtool();
if (missing !== undefined) {
  const line = `NOT RUN: alerts: missing ${missing}`;
  if (process.env["CI"] === "true") throw new Error(line);
  process.stderr.write(`\n*** ${line}\n\n`);
}

test("each alert has its case here", () => {
  expect(alerts.map((one) => one.alert).filter((name) => cases[name] === undefined)).toEqual([]);
});

(missing === undefined ? describe : describe.skip)("promtool says", () => {
  jest.setTimeout(10 * 60_000);
  test.each(alerts.map((one) => [one.alert, one] as const))("%s fires", async (name, one) => {
    const [minutes, does] = cases[name]!;
    const step = minutes > 500 ? 60 : 1;
    const fired = firedBy(await seriesOf(minutes, step, does), minutes, step, one, true);
    expect(fired).toEqual({ code: 0, said: expect.stringContaining("SUCCESS") });
  });

  test.each(alerts.map((one) => [one.alert, one] as const))(
    "%s is silent while all is well",
    async (_name, one) => {
      const calmly = await seriesOf(240, 1, well);
      expect(firedBy(calmly, 240, 1, one, false)).toEqual({
        code: 0,
        said: expect.stringContaining("SUCCESS"),
      });
    },
  );
});
