// The number of restarts is the least that there can be, whatever is edited in one entry, and in which
// order things that belong together are removed.
import { describe, expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

const nodes = ["c1", "c2", "c3"];
const eachOnce = nodes.map((node) => `nova-compute on ${node}`);

async function running(devices: string, rollout: string): Promise<Stage> {
  const stage = await setStage({ nodes });
  stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '2025.1', rollout: ${rollout} }`);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", devices);
  await stage.pass(1200);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  stage.restarts();
  return stage;
}

const entry = (more: string): string =>
  `{ devices: [{ vendorId: '10de', productId: '2330'${more} }] }`;

const edits = [
  ["a tag is added", gpuDevices, entry(", trusted: true")],
  ["a tag is taken away", entry(", trusted: true"), gpuDevices],
  ["all devices become one address", gpuDevices, entry(", address: '0000:81:00.0'")],
  ["a bus becomes one slot", entry(", address: '0000:81:*.*'"), entry(", address: '0000:81:00.*'")],
] as const;

const rollouts = ["{}", "{ settleSeconds: 0, removalGraceSeconds: 0 }"];

describe.each(rollouts)("with rollout %s", (rollout) => {
  test.each(edits)("%s: each node restarts once", async (_edit, before, after) => {
    const stage = await running(before, rollout);
    stage.apply("PciWhitelist", "gpus", after);
    await stage.pass(1800);
    expect([...stage.restarts()].sort()).toEqual(eachOnce);
    expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
    expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
  });

  test.each([
    ["the alias first", ["PciAlias", "PciWhitelist"], 0],
    ["the devices first", ["PciWhitelist", "PciAlias"], 0],
    ["the alias first, then a second later", ["PciAlias", "PciWhitelist"], 1],
    ["the devices first, then a second later", ["PciWhitelist", "PciAlias"], 1],
  ] as const)("alias and devices go together, %s", async (_order, kinds, seconds) => {
    const stage = await running(gpuDevices, rollout);
    for (const kind of kinds) {
      stage.remove(kind, kind === "PciAlias" ? "gpu" : "gpus");
      if (seconds > 0) await stage.pass(seconds);
    }
    await stage.pass(2400);
    expect([...stage.restarts()].sort()).toEqual(["Deployment/nova-api-osapi", ...eachOnce]);
    for (const node of nodes) expect(stage.text(node)).toBe("");
  });
});

test("Placement from nothing: report_in_placement alone, and all the rest in one more", async () => {
  const stage = await setStage({ nodes: ["c1", "c2"], microversion: "2.104" });
  const place = "{ reportInPlacement: true, pciInPlacement: true }";
  stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '34.0.0', placement: ${place} }`);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciAlias", "nic", "{ resourceClass: CUSTOM_NIC, deviceType: type-PF }");
  stage.apply("PciAlias", "nvme", "{ match: [{ vendorId: '144d', productId: 'a80a' }] }");
  const entries = {
    gpus: "{ vendorId: '10de', productId: '2330' }",
    nics: "{ vendorId: '8086', productId: '1572', resourceClass: CUSTOM_NIC }",
    drives: "{ vendorId: '144d', productId: 'a80a', oneTimeUse: true }",
  };
  for (const [name, value] of Object.entries(entries))
    stage.apply("PciWhitelist", name, `{ devices: [${value}] }`);
  await stage.pass(3600);
  expect([...stage.restarts()].sort()).toEqual([
    ...["Deployment/nova-api-osapi", "Deployment/nova-conductor", "Deployment/nova-scheduler"],
    ...["c1", "c1", "c2", "c2"].map((node) => `nova-compute on ${node}`),
  ]);
  for (const name of Object.keys(entries))
    expect(stage.ready("PciWhitelist", name)).toBe("True Live");
});

test("what replaces an entry waits behind it, and the object says for what", async () => {
  const stage = await running(gpuDevices, "{}");
  stage.apply("PciWhitelist", "gpus", entry(", trusted: true"));
  await stage.pass(60);
  expect(stage.restarts()).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("False RemovalGrace");
});

test("taken back within the grace nothing restarts", async () => {
  const stage = await running(gpuDevices, "{}");
  stage.apply("PciWhitelist", "gpus", entry(", trusted: true"));
  await stage.pass(200);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1200);
  expect(stage.restarts()).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

test("what is in use keeps its entry, and the new one waits for the server alone", async () => {
  const stage = await running(gpuDevices, "{}");
  stage.cluster.cloud.addServer({
    id: "s1",
    host: "c2",
    aliases: ["gpu"],
    address: "0000:82:00.0",
  });
  stage.apply("PciWhitelist", "gpus", entry(", address: '0000:81:00.0'"));
  await stage.pass(1800);
  expect([...stage.restarts()].sort()).toEqual(["nova-compute on c1", "nova-compute on c3"]);
  stage.cluster.cloud.removeServer("s1");
  await stage.pass(900);
  expect(stage.restarts()).toEqual(["nova-compute on c2"]);
});

test("with Mounted, a pod that is made within the second of its change is made once", async () => {
  const stage = await setStage({
    mounts: true,
    nodes: ["c1", "c2"],
    knobs: { ...calmKnobs, stopMillis: () => 20 },
  });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1800);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  expect([...stage.restarts()].sort()).toEqual(["nova-compute on c1", "nova-compute on c2"]);
});
