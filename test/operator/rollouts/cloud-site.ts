// The site of a rollout: a namespace with Nova's workloads, fake compute nodes in pools, the
// kubelet stand-in, a ledger of pods, and the questions that tests ask the API server.
import { join } from "node:path";
import { expect } from "@jest/globals";
import { apiVersion, assignmentName, fragmentKey, injectionLabel } from "../../../src/api/names.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import type { Json } from "../../control-plane/client.ts";
import { startKubelets, type Kubelets } from "../../control-plane/kubelet.ts";
import { novaObjects, pathOf as workloadPath } from "../../control-plane/nova-workloads.ts";
import { until } from "../../control-plane/processes.ts";
import { alias, passthrough, pathOf, whitelist } from "./objects.ts";
import { keepLedger, type Ledger, type PodRecord } from "./pod-ledger.ts";

const root = join(import.meta.dirname, "../../..");
export const threePools: Pools = { gpu: 10, nic: 10, fpga: 10 };

/** What is installed once for a cluster; applying it again changes nothing. */
export async function installOperatorsPart(plane: ControlPlane): Promise<void> {
  for (const folder of ["crds", "deploy", "deploy/guard", "deploy/injection"])
    await kubectl(plane, "apply", "--server-side", "-k", join(root, folder));
}

type Pools = Readonly<Record<string, number>>;

type SiteOptions = {
  /** Pool (label `pool`) -> how many nodes. */
  readonly pools: Pools;
  /** Changes a workload before it is applied. */
  readonly change?: (object: Json) => Json;
};

export type Site = {
  readonly namespace: string;
  readonly kubelets: Kubelets;
  readonly ledger: Ledger;
  readonly nodes: readonly string[];
  readonly nodesOf: (pool: string) => readonly string[];
  /** Adds a node to a pool; its name. */
  readonly join: (pool: string) => Promise<string>;
  readonly label: (node: string, labels: Readonly<Record<string, string>>) => Promise<void>;
  readonly apply: (...objects: readonly Json[]) => Promise<void>;
  readonly remove: (...objects: readonly Json[]) => Promise<void>;
  readonly get: (object: Json) => Promise<Json>;
  /** The row of a service in status.services of the PciPassthrough. */
  readonly status: () => Promise<Json>;
  readonly events: () => Promise<readonly Json[]>;
  /** Node -> text of the fragment that its present nova-compute reads; "" when it has none. */
  readonly computeReads: () => Promise<Readonly<Record<string, string>>>;
  /** Texts of the fragments that the present pods of a component read. */
  readonly reads: (component: string) => Promise<readonly string[]>;
  /** All pods there, all Ready, nothing under way, whatever was applied is seen. */
  readonly converged: () => Promise<void>;
  /** Data of the assignment: node -> fragment, beside the reserved keys. */
  readonly assignment: () => Promise<Readonly<Record<string, string>>>;
  readonly stop: () => Promise<void>;
};

export async function makeSite(plane: ControlPlane, options: SiteOptions): Promise<Site> {
  const namespace = await plane.namespace({ [injectionLabel]: "enabled" }, "site");
  await kubectl(
    plane,
    ...["apply", "--server-side", "-n", namespace, "-k", join(root, "deploy/namespace")],
  );
  const kubelets = startKubelets(plane, namespace);
  const nodes: string[] = [];
  const pooled = new Map<string, readonly string[]>();
  const ledger = keepLedger(plane, namespace, () => nodes);
  const joined = async (pool: string): Promise<string> => {
    const own = pooled.get(pool) ?? [];
    const name = `${namespace}-${pool}-${own.length + 1}`;
    await kubelets.addNode(name, { site: namespace, pool });
    nodes.push(name);
    pooled.set(pool, [...own, name]);
    return name;
  };
  for (const [pool, count] of Object.entries(options.pools))
    for (let index = 0; index < count; index++) await joined(pool);
  for (const object of novaObjects()) {
    const path = workloadPath(object, namespace);
    if (object.kind === "DaemonSet") object.spec.template.spec.nodeSelector = { site: namespace };
    const changed = options.change?.(object) ?? object;
    const own = changed.kind === object.kind ? path : workloadPath(changed, namespace);
    await plane.apply(own, changed, "helm");
  }
  // Five pods beside the computes: two of nova-api, one of each other workload.
  const size = nodes.length + 5;
  const site = siteOf(plane, { namespace, kubelets, ledger, nodes, pooled, join: joined });
  await until("Nova", () => {
    const pods = ledger.present();
    return pods.length === size && pods.every((pod) => pod.ready);
  });
  return site;
}

type Parts = Pick<Site, "namespace" | "kubelets" | "ledger" | "nodes" | "join"> & {
  readonly pooled: ReadonlyMap<string, readonly string[]>;
};

function siteOf(plane: ControlPlane, parts: Parts): Site {
  const { namespace, kubelets, ledger, nodes, pooled, join } = parts;
  const core = `/api/v1/namespaces/${namespace}`;
  const texts = async (pods: readonly PodRecord[]) => {
    const found = await plane.list(`${core}/configmaps`);
    const byName = new Map(
      found.map((value) => [value.metadata.name as string, value.data?.[fragmentKey] as string]),
    );
    return pods.map((pod) => (pod.fragment === undefined ? "" : byName.get(pod.fragment)!));
  };
  const of = (component: string) =>
    ledger.present().filter((record) => record.component === component);
  const passthroughPath = `/apis/${apiVersion}/namespaces/${namespace}/pcipassthroughs/nova`;
  const status = async () => (await plane.get(passthroughPath))?.status;

  return {
    namespace,
    kubelets,
    ledger,
    nodes,
    nodesOf: (pool) => pooled.get(pool) ?? [],
    join,
    label: async (node, labels) => {
      await plane.patch(`/api/v1/nodes/${node}`, { metadata: { labels } });
    },
    apply: async (...objects) => {
      for (const object of objects) await plane.apply(pathOf(object, namespace), object, "gitops");
    },
    remove: async (...objects) => {
      for (const object of objects) await plane.remove(pathOf(object, namespace));
    },
    get: (value) => plane.get(pathOf(value, namespace)),
    status,
    events: () => plane.list(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`),
    computeReads: async () => {
      const pods = of("compute");
      const read = await texts(pods);
      return Object.fromEntries(pods.map((pod, index) => [pod.node, read[index]]));
    },
    reads: async (component) => texts(of(component)),
    converged: async () => {
      let open: readonly string[] = [];
      const look = async () => {
        const kinds = ["pcialiases", "pciwhitelists", "pcipassthroughs"];
        const lists = await Promise.all(
          kinds.map((kind) => plane.list(`/apis/${apiVersion}/namespaces/${namespace}/${kind}`)),
        );
        open = lists
          .flat()
          .filter((value) => !isSettled(value))
          .map(wordsOf);
        return open.length === 0 && ledger.present().every((record) => record.ready);
      };
      const patience = { seconds: 120, everyMillis: 200 };
      await until("convergence", look, patience).catch((cause: unknown) => {
        throw new Error(`not converged:\n${open.join("\n")}`, { cause });
      });
    },
    assignment: async () => (await plane.get(`${core}/configmaps/${assignmentName}`))?.data ?? {},
    stop: async () => {
      // While kubelets live, so that the pods end and the namespace is really gone.
      await plane.remove(`/api/v1/namespaces/${namespace}`);
      await until("the namespace to go", async () => {
        return (await plane.get(`/api/v1/namespaces/${namespace}`)) === undefined;
      });
      await ledger.stop();
      await kubelets.stop();
    },
  };
}

/** Thirty nodes in three pools, each configured. */
export async function configuredSite(plane: ControlPlane): Promise<Site> {
  const site = await makeSite(plane, { pools: threePools });
  await configure(site);
  return site;
}

/** One device and one alias for each pool of three, in force on every node. */
export async function configure(site: Site, rollout: Json = {}): Promise<void> {
  await site.apply(
    passthrough({ maxUnavailable: 10, ...rollout }),
    ...[alias("gpu", "1eb8"), alias("nic", "154d"), alias("fpga", "5000")],
    ...[whitelist("gpu", "1eb8"), whitelist("nic", "154d"), whitelist("fpga", "5000")],
  );
  await site.converged();
  await expectEachReadsItsOwn(site, { gpu: ["1eb8"], nic: ["154d"], fpga: ["5000"] });
}

/** The operator has seen this generation and wants nothing more of it. */
function isSettled(object: Json): boolean {
  const { status } = object;
  if (status?.observedGeneration !== object.metadata.generation) return false;
  return conditionOf(object, "Reconciling")?.status !== "True";
}

function wordsOf(object: Json): string {
  const conditions = (object.status?.conditions ?? []) as readonly Json[];
  const words = conditions.map(
    (condition) =>
      `${condition.type}=${condition.status} ${condition.reason}: ${condition.message}`,
  );
  return `${object.kind} ${object.metadata.name}: ${words.join("; ")}`;
}

export function conditionOf(object: Json, type: string): Json {
  const conditions = (object?.status?.conditions ?? []) as readonly Json[];
  return conditions.find((condition) => condition.type === type);
}

/** Each node reads its own pool's devices and no other's. */
export async function expectEachReadsItsOwn(
  site: Site,
  products: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const read = await site.computeReads();
  for (const [pool, wanted] of Object.entries(products)) {
    for (const node of site.nodesOf(pool)) {
      expect({ node, products: productsIn(read[node] ?? "") }).toEqual({
        node,
        products: [...wanted],
      });
    }
  }
}

/** Products of the device specs in a fragment, sorted. */
export function productsIn(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("device_spec"))
    .map((line) => /"product_id": ?"([0-9a-f]{4})"/.exec(line)?.[1] ?? line)
    .sort();
}

/** Names of the aliases in a fragment, sorted. */
export function aliasesIn(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("alias"))
    .map((line) => /"name": ?"([^"]+)"/.exec(line)?.[1] ?? line)
    .sort();
}

async function kubectl(plane: ControlPlane, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await plane.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
}
