// The scene in which the worked example is applied: a control plane with everything of deploy/, a
// Nova namespace with the four services, kubelets that stand in, three compute nodes. And what
// tests ask of it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { injectionLabel, plurals, type Kind } from "../../src/api/names.ts";
import type { Json } from "../control-plane/client.ts";
import { startKubelets, type Kubelets, type Start } from "../control-plane/kubelet.ts";
import { installNova } from "../control-plane/nova-workloads.ts";
import { until } from "../control-plane/processes.ts";
import { startControlPlane, type OwnControlPlane } from "../control-plane/start.ts";
import { openBench, type Bench } from "./process.ts";
import { conditionOf, installOperatorsPart } from "./rollouts/cloud-site.ts";
import { isReady } from "./rollouts/pod-ledger.ts";

const root = join(import.meta.dirname, "../..");
const examples = join(root, "deploy/examples");

export type Scene = {
  readonly plane: OwnControlPlane;
  readonly bench: Bench;
  readonly applyFolder: (folder: string, ...more: readonly string[]) => Promise<void>;
  readonly cloud: (labels?: Readonly<Record<string, string>>) => Promise<NovaCloud>;
  readonly stop: () => Promise<void>;
};

/** One Nova namespace with its own nodes. */
export type NovaCloud = {
  readonly namespace: string;
  readonly kubelets: Kubelets;
  /** Node names: one by address, one by product, one without devices. */
  readonly nodes: readonly [string, string, string];
  /** Starts since the cloud was ready, as "service node". */
  readonly restarts: () => readonly string[];
  readonly applyExamples: () => Promise<void>;
  readonly apply: (text: string) => Promise<void>;
  readonly object: (kind: Kind, name: string) => Promise<Json>;
  readonly patch: (kind: Kind, name: string, patch: object) => Promise<Json>;
  readonly maps: () => Promise<readonly Json[]>;
  /** Ready is True for the present generation of everything but flavors (no cloud here). */
  readonly converged: () => Promise<void>;
  readonly isConverged: () => Promise<boolean>;
  /** What must be the same however often the operator was killed. */
  readonly finalWorld: () => Promise<Json>;
};

/** No waiting that only people need. */
const hasty = {
  spec: {
    rollout: { settleSeconds: 1, minReadySeconds: 0, canary: { bakeSeconds: 0 } },
  },
};

export async function openScene(): Promise<Scene> {
  const plane = await startControlPlane();
  const applyFolder = async (folder: string, ...more: readonly string[]): Promise<void> => {
    const args = ["apply", "--server-side", "-k", join(root, folder), ...more];
    const { code, stderr } = await plane.kubectl(args);
    if (code !== 0) throw new Error(stderr);
  };
  await installOperatorsPart(plane);
  const bench = await openBench(plane);
  const clouds: NovaCloud[] = [];
  return {
    plane,
    bench,
    applyFolder,
    cloud: async (labels = { [injectionLabel]: "enabled" }) => {
      const cloud = await openCloud(plane, labels, { applyFolder, bench });
      clouds.push(cloud);
      return cloud;
    },
    stop: async () => {
      for (const { kubelets } of clouds) await kubelets.stop();
      await bench.stop();
      await plane.stop();
    },
  };
}

async function openCloud(
  plane: OwnControlPlane,
  labels: Readonly<Record<string, string>>,
  { applyFolder, bench }: Pick<Scene, "applyFolder" | "bench">,
): Promise<NovaCloud> {
  const namespace = await plane.namespace(labels);
  await applyFolder("deploy/namespace", "-n", namespace);
  const kubelets = startKubelets(plane, namespace);
  const mark = { [`test/${namespace}`]: "yes" };
  const nodes = [`${namespace}-a`, `${namespace}-b`, `${namespace}-c`] as const;
  await kubelets.addNode(nodes[0], { ...mark, "example.org/pci": "by-address" });
  await kubelets.addNode(nodes[1], { ...mark, "example.org/pci": "by-product" });
  await kubelets.addNode(nodes[2], mark);
  await installNova(plane, namespace, mark);
  const pods = async () => plane.list(`/api/v1/namespaces/${namespace}/pods`);
  await until("Nova's pods", async () => {
    const all = await pods();
    return all.length >= 7 && all.every(isReady);
  });
  const already = kubelets.starts.length;
  const path = (kind: Kind, name = ""): string =>
    `/apis/pci.openstack.org/v1alpha1/namespaces/${namespace}/${plurals[kind]}/${name}`;
  const apply = async (text: string): Promise<void> => {
    const { code, stderr } = await plane.kubectl(["apply", "-n", namespace, "-f", "-"], text);
    if (code !== 0) throw new Error(stderr);
  };
  const maps = async () => plane.list(`/api/v1/namespaces/${namespace}/configmaps`);
  return {
    namespace,
    kubelets,
    nodes,
    apply,
    maps,
    restarts: () => kubelets.starts.slice(already).map((start) => nameOf(start, namespace)),
    applyExamples: async () => {
      for (const file of readdirSync(examples).sort()) {
        if (!file.endsWith(".yaml")) continue;
        const text = readFileSync(join(examples, file), "utf8");
        await apply(text.replaceAll("namespace: openstack", `namespace: ${namespace}`));
      }
      await plane.patch(path("PciPassthrough", "nova"), hasty);
    },
    object: (kind, name) => plane.get(path(kind, name)),
    patch: (kind, name, patch) => plane.patch(path(kind, name), patch),
    converged: () => waitConverged(plane, path, bench),
    isConverged: async () => (await unsettled(plane, path)).length === 0,
    finalWorld: () => finalWorld(plane, namespace, maps, pods),
  };
}

/** Services that run anywhere have no node of interest. */
function nameOf(start: Start, namespace: string): string {
  const component = start.labels["component"] ?? "?";
  return component === "compute" ? `compute ${start.node.replace(`${namespace}-`, "")}` : component;
}

async function waitConverged(
  plane: OwnControlPlane,
  path: (kind: Kind, name?: string) => string,
  bench: Bench,
): Promise<void> {
  let open: readonly Json[] = [];
  try {
    await until(
      "every object to be Ready",
      async () => (open = await unsettled(plane, path)).length === 0,
      { seconds: 150, everyMillis: 100, hopeless: bench.trouble },
    );
  } catch (error) {
    const said = open.map((value) => [value.metadata?.name, value.status]);
    throw new Error(`not converged: ${JSON.stringify(said)}`, { cause: error });
  }
}

/** Objects that are not Ready yet; with no object at all nothing is. */
async function unsettled(
  plane: OwnControlPlane,
  path: (kind: Kind, name?: string) => string,
): Promise<readonly Json[]> {
  const kinds: readonly Kind[] = ["PciPassthrough", "PciAlias", "PciWhitelist"];
  const lists = await Promise.all(kinds.map((kind) => plane.list(path(kind).replace(/\/$/, ""))));
  const objects = lists.flat();
  return objects.length === 0 ? [{}] : objects.filter((object) => !isSettled(object));
}

function isSettled(object: Json): boolean {
  return (
    object.status?.observedGeneration === object.metadata.generation &&
    conditionOf(object, "Ready")?.status === "True"
  );
}

async function finalWorld(
  plane: OwnControlPlane,
  namespace: string,
  maps: () => Promise<readonly Json[]>,
  pods: () => Promise<readonly Json[]>,
): Promise<Json> {
  const strip = (text: string): string => text.replaceAll(namespace, "NS");
  const fragments = (await maps())
    .filter((map) =>
      /^nova-pci-(api|scheduler|conductor|compute)-/.test(map.metadata.name as string),
    )
    .map((map) => [map.metadata.name, map.data]);
  const assignment = (await maps()).find((map) => map.metadata.name === "nova-pci-assignment");
  const reading = (await pods())
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => {
      const component = String(pod.metadata.labels.component);
      const node = component === "compute" ? String(pod.spec.nodeName) : "";
      const named = /nova-pci-(api|scheduler|conductor|compute)-[0-9a-f]{16}/.exec(
        JSON.stringify(pod.spec.volumes),
      );
      return [component, strip(node), named?.[0] ?? "none"].join(" ");
    })
    .sort();
  return JSON.parse(strip(JSON.stringify({ fragments, assignment: assignment?.data, reading })));
}
