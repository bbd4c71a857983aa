// The seven steps: what the operator promises, each asserted from Nova's and Kubernetes' own
// answers. Read it from the top; what it needs to know of the world is in the files it imports.
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { aliasExtraSpec, fragmentKey, passthroughName } from "../../src/api/names.ts";
import type { Cluster } from "./kubernetes.ts";
import { novaNamespace, root } from "./layout.ts";
import type { Ledger, Mark, Seen } from "./ledger.ts";
import type { Device, OpenStackApi } from "./openstack-api.ts";
import {
  allReady,
  everyObject,
  events,
  installation,
  killOperator,
  pathOf,
  type OurObject,
} from "./operator.ts";
import { until } from "./processes.ts";
import type { Report } from "./report.ts";

export type World = {
  readonly cluster: Cluster;
  readonly nova: OpenStackApi;
  readonly pods: Ledger;
  readonly told: Report;
};

type Note = (line: string) => void;

const manifest = (name: string) => join(import.meta.dirname, "manifests", `${name}.yaml`);
const examples = join(root, "deploy/examples");
const flavorName = "m1.large";
const movedName = "m1.moved";
/** Nova's own words about oneTimeUse without report_in_placement. */
const novaSays = /PciConfigInvalidSpec.*one_time_use=true requires/;

export async function story(world: World): Promise<void> {
  const { told } = world;
  const step = (title: string, work: (note: Note) => Promise<void>) => told.step(title, work);
  let server = "";
  let good: After | undefined;
  let bad: After | undefined;
  await step("1 fragments injected, services restarted, filter on, extra spec last", (note) =>
    examplesApplied(world, note),
  );
  await step("2 a server gets exactly its two devices, a third does not fit", async (note) => {
    server = await serverBoots(world, note);
  });
  await step("3 that server is resized to another PCI flavor", (note) =>
    serverMoves(world, server, note),
  );
  await step("4 a second whitelist for one node restarts one nova-compute", async (note) => {
    good = await cardAdded(world, note);
  });
  await step(
    "5 a spec that Nova refuses stops one nova-compute and is rolled back",
    async (note) => {
      bad = await refusedAndRolledBack(world, note);
    },
  );
  await step("6 taking away a device in use is a gate that names the server", (note) =>
    removalGated(world, server, note),
  );
  await step("7a the operator is killed in the middle of step 4: the same end", async (note) => {
    await undo(world, "second-whitelist", 1);
    deepStrictEqual(await cardAdded(world, note, killOperator), good);
  });
  await step("7b the operator is killed in the middle of step 5: the same end", async (note) => {
    await undo(world, "bad-whitelist", 0);
    deepStrictEqual(await refusedAndRolledBack(world, note, killOperator), bad);
  });
}

// Step 1

async function examplesApplied(world: World, note: Note): Promise<void> {
  const { cluster, nova, pods } = world;
  const before = await pods.mark();
  const conductor = (await pods.look()).filter((pod) => pod.component === "conductor");
  await cluster.kubectl(["apply", "-f", examples]);
  await patchInstallation(cluster, "short-times");
  const flavorId = await until(
    `the extra spec of ${flavorName}`,
    async () => {
      const flavor = await nova.flavorNamed(flavorName);
      if (flavor === undefined) return undefined;
      return aliasExtraSpec in (await nova.extraSpecs(flavor.id)) ? flavor.id : undefined;
    },
    { seconds: 300, everyMs: 250 },
  ).catch(async (error: unknown) => {
    throw new Error(await lastWords(cluster), { cause: error });
  });
  // The first moment at which the extra spec is there: everything it needs must be live by now.
  for (const pod of (await pods.look()).filter(({ component }) => component === "os-api")) {
    ok(pod.fragment, `${pod.name} has no fragment while the extra spec is written`);
    ok(pod.ready, `${pod.name} is not Ready while the extra spec is written`);
  }
  equal((await nova.extraSpecs(flavorId))[aliasExtraSpec], "a1:2");
  note(`extra spec ${aliasExtraSpec} = a1:2, when every nova-api pod was Ready with its fragment`);
  await allReady(cluster);

  const restarted = await pods.since(before);
  deepStrictEqual(countBy(restarted, "component"), { compute: 2, "os-api": 2, scheduler: 1 });
  note("restarted: 2 nova-api, 1 nova-scheduler, 2 nova-compute, no nova-conductor");
  const still = (await pods.look()).filter((pod) => pod.component === "conductor");
  deepStrictEqual(uids(still), uids(conductor));
  equal(Math.max(...restarted.map((pod) => pod.restarts)), 0, "a container had to start twice");

  await whatEachReads(world, note);
}

/** Nova's own view of its configuration, asked in the pods. */
async function whatEachReads(world: World, note: Note): Promise<void> {
  const { cluster, pods } = world;
  const running = await pods.look();
  const of = (component: string, node?: string) =>
    running.find(
      (pod) => pod.component === component && (node === undefined || pod.node === node),
    )!;
  const api = await oslo(cluster, of("os-api"), "c.pci.alias");
  match(api, /"a1"/);
  match(api, /"a2"/);
  match(
    await oslo(cluster, of("scheduler"), "c.filter_scheduler.enabled_filters"),
    /PciPassthrough/,
  );
  const first = await oslo(cluster, of("compute", "compute-1"), "c.pci.device_spec");
  match(first, /0000:41:00/);
  ok(!first.includes("10fb"), "compute-1 reads the other node's device spec");
  const second = await oslo(cluster, of("compute", "compute-2"), "c.pci.device_spec");
  match(second, /10fb/);
  ok(!second.includes("154d"), "compute-2 reads the other node's device spec");
  equal(await oslo(cluster, of("os-api"), "c.pci.device_spec"), "[]");
  note(
    "oslo.config in the pods: aliases in nova-api, filter in nova-scheduler, own specs on nodes",
  );
}

// Step 2

async function serverBoots(world: World, note: Note): Promise<string> {
  const { nova } = world;
  const flavor = (await nova.flavorNamed(flavorName))!;
  const id = await nova.boot("takes-two", flavor.id);
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
  note("server takes-two is ACTIVE on compute-1 with 0000:41:00.0 and 0000:41:00.1");
  await placementAgrees(world, id, note);

  const refused = await nova.settled(await nova.boot("does-not-fit", flavor.id));
  equal(refused.status, "ERROR");
  match(refused.fault?.message ?? "", /No valid host was found/);
  note(`a further server: ${refused.fault?.message ?? ""}`);
  await nova.nova("DELETE", `/servers/${refused.id}`);
  await until(
    "the refused server to go",
    async () => (await nova.server(refused.id)) === undefined,
  );
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
  equal(
    devices.map(([, amount]) => amount).reduce((sum, amount) => sum + amount, 0),
    2,
  );
  note("Placement allocates the same two devices");
}

// Step 3

async function serverMoves(world: World, id: string, note: Note): Promise<void> {
  const { cluster, nova, pods } = world;
  const before = await pods.mark();
  await cluster.kubectl(["apply", "-f", manifest("second-flavor")]);
  await allReady(cluster);
  const flavor = (await nova.flavorNamed(movedName))!;
  equal((await nova.extraSpecs(flavor.id))[aliasExtraSpec], "a2:1");
  deepStrictEqual(await pods.since(before), [], "a flavor restarts nothing");
  const asked = await nova.nova("POST", `/servers/${id}/action`, {
    resize: { flavorRef: flavor.id },
  });
  equal(asked.status, 202, JSON.stringify(asked.body));
  const moved = await until("the resize", async () => {
    const server = await nova.server(id);
    const done = server?.status === "VERIFY_RESIZE" || server?.status === "ERROR";
    return done ? server : undefined;
  });
  equal(moved.status, "VERIFY_RESIZE", moved.fault?.message);
  await nova.nova("POST", `/servers/${id}/action`, { confirmResize: null });
  const server = await until("the confirmation", async () => {
    const seen = await nova.server(id);
    return seen?.status === "ACTIVE" ? seen : undefined;
  });
  equal(server["OS-EXT-SRV-ATTR:host"], "compute-2");
  const devices = await until("the first devices to be free", async () => {
    const held = await devicesOf(nova, id);
    return held.length === 1 ? held : undefined;
  });
  deepStrictEqual(
    devices.map((device) => [device.host, device.productId, device.status]),
    [["compute-2", "10fb", "allocated"]],
  );
  note(`ACTIVE on compute-2 with ${devices[0]!.address} (10fb), the first two devices are free`);
}

// Step 4

/** What must be the same with and without a killed operator. */
type After = { readonly restarts: unknown; readonly fragments: unknown };

type Blow = () => number;

async function cardAdded(world: World, note: Note, blow?: Blow): Promise<After> {
  const { cluster, nova, pods } = world;
  const before = await pods.mark();
  await cluster.kubectl(["apply", "-f", manifest("second-whitelist")]);
  if (blow !== undefined) await strikeAt(world, before, note, blow);
  await allReady(cluster);
  const restarted = await pods.since(before);
  deepStrictEqual(
    restarted.map((pod) => [pod.component, pod.node, pod.restarts]),
    [["compute", "compute-1", 0]],
  );
  const card = await until("the new card in Nova", async () =>
    (await nova.devices()).find((one) => one.host === "compute-1" && one.productId === "1572"),
  );
  equal(card.status, "available");
  await allUpAndEnabled(world);
  note(`one restart, nova-compute of compute-1; Nova knows ${card.address} there`);
  return after(world, restarted);
}

// Step 5

async function refusedAndRolledBack(world: World, note: Note, blow?: Blow): Promise<After> {
  const { cluster, pods } = world;
  const before = await pods.mark();
  const fragmentsBefore = await fragments(world);
  await patchInstallation(cluster, "accept-invalid");
  await cluster.kubectl(["apply", "-f", manifest("bad-whitelist")]);
  if (blow !== undefined) await strikeAt(world, before, note, blow);
  await until(
    "the rollback",
    async () => {
      const said = JSON.stringify(await everyObject(cluster));
      const back = (await fragments(world)).join() === fragmentsBefore.join();
      return novaSays.test(said) && back && (await pods.since(before)).length >= 2;
    },
    { seconds: 240, everyMs: 500 },
  ).catch(async (error: unknown) => {
    throw new Error(await lastWords(cluster), { cause: error });
  });
  await allUpAndEnabled(world);
  const restarted = await pods.since(before);
  deepStrictEqual(
    restarted.map((pod) => [pod.component, pod.node]),
    [
      ["compute", "compute-2"],
      ["compute", "compute-2"],
    ],
  );
  const [failed, restored] = restarted as [Seen, Seen];
  ok(failed.restarts > 0 || failed.gone, "the first pod was to fail");
  equal(restored.restarts, 0);
  const status = JSON.stringify((await installation(cluster)).status);
  match(status, novaSays, "the status quotes Nova");
  match(status, /refused-by-nova/, "the status names what is quarantined");
  const quoted = await until("the Event", async () =>
    (await events(cluster)).find((event) => novaSays.test(event)),
  );
  note(`two pods of compute-2 and no other: ${failed.fragment ?? ""}, then its former fragment`);
  note(`Event: ${quoted}`);
  return after(world, restarted);
}

// Step 6

async function removalGated(world: World, server: string, note: Note): Promise<void> {
  const { cluster, nova, pods } = world;
  const before = await pods.mark();
  const inUse = await whitelistOf(cluster, "10fb");
  const name = inUse.metadata.name;
  await cluster.kubectl(["-n", novaNamespace, "delete", "pciwhitelist", name]);
  const status = await until(
    "a gate that names the server",
    async () => {
      const text = JSON.stringify((await installation(cluster)).status);
      return text.includes(server) || text.includes("takes-two") ? text : undefined;
    },
    { seconds: 90, everyMs: 500 },
  ).catch(async (error: unknown) => {
    throw new Error(await lastWords(cluster), { cause: error });
  });
  match(status, new RegExp(name), "the status names the retained whitelist");
  // Longer than the grace: had the gate not held, the restart would have begun.
  await pause(10_000);
  deepStrictEqual(await pods.since(before), []);
  equal((await devicesOf(nova, server)).length, 1);
  note(`whitelist ${name} is retained: ${gateText(status, server)}`);
  await cluster.kubectl(["apply", "-f", examples]);
  await allReady(cluster);
  deepStrictEqual(await pods.since(before), [], "a revert restarts nothing");
  note("applied again: adopted, nothing restarted");
}

function gateText(status: string, server: string): string {
  const sentences = status
    .split('"')
    .filter((text) => text.includes(server) || text.includes("takes-two"));
  return sentences[0] ?? "";
}

async function whitelistOf(cluster: Cluster, productId: string): Promise<OurObject> {
  const all = await cluster.api.list<OurObject>(pathOf("PciWhitelist"));
  return all.find((one) => JSON.stringify(one.spec).includes(productId))!;
}

// Step 7

/** Takes an object of an earlier step away, and waits for the restarts that this costs. */
async function undo(world: World, name: string, restarts: number): Promise<void> {
  const { cluster, pods } = world;
  const before = await pods.mark();
  await cluster.kubectl(["delete", "-f", manifest(name)]);
  await until(
    `${restarts} restarts of the removal`,
    async () => (await pods.since(before)).length >= restarts,
    { seconds: 120 },
  );
  await pause(3000);
  await allReady(world.cluster);
  equal((await pods.since(before)).length, restarts);
}

/** In the middle: the first pod of the change is being replaced. */
async function strikeAt(world: World, before: Mark, note: Note, blow: Blow): Promise<void> {
  await until("the first new pod", async () => (await world.pods.since(before)).length > 0, {
    seconds: 120,
    everyMs: 50,
  });
  const killed = blow();
  ok(killed > 0, "no process of the operator was found");
  note(`${killed} processes of the operator killed while the pod was being replaced`);
}

// What several steps ask

async function after(world: World, restarted: readonly Seen[]): Promise<After> {
  return {
    restarts: restarted.map((pod) => [pod.component, pod.node, pod.fragment]),
    fragments: await fragments(world),
  };
}

async function fragments(world: World): Promise<readonly string[]> {
  const running = await world.pods.look();
  return running
    .map(
      (pod) =>
        `${pod.component} ${pod.component === "compute" ? pod.node : ""} ${pod.fragment ?? "none"}`,
    )
    .sort();
}

async function allUpAndEnabled(world: World): Promise<void> {
  await until(
    "every nova-compute up and enabled",
    async () => {
      const rows = (await world.nova.services()).filter((row) => row.binary === "nova-compute");
      return (
        rows.length === 2 && rows.every((row) => row.state === "up" && row.status === "enabled")
      );
    },
    { seconds: 60, everyMs: 500 },
  );
}

async function devicesOf(nova: OpenStackApi, server: string): Promise<readonly Device[]> {
  return (await nova.devices()).filter((device) => device.server === server);
}

async function patchInstallation(cluster: Cluster, name: string): Promise<void> {
  await cluster.kubectl([
    ...["-n", novaNamespace, "patch", "pcipassthrough", passthroughName],
    ...["--type=merge", "--patch-file", manifest(name)],
  ]);
}

/** What oslo.config gives Nova in that pod, read as its service reads it. */
async function oslo(cluster: Cluster, pod: Seen, expression: string): Promise<string> {
  const program = [
    "import nova.conf as n; c = n.CONF",
    "c([], project='nova', default_config_files=['/etc/nova/nova.conf'])",
    `print(${expression})`,
  ].join("\n");
  const python = await pythonOf(cluster, pod);
  const exec = ["-n", novaNamespace, "exec", pod.name, "--", python, "-c", program];
  return (await cluster.kubectl(exec)).trim();
}

async function pythonOf(cluster: Cluster, pod: Seen): Promise<string> {
  const path = `/api/v1/namespaces/${novaNamespace}/pods/${pod.name}`;
  const found = await cluster.api.get<{
    spec: { containers: readonly { command: readonly string[] }[] };
  }>(path);
  return found!.spec.containers[0]!.command[0]!;
}

/** For the report: the file itself, from every pod that has one. */
export async function whatPodsRead(world: World): Promise<string> {
  const running = (await world.pods.look()).filter((pod) => pod.fragment !== undefined);
  const parts = await Promise.all(
    running.map(async (pod) => {
      const file = `/etc/nova/nova.conf.d/${fragmentKey}`;
      const exec = ["-n", novaNamespace, "exec", pod.name, "--", "/bin/cat", file];
      const text = await world.cluster.kubectl(exec).catch(() => "(not readable)");
      return `${pod.name} on ${pod.node} reads ${pod.fragment ?? ""}:\n${text}`;
    }),
  );
  return parts.join("\n");
}

export function everyPod(world: World): string {
  const rows = world.pods.all().map((pod) => {
    const end = pod.gone ? "gone" : pod.ready ? "ready" : "not ready";
    return `${pod.component} ${pod.node} ${pod.name} ${pod.fragment ?? "-"} container restarts ${pod.restarts} ${end}`;
  });
  return rows.join("\n");
}

async function lastWords(cluster: Cluster): Promise<string> {
  const said = (await everyObject(cluster)).map(
    (object) => `${object.metadata.name}: ${JSON.stringify(object.status ?? {})}`,
  );
  return [...said, ...(await events(cluster)).slice(-15)].join("\n");
}

function countBy(pods: readonly Seen[], key: "component"): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const pod of [...pods].sort((a, b) => a[key].localeCompare(b[key])))
    counts[pod[key]] = (counts[pod[key]] ?? 0) + 1;
  return counts;
}

function uids(pods: readonly Seen[]): readonly string[] {
  return pods.map((pod) => pod.uid).sort();
}
