// Blame needs evidence: what a node or pod that shows nothing costs, who hears of it, and what ends it.
import { describe, expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import type { NodePhase } from "../../src/plan/terms/state.ts";
import {
  answering,
  gpuAlias,
  gpuDevices,
  installation,
  setStage,
  unreachable,
  type Stage,
} from "../support/stage.ts";

const hour = 3600;
const noImage = 'Back-off pulling image "quay.io/airship/nova:2025.1": manifest unknown';

/** Time passes although nothing happens. */
async function tick(stage: Stage, seconds: number): Promise<void> {
  stage.cluster.clock.after(seconds * 1000, () => undefined);
  await stage.pass(seconds);
}

function state({ last }: Stage) {
  const { plan, seen } = last();
  const written = plan.effects.find((effect) => effect.do === "write-state");
  if (written?.do === "write-state") return written.state;
  if (seen.state.is !== "read") throw new Error("no state yet");
  return seen.state.state;
}

/** Lets time pass in small steps until a node is there; its name. */
async function until(
  stage: Stage,
  test: (node: string, phase: NodePhase) => boolean,
): Promise<string> {
  for (let step = 0; step < 8000; step += 1) {
    await tick(stage, 0.05);
    const nodes = Object.entries(state(stage).nodes);
    const found = nodes.find(([name, record]) => test(name, record.phase));
    if (found !== undefined) return found[0];
  }
  throw new Error("it never came to that");
}

const computePods = ({ last }: Stage, node: string) =>
  last().seen.pods.filter((pod) => pod.node === node && pod.service === "compute");

type Way = {
  readonly how: string;
  /** Takes the evidence away in mid-restart; gives back the node and how it returns. */
  readonly lose: (stage: Stage) => Promise<{ readonly node: string; readonly back: () => void }>;
  readonly says: RegExp;
};

let imageOn: string | undefined;

function dying(how: string, phase: NodePhase, when: (stage: Stage, node: string) => boolean): Way {
  return {
    how,
    lose: async (stage) => {
      const node = await until(stage, (name, is) => is === phase && when(stage, name));
      stage.cluster.kubelets.kill(node);
      return { node, back: () => stage.cluster.kubelets.revive(node) };
    },
    says: /its Node is not Ready \(NodeStatusUnknown/,
  };
}

const ways: readonly Way[] = [
  dying("its host dies while the old pod ends", "replacing", (stage, node) =>
    computePods(stage, node).some((computePod) => computePod.deleting),
  ),
  dying("its host dies right after the new container was started", "verifying", (stage, node) =>
    computePods(stage, node).some(
      (computePod) => !computePod.deleting && computePod.container.startedAt !== undefined,
    ),
  ),
  dying("its host dies in the bake time", "verifying", (stage, node) =>
    computePods(stage, node).some((computePod) => !computePod.deleting && computePod.ready),
  ),
  {
    how: "its image cannot be pulled",
    lose: () => {
      imageOn = "c1";
      return Promise.resolve({ node: "c1", back: () => (imageOn = undefined) });
    },
    says: /was never started: ImagePullBackOff: Back-off pulling image "quay\.io/,
  },
];

async function begun(way: Way) {
  imageOn = undefined;
  const stage = await setStage({
    knobs: { ...calmKnobs, noImage: (node) => (node === imageOn ? noImage : undefined) },
  });
  stage.apply("PciPassthrough", "nova", installation);
  await tick(stage, 60);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  return { stage, ...(await way.lose(stage)) };
}

const gauge = ({ last }: Stage, name: string): number | undefined =>
  last().plan.gauges.find((item) => item.name === name)?.value;

const lostRows = ({ cluster }: Stage) =>
  (
    cluster.store.get("PciPassthrough", "nova")?.status as
      { lost?: { node: string; reason: string; haltedSince?: string }[] } | undefined
  )?.lost ?? [];

describe.each(ways)("a canary that is lost because $how", (way) => {
  test("blames no entry, keeps its place, halts in the open, and goes on when it is back", async () => {
    const { stage, node, back } = await begun(way);
    const others = ["c1", "c2", "c3"].filter((text) => text !== node);
    for (const seconds of [300, 600, hour, 2 * hour]) {
      await tick(stage, seconds);
      expect(state(stage).quarantined).toEqual({});
      // The budget of one is spent, so nothing else was taken.
      for (const other of others) expect(stage.reads(other)).toBeUndefined();
    }
    expect(lostRows(stage)).toMatchObject([{ node, reason: expect.stringMatching(way.says) }]);
    expect(lostRows(stage)[0]!.haltedSince).toBeDefined();
    expect(gauge(stage, "nova_pci_rollout_halted")).toBe(1);
    expect(gauge(stage, "nova_pci_lost_nodes")).toBe(1);
    expect(stage.ready("PciPassthrough", "nova")).toBe("False Lost");
    back();
    await tick(stage, hour);
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
    expect(lostRows(stage)).toEqual([]);
    expect(gauge(stage, "nova_pci_rollout_halted")).toBe(0);
    expect(stage.last().plan.gates).toEqual([]);
  });

  test("a newer wish goes on without it, and it gets that when it is back", async () => {
    const { stage, node, back } = await begun(way);
    const others = ["c1", "c2", "c3"].filter((text) => text !== node);
    await tick(stage, hour);
    stage.apply("PciWhitelist", "gpus", "{ devices: [{ vendorId: '10de', productId: '2331' }] }");
    await tick(stage, hour);
    for (const other of others) expect(stage.reads(other)).toMatch(/^nova-pci-compute-/);
    const { skipped } = stage.cluster.store.get("PciPassthrough", "nova")?.status as {
      skipped: unknown;
    };
    expect(skipped).toMatchObject([{ node }]);
    expect(gauge(stage, "nova_pci_rollout_halted")).toBe(0);
    back();
    await tick(stage, hour);
    expect(stage.reads(node)).toBe(stage.reads(others[0]!));
    expect(stage.last().plan.gates).toEqual([]);
    expect(state(stage).quarantined).toEqual({});
  });

  test("the same wish goes on without it when its Node object is deleted", async () => {
    const { stage, node } = await begun(way);
    await tick(stage, hour);
    stage.cluster.store.remove("Node", node);
    await tick(stage, hour);
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    expect(gauge(stage, "nova_pci_rollout_halted")).toBe(0);
  });
});

const deadly = {
  is: "exits",
  code: 1,
  message: "nova.exception.PciConfigInvalidSpec: 2330",
} as const;

test.each([
  ["ends", deadly],
  ["never becomes Ready", { is: "never-ready" } as const],
  ["never reports to Nova", { is: "silent" } as const],
])(
  "one that is back and %s with what is wanted no more is changed in its turn",
  async (_how, trouble) => {
    let missingOn: string | undefined;
    const stage = await setStage({
      knobs: {
        ...calmKnobs,
        noImage: (node) => (node === missingOn ? noImage : undefined),
        trouble: ({ text }) => (text?.includes("2330") === true ? trouble : undefined),
      },
    });
    stage.apply("PciPassthrough", "nova", installation);
    await tick(stage, 60);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    const node = await until(stage, (_name, phase) => phase === "replacing");
    missingOn = node;
    await tick(stage, hour);
    stage.apply("PciWhitelist", "gpus", "{ devices: [{ vendorId: '10de', productId: '2331' }] }");
    await tick(stage, hour);
    stage.restarts();
    missingOn = undefined;
    await tick(stage, hour);
    expect(stage.restarts()).toEqual([`nova-compute on ${node}`]);
    expect(stage.text(node)).toContain("2331");
    expect(state(stage)).toMatchObject({ quarantined: {}, nodes: { [node]: { phase: "idle" } } });
    expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  },
);

test("with a larger budget another canary is chosen, and one that fails is blamed for itself", async () => {
  const stage = await setStage({ nodes: ["c1", "c2", "c3", "c4"] });
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', rollout: { maxUnavailable: 2 } }",
  );
  await tick(stage, 60);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  const node = await until(stage, (_name, phase) => phase === "verifying");
  stage.cluster.kubelets.kill(node);
  await tick(stage, hour);
  const rest = ["c1", "c2", "c3", "c4"].filter((text) => text !== node);
  for (const text of rest) expect(stage.reads(text)).toMatch(/^nova-pci-compute-/);
  expect(lostRows(stage)).toMatchObject([{ node }]);
  expect(gauge(stage, "nova_pci_rollout_halted")).toBe(1);
});

test("a compute that nobody touched and that goes down in mid-rollout is heard of, too", async () => {
  const stage = await setStage();
  stage.apply("PciPassthrough", "nova", installation);
  await tick(stage, 60);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  const canary = await until(stage, (_name, phase) => phase === "verifying");
  const other = ["c1", "c2", "c3"].find((text) => text !== canary)!;
  stage.cluster.kubelets.kill(other);
  await tick(stage, hour);
  expect(lostRows(stage)).toMatchObject([{ node: other }]);
  expect(gauge(stage, "nova_pci_rollout_halted")).toBe(1);
  stage.cluster.kubelets.revive(other);
  await tick(stage, hour);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  expect(stage.last().plan.gates).toEqual([]);
});

test("a compute that runs and neither becomes Ready nor ends is to blame, as before", async () => {
  const stage = await setStage({
    knobs: {
      ...calmKnobs,
      trouble: ({ text }) => ((text ?? "").includes("2330") ? { is: "never-ready" } : undefined),
    },
  });
  stage.apply("PciPassthrough", "nova", installation);
  await tick(stage, 60);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await tick(stage, hour);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("False Quarantined");
  expect(lostRows(stage)).toEqual([]);
});

test("pods of nova-api whose image cannot be pulled blame no alias, and go on when it can", async () => {
  let gone = false;
  const stage = await setStage({
    knobs: {
      ...calmKnobs,
      noImage: (node) => (gone && node === "control-plane" ? noImage : undefined),
    },
  });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await tick(stage, hour);
  gone = true;
  stage.apply("PciAlias", "gpu", gpuAlias);
  await tick(stage, 2 * hour);
  expect(state(stage).quarantined).toEqual({});
  expect(lostRows(stage)).toMatchObject([
    { node: "nova-api", reason: expect.stringContaining("ImagePullBackOff") },
  ]);
  expect(gauge(stage, "nova_pci_rollout_halted")).toBe(1);
  expect(gauge(stage, "nova_pci_lost_nodes")).toBe(0);
  gone = false;
  await tick(stage, hour);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  expect(lostRows(stage)).toEqual([]);
});

describe("a canary whose nova-compute ends again and again while the cloud is away", () => {
  async function ending() {
    const stage = await setStage();
    stage.apply("PciPassthrough", "nova", installation);
    await tick(stage, 60);
    stage.apply("PciAlias", "gpu", gpuAlias);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    const node = await until(
      stage,
      (name, is) =>
        is === "verifying" &&
        computePods(stage, name).some((computePod) => computePod.container.startedAt !== undefined),
    );
    stage.outage(unreachable);
    await tick(stage, 20);
    /** As soon as it runs, so that it is never well for long. */
    const end = async () => {
      const running = () =>
        computePods(stage, node).find((computePod) => computePod.container.startedAt !== undefined);
      for (let waited = 0; waited < 600 && running() === undefined; waited += 1)
        await tick(stage, 1);
      const pod = running();
      if (pod !== undefined) stage.cluster.kubelets.crash(pod.name);
      await tick(stage, 1);
    };
    for (let times = 0; times < 4; times += 1) await end();
    return { stage, node, end };
  }

  test("blames no entry for it, takes nobody else, and goes on when it answers", async () => {
    const { stage, node } = await ending();
    await tick(stage, 2 * hour);
    expect(state(stage).quarantined).toEqual({});
    for (const text of ["c1", "c2", "c3"].filter((name) => name !== node))
      expect(stage.reads(text)).toBeUndefined();
    stage.outage(answering);
    await tick(stage, hour);
    expect(state(stage).quarantined).toEqual({});
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
  });

  test("blames what ends it when the cloud answers again", async () => {
    const { stage, node, end } = await ending();
    stage.outage(answering);
    await tick(stage, 10);
    expect(state(stage).quarantined).toEqual({});
    for (let times = 0; times < 3; times += 1) await end();
    expect(Object.keys(state(stage).quarantined)).not.toEqual([]);
    expect(stage.reads(node)).toBeUndefined();
  });
});
