// Evidence of the steps: what several of them ask of Nova and Kubernetes, and what the report keeps
// at the end. Nothing in here asks the operator but for its last words in an error.
import { join } from "node:path";
import { until } from "../control-plane/processes.ts";
import { fragmentKey, passthroughName } from "../../src/api/names.ts";
import type { Layout } from "../openstack/layout.ts";
import type { Cluster } from "./kubernetes.ts";
import { get } from "./kubernetes-api.ts";
import { novaNamespace, root } from "./layout.ts";
import type { Ledger, Seen } from "./ledger.ts";
import type { RunningNode } from "./node.ts";
import type { Outage } from "./openstack.ts";
import type { Device, OpenStackApi } from "./openstack-api.ts";
import { everyObject, events } from "./operator.ts";
import type { Releases } from "./release.ts";
import type { Report } from "./report.ts";

export type World = {
  readonly cluster: Cluster;
  readonly nova: OpenStackApi;
  readonly pods: Ledger;
  readonly releases: Releases;
  readonly told: Report;
  readonly layout: Layout;
  /** For the steps that run programs as a user would. */
  readonly programs: { readonly kubectl: string; readonly helm: string };
  readonly keystone: Outage;
  readonly nodes: readonly RunningNode[];
  /** `--further`: the steps that the lane leaves out. */
  readonly further: boolean;
};

export type Note = (line: string) => void;

export const flavorName = "m1.large";

export const examples = join(root, "deploy/examples");

export const manifest = (name: string) => join(import.meta.dirname, "manifests", `${name}.yaml`);

export const manifests = (folder: string) => join(import.meta.dirname, "manifests", folder);

/** Component -> how many. */
export function countedBy(pods: readonly Seen[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const component of pods.map((pod) => pod.component).sort())
    counts[component] = (counts[component] ?? 0) + 1;
  return counts;
}

export async function fragments(world: World): Promise<readonly string[]> {
  const running = await world.pods.look();
  return running
    .map(
      (pod) =>
        `${pod.component} ${pod.component === "compute" ? pod.node : ""} ${pod.fragment ?? "none"}`,
    )
    .sort();
}

export async function allUpAndEnabled(world: World): Promise<void> {
  await until(
    "every nova-compute up and enabled",
    async () => {
      const rows = (await world.nova.services()).filter((row) => row.binary === "nova-compute");
      return (
        rows.length === 2 && rows.every((row) => row.state === "up" && row.status === "enabled")
      );
    },
    { seconds: 180, everyMillis: 500 },
  );
}

export async function devicesOf(nova: OpenStackApi, server: string): Promise<readonly Device[]> {
  return (await nova.devices()).filter((device) => device.server === server);
}

export async function patchInstallation(cluster: Cluster, name: string): Promise<void> {
  await cluster.kubectl([
    ...["-n", novaNamespace, "patch", "pcipassthrough", passthroughName],
    ...["--type=merge", "--patch-file", manifest(name)],
  ]);
}

/** What oslo.config gives Nova in that pod, read as its service reads it. */
export async function oslo(cluster: Cluster, pod: Seen, expression: string): Promise<string> {
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
  const found = await get<{
    spec: { containers: readonly { command: readonly string[] }[] };
  }>(cluster.api, path);
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

/** What the operator says, for the error when a step waited in vain. */
async function lastWords(cluster: Cluster): Promise<string> {
  const said = (await everyObject(cluster)).map(
    (object) => `${object.metadata.name}: ${JSON.stringify(object.status ?? {})}`,
  );
  return [...said, ...(await events(cluster)).slice(-15)].join("\n");
}

/** Waits as long as a rollout may take; the operator's last words are in the error. */
export async function eventually<T>(
  cluster: Cluster,
  what: string,
  ask: () => Promise<T | undefined | false>,
  seconds = 600,
): Promise<T> {
  try {
    return await until(what, ask, { seconds, everyMillis: 250 });
  } catch (error) {
    throw new Error(await lastWords(cluster), { cause: error });
  }
}
