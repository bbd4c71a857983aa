// What a node was promised and has not begun to read: it is given only while it is still wished, and
// a node that joins late gets what is proved, not what failed before it came.
import { describe, expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { computeLabel } from "../../src/embedded/workloads.ts";
import { gpuAlias, gpuDevices, setStage, type Stage } from "../support/stage.ts";

const bad = "{ devices: [{ vendorId: '8086', productId: '1592' }] }";
const settings = (more = ""): string =>
  `{ adopt: true, release: '2025.1', rollout: { verifyTimeoutSeconds: 120, maxUnavailable: 2, canary: { count: 2 }${more} } }`;

type Scene = {
  readonly stage: Stage;
  /** Nodes on which a nova-compute was started with the entry that fails. */
  readonly tried: ReadonlySet<string>;
  readonly image: (node: string | undefined) => void;
};

async function begun(): Promise<Scene> {
  const tried = new Set<string>();
  let without: string | undefined;
  const stage = await setStage({
    nodes: ["c1", "c2"],
    knobs: {
      ...calmKnobs,
      noImage: (node) => (node === without ? "manifest unknown" : undefined),
      trouble: ({ pod, node, text }) => {
        if (text?.includes("1592") !== true) return undefined;
        if (pod.metadata.labels?.component === "compute") tried.add(node);
        return { is: "exits", code: 1, message: "ERROR nova [pci] no such device" };
      },
    },
  });
  stage.apply("PciPassthrough", "nova", settings());
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1800);
  return { stage, tried, image: (node) => (without = node) };
}

test("an image that comes after the entry failed elsewhere does not bring that entry", async () => {
  const { stage, tried, image } = await begun();
  image("c2");
  stage.apply("PciWhitelist", "more", bad);
  for (let seconds = 0; seconds < 60 && !stage.text("c2").includes("1592"); seconds += 1) {
    await stage.pass(1);
  }
  expect(stage.text("c2")).toContain("1592");
  await stage.pass(900);
  expect(stage.ready("PciWhitelist", "more")).toBe("False Quarantined");
  expect(stage.text("c2")).not.toContain("1592");
  image(undefined);
  await stage.pass(1800);
  expect([...tried]).toEqual(["c1"]);
  expect(stage.text("c2")).toContain("2330");
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

describe("a node that joins while an entry is quarantined", () => {
  test.each([
    ["is served without it", ""],
    ["the same while the installation is paused", ", paused: true"],
  ])("%s", async (_title, more) => {
    const { stage, tried } = await begun();
    stage.apply("PciWhitelist", "more", bad);
    await stage.pass(900);
    expect(stage.ready("PciWhitelist", "more")).toBe("False Quarantined");
    const before = [...tried];
    stage.apply("PciPassthrough", "nova", settings(more));
    stage.cluster.addNode("c3", { [computeLabel]: "enabled" });
    await stage.pass(900);
    expect(stage.text("c3")).toContain("2330");
    expect(stage.text("c3")).not.toContain("1592");
    expect([...tried]).toEqual(before);
    expect(stage.reads("c3")).toBe(stage.reads("c1"));
  });
});
