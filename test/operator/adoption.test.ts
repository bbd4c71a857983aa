// A cloud that had PCI passthrough before the operator came, on a real control plane: what
// nova-pci import --cluster prints is applied as it is, nothing restarts, and when the chart lets go
// of its [pci] section the operator takes over. Kubelets and the cloud are stand-ins.
import { setTimeout as pause } from "node:timers/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import type { ControlPlane } from "../control-plane/attach.ts";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { sharedControlPlane } from "../control-plane/plane-of-the-run.ts";
import { until } from "../control-plane/processes.ts";
import type { StandIn } from "../openstack/fast/stand-in-cloud.ts";
import {
  a1,
  chartTexts,
  cloudBehind,
  novaPci,
  specs,
  valuesIn,
  withPciOfTheChart,
  type Ran,
} from "./adoption-site.ts";
import { conditionOf, installOperatorsPart, makeSite, type Site } from "./rollouts/cloud-site.ts";
import { shortTimes } from "./rollouts/objects.ts";
import {
  lastWords,
  startOperatorProcess,
  thisVersion,
  type OperatorProcess,
} from "./rollouts/operator-process.ts";

const baseConfig = join(thisVersion, "deploy/namespace/base-config");

controlPlaneLane("adoption", () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let site: Site;
  let cloud: StandIn;
  let imported: Ran;
  let mark: ReturnType<Site["ledger"]["mark"]>;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installOperatorsPart(plane);
    site = await makeSite(plane, { pools: { gpu: 3 }, change: withPciOfTheChart });
    cloud = await cloudBehind(plane, site);
    operator = await startOperatorProcess(plane, { root: thisVersion, identity: "adoption" });
    mark = site.ledger.mark();
    imported = await novaPci(plane, "import", "--cluster", "-n", site.namespace);
  });
  afterAll(async () => {
    await site.stop();
    await operator.end("SIGTERM");
    await cloud.close();
    await plane.stop();
  });

  const objects = () => loadAll(imported.stdout) as readonly Json[];
  const seen = (kind: string) => site.get(objects().find((object) => object.kind === kind));

  const condition = (kind: string, type: string, reason: string) =>
    until(
      `${kind} ${type} ${reason}`,
      async () => {
        const found = conditionOf(await seen(kind), type);
        return found?.reason === reason && found;
      },
      {
        seconds: 60,
        everyMillis: 200,
        hopeless: () => (operator.ended() ? lastWords(operator) : undefined),
      },
    ).catch(async (error: unknown) => {
      const statuses = await Promise.all(
        objects().map(async (object) => (await site.get(object)).status),
      );
      throw new Error(JSON.stringify(statuses, undefined, 1), { cause: error });
    });

  /** Files of nova.conf as each present pod of a component read them at its start. */
  const reads = (component: string, container: string, option: string) =>
    site.ledger
      .present()
      .filter((record) => record.component === component)
      .map((record) =>
        valuesIn(site.kubelets.reads(record.uid, container)!, option).map(meaningOf),
      );

  const meaningOf = (text: string): unknown => JSON.parse(text);

  /** Longer than settling, gathering and the next look. */
  const nothingRestarts = async () => {
    await pause(4000);
    expect(mark.made()).toEqual({});
  };

  test("import prints what nova.conf and Nova's flavors say", () => {
    expect({ ...imported, stdout: "" }).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(objects()).toMatchObject([
      {
        kind: "PciPassthrough",
        metadata: { name: "nova" },
        spec: { baseConfig: { fromWorkloads: true } },
      },
      {
        kind: "PciAlias",
        metadata: { name: "a1" },
        spec: { match: [{ vendorId: "8086", productId: "154d" }], deviceType: "type-PF" },
      },
      {
        kind: "PciWhitelist",
        metadata: { name: "nova-compute-default" },
        spec: {
          nodeSelector: { matchLabels: { site: site.namespace } },
          devices: [
            { vendorId: "8086", productId: "154d", address: "0000:41:00.0" },
            { vendorId: "8086", productId: "154d", address: "0000:41:00.1" },
          ],
        },
      },
      { kind: "PciFlavor", metadata: { name: "pci.large" }, spec: { flavor: { id: "f1" } } },
    ]);
  });

  test("while the base may not be read, the condition says the command and nothing restarts", async () => {
    const { code, stderr } = await plane.kubectl(
      ["apply", "-n", site.namespace, "-f", "-"],
      imported.stdout,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    await plane.patch(
      `/apis/pci.openstack.org/v1alpha1/namespaces/${site.namespace}/pcipassthroughs/nova`,
      { spec: { adopt: true, rollout: { ...shortTimes } } },
    );
    const ready = await condition("PciPassthrough", "Ready", "AdoptionUnconfirmed");
    expect(ready.message).toContain(
      `kubectl apply -n ${site.namespace} -k deploy/namespace/base-config`,
    );
    await nothingRestarts();
  });

  test("with the right, everything is live through the base without one restart", async () => {
    const { code } = await plane.kubectl(["apply", "-n", site.namespace, "-k", baseConfig]);
    expect(code).toBe(0);
    expect(await condition("PciAlias", "Live", "LiveThroughBase")).toMatchObject({
      status: "True",
    });
    for (const kind of ["PciPassthrough", "PciAlias", "PciWhitelist", "PciFlavor"])
      expect(await condition(kind, "Ready", "Live")).toMatchObject({ status: "True" });
    await nothingRestarts();
    expect(
      cloud.seen.filter((file) => file.method !== "GET" && !file.path.endsWith("/tokens")),
    ).toEqual([]);
  });

  test("when the chart lets go, ours takes over and no process ever saw an alias twice", async () => {
    const namespace = `/api/v1/namespaces/${site.namespace}`;
    const { secret, configMap } = chartTexts(false);
    await plane.patch(`${namespace}/secrets/nova-etc`, { stringData: secret });
    await plane.patch(`${namespace}/configmaps/nova-snippets`, { data: configMap });
    const template = { metadata: { annotations: { "configmap-etc-hash": "1" } } };
    for (const name of ["deployments/nova-api-osapi", "daemonsets/nova-compute-default"])
      await plane.patch(`/apis/apps/v1/namespaces/${site.namespace}/${name}`, {
        spec: { template },
      });
    await condition("PciAlias", "Live", "Live");
    await site.converged();
    for (const kind of ["PciPassthrough", "PciAlias", "PciWhitelist", "PciFlavor"])
      await condition(kind, "Ready", "Live");
    const alias = meaningOf(a1);
    expect(reads("os-api", "nova-osapi", "alias")).toEqual([[alias], [alias]]);
    expect(reads("compute", "nova-compute", "alias")).toEqual(site.nodes.map(() => [alias]));
    expect(reads("compute", "nova-compute", "device_spec")).toEqual(
      site.nodes.map(() => specs.map(meaningOf)),
    );
    const twice = site.kubelets.starts.filter((start) =>
      Object.values(start.files).some((files) => valuesIn(files, "alias").length > 1),
    );
    expect(twice).toEqual([]);
  });

  test("an imported flavor that is deleted leaves the one of Nova as it was", async () => {
    await site.remove(objects().find((object) => object.kind === "PciFlavor"));
    await until("the flavor to go", async () => (await seen("PciFlavor")) === undefined);
    const written = cloud.seen.filter(
      (file) => file.method !== "GET" && file.path.includes("/flavors"),
    );
    expect(written).toEqual([]);
  });
});
