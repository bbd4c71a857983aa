// A chart in memory with three nodes and Nova's worked example beside it: one node by one product, one by
// another, one without devices.

import { readYaml } from "../../../src/api/read-yaml.ts";
import { calmKnobs } from "../../../src/embedded/cluster.ts";
import { setStage, type Stage, type StageOptions } from "../stage.ts";
import { helmText } from "./helm-text.ts";
import type { ChartShape } from "./shapes.ts";
import type { Json } from "./workloads.ts";

const node = (name: string, pci?: string): Json => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name,
    labels: { "openstack-compute-node": "enabled", ...(pci === undefined ? {} : { pci }) },
  },
});

const nodes = [node("node-a", "by-address"), node("node-b", "by-product"), node("node-c")];

/** A product that no host has: nova-compute ends. */
export const broken = "dead";

export async function stageOf(chart: ChartShape, more: StageOptions = {}): Promise<Stage> {
  const text = helmText({ objects: [...nodes, ...chart.objects] });
  return setStage({
    chart: readYaml("chart.yaml", text).objects,
    nodes: [],
    knobs: {
      ...calmKnobs,
      trouble: (started) =>
        (started.text ?? "").includes(`"product_id":"${broken}"`)
          ? { is: "exits", code: 1, message: "PciDeviceNotFound" }
          : undefined,
    },
    ...more,
  });
}

const device = (productId: string): string => `{ vendorId: "8086", productId: "${productId}" }`;

export const on = (pci: string, ...products: readonly string[]): string =>
  `{ nodeSelector: { matchLabels: { pci: ${pci} } }, devices: [${products.map(device).join()}] }`;

const alias = (productId: string): string =>
  `{ match: [${device(productId)}], deviceType: type-PF }`;

export function applyExample(stage: Stage, chart: ChartShape, spec: object = {}): void {
  const installation = {
    release: "2025.1",
    baseConfig: { fromWorkloads: true },
    scheduler: { filters: "Manage", assumeReleaseDefaults: true },
    ...(chart.services === undefined ? {} : { services: chart.services }),
    ...spec,
  };
  stage.apply("PciPassthrough", "nova", JSON.stringify(installation));
  stage.apply("PciAlias", "a1", alias("154d"));
  stage.apply("PciAlias", "a2", alias("10fb"));
  stage.apply("PciWhitelist", "by-address", on("by-address", "154d"));
  stage.apply("PciWhitelist", "by-product", on("by-product", "10fb"));
}

/** What restarts for the example: each pod whose file changed, once. */
export function restartsOf(chart: ChartShape): readonly string[] {
  const api = chart.services === undefined ? "os-api" : "api";
  return [
    workloadOf(chart, api),
    ...(chart.filters ? [] : [workloadOf(chart, "scheduler")]),
    "nova-compute on node-a",
    "nova-compute on node-b",
  ].sort();
}

function workloadOf(chart: ChartShape, component: string): string {
  const found = chart.objects.find(
    (one) => one.spec?.template?.metadata.labels.component === component,
  );
  return `${found.kind}/${found.metadata.name}`;
}
