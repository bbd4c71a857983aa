// A rendered chart beside our objects: what `helm template` prints is taken as it is.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { processIo } from "../../src/cli/terminal/io.ts";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { command as plan } from "../../src/cli/plan/plan.ts";
import { command as tryCommand } from "../../src/cli/try.ts";
import { helmText } from "../support/charts/helm-text.ts";
import { chartShapes, type ChartShape } from "../support/charts/shapes.ts";
import { runCommand } from "./texts-io.ts";

const folder = "test/cli/charts";

async function run(command: typeof lint): Promise<readonly [number, string]> {
  let text = "";
  const keep = (part: string): void => void (text += part);
  const io = { ...processIo, stdout: keep, stderr: keep };
  return [await command.run(["-f", folder], io), text];
}

test("try converges, and before it every pod really is Ready", async () => {
  const [exit, text] = await run(tryCommand);
  expect(text).toMatch(/before +1 node: c1; every pod is Ready/);
  expect(text).toContain("after 2 restarts");
  expect(text).toMatch(/nova +True +Live/);
  expect(exit).toBe(0);
});

test("plan counts its restarts", async () => {
  const [exit, text] = await run(plan);
  expect(text).toContain("2 restarts: nova-api 1, nova-compute 1 on 1 of 1 nodes.");
  expect(exit).toBe(0);
});

test("lint finds nothing", async () => {
  expect(await run(lint)).toEqual([
    0,
    "0 errors, 0 warnings, 0 notes\n2 documents of other kinds ignored\n",
  ]);
});

test("an alias that the chart's own nova.conf defines otherwise is refused", async () => {
  const text = readFileSync(`${folder}/nova.yaml`, "utf8").replace(
    "debug = false",
    'debug = false\n    [pci]\n    alias = {"name":"gpu","vendor_id":"8086","product_id":"154d","device_type":"type-PF"}',
  );
  const files = { "c/a.yaml": text, "c/b.yaml": readFileSync(`${folder}/objects.yaml`, "utf8") };
  const ran = await runCommand(lint, ["-f", "c"], files);
  expect([ran.exit, ran.stdout]).toEqual([1, expect.stringContaining("[BaseConflict]")]);
});

describe.each(chartShapes.map((chartShape) => [chartShape.name, chartShape] as const))(
  "%s",
  (_name, chart) => {
    const files = { "rendered.yaml": helmText(chart), "ours.yaml": oursFor(chart) };
    const named = ["-f", "rendered.yaml", "-f", "ours.yaml"];
    const restarts = chart.filters ? 3 : 4;

    test("try takes what helm template prints as it is", async () => {
      const { exit, stdout, stderr } = await runCommand(tryCommand, named, files);
      expect(stdout).toMatch(/before +3 nodes: c\[1-3\]; every pod is Ready/);
      expect(stdout).toContain(`after ${restarts} restarts`);
      expect(stdout).toMatch(/nova +True +Live/);
      expect([exit, stderr]).toEqual([0, ""]);
    });

    test("plan counts the same restarts", async () => {
      const { exit, stdout } = await runCommand(plan, named, files);
      expect(stdout).toContain(`${restarts} restarts: nova-api 1`);
      expect(stdout).toContain("nova-compute 2 on 2 of 3 nodes");
      expect(exit).toBe(0);
    });

    test("lint finds nothing", async () => {
      const { exit, stdout } = await runCommand(lint, named, files);
      expect(stdout).toMatch(/^0 errors, 0 warnings, 0 notes$/m);
      expect(exit).toBe(0);
    });
  },
);

/** Two cards on two of three nodes. */
function oursFor({ services }: ChartShape): string {
  const objects = [
    ...["c1", "c2", "c3"].map((name) => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "openstack-compute-node": "enabled", card: name } },
    })),
    ours("PciPassthrough", "nova", {
      baseConfig: { fromWorkloads: true },
      scheduler: { filters: "Manage", assumeReleaseDefaults: true },
      ...(services === undefined ? {} : { services }),
    }),
    ...["20b2", "2330"].flatMap((productId, index) => {
      const device = { vendorId: "10de", productId };
      const card = `c${index + 1}`;
      const nodeSelector = { matchLabels: { card } };
      return [
        ours("PciAlias", `gpu-${card}`, { match: [device], deviceType: "type-PF" }),
        ours("PciWhitelist", card, { nodeSelector, devices: [device] }),
      ];
    }),
  ];
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}

function ours(kind: string, name: string, spec: object): object {
  const metadata = { name, namespace: "openstack" };
  return { apiVersion: "pci.openstack.org/v1alpha1", kind, metadata, spec };
}
