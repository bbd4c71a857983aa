// Devices that are handed out once: what cleans them between two servers, and what never happens.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { JobEnd } from "../../src/embedded/controllers/jobs.ts";
import type { Job } from "../../src/embedded/store/objects.ts";
import { live, startOperator, type Operator } from "../../src/embedded/operator.ts";
import { calmWorld, makeWorld, type Fault } from "../../src/embedded/world.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Effect } from "../../src/plan/terms/effects.ts";
import {
  setStage,
  unreachable,
  answering,
  type Stage,
  type StageOptions,
} from "../support/stage.ts";

const klass = "CUSTOM_PCI_144D_A80A";
const drives = ["0000:41:00.0", "0000:42:00.0"];
const template = (more = ""): string =>
  `{ spec: { ${more} template: { spec: { containers: [{ name: wipe, image: 'wipe:1', env: [{ name: MODE, value: fast }, { name: PCI_ADDRESS, value: elsewhere }] }] } } } }`;
const whitelist = (cleaning = `cleaning: { jobTemplate: ${template()} }`, more = ""): string =>
  `{ devices: [{ vendorId: '144d', productId: 'a80a', oneTimeUse: true, ${cleaning} }] ${more} }`;
const placementOn =
  "{ adopt: true, release: '34.0.0', placement: { reportInPlacement: true, pciInPlacement: true } }";

type Setting = Partial<StageOptions> & {
  readonly whitelist?: string;
  /** The operator may make no Jobs. */
  readonly denied?: true;
};

/** Two drives on each node, live and free. */
async function cloudOfDrives(setting: Setting = {}): Promise<Stage> {
  const { whitelist: spec = whitelist(), denied, ...options } = setting;
  const stage = await setStage({ nodes: ["c1"], microversion: "2.104", ...options });
  for (const host of options.nodes ?? ["c1"])
    for (const address of drives)
      stage.cluster.cloud.placement.report({
        host,
        address,
        resourceClass: klass,
        oneTimeUse: true,
      });
  if (denied) stage.see((seen) => ({ ...seen, jobs: { is: "denied" } }));
  stage.apply("PciPassthrough", "nova", placementOn);
  stage.apply("PciAlias", "nvme", "{ match: [{ vendorId: '144d', productId: 'a80a' }] }");
  stage.apply("PciWhitelist", "nvme", spec);
  await stage.pass(1800);
  return stage;
}

/** A server had it and is gone. */
function use({ cluster }: Stage, times = 1): void {
  const { placement } = cluster.cloud;
  for (let time = 0; time < times; time += 1) {
    const got = placement.allocate(klass);
    if (got === undefined) throw new Error("NoValidHost");
    placement.release(got.host, got.address);
  }
}

function drive({ cluster }: Stage, address = drives[0]!, host = "c1") {
  return cluster.cloud.placement
    .inventories()!
    [host]!.find((provider) => provider.address === address)!;
}

const jobs = ({ cluster }: Stage): readonly Job[] => cluster.store.list("Job");

function addressOf({ metadata }: Job): string {
  return metadata.annotations!["pci.openstack.org/device"]!.split(" ")[1]!;
}

type Shown = {
  readonly cleaning?: {
    readonly waiting: number;
    readonly running: number;
    readonly failed: number;
    readonly devices: readonly Readonly<Record<string, string>>[];
  };
  readonly warnings: readonly { readonly name: string; readonly message: string }[];
};
const shown = (stage: Stage): Shown => stage.status("PciWhitelist", "nvme") as Shown;

test("a used drive is cleaned by a Job on its node, given back, and has forgotten both", async () => {
  const made: Job[] = [];
  const stage = await cloudOfDrives({
    jobEnds: (job) => {
      made.push(job);
      return { is: "succeeds", millis: 90_000 };
    },
  });
  expect(jobs(stage)).toEqual([]);
  use(stage);
  const { uuid, generation } = drive(stage);
  await stage.pass(60);
  expect(drive(stage)).toMatchObject({ reserved: 1, used: 0 });
  expect(shown(stage).cleaning).toMatchObject({ waiting: 0, running: 1, failed: 0 });
  expect(stage.ready("PciWhitelist", "nvme")).toBe("True Live");
  const [job] = made;
  expect(job!.metadata.annotations).toEqual({
    "pci.openstack.org/device": "c1 0000:41:00.0",
    "pci.openstack.org/device-life": `${uuid}.${generation}`,
  });
  const { spec } = job!;
  expect(spec).toMatchObject({
    parallelism: 1,
    completions: 1,
    backoffLimit: 0,
    activeDeadlineSeconds: 3600,
    template: {
      spec: {
        nodeName: "c1",
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        containers: [
          {
            image: "wipe:1",
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            env: [
              { name: "PCI_ADDRESS", value: "0000:41:00.0" },
              { name: "PCI_VENDOR_ID", value: "144d" },
              { name: "PCI_PRODUCT_ID", value: "a80a" },
              { name: "PCI_RESOURCE_CLASS", value: klass },
              { name: "NODE_NAME", value: "c1" },
              { name: "MODE", value: "fast" },
            ],
          },
        ],
      },
    },
  });
  await stage.pass(180);
  expect(drive(stage)).toMatchObject({ reserved: 0, used: 0 });
  expect([jobs(stage), shown(stage).cleaning, made.length]).toEqual([[], undefined, 1]);
  use(stage);
  await stage.pass(300);
  expect([made.length, drive(stage).reserved]).toEqual([2, 0]);
});

test("what a pod asks for is given, and nothing of whose node or restarts", async () => {
  const pod =
    "{ nodeName: elsewhere, restartPolicy: Always, hostPID: true, containers: [{ name: wipe, image: x, securityContext: { privileged: true } }] }";
  const spec = `cleaning: { jobTemplate: { spec: { backoffLimit: 2, template: { spec: ${pod} } } } }`;
  const stage = await cloudOfDrives({ whitelist: whitelist(spec) });
  use(stage);
  await stage.pass(40);
  const { spec: written } = jobs(stage)[0]!;
  expect(written).toMatchObject({
    backoffLimit: 2,
    template: {
      spec: {
        nodeName: "c1",
        restartPolicy: "Never",
        hostPID: true,
        containers: [{ securityContext: { privileged: true } }],
      },
    },
  });
});

describe("stays out, and no Job is made", () => {
  test.each<readonly [string, Setting]>([
    ["without a word of cleaning", { whitelist: whitelist("") }],
    ["when others clean it", { whitelist: whitelist("cleaning: { disabled: true }") }],
    ["when the operator may make no Jobs", { denied: true }],
    [
      "when it is left out",
      { whitelist: whitelist(undefined, `, exclude: [{ address: '${drives[0]!}' }]`) },
    ],
  ])("a used drive %s", async (_name, setting) => {
    const stage = await cloudOfDrives(setting);
    use(stage);
    await stage.pass(1800);
    expect([jobs(stage), drive(stage).reserved]).toEqual([[], 1]);
  });

  test("a used drive that two entries would clean in two ways", async () => {
    const stage = await cloudOfDrives();
    stage.apply(
      "PciWhitelist",
      "other",
      `{ priority: -1, devices: [{ vendorId: '144d', oneTimeUse: true, cleaning: { jobTemplate: ${template("backoffLimit: 3,")} } }] }`,
    );
    await stage.pass(1800);
    use(stage);
    await stage.pass(600);
    expect([jobs(stage), drive(stage).reserved]).toEqual([[], 1]);
    expect(shown(stage).cleaning?.devices[0]!["message"]).toContain("say different things");
  });

  test("a used drive whose nova-compute does not report: a guest may still run there", async () => {
    const stage = await cloudOfDrives();
    use(stage);
    stage.cluster.kubelets.kill("c1");
    await stage.pass(120);
    const before = jobs(stage).length;
    await stage.pass(1200);
    expect([jobs(stage).length, drive(stage).reserved]).toEqual([before, 1]);
  });

  test("a device that a person reserved and that is not handed out once", async () => {
    const stage = await cloudOfDrives();
    const { placement } = stage.cluster.cloud;
    placement.report({ host: "c1", address: "0000:43:00.0", resourceClass: klass });
    await stage.pass(600);
    expect(jobs(stage)).toEqual([]);
  });
});

describe("a used drive is not forgotten with its device spec", () => {
  const left = (more = ""): string =>
    whitelist("cleaning: { disabled: true }", `, exclude: [{ address: '${drives[0]!}'${more} }]`);
  const offered = (stage: Stage): string => stage.text("c1");
  const afterUse = async (): Promise<Stage> => {
    const stage = await cloudOfDrives({ whitelist: whitelist("cleaning: { disabled: true }") });
    use(stage);
    await stage.pass(60);
    stage.restarts();
    return stage;
  };

  test("while it is excluded its spec stays, and so does Nova's reservation", async () => {
    const stage = await afterUse();
    const before = offered(stage);
    stage.apply("PciWhitelist", "nvme", left());
    await stage.pass(1800);
    expect([stage.waits(), offered(stage)]).toEqual([["NotCleaned"], before]);
    expect([stage.restarts(), drive(stage).reserved]).toEqual([[], 1]);
  });

  test("when the exclusion ends it is as dirty as before, and cleaned then", async () => {
    const stage = await afterUse();
    const until = new Date(stage.cluster.clock.now() + 1_200_000).toISOString();
    stage.apply("PciWhitelist", "nvme", left(`, until: '${until}'`));
    await stage.pass(1800);
    expect([stage.waits(), stage.restarts(), drive(stage).reserved]).toEqual([[], [], 1]);
    stage.apply("PciWhitelist", "nvme", whitelist());
    await stage.pass(300);
    expect(drive(stage).reserved).toBe(0);
  });

  test("once somebody has cleaned it, it goes", async () => {
    const stage = await afterUse();
    const before = offered(stage);
    stage.apply("PciWhitelist", "nvme", left());
    await stage.pass(900);
    stage.cluster.cloud.placement.clean("c1", drives[0]!);
    await stage.pass(900);
    expect(stage.waits()).toEqual([]);
    expect(offered(stage)).not.toBe(before);
  });

  test("another drive is left out at once: what stays keeps the used one", async () => {
    const stage = await afterUse();
    const before = offered(stage);
    stage.apply("PciWhitelist", "nvme", left().replace(drives[0]!, drives[1]!));
    await stage.pass(900);
    expect(stage.waits()).toEqual([]);
    expect(offered(stage)).not.toBe(before);
    expect(drive(stage).reserved).toBe(1);
  });

  test("nor drained: it waits for its server and then for whoever cleans it", async () => {
    const stage = await cloudOfDrives({
      whitelist: whitelist("cleaning: { disabled: true }", ", removalPolicy: Drain"),
    });
    use(stage);
    await stage.pass(60);
    stage.remove("PciWhitelist", "nvme");
    await stage.pass(1800);
    expect(stage.waits()).toContain("NotCleaned");
  });

  test("not knowing is no proof: without an answer of Placement it stays", async () => {
    const stage = await afterUse();
    const before = offered(stage);
    stage.outage((view) => {
      if (view.is !== "read") return view;
      const { inventories, ...rest } = view;
      return rest;
    });
    stage.apply("PciWhitelist", "nvme", left());
    await stage.pass(1800);
    expect([stage.waits(), offered(stage)]).toEqual([["UsageUnknown"], before]);
  });
});

test("the missing right is said once, with the command", async () => {
  const stage = await cloudOfDrives({ denied: true });
  expect(stage.ready("PciWhitelist", "nvme")).toBe("False CleaningDenied");
  const { conditions } = stage.status("PciWhitelist", "nvme") as {
    readonly conditions: readonly { readonly type: string; readonly message: string }[];
  };
  const message = conditions.find((condition) => condition.type === "Stalled")!.message;
  expect(message).toContain("kubectl apply -n openstack -k deploy/namespace/cleaning");
});

test("what failed stays out: a hundred servers never get it, and its last words are told", async () => {
  const stage = await cloudOfDrives({
    jobEnds: (job) =>
      addressOf(job) === drives[0]
        ? { is: "fails", millis: 5000, lastLine: "format failed: device busy, key=hunter2" }
        : { is: "succeeds", millis: 5000 },
  });
  const { placement } = stage.cluster.cloud;
  const got: string[] = [];
  for (let server = 0; server < 100; server += 1) {
    const found = placement.allocate(klass);
    if (found !== undefined) {
      got.push(found.address);
      placement.release(found.host, found.address);
    }
    await stage.pass(60);
  }
  expect(got.filter((text) => text === drives[0])).toHaveLength(1);
  expect(got.length).toBeGreaterThan(50);
  expect(jobs(stage).filter((job) => addressOf(job) === drives[0])).toHaveLength(1);
  expect(shown(stage).cleaning).toMatchObject({ failed: 1 });
  const [warning] = shown(stage).warnings;
  expect(warning).toMatchObject({
    name: "CleaningFailed",
    message:
      "0000:41:00.0 on c1 could not be cleaned and stays out: BackoffLimitExceeded: Job has reached the specified backoff limit; its last line: format failed: device busy, key=***",
  });
  const events = stage.last().seen; // the Job is tried again when somebody deletes it
  expect(events.jobs).toBeDefined();
  stage.cluster.store.remove("Job", jobs(stage)[0]!.metadata.name);
  await stage.pass(60);
  expect(jobs(stage).filter((job) => addressOf(job) === drives[0])).toHaveLength(1);
});

test("one at a time on a node, ten at a time in all", async () => {
  const nodes = Array.from({ length: 12 }, (_, index) => `n${index + 10}`);
  const stage = await cloudOfDrives({
    nodes,
    jobEnds: () => ({ is: "succeeds", millis: 120_000 }),
  });
  use(stage, 24);
  for (let look = 0; look < 80; look += 1) {
    await stage.pass(10);
    const running = jobs(stage).filter((job) => job.status === undefined);
    expect(running.length).toBeLessThanOrEqual(10);
    expect(new Set(running.map((job) => job.spec.template.spec.nodeName)).size).toBe(
      running.length,
    );
  }
  const left = nodes.flatMap((node) => stage.cluster.cloud.placement.inventories()![node]!);
  expect(left.filter((provider) => provider.reserved > 0)).toEqual([]);
});

test("what hangs has failed at its deadline", async () => {
  const spec = whitelist(`cleaning: { jobTemplate: ${template("activeDeadlineSeconds: 60,")} }`);
  const stage = await cloudOfDrives({ whitelist: spec, jobEnds: () => ({ is: "hangs" }) });
  use(stage);
  await stage.pass(300);
  expect(drive(stage).reserved).toBe(1);
  expect(shown(stage).cleaning?.devices[0]).toMatchObject({
    state: "Failed",
    message: "DeadlineExceeded: Job was active longer than specified deadline",
  });
});

test("a device that moved on while its Job ran is looked at again, and cleaned again", async () => {
  const stage = await cloudOfDrives({ jobEnds: () => ({ is: "succeeds", millis: 60_000 }) });
  use(stage);
  await stage.pass(40);
  const [first] = jobs(stage);
  stage.cluster.cloud.placement.touch("c1", drives[0]!);
  await stage.pass(70);
  const [second] = jobs(stage);
  expect(second!.metadata.name).not.toBe(first!.metadata.name);
  expect(drive(stage).reserved).toBe(1);
  await stage.pass(200);
  expect([jobs(stage), drive(stage).reserved]).toEqual([[], 0]);
});

test("a Job of that name which is not of this life is not believed", async () => {
  const stage = await cloudOfDrives({ jobEnds: () => ({ is: "succeeds", millis: 60_000 }) });
  use(stage);
  await stage.pass(40);
  const [job] = jobs(stage);
  stage.cluster.store.edit("Job", job!.metadata.name, (old) => ({
    ...old,
    metadata: {
      ...old.metadata,
      annotations: { ...old.metadata.annotations, "pci.openstack.org/device": "c1 0000:99:00.0" },
    },
  }));
  await stage.pass(300);
  expect(drive(stage).reserved).toBe(1);
});

test("not knowing gives nothing back: a cloud that is silent, and Jobs that cannot be read", async () => {
  const stage = await cloudOfDrives({ jobEnds: () => ({ is: "succeeds", millis: 60_000 }) });
  use(stage);
  await stage.pass(40);
  stage.outage(unreachable);
  await stage.pass(600);
  stage.outage(answering);
  stage.see((seen) => ({ ...seen, jobs: { is: "unknown" } }));
  await stage.pass(600);
  expect([jobs(stage).length, drive(stage).reserved]).toEqual([1, 1]);
  stage.see((seen) => seen);
  await stage.pass(60);
  expect([jobs(stage), drive(stage).reserved]).toEqual([[], 0]);
});

describe("in no order of crash, conflict, failure and time-out", () => {
  const ends = fc.oneof(
    fc.integer({ min: 1, max: 200 }).map((s): JobEnd => ({ is: "succeeds", millis: s * 1000 })),
    fc
      .integer({ min: 1, max: 200 })
      .map((s): JobEnd => ({ is: "fails", millis: s * 1000, lastLine: "no" })),
    fc.constant<JobEnd>({ is: "hangs" }),
  );
  const faults = fc.constantFrom<(Fault | undefined)[]>(
    ...["conflict", "unreachable", "error-after", "crash-before", "crash-after"].map(
      (text) => text as Fault,
    ),
    undefined,
    undefined,
  );
  const happenings = fc.array(
    fc.record({
      seconds: fc.integer({ min: 1, max: 90 }),
      what: fc.constantFrom("use", "touch", "delete job", "kill", "revive", "nothing"),
    }),
    { minLength: 4, maxLength: 8 },
  );

  test("is a device given back without a finished Job of this very life", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(ends, { minLength: 1, maxLength: 4 }),
        fc.array(faults, { maxLength: 8 }),
        happenings,
        async (jobEnds, planned, story) => {
          const stage = await cloudOfDrives({
            whitelist: whitelist(
              `cleaning: { jobTemplate: ${template("activeDeadlineSeconds: 120,")} }`,
            ),
            jobEnds: () => (jobEnds.length > 1 ? jobEnds.shift()! : jobEnds[0]!),
          });
          await sufferAll(stage, [...planned], story);
        },
      ),
      { seed: 7, numRuns: 8, endOnFailure: true },
    );
  }, 300_000);
});

type Happening = { readonly seconds: number; readonly what: string };

/** The stage's operator is gone: this one is hit by the faults, and replaced when it dies. */
async function sufferAll(
  stage: Stage,
  faults: (Fault | undefined)[],
  story: readonly Happening[],
): Promise<void> {
  const { cluster } = stage;
  const { placement } = cluster.cloud;
  // Two that both lead would write statuses against each other for ever.
  stage.retire();
  let operator: Operator | undefined;
  const returns: string[] = [];
  const finished = new Set<string>();
  cluster.store.watch(({ kind, object }) => {
    const job = object as Job;
    if (kind === "Job" && job.status?.conditions[0]?.type === "Complete")
      finished.add(job.metadata.annotations!["pci.openstack.org/device-life"]!);
  });
  const start = (): Operator => {
    const world = makeWorld(cluster, {
      ...calmWorld,
      fault: (effect) => (concerns(effect) ? faults.shift() : undefined),
      performing: (effect) => {
        if (effect.do !== "return-device") return;
        const life = `${effect.provider}.${effect.generation}`;
        returns.push(life);
        expect(finished).toContain(life);
      },
    });
    return startOperator(world, cluster.clock, {
      plan,
      planned: () => undefined,
      times: { pollMillis: 5000, lookMillis: 5000 },
    });
  };
  for (const { seconds, what } of story) {
    if (operator === undefined || operator.world.isDead()) operator = start();
    const [job] = cluster.store.list("Job");
    const dirty = Object.values(placement.inventories()!).flat();
    if (what === "use") {
      const got = placement.allocate(klass);
      if (got !== undefined) placement.release(got.host, got.address);
    }
    if (what === "touch") placement.touch("c1", dirty[0]!.address);
    if (what === "delete job" && job !== undefined) cluster.store.remove("Job", job.metadata.name);
    if (what === "kill") cluster.kubelets.kill("c1");
    if (what === "revive") cluster.kubelets.revive("c1");
    const until = cluster.clock.now() + seconds * 1000;
    cluster.clock.after(seconds * 1000, () => undefined);
    const both = (): readonly Operator[] => [operator!];
    const most = operator.rounds() + 200 + 20 * seconds;
    await live(cluster.clock, until, both, () => {
      if (operator!.rounds() > most) throw new Error(unrest(operator!, seconds));
    });
    expect(operator.bug()).toBeUndefined();
  }
}

/** What an operator does that finds no end, in words instead of a test that hangs. */
function unrest(operator: Operator, seconds: number): string {
  const { effects, gates } = operator.last()!.plan;
  const doing = effects.map((effect) => effect.do).join(", ");
  return `no rest within ${seconds} s: does ${doing}; waits for ${gates.map((gate) => gate.gate).join(", ")}`;
}

function concerns(effect: Effect): boolean {
  return ["create-job", "delete-job", "return-device", "write-state"].includes(effect.do);
}
