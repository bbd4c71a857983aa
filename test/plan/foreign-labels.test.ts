// The label by which our ConfigMaps are watched is taken away by a policy, a restore or a hand: nothing
// is forgotten, nothing restarts, and the next round puts the label back.
import { expect, test } from "@jest/globals";
import { assignmentName, stateName } from "../../src/api/names.ts";
import { gpuAlias, gpuDevices, installation, setStage } from "../support/stage.ts";

test.each([
  ["the state", [stateName]],
  ["the assignment", [assignmentName]],
  ["both", [stateName, assignmentName]],
])("%s", async (_name, names) => {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  stage.restarts();
  const { store } = stage.cluster;
  const versions = () => names.map((name) => store.get("ConfigMap", name)!.metadata.uid);
  const before = versions();
  for (const name of names) {
    store.edit("ConfigMap", name, (old) => ({
      ...old,
      metadata: { ...old.metadata, labels: { team: "others" } },
    }));
  }
  await stage.pass(120);
  expect(versions()).toEqual(before);
  for (const name of names) {
    expect(store.get("ConfigMap", name)!.metadata.labels).toMatchObject({
      "app.kubernetes.io/managed-by": "nova-pci-operator",
    });
  }
  stage.apply("PciWhitelist", "more", "{ devices: [{ vendorId: '8086', productId: '1592' }] }");
  await stage.pass(900);
  expect(stage.text("c1")).toContain("1592");
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  expect(stage.restarts()).toEqual(["nova-compute on c1"]);
});
