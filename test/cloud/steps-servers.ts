// What a tenant's server gets, keeps on a resize, and cannot be robbed of.
import { deepStrictEqual, equal, match } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../control-plane/processes.ts";
import { aliasExtraSpec } from "../../src/api/names.ts";
import {
  allUpAndEnabled,
  devicesOf,
  eventually,
  examples,
  flavorName,
  manifest,
  patchInstallation,
  type Note,
  type World,
} from "./evidence.ts";
import type { Cluster } from "./kubernetes.ts";
import { list } from "./kubernetes-api.ts";
import { novaNamespace } from "./layout.ts";
import { allReady, installation, pathOf, type OurObject } from "./operator.ts";

/** Where a resize goes: another flavor, and the card that is held afterwards. */
type Move = { readonly flavor: string; readonly asks: string; readonly product: string };

export const byIds: Move = { flavor: "m1.moved", asks: "a2:1", product: "10fb" };
export const byClass: Move = { flavor: "m1.by-class", asks: "by-class:1", product: "1572" };

/** The server that the story is about. */
const serverName = "takes-two";

export async function bootServer(world: World, note: Note): Promise<void> {
  const { nova } = world;
  const flavor = (await nova.flavorNamed(flavorName))!;
  const id = await nova.boot(serverName, flavor.id);
  const server = await nova.settled(id);
  equal(server.status, "ACTIVE", server.fault?.message);
  equal(server["OS-EXT-SRV-ATTR:host"], "compute-1");
  deepStrictEqual(
    (await devicesOf(nova, id)).map((device) => [device.address, device.productId, device.status]),
    [
      ["0000:41:00.0", "154d", "allocated"],
      ["0000:41:00.1", "154d", "allocated"],
    ],
  );
  note(`server ${serverName} is ACTIVE on compute-1 with 0000:41:00.0 and 0000:41:00.1`);
  await placementAgrees(world, id, note);

  const refused = await nova.settled(await nova.boot("does-not-fit", flavor.id));
  equal(refused.status, "ERROR");
  match(refused.fault?.message ?? "", /No valid host was found/);
  note(`a further server: ${refused.fault?.message ?? ""}`);
  await removeServer(world, refused.id);
}

export async function serverOfStory({ nova }: World): Promise<string> {
  const id = await nova.serverNamed(serverName);
  if (id === undefined) throw new Error(`no server ${serverName}: step 2 or 14 makes it`);
  return id;
}

async function placementAgrees(world: World, server: string, note: Note): Promise<void> {
  const allocations = Object.values(await world.nova.allocations(server));
  const classes = allocations.flatMap(({ resources }) => Object.entries(resources));
  const devices = classes.filter(([name]) => name.startsWith("CUSTOM_PCI_"));
  const spec = (await installation(world.cluster)).spec as {
    placement?: { reportInPlacement?: boolean };
  };
  if (spec.placement?.reportInPlacement !== true) {
    equal(devices.length, 0);
    note("Placement does not report PCI here: Nova's own records are the proof");
    return;
  }
  deepStrictEqual(
    devices,
    [1, 1].map((amount) => ["CUSTOM_PCI_8086_154D", amount]),
  );
  note("Placement allocates the same two devices");
}

export async function removeServer({ nova }: World, id: string): Promise<void> {
  await nova.nova("DELETE", `/servers/${id}`);
  await until("the server to go", async () => (await nova.server(id)) === undefined, {
    ...{ seconds: 180, everyMillis: 250 },
  });
}

/** Given out once, deleted: reserved and unused from then on, and nobody else gets it. */
export async function useOnce(world: World, note: Note): Promise<void> {
  const { cluster, nova } = world;
  const flavor = (await nova.flavorNamed("m1.once"))!;
  const server = await nova.settled(await nova.boot("takes-once", flavor.id));
  equal(server.status, "ACTIVE", server.fault?.message);
  equal(server["OS-EXT-SRV-ATTR:host"], "compute-1");
  await removeServer(world, server.id);
  const provider = await until("the device's provider", async () =>
    (await nova.providers()).find(({ name }) => name === "compute-1_0000:81:00.0"),
  );
  const card = await eventually(cluster, "the device to be reserved and unused", async () => {
    const [inventory] = Object.entries(await nova.inventories(provider.uuid));
    const used = Object.values(await nova.usages(provider.uuid)).some((amount) => amount > 0);
    return inventory?.[1].reserved === 1 && !used ? inventory : undefined;
  });
  deepStrictEqual([card[0], card[1].total], ["CUSTOM_PCI_8086_1572", 1]);
  const refused = await nova.settled(await nova.boot("wants-it-dirty", flavor.id));
  equal(refused.status, "ERROR");
  match(refused.fault?.message ?? "", /No valid host was found/);
  await removeServer(world, refused.id);
  note("the card of a deleted server is reserved in Placement, and a further server is refused");
}

export async function addFlavor(world: World): Promise<void> {
  const before = await world.pods.mark();
  await world.cluster.kubectl(["apply", "-f", manifest("second-flavor")]);
  await allReady(world.cluster);
  deepStrictEqual(await world.pods.since(before), [], "a flavor restarts nothing");
}

export async function moveServer(world: World, to: Move, note: Note): Promise<void> {
  const { cluster, nova } = world;
  const id = await serverOfStory(world);
  const flavor = (await nova.flavorNamed(to.flavor))!;
  equal((await nova.extraSpecs(flavor.id))[aliasExtraSpec], to.asks);
  // A scheduler knows no host that has not reported for a minute.
  await allUpAndEnabled(world);
  const asked = await nova.nova("POST", `/servers/${id}/action`, {
    resize: { flavorRef: flavor.id },
  });
  equal(asked.status, 202, JSON.stringify(asked.body));
  const moved = await eventually(cluster, "the resize", async () => {
    const server = await nova.server(id);
    const done = server?.status === "VERIFY_RESIZE" || server?.status === "ERROR";
    return done ? server : undefined;
  });
  equal(moved.status, "VERIFY_RESIZE", moved.fault?.message);
  await nova.nova("POST", `/servers/${id}/action`, { confirmResize: null });
  const server = await eventually(cluster, "the confirmation", async () => {
    const seen = await nova.server(id);
    return seen?.status === "ACTIVE" ? seen : undefined;
  });
  equal(server["OS-EXT-SRV-ATTR:host"], "compute-2");
  const devices = await eventually(cluster, "the first devices to be free", async () => {
    const held = await devicesOf(nova, id);
    return held.length === 1 ? held : undefined;
  });
  deepStrictEqual(
    devices.map((device) => [device.host, device.productId, device.status]),
    [["compute-2", to.product, "allocated"]],
  );
  note(
    `ACTIVE on compute-2 with ${devices[0]!.address} (${to.product}), the first two devices are free`,
  );
}

export async function takeDeviceInUse(world: World, note: Note): Promise<void> {
  const { cluster, nova, pods } = world;
  const server = await serverOfStory(world);
  const before = await pods.mark();
  const inUse = await whitelistOf(cluster, "10fb");
  const name = inUse.metadata.name;
  await cluster.kubectl(["-n", novaNamespace, "delete", "pciwhitelist", name]);
  const status = await eventually(
    cluster,
    "a gate that names the server",
    async () => {
      const text = JSON.stringify((await installation(cluster)).status);
      return text.includes(server) || text.includes(serverName) ? text : undefined;
    },
    300,
  );
  match(status, new RegExp(name), "the status names the retained whitelist");
  // Longer than the grace: had the gate not held, the restart would have begun.
  await pause(10_000);
  deepStrictEqual(await pods.since(before), []);
  equal((await devicesOf(nova, server)).length, 1);
  note(`whitelist ${name} is retained: ${gateText(status, server)}`);
  await cluster.kubectl(["apply", "-f", examples]);
  await patchInstallation(cluster, "short-times");
  await allReady(cluster);
  deepStrictEqual(await pods.since(before), [], "a revert restarts nothing");
  note("applied again: adopted, nothing restarted");
}

function gateText(status: string, server: string): string {
  const sentences = status
    .split('"')
    .filter((text) => text.includes(server) || text.includes(serverName));
  return sentences[0] ?? "";
}

async function whitelistOf(cluster: Cluster, productId: string): Promise<OurObject> {
  const all = await list<OurObject>(cluster.api, pathOf("PciWhitelist"));
  return all.find((object) => JSON.stringify(object.spec).includes(productId))!;
}
