// A compute that is up and reports no devices is not well: Nova only logs a resource tracker that fails.
import { describe, expect, test } from "@jest/globals";
import { step } from "../../src/plan/computes/node-step.ts";
import type { StepContext } from "../../src/plan/computes/one-step.ts";
import type { Sight } from "../../src/plan/gates/sight.ts";
import type { NodeRecord } from "../../src/plan/terms/state.ts";
import { gpuAlias, gpuDevices, installation, setStage } from "../support/stage.ts";

test.each([
  ["shows its devices", 1, true, "minReadySeconds"],
  ["shows none although its inventory has some", 0, true, "its devices in Placement"],
  ["shows none, and none are known", 0, false, "minReadySeconds"],
] as const)("a compute whose Placement %s", async (_name, providers, expects, missing) => {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(600);
  const { seen } = stage.last();
  if (seen.cloud.is !== "read") throw new Error("the cloud was not read");
  const pod = seen.pods.find((row) => row.node === "c1" && row.service === "compute")!;
  const service = seen.cloud.services.find((computeService) => computeService.host === "c1")!;
  const provider = {
    uuid: "p",
    name: "p",
    address: "0000:3b:00.0",
    resourceClass: "CUSTOM_GPU",
    total: 1,
    reserved: 0,
    used: 0,
    traits: [],
  };
  const inventories = { c1: providers === 0 ? [] : [provider] };
  const { settingsOf } = await import("../../src/plan/terms/settings.ts");
  const context = {
    seen: { ...seen, cloud: { ...seen.cloud, inventories } },
    settings: settingsOf(seen),
    noReplacing: undefined,
    noRollback: undefined,
    evictBudget: () => ({ by: "delete" as const }),
    expectsInventory: () => expects,
  } satisfies StepContext;
  const sight: Sight = {
    node: "c1",
    pod,
    going: [],
    reads: pod.fragment!,
    service,
    disabledByOthers: false,
  };
  const record: NodeRecord = {
    assigned: pod.fragment!,
    good: "none",
    phase: "verifying",
    since: seen.now,
    assignedAt: seen.now,
    pod: pod.uid,
    runningSince: seen.now,
    beats: ["1", "2", "3"],
  };
  expect(step(record, sight, context).gate).toMatchObject({ gate: "Verifying", missing });
});

describe("Placement is asked for devices", () => {
  const reporting = "{ adopt: true, release: '2025.1', placement: { reportInPlacement: true } }";

  test.each([
    ["where a PciWhitelist offers them", reporting, [["PciWhitelist", gpuDevices]], true],
    ["where a PciAlias asks for them", reporting, [["PciAlias", gpuAlias]], true],
    ["nowhere without an object that needs them", reporting, [], false],
    ["nowhere while computes do not report", installation, [["PciWhitelist", gpuDevices]], false],
  ] as const)("%s", async (_name, spec, objects, asked) => {
    const stage = await setStage({ nodes: ["c1"] });
    stage.apply("PciPassthrough", "nova", spec);
    for (const [kind, text] of objects) stage.apply(kind, "gpu", text);
    await stage.pass(60);
    expect(stage.last().plan.ask.inventories).toBe(asked);
  });
});
