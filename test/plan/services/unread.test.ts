// Pods of a service that read nothing of ours although their template names a fragment: they were made
// while nothing injected (the policy was away, or came back only after them).
import { expect, test } from "@jest/globals";
import { gpuAlias, gpuDevices, setStage } from "../../support/stage.ts";
import type { PodView } from "../../../src/plan/terms/snapshot.ts";

const managed =
  "{ adopt: true, release: '2025.1', scheduler: { filters: Manage, baseFilters: [ComputeFilter] } }";

function withoutFragment({ fragment, ...pod }: PodView): PodView {
  return pod;
}

test.each([
  ["api", "deployment nova-api-osapi", "False NotWired"],
  ["scheduler", "deployment nova-scheduler", "True Live"],
] as const)("of nova-%s: green nowhere, and a command", async (service, workload, alias) => {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", managed);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
  const { seen } = stage.last();
  const assigned = seen.pods.find((pod) => pod.service === service)!.fragment!;
  expect(assigned).toMatch(/^nova-pci-/);
  stage.restarts();

  stage.see((now) => ({
    ...now,
    pods: now.pods.map((pod) => (pod.service === service ? withoutFragment(pod) : pod)),
  }));
  stage.label("c1", { looked: "again" });
  await stage.pass(600);
  expect(stage.ready("PciPassthrough", "nova")).toBe("False NotWired");
  expect(stage.ready("PciAlias", "gpu")).toBe(alias);
  const said = JSON.stringify(stage.status("PciPassthrough", "nova")!["checklist"]);
  expect(said).toContain(assigned);
  expect(said).toContain(`kubectl rollout restart ${workload} -n `);
  expect(stage.restarts()).toEqual([]);

  stage.see((now) => now);
  stage.label("c1", { looked: "once more" });
  await stage.pass(60);
  expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  expect(stage.restarts()).toEqual([]);
});
