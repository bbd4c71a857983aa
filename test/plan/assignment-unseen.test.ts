// An API server that does not see changes of the assignment any more: real ones do not, up to 1.36 at
// least, once the policy or its binding was deleted and made again, until they are started anew.
import { expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

let slow: string | undefined;

async function frozenStage(): Promise<Stage & { readonly freeze: (yes: boolean) => void }> {
  slow = undefined;
  let since: number | undefined;
  let now = (): number => 0;
  const stage = await setStage({
    nodes: ["c1", "c2"],
    knobs: { ...calmKnobs, readyMillis: (node) => (node === slow ? 200_000 : 4000) },
    admissionLagMillis: () => (since === undefined ? 10 : now() - since),
  });
  now = () => stage.cluster.clock.now();
  return { ...stage, freeze: (yes) => (since = yes ? now() : undefined) };
}

const more =
  "{ devices: [{ vendorId: '10de', productId: '2330' }, { vendorId: '10de', productId: '20b0' }] }";

test("a nova-compute that does not get its new fragment is not restarted for ever", async () => {
  const stage = await frozenStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(300);
  const good = stage.reads("c1");
  stage.restarts();
  stage.freeze(true);
  stage.apply("PciWhitelist", "gpus", more);
  await stage.pass(1200);
  // The change, and twice more for an API server that is only late.
  expect(stage.restarts()).toEqual(Array.from({ length: 3 }, () => "nova-compute on c1"));
  expect(stage.reads("c1")).toBe(good);
  expect(stage.last().plan.gates).toContainEqual(
    expect.objectContaining({
      gate: "Lost",
      node: "c1",
      why: expect.stringMatching(/does not see changes of ConfigMap nova-pci-assignment/),
      cure: "restart every kube-apiserver, then delete the pod",
      halted: true,
    }),
  );
  await stage.pass(1200);
  expect(stage.restarts()).toEqual([]);

  // As the message says: the API servers are started anew, and the pod is deleted.
  stage.freeze(false);
  const pod = stage.last().seen.pods.find((row) => row.node === "c1" && row.service === "compute")!;
  stage.cluster.store.remove("Pod", pod.name);
  await stage.pass(600);
  for (const node of ["c1", "c2"]) expect(stage.reads(node)).not.toBe(good);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

test("one that is late is only late", async () => {
  const stage = await frozenStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(300);
  const good = stage.reads("c1");
  stage.freeze(true);
  stage.apply("PciWhitelist", "gpus", more);
  await stage.pass(20);
  stage.freeze(false);
  await stage.pass(600);
  for (const node of ["c1", "c2"]) expect(stage.reads(node)).not.toBe(good);
});

test("asking it once more keeps to the budget: another nova-compute went down meanwhile", async () => {
  const stage = await frozenStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(300);
  stage.freeze(true);
  stage.apply("PciWhitelist", "gpus", more);
  await stage.pass(20);
  // One was taken twice, and is asked again after half a minute; the other is down by then.
  const [taken = ""] = stage.restarts();
  const other = taken.endsWith("c1") ? "c2" : "c1";
  const pods = stage.last().seen.pods.filter((pod) => pod.service === "compute");
  slow = other;
  stage.cluster.kubelets.crash(pods.find((pod) => pod.node === other)!.name);
  await stage.pass(100);
  expect(stage.restarts()).toEqual([]);
  expect(stage.last().plan.gates).toContainEqual(
    expect.objectContaining({ gate: "BudgetSpent", nodes: [other] }),
  );
  stage.freeze(false);
  await stage.pass(900);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});
