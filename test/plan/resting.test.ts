// An installation at rest is not planned again and again: its answer holds until its moment, and until
// anything at all is seen to be another. That it would come out the same is asked by the simulation
// (holds-until-woken).
import { expect, test } from "@jest/globals";
import { plan } from "../../src/plan/plan.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import { gpuAlias, gpuDevices, installation, setStage } from "../support/stage.ts";

const { seen } = await atRest();
const later = (seconds: number, change: Partial<Snapshot> = {}): Snapshot => ({
  ...seen,
  now: seen.now + seconds * 1000,
  ...change,
});

async function atRest() {
  const stage = await setStage({ nodes: ["c1", "c2"] });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(7200);
  return stage.last();
}

test("only time has passed: the same answer", () => {
  const first = plan(seen);
  expect(first.effects).toEqual([]);
  expect(first.againAt).toBeUndefined();
  expect(plan(later(1))).toBe(first);
  expect(plan(structuredClone(later(299)))).toBe(first);
  expect(plan(later(300))).not.toBe(first);
});

test("time that goes back is another world", () => {
  const first = plan(seen);
  expect(plan(later(-1))).not.toBe(first);
});

test("what the cloud says anew without saying another thing is nothing new", () => {
  if (seen.cloud.is !== "read") throw new Error("the cloud of this stage answers");
  const first = plan(seen);
  const services = seen.cloud.services.map((service) => ({
    ...service,
    updatedAt: "2026-01-05T12:00:00",
  }));
  const cloud = { ...seen.cloud, at: seen.now + 30_000, services };
  expect(plan(later(30, { cloud }))).toBe(first);
});

const cloudWith = (change: object): Snapshot["cloud"] => ({ ...seen.cloud, ...change });
const touched = <T extends object>(all: readonly T[], change: object): readonly T[] =>
  all.map((one, at) => (at === all.length - 1 ? { ...one, ...change } : one));
const stateWith = (change: object): Snapshot["state"] =>
  seen.state.is === "read"
    ? { ...seen.state, state: { ...seen.state.state, ...change } }
    : seen.state;

type Part = Exclude<keyof Snapshot, "now" | "namespace">;

/** A part that the snapshot gains does not compile until it stands here. */
const changes: { readonly [part in Part]-?: Snapshot[part] } = {
  terminating: true,
  objects: { ...seen.objects, aliases: [] },
  crds: { ...seen.crds, PciFlavor: { is: "absent" } },
  injection: { ...seen.injection, namespaceLabelled: false },
  missingRights: [{ verb: "list", resource: "pods" }],
  state: stateWith({ adopted: false }),
  configMaps: {},
  assignment: { uid: "u", resourceVersion: "1", data: {} },
  workloads: touched(seen.workloads, { paused: true }),
  strangers: [],
  pods: touched(seen.pods, { ready: false }),
  nodes: seen.nodes.slice(1),
  nodeHealth: { c1: { ready: "Unknown" } },
  budgets: [{ name: "all", selector: {}, allowed: 0 }],
  hardware: {},
  base: { is: "denied", command: "kubectl auth can-i get configmaps" },
  cloud: cloudWith({ microversion: "2.88" }),
  jobs: { is: "denied" },
  preflights: { is: "denied" } as never,
  refused: [],
  failureTexts: { "a-pod": "" },
};

test.each(Object.keys(changes) as Part[])("%s is another: planned anew", (part) => {
  const first = plan(seen);
  expect(plan(later(1))).toBe(first);
  expect(plan(later(2, { [part]: changes[part] }))).not.toBe(first);
});

test("a compute that is under way is asked when the cloud said so", () => {
  if (seen.state.is !== "read" || seen.cloud.is !== "read") throw new Error("both are read");
  const { nodes } = seen.state.state;
  const halted = { ...nodes["c1"]!, phase: "halted" as const };
  const state = stateWith({ nodes: { ...nodes, c1: halted } });
  const first = plan(later(0, { state }));
  const cloud = { ...seen.cloud, at: seen.cloud.at + 1 };
  expect(plan(later(1, { state, cloud }))).not.toBe(first);
});

test("each namespace rests by itself", () => {
  const first = plan(seen);
  const other = plan(later(0, { namespace: "another" }));
  expect(other).not.toBe(first);
  expect(plan(later(1))).toBe(first);
});
