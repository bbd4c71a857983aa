// Who comes later waits for who comes first: nova-compute, then nova-api, then the flavors of Nova. What
// fails at one of them never reaches the next, and what has nothing to do with it goes on.
import { expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { gpuAlias, gpuDevices, installation, setStage } from "../support/stage.ts";

const flavor =
  "{ flavor: { name: g1 }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 2, ramMiB: 1024, diskGiB: 10 } }";

test.each([
  {
    fails: "compute",
    restarts: ["nova-compute on c1"],
    says: {
      PciAlias: "False Quarantined",
      PciWhitelist: "True Live",
      PciFlavor: "False AliasNotLive",
    },
  },
  {
    fails: "os-api",
    restarts: [
      "Deployment/nova-api-osapi",
      ...["c1", "c2", "c3"].map((node) => `nova-compute on ${node}`),
    ],
    says: {
      PciAlias: "False Quarantined",
      PciWhitelist: "True Live",
      PciFlavor: "False AliasNotLive",
    },
  },
])("an alias that $fails does not survive goes no further", async ({ fails, restarts, says }) => {
  const stage = await setStage({
    knobs: {
      ...calmKnobs,
      trouble: ({ pod, text }) =>
        pod.metadata.labels?.component === fails && (text ?? "").includes('"name":"gpu"')
          ? { is: "exits", code: 1, message: "ERROR nova PciInvalidAlias: Invalid PCI alias" }
          : undefined,
    },
  });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  stage.restarts();
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciFlavor", "g1", flavor);
  await stage.pass(3600);
  expect([...new Set(stage.restarts())].sort()).toEqual(restarts);
  expect(stage.cluster.cloud.flavors()).toEqual([]);
  const names = { PciAlias: "gpu", PciWhitelist: "gpus", PciFlavor: "g1" } as const;
  for (const kind of ["PciAlias", "PciWhitelist", "PciFlavor"] as const)
    expect(`${kind} ${stage.ready(kind, names[kind])}`).toBe(`${kind} ${says[kind]}`);
  // Another alias is not held up by it.
  stage.apply("PciAlias", "other", gpuAlias);
  await stage.pass(3600);
  expect(stage.ready("PciAlias", "other")).toBe("True Live");
});

// What failed and was left there is tried once more when its object is made anew, although what the pods
// read stays the same.
test.each([
  { mended: true, says: "True Live" },
  { mended: false, says: "False Quarantined" },
])("left where it failed and wished anew, mended: $mended", async ({ mended, says }) => {
  let broken = true;
  const stage = await setStage({
    knobs: {
      ...calmKnobs,
      trouble: ({ pod, text }) =>
        broken &&
        pod.metadata.labels?.component === "os-api" &&
        (text ?? "").includes('"name":"gpu"')
          ? { is: "exits", code: 1, message: "ERROR nova PciInvalidAlias: Invalid PCI alias" }
          : undefined,
    },
  });
  const stays = "{ adopt: true, release: '2025.1', rollout: { autoRollback: false } }";
  stage.apply("PciPassthrough", "nova", stays);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  stage.apply("PciAlias", "gpu", gpuAlias);
  await stage.pass(3600);
  expect(stage.ready("PciAlias", "gpu")).toBe("False Quarantined");
  stage.restarts();
  broken = !mended;
  stage.remove("PciAlias", "gpu");
  await stage.pass(60);
  stage.apply("PciAlias", "gpu", gpuAlias);
  await stage.pass(3600);
  expect(stage.ready("PciAlias", "gpu")).toBe(says);
  // Each of the two that failed, once.
  expect(stage.restarts()).toEqual(["a pod that was stuck", "a pod that was stuck"]);
});
