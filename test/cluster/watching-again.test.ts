// How often a watch is opened in an hour in which nothing happens, and how soon it is open again once the
// server answers: the shipped reflector on virtual time, before the API server in memory.
import { expect, test } from "@jest/globals";
import { startReflector, usualTiming } from "../../src/cluster/watch/reflector.ts";
import { connect } from "../../src/embedded/api/connection.ts";
import { makeCluster, type Cluster } from "../../src/embedded/cluster.ts";
import { makeChance } from "../../src/embedded/store/chance.ts";

function watching(cluster: Cluster, random: () => number) {
  const { clock, namespace } = cluster;
  const connection = connect(cluster.api.requests, clock);
  const reflector = startReflector<string>({
    rest: connection,
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    view: (object) => object.metadata.name,
    same: (a, b) => a === b,
    changed: () => undefined,
    timing: { ...usualTiming, random, clock },
  });
  return { connection, reflector };
}

/** Virtual time passes, and every promise settles before the next thing happens. */
async function pass({ clock }: Cluster, millis: number): Promise<void> {
  let over = false as boolean;
  clock.after(millis, () => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  while (!over) {
    clock.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const hour = 3_600_000;

test.each([0, 0.5, 0.999])("in an idle hour at most 13 times, at chance %d", async (chance) => {
  const cluster = makeCluster({});
  const { reflector } = watching(cluster, () => chance);
  await pass(cluster, 1000);
  const first = reflector.opened();
  await pass(cluster, hour);
  const { lists, watches } = reflector.opened();
  expect(lists).toBe(first.lists);
  expect(watches - first.watches).toBeGreaterThan(0);
  expect(watches - first.watches).toBeLessThanOrEqual(13);
  reflector.stop();
});

test("within two seconds of the server's first answer, 99 times of 100, however long it was away", async () => {
  const chance = makeChance(7);
  const cluster = makeCluster({});
  const { connection, reflector } = watching(cluster, () => chance.next());
  await pass(cluster, 5000);
  const waits: number[] = [];
  for (let outage = 0; outage < 100; outage += 1) {
    // Reset, silent from then on, and what happened meanwhile is forgotten: 410.
    const away = chance.pick([1, 100, 3000, 40_000, 600_000]);
    connection.lose("ConfigMap", cluster.clock.now() + away);
    await pass(cluster, away);
    const name = `new-${outage}`;
    cluster.store.create("ConfigMap", { metadata: { name }, data: {} });
    const back = cluster.clock.now();
    while (![...reflector.store.values()].includes(name)) await pass(cluster, 20);
    waits.push(cluster.clock.now() - back);
    await pass(cluster, chance.between(1500, 20_000));
  }
  const [longest, next] = [...waits].sort((a, b) => b - a) as [number, number];
  expect(next).toBeLessThanOrEqual(2000);
  expect(longest).toBeLessThanOrEqual(4000);
  reflector.stop();
});
