// Step 1: the shipped examples, from nothing to a flavor that Nova knows.
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { aliasExtraSpec } from "../../src/api/names.ts";
import {
  eventually,
  examples,
  flavorName,
  oslo,
  patchInstallation,
  type Note,
  type World,
} from "./evidence.ts";
import type { Seen } from "./ledger.ts";
import { allReady } from "./operator.ts";

export async function applyExamples(world: World, note: Note): Promise<void> {
  const { cluster, nova, pods } = world;
  const before = await pods.mark();
  const conductor = (await pods.look()).filter((pod) => pod.component === "conductor");
  await cluster.kubectl(["apply", "-f", examples]);
  await patchInstallation(cluster, "short-times");
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

function countBy(pods: readonly Seen[], key: "component"): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const pod of [...pods].sort((a, b) => a[key].localeCompare(b[key])))
    counts[pod[key]] = (counts[pod[key]] ?? 0) + 1;
  return counts;
}

function uids(pods: readonly Seen[]): readonly string[] {
  return pods.map((pod) => pod.uid).sort();
}
