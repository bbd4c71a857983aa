// The cloud with all that the steps ask of it: built from nothing, or found where another process
// holds it.
import { join } from "node:path";
import type { Installed } from "../openstack/install.ts";
import type { World } from "./evidence.ts";
import { busyboxImage } from "./image.ts";
import { clusterIn, startKubernetes, type Binaries } from "./kubernetes.ts";
import { nodes, type Folders } from "./layout.ts";
import { ledger } from "./ledger.ts";
import { layNetwork } from "./network.ts";
import { nodeIn, pauseImage, startNode } from "./node.ts";
import { hostImage } from "./nova-manifests.ts";
import { startNova } from "./nova.ts";
import { openstackApi } from "./openstack-api.ts";
import { openstackLayout, startOpenStack, type Outage } from "./openstack.ts";
import { makeReleases, releasesIn, type ReleasePrograms } from "./release.ts";
import type { Report } from "./report.ts";

export type Settings = {
  readonly binaries: string;
  readonly installed: Installed;
  readonly releasePrograms: ReleasePrograms;
  readonly group: string;
  readonly reportFile: string;
  /** Stop after the set-up and keep the cloud. */
  readonly hold: boolean;
  /** The steps that the lane leaves out, too. */
  readonly further: boolean;
  /** These steps alone, in the cloud that is held. */
  readonly steps?: readonly string[];
};

export async function builtWorld(settings: Settings, where: Folders, told: Report): Promise<World> {
  const layout = openstackLayout(settings.installed, where);
  const binaries = programs(settings);
  await layNetwork();
  const pause = busyboxImage(where.images, pauseImage, ["/bin/busybox", "sleep", "2147483647"]);
  const host = busyboxImage(where.images, hostImage, ["/bin/sh"]);
  const images = [await pause, await host];
  const openstack = told.phase("OpenStack without Nova serves", () => startOpenStack(layout));
  const releasing = told.phase("two releases are made and in a registry", () =>
    makeReleases(settings.releasePrograms, where),
  );
  const cluster = await told.phase("control plane serves", () => startKubernetes(binaries, where));
  const needs = { binaries, cluster, folders: where, group: settings.group, images };
  const running = await told.phase(`${nodes.length} nodes Ready`, () =>
    Promise.all(nodes.map((node) => startNode(node, needs))),
  );
  const { keystone } = await openstack;
  const nova = await told.phase("Nova serves, nova-compute up on every node", () =>
    startNova(layout, cluster, where),
  );
  return {
    ...{ cluster, nova, releases: await releasing, pods: ledger(cluster.api), told, layout },
    ...{ keystone, programs: settings.releasePrograms, nodes: running },
    further: settings.further,
  };
}

export async function heldWorld(settings: Settings, where: Folders, told: Report): Promise<World> {
  const layout = openstackLayout(settings.installed, where);
  const cluster = clusterIn(programs(settings), where);
  const theirs = (): Promise<never> =>
    Promise.reject(new Error("Keystone belongs to the process that holds the cloud"));
  const keystone: Outage = { stop: theirs, start: theirs };
  return {
    ...{ cluster, nova: await openstackApi(layout), pods: ledger(cluster.api), told, layout },
    ...{ keystone, programs: settings.releasePrograms, further: settings.further },
    releases: releasesIn(settings.releasePrograms, where),
    nodes: nodes.map((node) => nodeIn(node, { cluster, folders: where })),
  };
}

function programs(settings: Settings): Binaries {
  return (name) => join(settings.binaries, name);
}
