// Two nova-compute DaemonSets with device specs of their own, one of them from a projected Secret and
// ConfigMap, on a real control plane: each node is judged by its own nova.conf, and a right that is
// taken away later restarts nothing. Kubelets are a stand-in; there is no cloud.
import { setTimeout as pause } from "node:timers/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import type { ControlPlane } from "../control-plane/attach.ts";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { novaObjects } from "../control-plane/nova-workloads.ts";
import { sharedControlPlane } from "../control-plane/plane-of-the-run.ts";
import { until } from "../control-plane/processes.ts";
import { novaPci, valuesIn, withPciOfTheChart, type Ran } from "./adoption-site.ts";
import { conditionOf, installOperatorsPart, makeSite, type Site } from "./rollouts/cloud-site.ts";
import { passthrough, pathOf, shortTimes } from "./rollouts/objects.ts";
import {
  lastWords,
  startOperatorProcess,
  thisVersion,
  type OperatorProcess,
} from "./rollouts/operator-process.ts";

const baseConfig = join(thisVersion, "deploy/namespace/base-config");
const nicSpec = { vendor_id: "8086", product_id: "1515" };

/** The chart's first DaemonSet, on the nodes of one pool. */
function onGpuNodes(object: Json): Json {
  const changed = withPciOfTheChart(object);
  if (changed.kind === "DaemonSet") changed.spec.template.spec.nodeSelector.pool = "gpu";
  return changed;
}

/** The second one: its device specs stand in a Secret beside the ConfigMap. */
function nicDaemonSet(namespace: string): Json {
  const object = withPciOfTheChart(
    novaObjects().find((novaObject) => novaObject.kind === "DaemonSet"),
  );
  object.metadata.name = "nova-compute-nic";
  object.spec.selector.matchLabels.variant = "nic";
  const { metadata, spec } = object.spec.template;
  metadata.labels.variant = "nic";
  spec.nodeSelector = { site: namespace, pool: "nic" };
  const snippets = (spec.volumes as Json[]).find((volume) => volume.name === "nova-etc-snippets")!;
  snippets.projected = {
    sources: [
      { configMap: { name: "nova-snippets", items: [{ key: "auth", path: "auth.conf" }] } },
      { secret: { name: "nova-nic", items: [{ key: "pci", path: "20-nic.conf" }] } },
    ],
  };
  return object;
}

controlPlaneLane("adoption of several DaemonSets", () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let site: Site;
  let imported: Ran;
  let mark: ReturnType<Site["ledger"]["mark"]>;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installOperatorsPart(plane);
    site = await makeSite(plane, { pools: { gpu: 2 }, change: onGpuNodes });
    const { namespace } = site;
    await createNicSecret();
    await plane.create(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, nicDaemonSet(namespace));
    const node = await site.join("nic");
    await until("its nova-compute", () =>
      site.ledger.present().some((record) => record.node === node && record.ready),
    );
    operator = await startOperatorProcess(plane, { root: thisVersion, identity: "several" });
    mark = site.ledger.mark();
    imported = await novaPci(plane, "import", "--cluster", "-n", namespace);
  });
  afterAll(async () => {
    await site.stop();
    await operator.end("SIGTERM");
    await plane.stop();
  });

  const objects = () => loadAll(imported.stdout) as readonly Json[];
  const named = (name: string) => objects().find((object) => object.metadata.name === name)!;

  const condition = (object: Json, type: string, reason: string) => {
    let last: unknown;
    return until(
      `${object.metadata.name} ${type} ${reason}`,
      async () => {
        const { status } = await site.get(object);
        last = status?.conditions;
        const found = conditionOf({ status }, type);
        return found?.reason === reason && found;
      },
      {
        seconds: 60,
        everyMillis: 200,
        hopeless: () => (operator.ended() ? lastWords(operator) : undefined),
      },
    ).catch((cause: unknown) => {
      throw new Error(JSON.stringify(last), { cause });
    });
  };

  /** What runs is what was wanted, so it stays Ready; what a person has to do stands in the list. */
  const listed = async (words: string) => {
    await until(`"${words}" in the checklist`, async () => {
      const { checklist } = (await site.get(passthrough())).status;
      return JSON.stringify(checklist ?? []).includes(words);
    });
    expect(await condition(passthrough(), "Ready", "Live")).toMatchObject({ status: "True" });
  };

  const unlisted = () =>
    until("an empty checklist", async () => {
      const { checklist } = (await site.get(passthrough())).status;
      return (checklist ?? []).length === 0;
    });

  const createNicSecret = () =>
    plane.create(`/api/v1/namespaces/${site.namespace}/secrets`, {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "nova-nic" } },
      stringData: { pci: `[pci]\ndevice_spec = ${JSON.stringify(nicSpec)}\n` },
    });

  /** Asks for a fresh look without touching a pod. */
  const touchWorkload = (minReadySeconds: number) =>
    plane.patch(`/apis/apps/v1/namespaces/${site.namespace}/deployments/nova-api-osapi`, {
      spec: { minReadySeconds },
    });

  test("import writes a whitelist for each DaemonSet, and says that there is no cloud", () => {
    expect(imported.code).toBe(1);
    expect(imported.stderr).toMatch(
      /^nova-pci import: flavors are not imported: .*nova-pci-cloud.*\n$/,
    );
    const devices = (name: string) => ({
      pool: named(name).spec.nodeSelector.matchLabels.pool as string,
      devices: named(name).spec.devices,
    });
    expect(devices("nova-compute-nic")).toEqual({
      pool: "nic",
      devices: [{ vendorId: "8086", productId: "1515" }],
    });
    expect(devices("nova-compute-default")).toMatchObject({
      pool: "gpu",
      devices: [{ address: "0000:41:00.0" }, { address: "0000:41:00.1" }],
    });
  });

  test("applied with the right to read, nothing restarts on nodes of either DaemonSet", async () => {
    for (const args of [
      ["-k", baseConfig],
      ["-f", "-"],
    ]) {
      const { code, stderr } = await plane.kubectl(
        ["apply", "-n", site.namespace, ...args],
        imported.stdout,
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
    await plane.patch(pathOf(named("nova"), site.namespace), { spec: { rollout: shortTimes } });
    await condition(named("a1"), "Live", "LiveThroughBase");
    for (const name of ["nova", "a1", "nova-compute-default", "nova-compute-nic"])
      expect(await condition(named(name), "Ready", "Live")).toMatchObject({ status: "True" });
    await pause(3000);
    expect(mark.made()).toEqual({});
  });

  test("what only the other nova.conf holds is rendered, and only there", async () => {
    const { devices } = named("nova-compute-default").spec;
    const wider = {
      ...named("nova-compute-nic"),
      spec: {
        nodeSelector: { matchLabels: { pool: "nic" } },
        devices: [...named("nova-compute-nic").spec.devices, ...devices],
      },
    };
    await site.apply(wider);
    await site.converged();
    await condition(wider, "Ready", "Live");
    expect(mark.made()).toEqual({ compute: 1 });
    const [nic] = site.ledger.present().filter((record) => record.node === site.nodesOf("nic")[0]);
    const specs = valuesIn(site.kubelets.reads(nic!.uid, "nova-compute")!, "device_spec");
    expect(specs.map((spec) => JSON.parse(spec) as unknown)).toMatchObject([
      nicSpec,
      { address: "0000:41:00.0" },
      { address: "0000:41:00.1" },
    ]);
  });

  test("the right is taken away: the command is said, and nothing restarts, nor when it is back", async () => {
    const before = mark.made();
    const binding = `/apis/rbac.authorization.k8s.io/v1/namespaces/${site.namespace}/rolebindings/nova-pci-operator-base-config`;
    await plane.remove(binding);
    await until("the right to go", async () => {
      const user = "system:serviceaccount:nova-pci-system:nova-pci-operator";
      const args = ["auth", "can-i", "get", "secret/nova-etc", "-n", site.namespace];
      return (await plane.kubectl([...args, `--as=${user}`])).stdout.startsWith("no");
    });
    await touchWorkload(1);
    await listed("-k deploy/namespace/base-config");
    await pause(3000);
    expect(mark.made()).toEqual(before);
    await plane.kubectl(["apply", "-n", site.namespace, "-k", baseConfig]);
    await touchWorkload(0);
    await condition(named("a1"), "Live", "LiveThroughBase");
    await unlisted();
    expect(mark.made()).toEqual(before);
  });

  test("a Secret that a chart deletes and makes again restarts nothing", async () => {
    const before = mark.made();
    await plane.remove(`/api/v1/namespaces/${site.namespace}/secrets/nova-nic`);
    await touchWorkload(1);
    await listed("Secret/nova-nic of it is not there");
    await pause(3000);
    await createNicSecret();
    await touchWorkload(0);
    await unlisted();
    await pause(2000);
    expect(mark.made()).toEqual(before);
  });
});
