// Nothing depends on the order in which an API server or a cloud lists equal things.
import { expect, test } from "@jest/globals";
import { plan } from "../../src/plan/plan.ts";
import type { Effect } from "../../src/plan/terms/effects.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";
import { turned } from "../simulation/turned.ts";

const flavor = (name: string): string =>
  `{ flavor: { name: ${name} }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 2, ramMiB: 1024, diskGiB: 10 } }`;

function sameBothWays({ last }: Stage, change = (seen: Snapshot): Snapshot => seen): void {
  const seen = change(last().seen);
  const [item, other] = [plan(seen), plan(turned(seen))];
  expect(other.gates).toEqual(item.gates);
  expect(texts(other.effects)).toEqual(texts(item.effects));
}

function texts(effects: readonly Effect[]): readonly string[] {
  return effects.map((effect) => JSON.stringify(effect)).sort();
}

test("two PciFlavors name the same flavor and hold back an alias that goes", async () => {
  const stage = await setStage({ credentials: false });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  await stage.pass(120);
  stage.remove("PciAlias", "gpu");
  await stage.pass(60);
  stage.apply("PciFlavor", "one", flavor("big"));
  await stage.pass(2);
  sameBothWays(stage);
  stage.apply("PciFlavor", "three", flavor("big"));
  await stage.pass(1);
  sameBothWays(stage);
  await stage.pass(900);
  sameBothWays(stage);
});

test("servers, flavors, budgets and workloads that are first of several", async () => {
  const stage = await setStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  for (const id of ["a", "b", "c"]) {
    stage.cluster.cloud.addServer({ id, host: "c1", aliases: ["gpu"] });
    stage.cluster.cloud.addFlavor({
      name: id,
      extraSpecs: { "pci_passthrough:alias": "gpu:1" },
    });
  }
  await stage.pass(900);
  stage.remove("PciAlias", "gpu");
  stage.remove("PciWhitelist", "gpus");
  await stage.pass(900);
  expect(stage.waits()).toContain("InUse");
  sameBothWays(stage);
  const twice = (seen: Snapshot): Snapshot => ({
    ...seen,
    pods: seen.pods.map((pod) => ({ ...pod, notInjected: pod.name })),
    workloads: seen.workloads.map((workload) => ({ ...workload, maxSurge: "1", paused: true })),
    budgets: ["a", "b"].map((name) => ({ name, selector: {}, allowed: 0, broken: name })),
  });
  sameBothWays(stage, twice);
});
