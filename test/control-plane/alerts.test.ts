// Every alert, judged by promtool on series that the operator's own metrics code wrote: it fires when
// it should, and never while all is well.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { load } from "js-yaml";
import { Failure } from "../../src/api/failure.ts";
import { emptyAsk, type RoundReport } from "../../src/operator/loop.ts";
import type { Gate } from "../../src/plan/terms/gates.ts";
import { judged, seriesOf, type Minute, type Series } from "./metric-series.ts";
import { missingForPromtool } from "./promtool.ts";
import { describeWhereHad } from "../support/needs.ts";

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

type Labelled = NonNullable<RoundReport["plan"]>["gauges"][number];

type Look = {
  readonly gauges?: Readonly<Record<string, number>>;
  readonly labelled?: readonly Labelled[];
  readonly gates?: readonly Gate[];
};

function report(
  { gauges = {}, labelled = [], gates = [] }: Look,
  more: Partial<RoundReport> = {},
): RoundReport {
  const counted = new Map<string, number>();
  for (const { gate } of gates) counted.set(gate, (counted.get(gate) ?? 0) + 1);
  const all = [
    ...Object.entries({ ...calm, ...gauges }).map(([name, value]) => ({ name, labels: {}, value })),
    ...labelled,
    ...[...counted].map(([gate, value]) => ({ name: "nova_pci_gate", labels: { gate }, value })),
  ];
  const plan = { namespace, effects: [], gates, ask: emptyAsk, gauges: all };
  return { namespace, round: 1, seconds: 0.01, executed: [], plan, ...more };
}

const leading =
  (look: Look, more?: Partial<RoundReport>): Minute =>
  (metrics) => {
    metrics.leads(true);
    metrics.reported(report(look, more));
  };
const installation = { on: "installation" } as const;
const gate = (item: { readonly gate: string; readonly [numbers: string]: unknown }): Gate =>
  ({ waits: installation, ...item }) as unknown as Gate;
const h100 = (free: number, used: number): readonly Labelled[] =>
  Object.entries({ free, used, reserved: 0 }).map(([state, value]) => ({
    name: "nova_pci_devices",
    labels: { node: "c1", resource_class: "CUSTOM_H100", state },
    value,
  }));
const fits = (value: number): Labelled => ({
  ...{ name: "nova_pci_flavor_fit", labels: { flavor: "gpu.large" }, value },
});
const readable = { nova_pci_devices_known: 1 };
const well = leading({ gauges: readable, labelled: [...h100(5, 3), fits(5)] });
/** Of eight devices some are gone after an hour. */
const shrinking =
  (left: readonly Labelled[], known = 1): Minute =>
  (metrics, minute) =>
    (minute < 70 ? well : leading({ gauges: { nova_pci_devices_known: known }, labelled: left }))(
      metrics,
      minute,
    );
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
  NovaPciNoCapacity: [20, leading({ gauges: readable, labelled: [...h100(0, 8), fits(0)] })],
  NovaPciCapacityShrank: [90, shrinking(h100(4, 3))],
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

/** Which labels and words an alert has is shown by promtool, not known beforehand. */
function firedBy(
  series: readonly Series[],
  minutes: number,
  step: number,
  rule: Rule,
  fires: boolean,
) {
  const expr = `count(ALERTS{alertname="${rule.alert}",alertstate="firing"}) or vector(0)`;
  return judged(series, { minutes, step, groups: spec.groups, expects: [[expr, fires ? 1 : 0]] });
}

const missing = missingForPromtool();
test("each alert has its case here", () => {
  expect(alerts.map((alert) => alert.alert).filter((name) => cases[name] === undefined)).toEqual(
    [],
  );
});

describeWhereHad(missing, "promtool says", () => {
  jest.setTimeout(10 * 60_000);
  test.each(alerts.map((alert) => [alert.alert, alert] as const))(
    "%s fires",
    async (name, rule) => {
      const [minutes, does] = cases[name]!;
      const step = minutes > 500 ? 60 : 1;
      const fired = firedBy(await seriesOf(minutes, step, does), minutes, step, rule, true);
      expect(fired).toEqual({ code: 0, said: expect.stringContaining("SUCCESS") });
    },
  );

  const shrank = alerts.find((alert) => alert.alert === "NovaPciCapacityShrank")!;
  test.each([
    ["a class that is gone altogether", shrinking([]), true],
    ["a cloud that cannot be read", shrinking([], 0), false],
    ["servers that come and go", shrinking(h100(1, 7)), false],
  ])("%s: whether NovaPciCapacityShrank fires", async (_what, does, fires) => {
    const series = await seriesOf(90, 1, does);
    expect(firedBy(series, 90, 1, shrank, fires)).toEqual({
      code: 0,
      said: expect.stringContaining("SUCCESS"),
    });
  });

  test.each(alerts.map((alert) => [alert.alert, alert] as const))(
    "%s is silent while all is well",
    async (_name, rule) => {
      const calmly = await seriesOf(240, 1, well);
      expect(firedBy(calmly, 240, 1, rule, false)).toEqual({
        code: 0,
        said: expect.stringContaining("SUCCESS"),
      });
    },
  );
});
