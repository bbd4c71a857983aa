// The chart gives nova-compute's DaemonSet another name, or takes it away for a while: a node is the same
// node, what it was assigned outlives its pods, and nothing restarts for us.
import { expect, test } from "@jest/globals";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

const nodes = ["c1", "c2", "c3"];

async function running(): Promise<Stage> {
  const stage = await setStage({ nodes });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  stage.restarts();
  return stage;
}

const computeOf = ({ cluster }: Stage) =>
  cluster.store
    .list("DaemonSet")
    .find((workload) => workload.metadata.name.startsWith("nova-compute"))!;

/** As `kubectl delete` does it: the garbage collector takes its pods. */
function takeAway(stage: Stage): ReturnType<typeof computeOf> {
  const { store } = stage.cluster;
  const found = computeOf(stage);
  store.remove("DaemonSet", found.metadata.name);
  for (const { metadata } of store.list("Pod"))
    if (metadata.ownerReferences?.some(({ uid }) => uid === found.metadata.uid) === true)
      store.remove("Pod", metadata.name);
  return found;
}

test.each([
  ["at once", 0],
  ["a minute later", 60],
  ["two hours later", 7200],
])("the DaemonSet comes back under another name %s", async (_when, seconds) => {
  const stage = await running();
  const before = nodes.map(stage.reads);
  expect(new Set(before).size).toBe(1);
  const { metadata, spec } = takeAway(stage);
  await stage.pass(seconds);
  stage.cluster.store.create("DaemonSet", {
    metadata: { name: "nova-compute-gpu", labels: metadata.labels ?? {} },
    spec,
  });
  await stage.pass(1800);
  expect(stage.restarts()).toEqual([]);
  expect(nodes.map(stage.reads)).toEqual(before);
  for (const node of nodes) {
    const pods = stage.last().seen.pods.filter((pod) => pod.node === node && pod.ready);
    expect(pods.map((pod) => pod.owner?.name)).toEqual(["nova-compute-gpu"]);
  }
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  expect(stage.last().plan.gates).toEqual([]);
});

test("while there is none, nobody is called served, and no entry leaves nova-api", async () => {
  const stage = await running();
  const api = stage.last().seen.pods.find((pod) => pod.service === "api")!.fragment;
  takeAway(stage);
  await stage.pass(1800);
  expect(stage.restarts()).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toMatch(/^False /);
  expect(stage.ready("PciAlias", "gpu")).toMatch(/^False /);
  const { pods } = stage.last().seen;
  for (const pod of pods.filter(({ service }) => service === "api")) expect(pod.fragment).toBe(api);
});
