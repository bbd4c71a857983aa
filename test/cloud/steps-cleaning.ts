// Drives that are handed out once, with PCI in Placement: real servers of a real Nova use them, Jobs
// of real kubelets clean them, and what could not be cleaned nobody gets.
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../control-plane/processes.ts";
import { eventually, manifest, type Note, type World } from "./evidence.ts";
import { list, type KubeObject } from "./kubernetes-api.ts";
import { novaNamespace, root } from "./layout.ts";
import { allReady, conditionOf, events, killOperator, ours } from "./operator.ts";

const flavorName = "m1.drive";
const drive = "0000:61:00.0";
const [bad, good] = ["compute-1", "compute-2"] as const;
const oneLine = `${good} ${drive} 144d:a80a`;
/** Servers stay below the quota of a new project; Placement is what refuses them, and is asked more. */
const [servers, questions] = [5, 95];

type Job = KubeObject & {
  readonly spec: { readonly template: { readonly spec: { readonly nodeName: string } } };
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
};

function jobs({ cluster }: World): Promise<readonly Job[]> {
  const selector = "labelSelector=pci.openstack.org%2Fcleaning";
  return list<Job>(cluster.api, `/apis/batch/v1/namespaces/${novaNamespace}/jobs?${selector}`);
}

const isComplete = (job: Job): boolean =>
  job.status?.conditions?.some(
    (condition) => condition.type === "Complete" && condition.status === "True",
  ) === true;

/** A program in the nova-compute of a node, whose /var/lib/nova is the node's own. */
async function onNode({ cluster, pods }: World, node: string, ...command: readonly string[]) {
  const pod = (await pods.look()).find(
    (seen) => seen.component === "compute" && seen.node === node,
  )!;
  const exec = ["-n", novaNamespace, "exec", pod.name, "--", "/bin/busybox", ...command];
  return (await cluster.kubectl(exec)).trim();
}

async function wipes(world: World, node: string): Promise<readonly string[]> {
  const text = await onNode(world, node, "sh", "-c", "cat /var/lib/nova/wiped || true");
  return text.split("\n").filter((line) => line !== "");
}

/** What Placement says of the drive of a node. */
async function stock({ nova }: World, node: string) {
  const provider = (await nova.providers()).find((item) => item.name === `${node}_${drive}`);
  if (provider === undefined) return undefined;
  const { CUSTOM_PCI_144D_A80A: row } = await nova.inventories(provider.uuid);
  const used = (await nova.usages(provider.uuid))["CUSTOM_PCI_144D_A80A"] ?? 0;
  return row === undefined ? undefined : { reserved: row.reserved, used };
}

function reservedAndUsed(world: World, node: string, reserved: number, used: number) {
  return eventually(world.cluster, `${node}: reserved ${reserved}, used ${used}`, async () => {
    const seen = await stock(world, node);
    return seen?.reserved === reserved && seen.used === used;
  });
}

async function boot({ nova }: World, name: string) {
  const { id } = (await nova.flavorNamed(flavorName))!;
  const server = await nova.settled(await nova.boot(name, id));
  return { ...server, host: server["OS-EXT-SRV-ATTR:host"] };
}

async function remove({ nova }: World, id: string): Promise<void> {
  await nova.nova("DELETE", `/servers/${id}`);
  await until(`server ${id} to go`, async () => (await nova.server(id)) === undefined, {
    seconds: 180,
  });
}

/** Its objects are there, and the right to make Jobs is not, until somebody does what it says. */
async function allowCleaning(world: World, note: Note): Promise<void> {
  const { cluster } = world;
  await cluster.kubectl(["apply", "-f", manifest("cleaning")]);
  const said = await eventually(cluster, "the missing right", async () => {
    const stalled = conditionOf(await ours(cluster, "PciWhitelist", "drives"), "Stalled");
    return stalled?.reason === "CleaningDenied" ? stalled.message : undefined;
  });
  const [, folder] = /-k (deploy\/namespace\/cleaning)/.exec(said)!;
  await cluster.kubectl(["-n", novaNamespace, "apply", "-k", `${root}/${folder!}`]);
  await allReady(cluster);
  for (const node of [bad, good]) await reservedAndUsed(world, node, 0, 0);
  note(`${said}; after that both drives are offered`);
}

/** Two servers have had both drives; that of compute-1 cannot be wiped. */
export async function cleanBetweenServers(world: World, note: Note): Promise<void> {
  await allowCleaning(world, note);
  await onNode(world, bad, "touch", "/var/lib/nova/cannot-be-wiped");
  const before = await Promise.all(["before-1", "before-2"].map((text) => boot(world, text)));
  deepStrictEqual(before.map((host) => [host.status, host.host]).sort(), [
    ["ACTIVE", bad],
    ["ACTIVE", good],
  ]);
  for (const node of [bad, good]) await reservedAndUsed(world, node, 1, 1);
  await Promise.all(before.map(({ id }) => remove(world, id)));
  await reservedAndUsed(world, bad, 1, 0);
  await reservedAndUsed(world, good, 0, 0);
  deepStrictEqual(await wipes(world, good), [oneLine]);
  deepStrictEqual(await wipes(world, bad), []);
  const after = await boot(world, "after");
  equal(after.status, "ACTIVE", after.fault?.message);
  equal(after.host, good);
  note(`the Job ran on ${good}, and the next server has the same drive there`);
  await refusedOf(world, note);
  await killedAtEachWrite(world, after.id, note);
  await repaired(world, note);
}

async function refusedOf(world: World, note: Note): Promise<void> {
  const { cluster } = world;
  const failed = await eventually(cluster, "the failure in the status", async () => {
    const { status } = await ours(cluster, "PciWhitelist", "drives");
    const cleaning = status?.["cleaning"] as { failed: number; devices: { message: string }[] };
    return cleaning?.failed === 1 ? cleaning.devices[0] : undefined;
  });
  match(failed.message, /BackoffLimitExceeded.*format failed: device busy/);
  const refused = await Promise.all(
    Array.from({ length: servers }, (_, at) => boot(world, `try-${at}`)),
  );
  for (const host of refused) {
    equal(host.status, "ERROR", `${host.name} runs on ${host.host ?? ""}`);
    match(host.fault?.message ?? "", /No valid host/);
  }
  await Promise.all(refused.map(({ id }) => remove(world, id)));
  for (let asked = 0; asked < questions; asked += 1)
    deepStrictEqual(await world.nova.candidates("CUSTOM_PCI_144D_A80A"), []);
  deepStrictEqual(await stock(world, bad), { reserved: 1, used: 0 });
  equal((await jobs(world)).length, 1, "the failed Job is kept, and no other is made");
  const told = (await events(cluster)).filter((event) => event.includes("CleaningFailed"));
  ok(told.length > 0, "an Event tells of it");
  note(`${servers} servers and ${questions} questions were refused: ${failed.message}`);
}

/** Dead as soon as each write of the cleaning is seen: the same end, and one wipe. */
async function killedAtEachWrite(world: World, server: string, note: Note): Promise<void> {
  const { cluster } = world;
  const others = new Set((await jobs(world)).map((object) => object.metadata.name));
  const own = async () => (await jobs(world)).find((object) => !others.has(object.metadata.name));
  const killed = async (): Promise<void> => {
    await until("the operator to be killed", () => Promise.resolve(killOperator() > 0));
  };
  await remove(world, server);
  const job = await eventually(cluster, "the Job", own);
  await killed();
  equal(job.spec.template.spec.nodeName, good);
  await eventually(cluster, "the Job to finish", async () => {
    const now = await own();
    return now === undefined || isComplete(now);
  });
  equal((await wipes(world, good)).length, 2);
  await killed();
  await eventually(cluster, "the drive back", async () => {
    return (await stock(world, good))?.reserved === 0;
  });
  await killed();
  await eventually(cluster, "the Job to be forgotten", async () => (await own()) === undefined);
  await pause(10_000);
  deepStrictEqual(await stock(world, good), { reserved: 0, used: 0 });
  deepStrictEqual(await wipes(world, good), [oneLine, oneLine]);
  note("killed after the Job was made, when it had finished and when the drive was back: one wipe");
}

/** What the message says: mend it, delete the failed Job. */
async function repaired(world: World, note: Note): Promise<void> {
  await onNode(world, bad, "rm", "/var/lib/nova/cannot-be-wiped");
  const [failed] = await jobs(world);
  await world.cluster.kubectl(["-n", novaNamespace, "delete", "job", failed!.metadata.name]);
  await reservedAndUsed(world, bad, 0, 0);
  equal((await wipes(world, bad)).length, 1);
  await allReady(world.cluster);
  note(`after the failed Job was deleted, the drive of ${bad} is cleaned and offered again`);
}
