// A chart in memory with three nodes, and Nova's worked example beside it.

import { readYaml } from "../../../src/api/read-yaml.ts";
import { calmKnobs } from "../../../src/embedded/cluster.ts";
import { setStage, type Stage, type StageOptions } from "../stage.ts";
import { broken, enabled, exampleNodes, exampleOf, rolledFor } from "./example.ts";
import { helmText } from "./helm-text.ts";
import type { ChartShape } from "./shapes.ts";
import type { Json } from "./workloads.ts";

const nodes = Object.entries(exampleNodes).map(([name, pci]): Json => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { [enabled]: "enabled", ...(pci === undefined ? {} : { pci }) } },
}));

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

export function applyExample(stage: Stage, chart: ChartShape, spec: object = {}): void {
  for (const written of exampleOf(chart, spec)) stage.apply(...written);
}

/** What restarts for the example: each pod whose file changed, once. */
export function restartsOf(chart: ChartShape): readonly string[] {
  return [...rolledFor(chart), "nova-compute on node-a", "nova-compute on node-b"].sort();
}
