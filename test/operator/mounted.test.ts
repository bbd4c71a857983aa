// Mounted delivery on a cluster whose namespace is not labelled for injection: fixed names, repaired when
// somebody edits them, and no pod touched before a workload is seen to mount them.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { operatorName, operatorNamespace } from "../../src/api/names.ts";
import { contentTypes, type Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { conditionOf } from "./rollouts/cloud-site.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";

controlPlaneLane("mounted delivery", () => {
  let scene: Scene;
  let cloud: NovaCloud;

  beforeAll(async () => {
    scene = await openScene();
    cloud = await scene.cloud({});
    await cloud.applyExamples();
    await cloud.patch("PciPassthrough", "nova", { spec: { delivery: "Mounted" } });
    await scene.bench.start("--leader-elect=false");
  });
  afterAll(() => scene.stop());

  const map = (name: string): Promise<Json> =>
    scene.plane.get(`/api/v1/namespaces/${cloud.namespace}/configmaps/${name}`);
  const text = (object: Json): string => (object?.data?.["95-nova-pci.conf"] ?? "") as string;
  const wait = { hopeless: () => scene.bench.trouble() };

  test("the files are there under their fixed names", async () => {
    for (const name of ["nova-pci-api", "nova-pci-scheduler", "nova-pci-conductor"])
      await until(name, () => map(name), wait);
    await until("nova-pci-compute", () => map("nova-pci-compute"), wait);
    // The chart's change, which mounts them, rolls all computes at once: it must bring nothing.
    for (const name of ["nova-pci-compute", "nova-pci-api"]) {
      expect((await map(name)).data).toEqual({ "95-nova-pci.conf": "" });
    }
  });

  test("while no pod mounts them nothing restarts, and status says what to add", async () => {
    const installation = await until(
      "the verdict",
      async () => {
        const object = await cloud.object("PciPassthrough", "nova");
        return conditionOf(object, "Wired")?.status === "False" && object;
      },
      wait,
    );
    expect(conditionOf(installation, "Wired").message).toMatch(/nova-pci-/);
    expect(cloud.restarts()).toEqual([]);
  });

  test("an edit is repaired once", async () => {
    const path = `/api/v1/namespaces/${cloud.namespace}/configmaps/nova-pci-compute`;
    const before = text(await map("nova-pci-compute"));
    const written = () =>
      scene.bench.proxy.seen.filter((seen) => seen.method === "PATCH" && seen.path.startsWith(path))
        .length;
    const already = written();
    // Where the guard is installed it refuses everybody but the operator's own identity.
    const edited = await scene.plane.request(
      "PATCH",
      path,
      { data: { "95-nova-pci.conf": "[pci]\ndevice_spec = mine\n" } },
      {
        "content-type": contentTypes.merge,
        "impersonate-user": `system:serviceaccount:${operatorNamespace}:${operatorName}`,
      },
    );
    expect(edited).toMatchObject({ status: 200 });
    await until("the repair", async () => text(await map("nova-pci-compute")) === before, wait);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(written() - already).toBe(1);
  });
});
