// Not knowing changes nothing: what the cloud said last counts while it cannot be asked.
import { describe, expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import type { CloudView } from "../../src/plan/terms/snapshot.ts";
import {
  answering,
  gpuAlias,
  gpuDevices,
  setStage,
  unreachable,
  withoutSecret,
  type Stage,
} from "../support/stage.ts";

const movable = {
  alias: "{ match: [{ vendorId: '10de', productId: '2330' }], liveMigratable: true }",
  devices: "{ devices: [{ vendorId: '10de', productId: '2330', liveMigratable: true }] }",
};
const plain = { alias: gpuAlias, devices: gpuDevices };

const outages: Readonly<Record<string, (view: CloudView) => CloudView>> = {
  "Keystone is stopped": unreachable,
  "the Secret cannot be read": withoutSecret,
  "the API names no release that we know": (view) =>
    view.is === "read" ? { ...view, microversion: "2.999" } : view,
};

const releases = [
  ["2.88", plain],
  ["2.90", plain],
  ["2.93", plain],
  ["2.95", plain],
  ["2.96", plain],
  ["2.100", movable],
  ["2.103", movable],
  ["2.104", movable],
] as const;

type Shown = {
  readonly conditions?: readonly Readonly<Record<"type" | "status" | "reason", string>>[];
};

/** Everything that people or Nova see of the installation. */
function shown(stage: Stage): unknown {
  const conditions = (kind: "PciAlias" | "PciWhitelist" | "PciFlavor", name: string) =>
    (stage.cluster.store.get(kind, name)?.status as Shown | undefined)?.conditions?.map(
      ({ type, status, reason }) => `${type} ${status} ${reason}`,
    );
  return {
    texts: ["c1", "c2", "c3"].map((node) => stage.text(node)),
    alias: conditions("PciAlias", "gpu"),
    devices: conditions("PciWhitelist", "gpus"),
    flavor: conditions("PciFlavor", "gpu"),
    installation: stage.ready("PciPassthrough", "nova"),
    release: stage.cluster.store.get("PciPassthrough", "nova")?.status?.release,
  };
}

async function settled(
  microversion: string,
  { alias, devices }: { readonly alias: string; readonly devices: string },
): Promise<Stage> {
  const stage = await setStage({ microversion });
  stage.apply("PciPassthrough", "nova", "{ adopt: true }");
  stage.apply("PciAlias", "gpu", alias);
  stage.apply("PciWhitelist", "gpus", devices);
  stage.apply(
    "PciFlavor",
    "gpu",
    "{ flavor: { name: gpu }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 1, ramMiB: 1024, diskGiB: 1 } }",
  );
  await stage.pass(900);
  for (const node of [1, 2, 3]) {
    stage.cluster.cloud.addServer({ id: `vm${node}`, host: `c${node}`, aliases: ["gpu"] });
  }
  stage.restarts();
  return stage;
}

describe.each(Object.entries(outages))("%s", (_name, outage) => {
  test.each(releases)("changes nothing of Nova at %s", async (microversion, objects) => {
    const stage = await settled(microversion, objects);
    const before = shown(stage);
    expect(before).toMatchObject({
      installation: "True Live",
      alias: expect.arrayContaining(["Ready True Live"]),
      flavor: expect.arrayContaining(["Ready True Live"]),
    });
    for (const seconds of [1, 1800]) {
      stage.outage(outage);
      stage.label("c1", { seen: String(seconds) });
      await stage.pass(seconds);
      expect(shown(stage)).toEqual(before);
      stage.outage(answering);
      stage.label("c1", { seen: `${seconds} and back` });
      await stage.pass(600);
    }
    expect(shown(stage)).toEqual(before);
    expect(stage.restarts()).toEqual([]);
  });

  test.each(releases)("serves a node that joins Nova at %s", async (microversion, objects) => {
    const stage = await settled(microversion, objects);
    stage.outage(outage);
    stage.label("c1", { seen: "1" });
    await stage.pass(60);
    const { labels = {} } = stage.cluster.store.get("Node", "c1")!.metadata;
    stage.cluster.addNode("c9", labels);
    await stage.pass(1800);
    expect(stage.reads("c9")).toBe(stage.reads("c1"));
  });
});

const silences = [
  ["Keystone is stopped", unreachable, "Inconclusive"],
  ["the Secret cannot be read", withoutSecret, "NoCredentials"],
] as const;

describe.each(silences)("a change that is wanted while %s", (_name, outage, gate) => {
  test("waits for the cloud at every node, and goes on by itself", async () => {
    const stage = await settled("2.100", plain);
    stage.outage(outage);
    stage.apply("PciWhitelist", "more", "{ devices: [{ vendorId: '8086', productId: '1592' }] }");
    await stage.pass(3600);
    expect(stage.restarts()).toEqual([]);
    expect(stage.waits()).toContain(gate);
    stage.outage(answering);
    stage.label("c1", { seen: "1" });
    await stage.pass(900);
    expect(stage.ready("PciWhitelist", "more")).toBe("True Live");
  });

  test("proves no nova-compute that has not reported, and blames none", async () => {
    const stage = await setStage({
      microversion: "2.100",
      knobs: {
        ...calmKnobs,
        trouble: ({ text }) => ((text ?? "").includes("1592") ? { is: "silent" } : undefined),
      },
    });
    stage.apply("PciPassthrough", "nova", "{ adopt: true }");
    await stage.pass(300);
    stage.apply("PciWhitelist", "dumb", "{ devices: [{ vendorId: '8086', productId: '1592' }] }");
    await stage.pass(60);
    expect(stage.restarts()).toEqual(["nova-compute on c1"]);
    stage.outage(outage);
    stage.label("c1", { seen: "1" });
    await stage.pass(3600);
    expect(stage.restarts()).toEqual([]);
    expect(stage.waits()).toContain(gate);
    expect(stage.ready("PciWhitelist", "dumb")).not.toMatch(/^True|Quarantined/);
    stage.outage(answering);
    stage.label("c1", { seen: "2" });
    await stage.pass(900);
    expect(stage.restarts()).toEqual(["nova-compute on c1"]);
    expect(stage.ready("PciWhitelist", "dumb")).toBe("False Quarantined");
    expect(stage.text("c1")).toBe("");
  });
});

test("who never had credentials goes on without the cloud", async () => {
  const stage = await setStage({ credentials: false });
  stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

describe("nova-api is upgraded before the computes", () => {
  test("they keep the name of the option that both know, and so does a node that joins", async () => {
    const stage = await settled("2.90", plain);
    const before = ["c1", "c2", "c3"].map((node) => stage.text(node));
    for (const microversion of ["2.93", "2.96", "2.104"]) {
      stage.cluster.cloud.upgrade(microversion);
      stage.label("c1", { seen: microversion });
      await stage.pass(1800);
      expect(["c1", "c2", "c3"].map((node) => stage.text(node))).toEqual(before);
    }
    stage.cluster.addNode("c9", stage.cluster.store.get("Node", "c1")!.metadata.labels ?? {});
    stage.apply("PciWhitelist", "more", "{ devices: [{ vendorId: '8086', productId: '1592' }] }");
    await stage.pass(1800);
    expect(stage.text("c9")).toBe(stage.text("c1"));
    expect(stage.text("c9").match(/^\w+ = /gm)).toEqual([
      "alias = ",
      "passthrough_whitelist = ",
      "passthrough_whitelist = ",
    ]);
    expect(stage.ready("PciWhitelist", "more")).toBe("True Live");
  });
});

describe("Nova is upgraded, and the release is declared", () => {
  test("text that changes with it is rolled out like any change: settled, canary, one by one", async () => {
    const stage = await settled("2.90", plain);
    expect(stage.text("c1")).toContain("passthrough_whitelist = ");
    stage.cluster.cloud.upgrade("2.93");
    stage.apply("PciPassthrough", "nova", "{ adopt: true, release: zed }");
    await stage.pass(2);
    expect(stage.waits()).toContain("Settling");
    expect(stage.restarts()).toEqual([]);
    await stage.pass(20);
    expect(stage.text("c1")).toContain("device_spec = ");
    expect(stage.text("c2")).toContain("passthrough_whitelist = ");
    await stage.pass(900);
    expect(stage.restarts()).toEqual(["c1", "c2", "c3"].map((node) => `nova-compute on ${node}`));
    for (const node of ["c1", "c2", "c3"]) expect(stage.text(node)).toContain("device_spec = ");
  });

  test("and goes silent at once: nothing begins before it answers", async () => {
    const stage = await settled("2.90", plain);
    stage.cluster.cloud.upgrade("2.93");
    stage.apply("PciPassthrough", "nova", "{ adopt: true, release: zed }");
    await stage.pass(1);
    stage.outage(unreachable);
    await stage.pass(3600);
    expect(stage.restarts()).toEqual([]);
    expect(stage.text("c1")).toContain("passthrough_whitelist = ");
  });
});

test("before the first answer only what means the same in 26 to 34 takes part", async () => {
  const stage = await setStage({ microversion: "2.100" });
  stage.outage(unreachable);
  stage.apply("PciPassthrough", "nova", "{ adopt: true }");
  stage.apply("PciAlias", "gpu", movable.alias);
  stage.apply("PciWhitelist", "gpus", movable.devices);
  await stage.pass(60);
  expect(stage.ready("PciAlias", "gpu")).toMatch(/^False (NovaRefuses|TagWithoutEffect)$/);
  stage.outage(answering);
  stage.label("c1", { seen: "1" });
  await stage.pass(600);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
});
