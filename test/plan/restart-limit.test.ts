// A nova-compute that ends by itself once or twice with its new file may only have been early: it failed
// when it ended more often than spec.rollout.restartLimit allows.
import { expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { gpuDevices, setStage } from "../support/stage.ts";

const early = { is: "exits", code: 1, message: "ERROR nova: it was early" } as const;

test.each([
  [0, 0, "True Live"],
  [0, 1, "False Quarantined"],
  [1, 1, "True Live"],
  [1, 2, "False Quarantined"],
  [3, 3, "True Live"],
])("restartLimit %i, and it ends %i times: %s", async (limit, ends, ready) => {
  let left = ends;
  const stage = await setStage({
    nodes: ["c1"],
    knobs: {
      ...calmKnobs,
      trouble: ({ text }) => (text?.includes("2330") === true && left-- > 0 ? early : undefined),
    },
  });
  const rollout = `{ restartLimit: ${limit} }`;
  stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '2025.1', rollout: ${rollout} }`);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1800);
  expect(stage.ready("PciWhitelist", "gpus")).toBe(ready);
});
