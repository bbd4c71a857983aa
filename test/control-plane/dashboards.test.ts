// The dashboards of Grafana: what is in Git is what the rows make, no panel lies on another, and every
// expression shows something when Prometheus' own engine runs it on what the operator published.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { dashboards } from "../../deploy/dashboards/generate.js";
import type { PciProvider } from "../../src/plan/terms/snapshot.ts";
import { setStage } from "../support/stage.ts";
import { judged, seriesOf } from "./metric-series.ts";
import { missingForPromtool } from "./promtool.ts";
import { describeWhereHad } from "../support/needs.ts";

type Panel = {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly datasource: unknown;
  readonly targets: readonly { readonly expr: string }[];
};
type Board = { readonly uid: string; readonly title: string; readonly panels: readonly Panel[] };

const folder = join(import.meta.dirname, "../../deploy/dashboards");
const boards = Object.entries(dashboards).map(
  ([file, text]) => [file, JSON.parse(text) as Board] as const,
);

test("the files are what the rows make", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const found = files.map((file) => [file, JSON.parse(readFileSync(join(folder, file), "utf8"))]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(boards));
  const kustomization = readFileSync(join(folder, "kustomization.yaml"), "utf8");
  for (const file of files) expect(kustomization).toContain(`files: [${file}]`);
});

test.each(boards)(
  "%s: each panel has its place, its source, and a kind that Grafana knows",
  (_, board) => {
    expect(board.uid.length).toBeLessThanOrEqual(40);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    const taken = new Set<string>();
    for (const { gridPos, type, datasource, title } of board.panels) {
      expect(["stat", "timeseries", "table"]).toContain(type);
      expect(datasource).toEqual({ type: "prometheus", uid: "${datasource}" });
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, taken.has(`${x} ${y}`)]).toEqual([title, false]);
          taken.add(`${x} ${y}`);
        }
    }
  },
);

function provider(slot: string, more: Partial<PciProvider> = {}): PciProvider {
  const address = `0000:${slot}:00.0`;
  return {
    ...{ uuid: address, name: `c1_${address}`, address, resourceClass: "CUSTOM_PCI_10DE_2330" },
    ...{ total: 1, reserved: 0, used: 0, traits: [], ...more },
  };
}

/** A rollout that is under way, on nodes whose devices Placement knows, one of them excluded. */
async function plansOfARollout() {
  const stage = await setStage({ nodes: ["c1", "c2"] });
  const inventory = [provider("3b"), provider("5e", { used: 1 }), provider("86", { reserved: 1 })];
  stage.outage((view) =>
    view.is === "read" ? { ...view, inventories: { c1: inventory, c2: inventory } } : view,
  );
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', placement: { reportInPlacement: true } }",
  );
  stage.apply(
    "PciAlias",
    "gpu",
    "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PF }",
  );
  stage.apply(
    "PciWhitelist",
    "gpus",
    "{ devices: [{ vendorId: '10de', productId: '2330' }], exclude: [{ address: '0000:af:00.0' }] }",
  );
  await stage.pass(1200);
  stage.apply(
    "PciFlavor",
    "gpu.large",
    "{ flavor: { name: gpu.large }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 1, ramMiB: 512, diskGiB: 1 } }",
  );
  await stage.pass(300);
  const settled = stage.last().plan;
  // One more node, under way.
  stage.apply(
    "PciWhitelist",
    "gpus",
    "{ devices: [{ vendorId: '10de', productId: '2330' }, { vendorId: '10de', productId: '2331' }], exclude: [{ address: '0000:af:00.0' }] }",
  );
  await stage.pass(40);
  return { settled, busy: stage.last().plan };
}

const missing = missingForPromtool();
describeWhereHad(missing, "Prometheus runs", () => {
  test("every expression, and each shows something", async () => {
    const { settled, busy } = await plansOfARollout();
    const everything = /^(nova_pci|leader_election|controller_runtime|rest_client|workqueue)/;
    const series = await seriesOf(
      30,
      1,
      (metrics, minute) => {
        const executed = [{ effect: { do: "delete-fragment", name: "x", uid: "y" } as const }];
        metrics.leads(true);
        metrics.asked("GET", "200", 0.01, false);
        metrics.watchOpened("/api/v1/nodes");
        metrics.admission({ result: "injected", seconds: 0.002 });
        metrics.queue.added(1);
        for (const [namespace, plan] of Object.entries({ calm: settled, busy }))
          metrics.reported({ namespace, round: minute, seconds: 0.02, executed, plan });
      },
      everything,
    );
    const shown = boards.flatMap(([file, board]) =>
      board.panels.flatMap(({ title, targets }) =>
        targets.map(({ expr }) => ({ where: `${file}: ${title}`, expr: runnable(expr) })),
      ),
    );
    expect(shown.length).toBeGreaterThan(25);
    const expects = shown.map(({ expr }) => [`(count(${expr}) > bool 0) or vector(0)`, 1] as const);
    expect(judged(series, { minutes: 30, step: 1, expects })).toEqual({
      code: 0,
      said: expect.stringContaining("SUCCESS"),
    });
  });
});

/** As Grafana fills in its variables. */
function runnable(expr: string): string {
  return expr.replaceAll("$namespace", ".*").replaceAll("$__rate_interval", "5m");
}
