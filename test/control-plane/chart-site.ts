// A chart on a real control plane: its workloads in a namespace of their own, kubelets that stand in, and
// Nova's worked example beside it. Many stand side by side, behind one operator.
import { expect } from "@jest/globals";
import { load } from "js-yaml";
import { apiVersion, injectionLabel, plurals, type Kind } from "../../src/api/names.ts";
import { conditionOf } from "../operator/rollouts/cloud-site.ts";
import {
  broken,
  enabled,
  exampleNodes,
  exampleOf,
  nameOf,
  on,
  rolledFor,
  workloadOf,
  type Written,
} from "../support/charts/example.ts";
import type { ChartShape } from "../support/charts/shapes.ts";
import { asTold } from "../support/charts/told.ts";
import type { ControlPlane } from "./attach.ts";
import type { Json } from "./client.ts";
import { startKubelets, type Start } from "./kubelet.ts";
import { pathOf as workloadPath } from "./nova-workloads.ts";
import { until } from "./processes.ts";
import { applied, shipped } from "./webhook-site.ts";

/** No waiting that only people need. */
const rollout = {
  settleSeconds: 1,
  minReadySeconds: 0,
  verifyTimeoutSeconds: 30,
  removalGraceSeconds: 1,
  canary: { bakeSeconds: 0 },
};

type Short = keyof typeof exampleNodes;

export type ChartSite = {
  readonly chart: ChartShape;
  readonly namespace: string;
  readonly nodes: readonly string[];
  readonly apply: (...objects: readonly Written[]) => Promise<void>;
  /** The worked example, with fields of the PciPassthrough. */
  readonly applyExample: (spec?: object) => Promise<void>;
  /** helm upgrade to what the chart renders without a word of ours. */
  readonly restoreChart: () => Promise<void>;
  /** helm upgrade with what Wired says, until it says nothing more. */
  readonly mountAsTold: () => Promise<void>;
  readonly object: (kind: Kind, name: string) => Promise<Json>;
  readonly wired: () => Promise<string>;
  /** Everything of the example is Ready, and so is every pod. */
  readonly converged: () => Promise<void>;
  /**
   * These pods of the four services started since the last time it was asked, and no other; of those
   * that `spared` names each may have stayed.
   */
  readonly restarted: (wanted: readonly string[], spared?: readonly string[]) => Promise<void>;
  /** The chart's own change of nova-compute: its DaemonSets replace every pod. */
  readonly rollComputes: (hash: string) => Promise<void>;
  /** What each nova-compute that started since reads of ours. */
  readonly computesSince: () => readonly string[];
  /** What nova-compute on a node reads of ours now. */
  readonly reads: (node: Short) => string;
  readonly stop: () => Promise<void>;
};

const services = ["os-api", "api", "scheduler", "conductor", "compute"];
const file = /^\/etc\/nova\/nova(-compute)?\.conf\.d\/95-nova-pci\.conf$/;

/** `crds` and `deploy` must be there. */
export async function openChartSite(
  plane: ControlPlane,
  chart: ChartShape,
  hopeless: () => string | undefined,
): Promise<ChartSite> {
  const namespace = await plane.namespace({ [injectionLabel]: "enabled" }, "chart");
  for (const folder of ["deploy/namespace", "deploy/namespace/base-config"])
    await applied(plane, "-n", namespace, ...shipped(folder));
  const kubelets = startKubelets(plane, namespace);
  kubelets.behaviour.fails = (_pod, files) =>
    oursIn(files["nova-compute"]).includes(`"product_id":"${broken}"`)
      ? { container: "nova-compute", exitCode: 1, message: "PciDeviceNotFound" }
      : undefined;
  for (const [name, pci] of Object.entries(exampleNodes)) {
    const labels = { [namespace]: "enabled", ...(pci === undefined ? {} : { pci }) };
    await kubelets.addNode(`${namespace}-${name}`, labels);
  }
  const objects = placed(chart.objects, namespace);
  const upgrade = async (some: readonly Json[]): Promise<void> => {
    for (const value of some) await plane.apply(workloadPath(value, namespace), value, "helm");
  };
  await upgrade(objects);
  const core = `/api/v1/namespaces/${namespace}/pods`;
  const wanted = podsOf(chart.objects);
  const allRun = async (): Promise<boolean> => {
    const pods = await plane.list(core);
    return pods.length === wanted && pods.every(isRunning);
  };
  await until(`the pods of ${chart.name}`, allRun, { hopeless });

  let asked = kubelets.starts.length;
  const path = (kind: Kind, name: string): string =>
    `/apis/${apiVersion}/namespaces/${namespace}/${plurals[kind]}/${name}`;
  const object = (kind: Kind, name: string): Promise<Json> => plane.get(path(kind, name));
  const apply = async (...written: readonly Written[]): Promise<void> => {
    for (const [kind, name, spec] of written) {
      const metadata = { name };
      await plane.apply(path(kind, name), { apiVersion, kind, metadata, spec: load(spec) }, "user");
    }
  };
  const wired = async (): Promise<string> => {
    const found = conditionOf(await object("PciPassthrough", "nova"), "Wired");
    return found === undefined ? "" : `${found.status} ${found.message}`;
  };
  const open = async (): Promise<readonly string[]> => {
    const all = await Promise.all(exampleOf(chart).map(async ([kind, name]) => object(kind, name)));
    return all.filter((value) => !isReady(value)).map(wordsOf);
  };
  const patience = { seconds: 120, everyMillis: 200, hopeless };
  const converged = async (): Promise<void> => {
    let left: readonly string[] = [];
    const done = async () => (left = await open()).length === 0 && (await allRun());
    await until(chart.name, done, patience).catch((cause: unknown) => {
      throw new Error(`${chart.name}: ${left.join("\n")}`, { cause });
    });
  };
  return {
    chart,
    namespace,
    nodes: Object.keys(exampleNodes).map((key) => `${namespace}-${key}`),
    apply,
    applyExample: (spec = {}) => apply(...exampleOf(chart, { rollout, ...spec })),
    restoreChart: () => upgrade(objects),
    mountAsTold: async () => {
      const known = Object.fromEntries(objects.map((value) => [nameOf(value), value]));
      let said = await wired();
      while (!said.startsWith("True")) {
        await mountOne(said, known, upgrade);
        const before = said;
        said = await until(
          `another word on ${chart.name}`,
          async () => {
            const now = await wired();
            // Unknown: pods are being replaced, and none says yet what it reads.
            return now === before || now.startsWith("Unknown") ? undefined : now;
          },
          patience,
        );
      }
    },
    object,
    wired,
    converged,
    restarted: async (wanted, spared = []) => {
      const started = (): readonly string[] => {
        const pods = new Map(kubelets.starts.slice(asked).map((start) => [start.uid, start]));
        return [...pods.values()]
          .filter((pod) => services.includes(pod.labels["component"] ?? ""))
          .map((pod) => shortName(pod, namespace, chart))
          .sort();
      };
      // The last of them may be on its way; one too many would be seen by the next question.
      await until(
        `${chart.name}: restarts`,
        () => started().length >= wanted.length,
        patience,
      ).catch(() => undefined);
      await converged();
      const seen = started();
      asked = kubelets.starts.length;
      const lacking = without(wanted, seen);
      const less = without(lacking, without(lacking, spared));
      expect([chart.name, [...seen, ...less].sort()]).toEqual([chart.name, [...wanted].sort()]);
    },
    rollComputes: async (hash) => {
      asked = kubelets.starts.length;
      const changed = structuredClone(objects.filter((value) => value.kind === "DaemonSet"));
      for (const value of changed)
        value.spec.template.metadata.annotations["configmap-etc-hash"] = hash;
      await upgrade(changed);
    },
    computesSince: () =>
      kubelets.starts
        .slice(asked)
        .filter((start) => start.labels["component"] === "compute")
        .map((start) => oursIn(start.files["nova-compute"])),
    reads: (node) => {
      const last = kubelets.starts.findLast(
        (start) =>
          start.node === `${namespace}-${node}` && start.files["nova-compute"] !== undefined,
      );
      return oursIn(last?.files["nova-compute"]);
    },
    stop: () => kubelets.stop(),
  };
}

/** What the example restarts: each pod whose file changed, once. */
export function minimumOf({ chart }: ChartSite): readonly string[] {
  const rolled = chart.objects.filter((object) => rolledFor(chart).includes(nameOf(object)));
  return [...rolled.flatMap(podsBy), ...onNode("node-a", 1), ...onNode("node-b", 1)];
}

/** Somebody deletes the pod of nova-compute on a node. */
export async function deleteCompute(
  plane: ControlPlane,
  { namespace }: ChartSite,
  node: Short,
): Promise<void> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const found = await plane.list(`${pods}?labelSelector=component=compute`);
  const pod = found.find((value) => value.spec.nodeName === `${namespace}-${node}`)!;
  await plane.remove(`${pods}/${pod.metadata.name}`);
}

/** Every pod of the four services: what the chart restarts when it changes all of them. */
export function everyPodOf({ chart }: ChartSite): readonly string[] {
  const ours = chart.objects.filter((object) =>
    services.includes(object.spec?.template?.metadata.labels.component as string),
  );
  const others = ours.filter((value) => value.kind !== "DaemonSet").flatMap(podsBy);
  const nodes = Object.keys(exampleNodes).map((node) => `nova-compute on ${node}`);
  return [...others, ...nodes];
}

function podsBy(workload: Json): readonly string[] {
  return Array.from({ length: workload.spec.replicas as number }, () => nameOf(workload));
}

/** A device more on one node: its pod restarts once. A broken one: there and back, and no other. */
export async function changeOneNode(site: ChartSite): Promise<void> {
  const { name } = site.chart;
  const other = site.reads("node-a");
  await site.apply(on("by-product", "10fb", "1572"));
  await until(`${name}: the device`, () => site.reads("node-b").includes("1572"), slow);
  await site.restarted(onNode("node-b", 1));

  await site.apply(on("by-product", "10fb", "1572", broken));
  const quarantine = async (): Promise<boolean> => {
    const { status } = await site.object("PciPassthrough", "nova");
    return (status.quarantined ?? []).length > 0 && !site.reads("node-b").includes(broken);
  };
  await until(`${name}: the quarantine`, quarantine, slow);
  await site.apply(on("by-product", "10fb", "1572"));
  await site.restarted(onNode("node-b", 2));
  expect([name, site.reads("node-a")]).toEqual([name, other]);
}

const slow = { seconds: 120, everyMillis: 100 };

function without(all: readonly string[], some: readonly string[]): readonly string[] {
  const left = [...all];
  for (const text of some) if (left.includes(text)) left.splice(left.indexOf(text), 1);
  return left;
}

function onNode(node: Short, times: number): readonly string[] {
  return Array.from({ length: times }, () => `nova-compute on ${node}`);
}

/** In a namespace of its own and on its own nodes, as if the cluster were its own. */
function placed(objects: readonly Json[], namespace: string): readonly Json[] {
  const text = JSON.stringify(objects)
    .replaceAll('"namespace":"openstack"', `"namespace":"${namespace}"`)
    .replaceAll(`"${enabled}"`, `"${namespace}"`)
    .replaceAll(/"(node-[abc])"/g, `"${namespace}-$1"`);
  return JSON.parse(text) as Json[];
}

function podsOf(objects: readonly Json[]): number {
  // Of DaemonSets every node has one pod, however many there are.
  const sets = objects.filter((object) => object.spec?.template !== undefined);
  const others = sets.filter((set) => set.kind !== "DaemonSet");
  const nodes = sets.length === others.length ? 0 : Object.keys(exampleNodes).length;
  return others
    .map((other) => Number(other.spec.replicas))
    .reduce((sum, number) => sum + number, nodes);
}

function isRunning({ metadata, status }: Json): boolean {
  const ready = ((status.conditions ?? []) as Json[]).find(
    (condition) => condition.type === "Ready",
  );
  return metadata.deletionTimestamp === undefined && ready?.status === "True";
}

function isReady(object: Json): boolean {
  const seen = object?.status?.observedGeneration === object?.metadata.generation;
  return seen && conditionOf(object, "Ready")?.status === "True";
}

function wordsOf(object: Json): string {
  const said = ((object?.status?.conditions ?? []) as Json[]).map(
    (condition) =>
      `${condition.type}=${condition.status} ${condition.reason}: ${condition.message}`,
  );
  return `${object?.kind} ${object?.metadata.name}: ${said.join("; ")}`;
}

/** Kind/name does not mount ...: add ... */
async function mountOne(
  said: string,
  known: Record<string, Json>,
  upgrade: (objects: readonly Json[]) => Promise<void>,
): Promise<void> {
  const name = /^\w+ (\w+\/[\w-]+) does not mount/.exec(said)?.[1] ?? "";
  const object = known[name];
  if (object === undefined) throw new Error(`no workload to change in: ${said}`);
  const changed = structuredClone(object);
  const { spec } = changed.spec.template;
  changed.spec.template.spec = asTold(spec, spec.containers[0].name as string, said);
  await upgrade([changed]);
}

function oursIn(files: Start["files"][string] | undefined): string {
  const found = Object.entries(files ?? {}).find(([path]) => file.test(path));
  return found?.[1] ?? "";
}

function shortName(start: Start, namespace: string, chart: ChartShape): string {
  const component = start.labels["component"]!;
  if (component === "compute") return `nova-compute on ${start.node.replace(`${namespace}-`, "")}`;
  return nameOf(workloadOf(chart, component));
}
