// The pre-flight of a canary: asked in a Job before the node is touched; what its Nova refuses
// reaches no node, and who cannot answer holds nobody up for long.
import { describe, expect, test } from "@jest/globals";
import type { JobEnd } from "../../src/embedded/controllers/jobs.ts";
import type { Job } from "../../src/embedded/store/objects.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import { gpuDevices, setStage, type Stage, type StageOptions } from "../support/stage.ts";

const on = "{ adopt: true, release: '2025.1', rollout: { preflight: Auto } }";
const nic = "{ devices: [{ vendorId: '8086', productId: '1592' }] }";
const said = "nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: '***'";

type Asked = { readonly stage: Stage; readonly made: readonly Job[] };

async function asked(
  end: (job: Job) => JobEnd,
  passthrough = on,
  options: StageOptions = {},
): Promise<Asked> {
  const made: Job[] = [];
  const stage = await setStage({
    nodes: ["c1", "c2"],
    ...options,
    jobEnds: (job) => {
      made.push(job);
      return end(job);
    },
  });
  stage.restarts();
  stage.apply("PciPassthrough", "nova", passthrough);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  return { stage, made };
}

const accepts: JobEnd = { is: "answers", millis: 8000, verdict: "accepted" };
const nodeOf = ({ spec }: Job): unknown => spec.template.spec.nodeName;
const mapsOf = ({ spec }: Job): readonly unknown[] =>
  (spec.template.spec.volumes ?? []).map((volume) => volume.configMap?.name ?? "");
const jobs = ({ cluster }: Stage): readonly Job[] => cluster.store.list("Job");
const events = ({ cluster }: Stage): readonly string[] =>
  cluster.store.list("Event").map((plain) => {
    const { reason, note } = plain as unknown as { reason: string; note: string };
    return `${reason}: ${note}`;
  });

/** The end of a rollout is called after what happened: no node was touched, so none went back. */
function saysThatNothingWasRolled(stage: Stage): void {
  const { rollouts } = stage.status("PciPassthrough", "nova") as {
    readonly rollouts: readonly { readonly result: string }[];
  };
  expect(rollouts.map((rollout) => rollout.result)).toEqual(["PreflightRefused"]);
  expect(events(stage).join("\n")).not.toMatch(/Rolled|rolled|rollout/);
  expect(events(stage)).toContainEqual(
    expect.stringMatching(
      /^PreflightRefused: nova-compute: no node was changed to nova-pci-compute/,
    ),
  );
}

test("without being asked for there is none", async () => {
  const { stage, made } = await asked(() => accepts, "{ adopt: true, release: '2025.1' }");
  await stage.pass(1800);
  expect(made).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

test("one Job for each change, on its canary's node, before that is touched; then it goes", async () => {
  const { stage, made } = await asked(() => ({ ...accepts, millis: 90_000 }));
  await stage.pass(60);
  expect(made.map(nodeOf)).toEqual(["c1"]);
  const { fragment } =
    stage.last().plan.effects.length === 0
      ? { fragment: mapsOf(made[0]!).at(-1) }
      : { fragment: "" };
  expect(fragment).toMatch(/^nova-pci-compute-[0-9a-f]{16}$/);
  expect(stage.waits()).toEqual(["CanaryPending", "PreflightPending"]);
  expect(stage.restarts()).toEqual([]);
  await stage.pass(1800);
  expect(made).toHaveLength(1);
  expect(jobs(stage)).toEqual([]);
  expect(stage.restarts()).toHaveLength(2);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  expect(stage.last().plan.effects).toEqual([]);
  expect(stage.last().plan.ask.preflights).toBe(false);
});

test("what is refused touches no node, and what Nova does not blame goes on", async () => {
  const { stage, made } = await asked((job) =>
    made.length === 1 && job.metadata.name !== ""
      ? { is: "answers", millis: 5000, verdict: "refused", words: said, blamed: ["device_spec 1"] }
      : accepts,
  );
  stage.apply("PciWhitelist", "nics", nic);
  await stage.pass(3600);
  expect(stage.restarts()).toHaveLength(2);
  expect(made).toHaveLength(2);
  const ready = ["gpus", "nics"].map((name) => stage.ready("PciWhitelist", name));
  expect(ready.sort()).toEqual(["False Quarantined", "True Live"]);
  const { quarantined } = stage.status("PciPassthrough", "nova") as {
    readonly quarantined: readonly { readonly error?: string }[];
  };
  expect(JSON.stringify(quarantined)).toContain("pre-flight on c1: nova.exception.PciConfig");
  expect(events(stage).join("\n")).toMatch(
    /PreflightRefused: the pre-flight of nova-compute on c1/,
  );
  expect(jobs(stage)).toEqual([]);
  saysThatNothingWasRolled(stage);
});

test("all of a refused change is kept out until its object changes", async () => {
  let verdict: "refused" | "accepted" = "refused";
  const { stage, made } = await asked(() => ({
    is: "answers",
    millis: 5000,
    verdict,
    words: said,
  }));
  await stage.pass(7200);
  expect(made).toHaveLength(1);
  expect(stage.restarts()).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("False Quarantined");
  saysThatNothingWasRolled(stage);
  verdict = "accepted";
  stage.apply("PciWhitelist", "gpus", nic);
  await stage.pass(1800);
  expect(stage.restarts()).toHaveLength(2);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

describe("who cannot answer holds nobody up", () => {
  type Case = {
    readonly end?: JobEnd;
    readonly see?: (seen: Snapshot) => Snapshot;
    readonly why: RegExp;
    /** By when the canary has begun, in seconds. */
    readonly by: number;
  };
  const preflights = (view: Snapshot["preflights"]) => (seen: Snapshot) =>
    view === undefined ? seen : { ...seen, preflights: view };
  const cases: Readonly<Record<string, Case>> = {
    "an image without Nova": {
      end: {
        is: "answers",
        millis: 2000,
        verdict: "unknown",
        words: "the image has no Python with Nova",
      },
      why: /the image has no Python with Nova/,
      by: 60,
    },
    "a base that is refused by itself, without what stands behind": {
      end: {
        is: "answers",
        millis: 2000,
        verdict: "unknown",
        words: "it could not be asked: OSError: mysql://nova:hunter2@db",
      },
      why: /it could not be asked$/m,
      by: 60,
    },
    "words that are not of our program": {
      end: { is: "fails", millis: 2000, lastLine: "refused hunter2" },
      why: /it gave no answer/,
      by: 60,
    },
    "a Job that never ends": { end: { is: "hangs" }, why: /DeadlineExceeded/, by: 400 },
    "no right": {
      see: preflights({ is: "denied" }),
      why: /kubectl apply -n openstack -k deploy\/namespace\/preflight/,
      by: 60,
    },
    "a list that never comes": {
      see: preflights({ is: "unknown" }),
      why: /no answer within 6 minutes/,
      by: 420,
    },
    "Jobs that vanish": {
      see: preflights({ is: "read", jobs: [], refused: {} }),
      why: /no answer within 6 minutes/,
      by: 420,
    },
  };
  test.each(Object.entries(cases))("%s", async (_, { end = accepts, see, why, by }) => {
    const { stage } = await asked(() => end);
    if (see !== undefined) stage.see(see);
    await stage.pass(by);
    expect(stage.restarts()).not.toEqual([]);
    const words = events(stage).filter((event) => event.startsWith("PreflightUnknown"));
    expect(words).toHaveLength(1);
    expect(words[0]).toMatch(why);
    expect(JSON.stringify(events(stage))).not.toContain("hunter2");
    await stage.pass(3600);
    expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  });
});

test("a wish that changes while it is asked is asked anew, and the old Job goes", async () => {
  const { stage, made } = await asked(() => ({ ...accepts, millis: 60_000 }));
  await stage.pass(30);
  stage.apply("PciWhitelist", "gpus", nic);
  await stage.pass(30);
  expect(jobs(stage)).toHaveLength(1);
  expect(made).toHaveLength(2);
  await stage.pass(3600);
  expect(jobs(stage)).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

describe("where no canary is possible nobody is asked, and the installation says so", () => {
  const auto = "rollout: { preflight: Auto }";
  const compute = "services: { compute: { restart: Manual } }";
  test.each([
    ["Mounted", "delivery: Mounted", { mounts: true }, /delivery Mounted.*preflight: "Off"/],
    ["Manual", compute, {}, /services\.compute\.restart: Manual.*preflight: "Off"/],
  ] as const)("%s", async (_, what, options, words) => {
    const { stage, made } = await asked(
      () => accepts,
      `{ adopt: true, release: '2025.1', ${what}, ${auto} }`,
      options,
    );
    await stage.pass(1800);
    expect(made).toEqual([]);
    const { warnings } = stage.status("PciPassthrough", "nova") as {
      readonly warnings: readonly unknown[];
    };
    expect(warnings).toContainEqual({
      name: "PreflightIneffective",
      message: expect.stringMatching(words),
      path: "spec.rollout.preflight",
    });
    stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '2025.1', ${what} }`);
    await stage.pass(60);
    expect(JSON.stringify(stage.status("PciPassthrough", "nova"))).not.toContain("Ineffective");
  });

  test("what can be asked warns of nothing", async () => {
    const { stage } = await asked(() => accepts);
    await stage.pass(1800);
    expect(JSON.stringify(stage.status("PciPassthrough", "nova"))).not.toContain("Ineffective");
  });
});
