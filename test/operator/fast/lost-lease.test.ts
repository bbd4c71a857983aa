// The operator loses its Lease in the middle of an effect, again and again: each leader gets one write
// done, the next one is on its way when somebody else begins, and arrives late.
import { describe, expect, test } from "@jest/globals";
import { withDefaults } from "../../../src/api/parse.ts";
import {
  makeCluster,
  passTime,
  type Cluster,
  type ClusterOptions,
} from "../../../src/embedded/cluster.ts";
import { addUsualWorkloads, computeLabel } from "../../../src/embedded/workloads.ts";
import { live, startOperator, type Operator } from "../../../src/embedded/operator.ts";
import { makeWorld } from "../../../src/embedded/world.ts";
import { isWord } from "../../../src/plan/terms/effect-table.ts";
import type { Effect } from "../../../src/plan/terms/effects.ts";
import { plan } from "../../../src/plan/plan.ts";

const ids = { vendorId: "10de", productId: "2330" };
const rollout = { settleSeconds: 1, minReadySeconds: 1, canary: { bakeSeconds: 1 } };
const objects = [
  ["PciPassthrough", "nova", { adopt: true, release: "2025.1", rollout }],
  ["PciAlias", "gpu", { match: [ids], deviceType: "type-PCI" }],
  ["PciWhitelist", "gpus", { devices: [ids] }],
] as const;

function installation(
  options: Partial<ClusterOptions> = {},
  more: Readonly<Record<string, unknown>> = {},
): Cluster {
  const cluster = makeCluster(options);
  for (const name of ["c1", "c2"]) cluster.addNode(name, { [computeLabel]: "enabled" });
  addUsualWorkloads(cluster);
  passTime(cluster.clock, 60_000);
  for (const [kind, name, asked] of objects) {
    const spec = kind === "PciPassthrough" ? { ...asked, rollout: { ...rollout, ...more } } : asked;
    cluster.store.create(kind, withDefaults(kind, { metadata: { name }, spec }));
  }
  return cluster;
}

type Told = {
  readonly wrote: (effect: Effect) => void;
  /** What it sent as leader arrives when it is none. */
  readonly arrivedLate: (effect: Effect, identity: string) => void;
  readonly stands: () => void;
};

/** One write is done; the next request is on its way when its Lease ends. */
function lead(cluster: Cluster, identity: string, told: Told): Operator {
  const world = makeWorld(cluster, {
    performed: (effect, done) => {
      if (isWord(effect)) return;
      if (!operator.leads()) return told.arrivedLate(effect, identity);
      if (!done) return;
      told.wrote(effect);
      world.freeze();
      told.stands();
    },
  });
  const operator = startOperator(world, cluster.clock, {
    ...{ plan, planned: () => undefined, identity },
  });
  return operator;
}

function isLive({ store }: Cluster): boolean {
  return (["PciAlias", "PciWhitelist", "PciPassthrough"] as const).every((kind) =>
    store.list(kind).every(({ status }) => {
      const { conditions = [] } = (status ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      return conditions.some(
        (condition) => condition.type === "Ready" && condition.status === "True",
      );
    }),
  );
}

type Course = {
  readonly leaders: number;
  readonly ended: boolean;
  readonly writes: readonly string[];
  readonly late: readonly string[];
  /** Names of all pods of nova-compute that ever were, and uids of all Jobs. */
  readonly computes: ReadonlySet<string>;
  readonly jobs: ReadonlySet<string>;
};

const longestMillis = 2 * 3_600_000;

/** Until it has ended, or for two hours of the cluster. */
async function eachWriteByAnother(
  cluster: Cluster,
  hasEnded: (cluster: Cluster) => boolean,
): Promise<Course> {
  const { store } = cluster;
  const computes = new Set<string>();
  const jobs = new Set<string>();
  const note = (name: string): void => {
    if (name.startsWith("nova-compute")) computes.add(name);
  };
  for (const { metadata } of store.list("Pod")) note(metadata.name);
  store.watch(({ kind, object }) => {
    if (kind === "Pod") note(object.metadata.name);
    if (kind === "Job") jobs.add(object.metadata.uid);
  });
  const leaders: Operator[] = [];
  const writes: string[] = [];
  const late: string[] = [];
  const next = (): void => {
    // What the one before the last has sent arrives now, and another one waits for the Lease.
    leaders.at(-2)?.world.thaw(Number.POSITIVE_INFINITY);
    leaders.push(
      lead(cluster, `operator-${leaders.length}`, {
        wrote: (effect) => writes.push(effect.do),
        arrivedLate: (effect, identity) => late.push(`${identity} ${effect.do}`),
        stands: next,
      }),
    );
  };
  next();
  const end = cluster.clock.now() + longestMillis;
  while (cluster.clock.now() < end && !hasEnded(cluster))
    await live(
      cluster.clock,
      cluster.clock.now() + 5000,
      () => leaders,
      () => undefined,
    );
  const ended = hasEnded(cluster);
  for (const { world } of leaders) world.kill();
  expect(leaders.flatMap((leader) => leader.bug() ?? [])).toEqual([]);
  return { leaders: leaders.length, ended, writes, late, computes, jobs };
}

test("each write by another leader, and the one before always late: the same end, no restart more", async () => {
  const { ended, leaders, late, computes, writes } = await eachWriteByAnother(
    installation(),
    isLive,
  );
  expect(ended).toBe(true);
  expect(leaders).toBeGreaterThan(10);
  expect(late.length).toBeGreaterThan(5);
  // What was on its way arrives; the rest of its plan meets the fence.
  const senders = late.map((text) => text.split(" ")[0]);
  expect(new Set(senders).size).toBe(senders.length);
  // Two nova-computes once each, by whichever leader: the pods of before, and one more for each.
  expect(computes.size).toBe(4);
  expect(writes.filter((write) => write === "remove-pod").length).toBeLessThanOrEqual(2);
  expect(writes).toContain("write-state");
});

describe("and a pre-flight is asked once, and nothing of it stays", () => {
  const said = "nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: '***'";
  const isKeptOut = ({ store }: Cluster): boolean =>
    JSON.stringify(store.list("PciWhitelist")).includes('"Quarantined"');

  test.each([
    ["accepted", isLive, 4],
    ["refused", isKeptOut, 2],
  ] as const)("%s", async (verdict, isSettled, pods) => {
    const cluster = installation(
      { jobEnds: () => ({ is: "answers", millis: 3000, verdict, words: said }) },
      { preflight: "Auto" },
    );
    const { ended, leaders, jobs, computes } = await eachWriteByAnother(
      cluster,
      (now) => isSettled(now) && now.store.list("Job").length === 0,
    );
    expect(ended).toBe(true);
    expect(leaders).toBeGreaterThan(5);
    expect(jobs.size).toBe(1);
    expect(computes.size).toBe(pods);
  });
});
