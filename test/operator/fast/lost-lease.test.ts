// The loop that is shipped loses its lease in the middle of an effect, again and again: each leader gets
// one write done, the next one is on its way when somebody else begins, and arrives late.
import { describe, expect, test } from "@jest/globals";
import { withDefaults } from "../../../src/api/parse.ts";
import { NotLeading } from "../../../src/cluster/wire/not-leading.ts";
import {
  makeCluster,
  passTime,
  type Cluster,
  type ClusterOptions,
} from "../../../src/embedded/cluster.ts";
import { addUsualWorkloads, computeLabel } from "../../../src/embedded/workloads.ts";
import { makeWorld, type EmbeddedWorld } from "../../../src/embedded/world.ts";
import { startLoop, type Loop } from "../../../src/operator/loop.ts";
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

type Leader = { readonly loop: Loop; readonly world: EmbeddedWorld; leads: boolean };

type Told = {
  readonly wrote: (effect: Effect) => void;
  /** What it sent as leader arrives when it is none. */
  readonly arrivedLate: (effect: Effect) => void;
  readonly lost: () => void;
};

/** One write is done; the next request is on its way when it loses its lease. */
function lead(cluster: Cluster, told: Told): Leader {
  let held = false;
  const world = makeWorld(cluster, {
    performed: (effect, done) => {
      if (!leader.leads) return told.arrivedLate(effect);
      if (!done || isWord(effect)) return;
      told.wrote(effect);
      held = true;
      world.freeze();
    },
  });
  const perform = (namespace: string, effect: Effect): Promise<void> => {
    if (!leader.leads) return Promise.reject(new NotLeading());
    const sent = world.perform(namespace, effect);
    if (held) {
      leader.leads = false;
      told.lost();
    }
    return sent;
  };
  const loop = startLoop({
    world: { ...world, perform },
    plan,
    leads: () => leader.leads,
    reported: () => undefined,
    // Of the real clock, which stands nearly still beside the cluster's.
    times: {
      ...{ gatherMillis: 0, spreadMillis: 1, firstRetryMillis: 1, maxRetryMillis: 5 },
      ...{ pollMillis: 5, lookMillis: 5, driftMillis: 20 },
    },
  });
  const leader: Leader = { loop, world, leads: true };
  loop.wake();
  return leader;
}

function isLive({ store }: Cluster): boolean {
  return (["PciAlias", "PciWhitelist", "PciPassthrough"] as const).every((kind) =>
    store.list(kind).every(({ status }) => {
      const { conditions = [] } = (status ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      return conditions.some((one) => one.type === "Ready" && one.status === "True");
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

/** Until it has ended, or for ten minutes of the cluster. */
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
  const leaders: Leader[] = [];
  const writes: string[] = [];
  const late: string[] = [];
  const next = (): void => {
    // What the one before the last has sent arrives now, and the new one begins.
    leaders.at(-2)?.world.thaw(1);
    leaders.push(
      lead(cluster, {
        wrote: (one) => writes.push(one.do),
        arrivedLate: (one) => late.push(one.do),
        lost: next,
      }),
    );
  };
  next();
  for (let turn = 0; turn < 6000 && !hasEnded(cluster); turn += 1) {
    passTime(cluster.clock, 100);
    if (turn % 10 === 0) leaders.at(-1)!.loop.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ended = hasEnded(cluster);
  await stopped(cluster, leaders);
  return { leaders: leaders.length, ended, writes, late, computes, jobs };
}

async function stopped({ clock }: Cluster, leaders: readonly Leader[]): Promise<void> {
  for (const one of leaders) {
    one.leads = false;
    one.world.kill();
    one.world.thaw(0);
  }
  let done = false;
  void Promise.all(leaders.map((one) => one.loop.stop())).then(() => (done = true));
  // What is on its way takes a moment of the cluster's time.
  while (!done) {
    passTime(clock, 100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("each write by another leader, and the one before always late: the same end, no restart more", async () => {
  const { ended, leaders, late, computes, writes } = await eachWriteByAnother(
    installation(),
    isLive,
  );
  expect(ended).toBe(true);
  expect(leaders).toBeGreaterThan(10);
  expect(late.length).toBeGreaterThan(5);
  // Two nova-computes once each, by whichever leader: the pods of before, and one more for each.
  expect(computes.size).toBe(4);
  expect(writes.filter((one) => one === "remove-pod").length).toBeLessThanOrEqual(2);
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
