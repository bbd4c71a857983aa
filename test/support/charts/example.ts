// Nova's worked example for a chart: one node by one product, one by another, one without devices; what
// is applied, and what restarts for it. Specs are YAML texts, as people write them.

import type { Kind } from "../../../src/api/names.ts";
import type { ChartShape } from "./shapes.ts";
import type { Json } from "./workloads.ts";

export const enabled = "openstack-compute-node";

/** Short name -> what its whitelist selects it by. */
export const exampleNodes = {
  "node-a": "by-address",
  "node-b": "by-product",
  "node-c": undefined,
} as const;

/** A product that no host has: nova-compute ends. */
export const broken = "dead";

export type Written = readonly [kind: Kind, name: string, spec: string];

const device = (productId: string): string => `{ vendorId: "8086", productId: "${productId}" }`;

/** A whitelist of the nodes of that label. */
export const on = (pci: string, ...products: readonly string[]): Written => [
  "PciWhitelist",
  pci,
  `{ nodeSelector: { matchLabels: { pci: ${pci} } }, devices: [${products.map(device).join()}] }`,
];

const alias = (name: string, productId: string): Written => [
  "PciAlias",
  name,
  `{ match: [${device(productId)}], deviceType: type-PF }`,
];

export function exampleOf(chart: ChartShape, spec: object = {}): readonly Written[] {
  const installation = {
    release: "2025.1",
    baseConfig: { fromWorkloads: true },
    scheduler: { filters: "Manage", assumeReleaseDefaults: true },
    ...(chart.services === undefined ? {} : { services: chart.services }),
    ...spec,
  };
  return [
    ["PciPassthrough", "nova", JSON.stringify(installation)],
    alias("a1", "154d"),
    alias("a2", "10fb"),
    on("by-address", "154d"),
    on("by-product", "10fb"),
  ];
}

/** Workloads that restart for the example, beside nova-compute on the two nodes with devices. */
export function rolledFor(chart: ChartShape): readonly string[] {
  const api = chart.services === undefined ? "os-api" : "api";
  const rolled = [api, ...(chart.filters ? [] : ["scheduler"])];
  return rolled.map((component) => nameOf(workloadOf(chart, component)));
}

export function nameOf({ kind, metadata }: Json): string {
  return `${kind}/${metadata.name}`;
}

export function workloadOf(chart: ChartShape, component: string): Json {
  return chart.objects.find(
    (object) => object.spec?.template?.metadata.labels.component === component,
  );
}
