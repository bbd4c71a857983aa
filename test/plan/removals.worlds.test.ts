// What happens when something is taken away: grace, guard, order, and the way back.
import { describe, expect, test } from "@jest/globals";
import { defineKind } from "../../src/embedded/cluster.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

const flavor =
  "{ flavor: { name: g1 }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 1, ramMiB: 1024, diskGiB: 1 } }";

async function converged(credentials = true): Promise<Stage> {
  const stage = await setStage({ credentials });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  if (credentials) stage.apply("PciFlavor", "g1", flavor);
  await stage.pass(1200);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  stage.restarts();
  return stage;
}

describe("GitOps removes alias, whitelist and flavor in one commit", () => {
  test("and reverts it within the grace: nothing restarts", async () => {
    const stage = await converged();
    for (const [kind, name] of [
      ["PciFlavor", "g1"],
      ["PciWhitelist", "gpus"],
      ["PciAlias", "gpu"],
    ] as const) {
      stage.remove(kind, name);
    }
    await stage.pass(200);
    stage.apply("PciAlias", "gpu", gpuAlias);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    stage.apply("PciFlavor", "g1", flavor);
    await stage.pass(1200);
    expect(stage.restarts()).toEqual([]);
    expect(stage.ready("PciFlavor", "g1")).toBe("True Live");
  });

  test("and means it: the flavor goes first, then nova-api, then the computes", async () => {
    const stage = await converged();
    stage.remove("PciFlavor", "g1");
    stage.remove("PciWhitelist", "gpus");
    stage.remove("PciAlias", "gpu");
    await stage.pass(2400);
    expect(stage.cluster.cloud.flavors()).toEqual([]);
    const restarts = stage.restarts();
    expect(restarts[0]).toBe("Deployment/nova-api-osapi");
    expect(restarts.slice(1).sort()).toEqual([
      "nova-compute on c1",
      "nova-compute on c2",
      "nova-compute on c3",
    ]);
    expect(stage.reads("c1")).toBeUndefined();
    expect(stage.last().plan.gates).toEqual([]);
  });
});

describe("a device in use", () => {
  test("is a gate that names the server, and goes when the server has left", async () => {
    const stage = await converged();
    stage.cluster.cloud.addServer({
      id: "s-1",
      host: "c2",
      aliases: ["gpu"],
      address: "0000:3b:00.0",
    });
    stage.remove("PciFlavor", "g1");
    stage.remove("PciWhitelist", "gpus");
    await stage.pass(1200);
    const guarded = stage.last().plan.gates.find((gate) => gate.gate === "InUse");
    expect(guarded).toMatchObject({ by: [expect.stringContaining("s-1")] });
    expect(stage.reads("c2")).toBeDefined();
    expect([...stage.restarts()].sort()).toEqual(["nova-compute on c1", "nova-compute on c3"]);
    stage.cluster.cloud.removeServer("s-1");
    await stage.pass(1200);
    expect(stage.restarts()).toEqual(["nova-compute on c2"]);
  });

  test("does not hold back a whitelist that is only split in two", async () => {
    const stage = await converged();
    stage.cluster.cloud.addServer({
      id: "s-1",
      host: "c2",
      aliases: ["gpu"],
      address: "0000:3b:00.0",
    });
    stage.apply("PciWhitelist", "again", gpuDevices);
    await stage.pass(60);
    stage.remove("PciWhitelist", "gpus");
    await stage.pass(1200);
    expect(stage.restarts()).toEqual([]);
    expect(stage.waits()).toEqual([]);
  });
});

test("without credentials a removal waits for its line in spec.removals", async () => {
  const stage = await converged(false);
  stage.remove("PciWhitelist", "gpus");
  await stage.pass(1200);
  expect(stage.restarts()).toEqual([]);
  expect(stage.waits()).toContain("UsageUnknown");
  const status = stage.cluster.store.get("PciPassthrough", "nova")?.status as {
    retained: unknown[];
  };
  expect(status.retained).toMatchObject([{ kind: "PciWhitelist", name: "gpus" }]);
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', removals: [{ kind: PciWhitelist, name: gpus }] }",
  );
  await stage.pass(1200);
  expect([...stage.restarts()].sort()).toEqual([
    "nova-compute on c1",
    "nova-compute on c2",
    "nova-compute on c3",
  ]);
});

test("a CRD that is deleted withdraws nothing", async () => {
  const stage = await converged();
  stage.cluster.store.remove("CustomResourceDefinition", "PciWhitelist");
  stage.remove("PciWhitelist", "gpus");
  await stage.pass(1800);
  expect(stage.restarts()).toEqual([]);
  expect(stage.reads("c1")).toBeDefined();
});

const sources = {
  PciAlias: "aliases",
  PciWhitelist: "whitelists",
  PciFlavor: "flavors",
} as const;

test.each(Object.entries(sources))(
  "a CRD that was made anew while the list of %s lagged withdraws nothing",
  async (kind, list) => {
    const stage = await converged();
    const old = stage.last().seen.objects;
    stage.see((seen) => ({ ...seen, objects: { ...seen.objects, [list]: old[list] } }));
    const { store } = stage.cluster;
    for (const { metadata } of store.list(kind as keyof typeof sources)) {
      store.erase(kind as keyof typeof sources, metadata.name);
    }
    store.erase("CustomResourceDefinition", kind);
    defineKind(store, kind as keyof typeof sources);
    await stage.pass(60);
    stage.see((seen) => seen);
    stage.label("c1", { seen: "1" });
    await stage.pass(1800);
    expect(stage.restarts()).toEqual([]);
    expect(stage.reads("c1")).toBeDefined();
    expect(stage.cluster.cloud.flavors().map((item) => item.name)).toEqual(["g1"]);
  },
);

test("a rejected edit withdraws nothing, and a node that leaves the selector keeps its devices for the grace", async () => {
  const stage = await converged();
  stage.apply("PciWhitelist", "gpus", "{ devices: [{ address: '*:*:*.*' }] }");
  await stage.pass(900);
  expect(stage.restarts()).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toMatch(/^False/);
  expect(stage.reads("c1")).toBeDefined();
});

test("one of several whitelists of a node goes: its nova-compute restarts once", async () => {
  const stage = await converged();
  const oneNode = "{ matchLabels: { kubernetes.io/hostname: c1 } }";
  const spec = `{ devices: [{ vendorId: "8086", productId: "1572" }], nodeSelector: ${oneNode} }`;
  stage.apply("PciWhitelist", "one-more-card", spec);
  await stage.pass(1200);
  expect(stage.restarts()).toEqual(["nova-compute on c1"]);
  stage.remove("PciWhitelist", "one-more-card");
  await stage.pass(1200);
  expect(stage.restarts()).toEqual(["nova-compute on c1"]);
});
