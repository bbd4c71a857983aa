// The grace of removals, as one rule for every entry of every service: nothing leaves within
// removalGraceSeconds after it was last wanted, so that a revert restarts nothing.
import { describe, expect, test } from "@jest/globals";
import type { Kind } from "../../src/api/names.ts";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { gpuAlias, gpuDevices, setStage, type Stage, type StageOptions } from "../support/stage.ts";

type Wish = readonly [kind: Kind, name: string, spec: string];

const installation = (more: string): Wish => [
  "PciPassthrough",
  "nova",
  `{ adopt: true, release: '2025.1', ${more} }`,
];
const filters =
  "scheduler: { filters: Manage, baseFilters: [ComputeFilter, ImagePropertiesFilter] }";
const fewer = "scheduler: { filters: Manage, baseFilters: [ComputeFilter] }";
const report = "placement: { reportInPlacement: true }";
const placement = "placement: { reportInPlacement: true, pciInPlacement: true }";
const numa: Wish = [
  "PciAlias",
  "near",
  "{ match: [{ vendorId: '10de', productId: '2330' }], numaPolicy: required }",
];

/** What is live, what is taken away (undefined = the object is deleted), and what would leave. */
type Case = {
  readonly at: readonly Wish[];
  readonly away: (stage: Stage) => void;
  readonly restarts: readonly string[];
};

const all: readonly Wish[] = [
  installation(`${filters}, ${placement}`),
  ["PciAlias", "gpu", gpuAlias],
  numa,
  ["PciWhitelist", "gpus", gpuDevices],
];
const computes = ["nova-compute on c1", "nova-compute on c2", "nova-compute on c3"];
const [api, scheduler, conductor] = ["api-osapi", "scheduler", "conductor"].map(
  (name) => `Deployment/nova-${name}`,
) as [string, string, string];

const edit =
  (wish: Wish) =>
  (stage: Stage): void =>
    stage.apply(...wish);

const cases: Readonly<Record<string, Case>> = {
  "an alias": {
    at: all,
    away: (stage) => stage.remove("PciAlias", "gpu"),
    restarts: [api, ...computes],
  },
  "an alias that asked for a filter": {
    at: all,
    away: (stage) => stage.remove("PciAlias", "near"),
    restarts: [api, scheduler, ...computes],
  },
  "device specs": {
    at: all,
    away: (stage) => stage.remove("PciWhitelist", "gpus"),
    restarts: computes,
  },
  "filters that the installation gives": {
    at: all,
    away: edit(installation(placement)),
    restarts: [scheduler],
  },
  "one filter of the list": {
    at: all,
    away: edit(installation(`${fewer}, ${placement}`)),
    restarts: [scheduler],
  },
  pci_in_placement: {
    at: all,
    away: edit(installation(`${filters}, ${report}`)),
    restarts: [api, scheduler, conductor],
  },
  "the installation itself": {
    at: all,
    away: (stage) => stage.remove("PciPassthrough", "nova"),
    restarts: [api, scheduler, conductor],
  },
};

async function live(wishes: readonly Wish[], options: StageOptions = {}): Promise<Stage> {
  const stage = await setStage(options);
  for (const wish of wishes) stage.apply(...wish);
  await stage.pass(1200);
  expect(stage.last().plan.gates).toEqual([]);
  stage.restarts();
  return stage;
}

/** The default of removalGraceSeconds. */
const graceSeconds = 300;

describe.each(Object.entries(cases))("%s", (_name, { at, away, restarts }) => {
  test("stays for the grace, a revert restarts nothing, and then it goes in one restart", async () => {
    const stage = await live(at);
    away(stage);
    await stage.pass(graceSeconds - 20);
    expect(stage.restarts()).toEqual([]);
    expect(stage.waits()).toContain("RemovalGrace");
    for (const wish of at) stage.apply(...wish);
    await stage.pass(900);
    expect(stage.restarts()).toEqual([]);
    expect(stage.last().plan.gates).toEqual([]);

    // The revert begins the grace anew.
    away(stage);
    await stage.pass(graceSeconds - 20);
    expect(stage.restarts()).toEqual([]);
    await stage.pass(1200);
    expect([...stage.restarts()].sort()).toEqual([...restarts].sort());
  });
});

test("a filter that comes does not wait for one that goes, and none leaves early", async () => {
  const stage = await live(all);
  const [wish] = all;
  stage.apply(
    ...installation(
      `scheduler: { filters: Manage, baseFilters: [ComputeFilter, ServerGroupAffinityFilter] }, ${placement}`,
    ),
  );
  await stage.pass(200);
  expect(stage.restarts()).toEqual([scheduler]);
  // ImagePropertiesFilter comes back, ServerGroupAffinityFilter goes: each has a grace of its own.
  stage.apply(...wish!);
  await stage.pass(graceSeconds - 20);
  expect(stage.restarts()).toEqual([]);
  await stage.pass(600);
  expect(stage.restarts()).toEqual([scheduler]);
  expect(stage.last().plan.gates).toEqual([]);
});

test("an alias that nova-api never had leaves the computes no earlier", async () => {
  const stage = await live([installation(""), ["PciWhitelist", "gpus", gpuDevices]]);
  stage.apply("PciAlias", "gpu", gpuAlias);
  // The first compute has it, nova-api waits for the others.
  await stage.pass(30);
  expect(stage.restarts().filter((restart) => restart.startsWith("Deployment"))).toEqual([]);
  stage.remove("PciAlias", "gpu");
  const had = ["c1", "c2", "c3"].filter((node) => stage.text(node).includes("alias"));
  expect(had).not.toEqual([]);
  await stage.pass(graceSeconds - 60);
  for (const node of had) expect(stage.text(node)).toContain("alias");
  await stage.pass(1200);
  for (const node of had) expect(stage.text(node)).not.toContain("alias");
});

test("filters that stopped nova-scheduler and were not put back go at once", async () => {
  const stage = await live([installation(""), ["PciAlias", "gpu", gpuAlias]], {
    knobs: {
      ...calmKnobs,
      trouble: ({ pod, text }) =>
        pod.metadata.labels?.component === "scheduler" && text?.includes("ServerGroup") === true
          ? { is: "exits", code: 1, message: "ERROR nova it does not start" }
          : undefined,
    },
  });
  const bad = "scheduler: { filters: Manage, baseFilters: [ServerGroupAffinityFilter] }";
  stage.apply(
    ...installation(`${bad}, rollout: { autoRollback: false, verifyTimeoutSeconds: 60 }`),
  );
  await stage.pass(600);
  expect(stage.restarts()).toEqual([scheduler]);
  expect(JSON.stringify(stage.status("PciPassthrough", "nova"))).toContain("Halt");
  stage.apply(...installation(`${fewer}, rollout: { autoRollback: false }`));
  await stage.pass(60);
  expect(stage.restarts()).toEqual([scheduler]);
});
