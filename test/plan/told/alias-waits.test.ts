// What an alias says that nova-api knows and no nova-compute serves yet: what holds back the computes,
// and whose entry it is; while one of them is on its way, nothing but the numbers.
import { expect, test } from "@jest/globals";
import type { Trouble } from "../../../src/embedded/controllers/kubelet.ts";
import type { Condition } from "../../../src/api/statuses.ts";
import { gpuAlias, gpuDevices, setStage, type Stage } from "../../support/stage.ts";

const crash: Trouble = { is: "exits", code: 1, message: "ERROR nova [pci] it does not start" };

function ready(stage: Stage): Condition | undefined {
  const { status } = stage.cluster.store.get("PciAlias", "gpu")!;
  const { conditions } = status as { readonly conditions: readonly Condition[] };
  return conditions.find((condition) => condition.type === "Ready");
}

test("nothing, while a node is on its way", async () => {
  const stage = await setStage();
  await knownToApi(stage, "{ adopt: true, release: '2025.1' }");
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  const said = new Set<string>();
  for (let at = 0; at < 300; at += 1) {
    await stage.pass(1);
    said.add(ready(stage)!.reason);
  }
  expect([...said]).toEqual(["Settling", "Progressing", "Live"]);
});

/** nova-api has the alias before there is a device for it. */
async function knownToApi(stage: Stage, passthrough: string): Promise<void> {
  stage.apply("PciPassthrough", "nova", passthrough);
  stage.apply("PciAlias", "gpu", gpuAlias);
  await stage.pass(300);
  expect(ready(stage)?.reason).toBe("NoMatchingDevice");
}

test("a budget that lets no nova-compute go", async () => {
  const stage = await setStage();
  stage.see((seen) => ({
    ...seen,
    budgets: [{ name: "nova", selector: { application: "nova" }, allowed: 0, broken: "never" }],
  }));
  await knownToApi(stage, "{ adopt: true, release: '2025.1' }");
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(300);
  expect(ready(stage)).toMatchObject({
    ...{ status: "False", reason: "DisruptionBudget" },
    message: expect.stringContaining("PodDisruptionBudget nova"),
  });
});

test("an entry that failed, of another object", async () => {
  const trouble = ({ text }: { readonly text?: string | undefined }): Trouble | undefined =>
    text?.includes("device_spec") === true ? crash : undefined;
  const stage = await setStage({
    knobs: { startMillis: () => 1500, readyMillis: () => 4000, stopMillis: () => 1000, trouble },
  });
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', rollout: { verifyTimeoutSeconds: 60 } }",
  );
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  stage.apply("PciAlias", "gpu", gpuAlias);
  await stage.pass(300);
  expect(ready(stage)).toMatchObject({
    ...{ status: "False", reason: "Quarantined" },
    message: expect.stringMatching(/^PciWhitelist gpus: the change failed/),
  });
});
