// The shipped examples, from nothing to a flavor that Nova knows.
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { aliasExtraSpec } from "../../src/api/names.ts";
import {
  eventually,
  examples,
  countedBy,
  flavorName,
  manifests,
  oslo,
  patchInstallation,
  type Note,
  type World,
} from "./evidence.ts";
import type { Seen } from "./ledger.ts";
import { allReady } from "./operator.ts";

type Extra = { readonly objects: readonly string[]; readonly patches: readonly string[] };

/** From nothing; what is `extra` comes in the same breath. */
async function toTheFlavor(world: World, extra: Extra, note: Note): Promise<void> {
  const { cluster, nova, pods } = world;
  await cluster.kubectl([
    "apply",
    "-f",
    examples,
    ...extra.objects.flatMap((object) => ["-f", object]),
  ]);
  for (const patch of ["short-times", ...extra.patches]) await patchInstallation(cluster, patch);
  const flavorId = await eventually(
    cluster,
    `the extra spec of ${flavorName}`,
    async () => {
      const flavor = await nova.flavorNamed(flavorName);
      if (flavor === undefined) return undefined;
      return aliasExtraSpec in (await nova.extraSpecs(flavor.id)) ? flavor.id : undefined;
    },
    600,
  );
  // The first moment at which the extra spec is there: everything it needs must be live by now.
  const apis = (await pods.look()).filter(({ component }) => component === "os-api");
  for (const pod of apis)
    ok(pod.fragment, `${pod.name} has no fragment while the extra spec is written`);
  // Both replicas serve; with PCI in Placement the next rollout has begun and makes a third.
  const ready = apis.filter((pod) => pod.ready).length;
  ok(ready >= 2, `${ready} of ${apis.length} nova-api are Ready while the extra spec is written`);
  equal((await nova.extraSpecs(flavorId))[aliasExtraSpec], "a1:2");
  note(
    `extra spec ${aliasExtraSpec} = a1:2, when two nova-api pods were Ready with their fragments`,
  );
  await allReady(cluster);
}

export async function applyExamples(world: World, note: Note): Promise<void> {
  const { pods } = world;
  const before = await pods.mark();
  const conductor = (await pods.look()).filter((pod) => pod.component === "conductor");
  await toTheFlavor(world, { objects: [], patches: [] }, note);

  const restarted = await pods.since(before);
  deepStrictEqual(countedBy(restarted), { compute: 2, "os-api": 2, scheduler: 1 });
  note("restarted: 2 nova-api, 1 nova-scheduler, 2 nova-compute, no nova-conductor");
  const still = (await pods.look()).filter((pod) => pod.component === "conductor");
  deepStrictEqual(uids(still), uids(conductor));
  equal(Math.max(...restarted.map((pod) => pod.restarts)), 0, "a container had to start twice");

  await whatEachReads(world, note);
}

/** PCI in Placement, a card by its class, and one that is given out once. */
export async function applyWithPlacement(world: World, note: Note): Promise<void> {
  const { pods } = world;
  const before = await pods.mark();
  await toTheFlavor(world, { objects: [manifests("placement")], patches: ["placement"] }, note);
  const restarted = await pods.since(before);
  const counts = countedBy(restarted);
  note(`restarted: ${JSON.stringify(counts)}`);
  equal(Math.max(...restarted.map((pod) => pod.restarts)), 0, "a container had to start twice");
  await whatEachReads(world, note);
  // Placement is asked when all nodes have reported, which may be a restart later than the flavor.
  await eventually(
    world.cluster,
    "a nova-scheduler that asks Placement for devices",
    async () => {
      const scheduler = (await pods.look()).find((pod) => pod.component === "scheduler");
      if (scheduler?.ready !== true) return undefined;
      const asked = await oslo(
        world.cluster,
        scheduler,
        "c.filter_scheduler.pci_in_placement",
      ).catch(() => "the pod went away");
      return asked === "True" ? scheduler.name : undefined;
    },
    300,
  );
  await allReady(world.cluster);
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

function uids(pods: readonly Seen[]): readonly string[] {
  return pods.map((pod) => pod.uid).sort();
}
