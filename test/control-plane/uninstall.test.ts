// The one order of uninstalling (docs/howto/uninstall.md) on a real API server, from where the operator is
// gone: no Nova pod restarts by any step, and what stays behind can be cleared away.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { join } from "node:path";
import {
  apiVersion,
  assignmentName,
  injectionLabel,
  managedBy,
  managedByLabel,
  plurals,
} from "../../src/api/names.ts";
import { startKubelets, type Kubelets } from "./kubelet.ts";
import { controlPlaneLane } from "./lane.ts";
import { installNova } from "./nova-workloads.ts";
import { operatorUser, reserved, untilInForce } from "./policies.ts";
import { until } from "./processes.ts";
import { startControlPlane, type OwnControlPlane } from "./start.ts";

const root = join(import.meta.dirname, "../..");
const fragment = "nova-pci-compute-00000000000000aa";

controlPlaneLane("uninstall", () => {
  let plane: OwnControlPlane;
  let kubelets: Kubelets;
  let nova: string;
  const kubectl = async (...args: readonly string[]) => {
    const { code, stderr } = await plane.kubectl(args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  };
  const folder = (name: string) => join(root, name);
  const maps = () => `/api/v1/namespaces/${nova}/configmaps`;
  const readsFragment = () =>
    kubelets.starts
      .filter((one) => one.labels["component"] === "compute")
      .map((one) => "/etc/nova/nova.conf.d/95-nova-pci.conf" in one.files["nova-compute"]!);

  beforeAll(async () => {
    plane = await startControlPlane();
    nova = await plane.namespace({ [injectionLabel]: "enabled" });
    for (const one of ["crds", "deploy", "deploy/guard", "deploy/injection"])
      await kubectl("apply", "--server-side", "-k", folder(one));
    await kubectl("apply", "--server-side", "-n", nova, "-k", folder("deploy/namespace"));
    const operator = plane.impersonate(operatorUser);
    kubelets = startKubelets(plane, nova);
    await kubelets.addNode("n1", { test: "yes" });
    const labels = { [managedByLabel]: managedBy };
    await operator.create(maps(), {
      metadata: { name: fragment, labels },
      immutable: true,
      data: { "95-nova-pci.conf": "[pci]\n" },
    });
    await operator.create(maps(), {
      metadata: { name: assignmentName, labels },
      data: { ...reserved, n1: fragment },
    });
    await untilInForce(plane, operator);
    await installNova(plane, nova, { test: "yes" });
    await until("Nova", () => kubelets.starts.length === 6);
    // A kind whose storage was never asked may not be able to end: its finalizer controller gets
    // "storage is (re)initializing" and comes back minutes later (measured once, 1.36.3).
    for (const plural of Object.values(plurals)) {
      const path = `/apis/${apiVersion}/namespaces/${nova}/${plural}`;
      await until(plural, async () => (await plane.list(path)).length === 0);
    }
  });
  afterAll(async () => {
    await kubelets.stop();
    await plane.stop();
  });

  test("nothing restarts when the kinds, the operator and the policies go", async () => {
    expect(readsFragment()).toEqual([true]);
    const uids = async () => {
      const pods = await plane.list(`/api/v1/namespaces/${nova}/pods`);
      return pods.map((pod) => pod.metadata.uid as string).sort();
    };
    const before = await uids();
    await kubectl("delete", "-k", folder("crds"));
    await kubectl("delete", "--wait=false", "-k", folder("deploy"));
    await kubectl("label", "namespace", nova, `${injectionLabel}-`);
    await kubectl("delete", "-k", folder("deploy/injection"));
    await kubectl("delete", "-k", folder("deploy/guard"));
    expect(await uids()).toEqual(before);
    expect(kubelets.starts).toHaveLength(6);
    expect(await plane.get(`${maps()}/${fragment}`)).toBeDefined();
  });

  test("a pod that is restarted afterwards starts without a fragment", async () => {
    const pods = `/api/v1/namespaces/${nova}/pods`;
    await until("the policy's end", async () => {
      const [pod] = await plane.list(`${pods}?labelSelector=component%3Dcompute`);
      const volumes = JSON.stringify(pod?.spec.volumes ?? []);
      if (pod !== undefined && !volumes.includes("nova-pci-")) return true;
      if (pod !== undefined) await plane.remove(`${pods}/${pod.metadata.name}`);
      return false;
    });
    await until("the start", () => readsFragment().at(-1) === false);
  });

  test("what is left can be deleted: the guard is lifted", async () => {
    await until("the guard's end", async () => {
      const { code } = await plane.kubectl([
        ...["-n", nova, "delete", "configmap", "-l", `${managedByLabel}=${managedBy}`],
      ]);
      return code === 0;
    });
    await kubectl("delete", "-n", nova, "-k", folder("deploy/namespace"));
    const left = await plane.list(maps());
    expect(left.map((one) => one.metadata.name as string)).toEqual(["kube-root-ca.crt"]);
    await until("the operator's namespace to go", async () => {
      return (await plane.get("/api/v1/namespaces/nova-pci-system")) === undefined;
    });
  });
});
