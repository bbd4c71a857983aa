// Keystone is away for a minute while computes are replaced, and a kubelet dies while its nova-compute
// is: nobody is blamed, nothing changes meanwhile, and it goes on by itself.
import { deepStrictEqual, equal } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../control-plane/processes.ts";
import {
  allUpAndEnabled,
  eventually,
  fragments,
  manifest,
  type Note,
  type World,
} from "./evidence.ts";
import type { Mark, Seen } from "./ledger.ts";
import { allReady, everyObject, installation } from "./operator.ts";

const aMinute = 60_000;

type Lost = { readonly node: string; readonly reason: string };

export async function withoutKeystone(world: World, note: Note): Promise<void> {
  const { cluster, pods, keystone } = world;
  const before = await pods.mark();
  const blames = await blamed(world);
  await cluster.kubectl(["apply", "-f", manifest("third-alias")]);
  const first = await firstNewPod(world, before);
  await keystone.stop();
  note(`Keystone is away while nova-compute of ${first.node} is replaced`);
  const began = Date.now();
  await eventually(cluster, "the operator to notice", async () =>
    /CloudUnreachable|Inconclusive/.test(await everyWord(world)),
  );
  const meanwhile = await fragments(world);
  await pause(Math.max(0, began + aMinute - Date.now()));
  deepStrictEqual(
    (await pods.since(before)).map(({ uid }) => uid),
    [first.uid],
    "a pod was replaced while nobody could say whether the first is well",
  );
  deepStrictEqual(await fragments(world), meanwhile, "a fragment changed without Keystone");
  equal(await blamed(world), blames, "somebody is blamed for Keystone");
  await keystone.start();
  await allReady(cluster);
  const restarted = await pods.since(before);
  deepStrictEqual(kinds(restarted), ["compute compute-1", "compute compute-2", "os-api", "os-api"]);
  deepStrictEqual(
    restarted.slice(2).map((pod) => pod.component),
    ["os-api", "os-api"],
    "nova-api after every nova-compute",
  );
  // The first may have: nova-compute 34 ends at its start without Keystone.
  const others = restarted.filter(({ uid }) => uid !== first.uid);
  equal(Math.max(...others.map((pod) => pod.restarts)), 0, "a container had to start twice");
  await allUpAndEnabled(world);
  note("after a minute it is back: the other nova-compute, then 2 nova-api, nothing twice");
}

/** `work` makes nova-compute of compute-1 be replaced, once. */
export async function withoutKubelet(
  world: World,
  work: () => Promise<unknown>,
  note: Note,
): Promise<void> {
  const { cluster, pods } = world;
  const node = world.nodes.find(({ name }) => name === "compute-1")!;
  const before = await pods.mark();
  const blames = await blamed(world);
  await work();
  await firstNewPod(world, before);
  await node.kubelet.stop();
  const lost = await eventually(cluster, "the node to be told lost", async () => {
    const { status } = await installation(cluster);
    return (status?.["lost"] as readonly Lost[] | undefined)?.find((row) => row.node === node.name);
  });
  note(`kubelet killed: ${lost.node} is lost: ${lost.reason}`);
  equal(await blamed(world), blames, "somebody is blamed for the kubelet");
  await node.kubelet.start();
  await allReady(cluster);
  const restarted = await pods.since(before);
  deepStrictEqual(kinds(restarted), ["compute compute-1"]);
  equal(restarted[0]!.restarts, 0, "its container had to start twice");
  equal((await installation(cluster)).status?.["lost"], undefined, "it is still told lost");
  await allUpAndEnabled(world);
  note("kubelet started again: the rollout went on by itself, one restart in all");
}

async function firstNewPod(world: World, before: Mark): Promise<Seen> {
  const seen = await until(
    "the first new pod",
    async () => (await world.pods.since(before)).find((pod) => pod.node !== ""),
    { seconds: 300, everyMillis: 50 },
  );
  equal(seen.component, "compute");
  return seen;
}

/** What the operator holds against anybody; the story has failed before. */
async function blamed(world: World): Promise<number> {
  const { status } = await installation(world.cluster);
  deepStrictEqual(status?.["quarantined"] ?? [], [], "an entry is blamed");
  return [...JSON.stringify(status).matchAll(/RolledBack|RollingBack|Failed/g)].length;
}

async function everyWord(world: World): Promise<string> {
  return JSON.stringify((await everyObject(world.cluster)).map(({ status }) => status));
}

function kinds(restarted: readonly Seen[]): readonly string[] {
  return restarted
    .map((pod) => (pod.component === "compute" ? `compute ${pod.node}` : pod.component))
    .sort();
}
