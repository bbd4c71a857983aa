// Each chart in memory: Nova's worked example with a file for each node, one broken entry, and no more
// restarts than files that changed.
import { describe, expect, test } from "@jest/globals";
import { readYaml } from "../../src/api/read-yaml.ts";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { helmText } from "../support/charts/helm-text.ts";
import { chartShapes, type ChartShape } from "../support/charts/shapes.ts";
import { setStage, type Stage } from "../support/stage.ts";

const nodes = `
apiVersion: v1
kind: Node
metadata: { name: node-a, labels: { openstack-compute-node: enabled, pci: by-address } }
---
apiVersion: v1
kind: Node
metadata: { name: node-b, labels: { openstack-compute-node: enabled, pci: by-product } }
---
apiVersion: v1
kind: Node
metadata: { name: node-c, labels: { openstack-compute-node: enabled } }
`;

const device = (productId: string): string => `{ vendorId: "8086", productId: "${productId}" }`;
const on = (kind: string, devices: string): string =>
  `{ nodeSelector: { matchLabels: { pci: ${kind} } }, devices: [${devices}] }`;
const alias = (productId: string): string =>
  `{ match: [${device(productId)}], deviceType: type-PF }`;

/** A product that no host has: nova-compute ends. */
const broken = "dead";

async function stageOf(chart: ChartShape): Promise<Stage> {
  return setStage({
    chart: readYaml("chart.yaml", `${helmText(chart)}\n---${nodes}`).objects,
    nodes: [],
    knobs: {
      ...calmKnobs,
      trouble: ({ text }) =>
        (text ?? "").includes(`"product_id":"${broken}"`)
          ? { is: "exits", code: 1, message: "PciDeviceNotFound" }
          : undefined,
    },
  });
}

function applyExample(stage: Stage, chart: ChartShape): void {
  const spec = {
    release: "2025.1",
    baseConfig: { fromWorkloads: true },
    scheduler: { filters: "Manage", assumeReleaseDefaults: true },
    ...(chart.services === undefined ? {} : { services: chart.services }),
  };
  stage.apply("PciPassthrough", "nova", JSON.stringify(spec));
  stage.apply("PciAlias", "a1", alias("154d"));
  stage.apply("PciAlias", "a2", alias("10fb"));
  stage.apply("PciWhitelist", "by-address", on("by-address", device("154d")));
  stage.apply("PciWhitelist", "by-product", on("by-product", device("10fb")));
}

/** Names of Nova's own four workloads; nothing else of the chart may ever be in a list of restarts. */
function workloadOf(chart: ChartShape, component: string): string {
  const found = chart.objects.find(
    (one) => one.spec?.template?.metadata.labels.component === component,
  )!;
  return `${found.kind}/${found.metadata.name}`;
}

describe.each(chartShapes.map((one) => [one.name, one] as const))("%s", (_name, chart) => {
  test("the worked example, and one broken entry", async () => {
    const stage = await stageOf(chart);
    applyExample(stage, chart);
    await stage.pass(1800);
    const api = chart.services === undefined ? "os-api" : "api";
    expect(stage.last().plan.gates).toEqual([]);
    expect([...stage.restarts()].sort()).toEqual(
      [
        workloadOf(chart, api),
        ...(chart.filters ? [] : [workloadOf(chart, "scheduler")]),
        "nova-compute on node-a",
        "nova-compute on node-b",
      ].sort(),
    );
    const before = [stage.text("node-a"), stage.text("node-b")];
    expect(before[0]).toContain("154d");
    expect(before[1]).toContain("10fb");

    stage.apply(
      "PciWhitelist",
      "by-product",
      on("by-product", `${device("10fb")}, ${device(broken)}`),
    );
    await stage.pass(7200);
    expect(stage.restarts()).toEqual(["nova-compute on node-b", "nova-compute on node-b"]);
    expect([stage.text("node-a"), stage.text("node-b")]).toEqual(before);
    expect(stage.status("PciPassthrough", "nova")).toMatchObject({
      quarantined: [{ name: "by-product", reason: "FailedRollout" }],
    });
  });

  test("how each service parses our file among its own", async () => {
    const stage = await stageOf(chart);
    applyExample(stage, chart);
    await stage.pass(60);
    const places = Object.fromEntries(chart.first.map((service) => [service, "first"]));
    const { base } = stage.last().seen;
    expect(base?.is === "read" && (base.places ?? {})).toEqual(places);
  });
});
