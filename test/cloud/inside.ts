// The first process of the private namespace: builds the cloud, tells the story, ends. When it
// ends, for whatever reason, the kernel ends everything it started.
// usage: node inside.ts STATE SETTINGS-JSON   (started by run.ts only)
import type { Installed } from "../openstack/install.ts";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { busyboxImage } from "./image.ts";
import { startKubernetes, type Binaries } from "./kubernetes.ts";
import { folders, nodes, novaNamespace } from "./layout.ts";
import { layNetwork } from "./network.ts";
import { pauseImage, startNode } from "./node.ts";
import { openstackLayout, startOpenStack } from "./openstack.ts";
import { startNova } from "./nova.ts";
import { hostImage } from "./nova-manifests.ts";
import { events, installOperator, operatorLog } from "./operator.ts";
import { ledger } from "./ledger.ts";
import { makeReleases, type ReleasePrograms } from "./release.ts";
import { report, type Report } from "./report.ts";
import { everyPod, whatPodsRead, type World } from "./evidence.ts";
import { story } from "./story.ts";

export type Settings = {
  readonly binaries: string;
  readonly installed: Installed;
  readonly releasePrograms: ReleasePrograms;
  readonly group: string;
  readonly reportFile: string;
  /** Stop after the set-up and keep the cloud for a person to look at. */
  readonly hold: boolean;
  /** The steps that the lane leaves out, too. */
  readonly further: boolean;
};

const [state, settingsText] = process.argv.slice(2) as [string, string];
const settings = JSON.parse(settingsText) as Settings;

// Nobody waits for us any more: leave nothing behind.
process.stdin.on("end", () => process.exit(1));
process.stdin.resume();

const where = folders(state);
const layout = openstackLayout(settings.installed, where);
const told = report(settings.reportFile);
const binaries: Binaries = (name) => join(settings.binaries, name);
for (const folder of Object.values(where)) mkdirSync(folder, { recursive: true });

try {
  await layNetwork();
  const pause = busyboxImage(where.images, pauseImage, ["/bin/busybox", "sleep", "2147483647"]);
  const host = busyboxImage(where.images, hostImage, ["/bin/sh"]);
  const images = [await pause, await host];
  const openstack = told.phase("OpenStack without Nova serves", () => startOpenStack(layout));
  const cluster = await told.phase("control plane serves", () => startKubernetes(binaries, where));
  const needs = { binaries, cluster, folders: where, group: settings.group, images };
  const running = await told.phase(`${nodes.length} nodes Ready`, () =>
    Promise.all(nodes.map((node) => startNode(node, needs))),
  );
  const releases = await told.phase("two releases are made and in a registry", () =>
    makeReleases(settings.releasePrograms, where),
  );
  const { keystone } = await openstack;
  const nova = await told.phase("Nova serves, nova-compute up on every node", () =>
    startNova(layout, cluster, where),
  );
  if (settings.hold) await held(told, cluster.adminKubeconfig);
  await told.phase("the operator is installed", () => installOperator(cluster, layout, releases));
  const world: World = {
    ...{ cluster, nova, releases, pods: ledger(cluster.api), told, layout, keystone },
    ...{ programs: settings.releasePrograms, nodes: running, further: settings.further },
  };
  try {
    await story(world);
  } finally {
    told.appendix("what each pod reads", await whatPodsRead(world));
    told.appendix("every Nova pod that lived", everyPod(world));
    told.appendix("kubectl get pci", await cluster.kubectl(["-n", novaNamespace, "get", "pci"]));
    told.appendix("events about our objects", (await events(cluster)).join("\n"));
    told.appendix("log of the operator", await operatorLog(cluster));
    world.pods.stop();
  }
} catch (error) {
  told.broken(error);
}
const { passed, failed } = told.finish();
process.stdout.write(`report: ${settings.reportFile}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

/** The cloud stays, without the operator, until the test is ended. */
async function held(told: Report, kubeconfig: string): Promise<void> {
  told.note(`the cloud is held until Ctrl-C; in it, KUBECONFIG=${kubeconfig}`);
  await new Promise(() => undefined);
}
