// Nova's whole namespace is deleted while the operator runs: the finalizers of its flavors hold nothing
// up, although Role, state and Secret go with it, and Nova's flavors stay. Nova is a stand-in.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiVersion, cloudSecret, flavorFinalizer, plurals } from "../../src/api/names.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { isWrite } from "./process.ts";
import { conditionOf } from "./rollouts/cloud-site.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";
import { startStandInNova, type StandInNova } from "./stand-in-nova.ts";

controlPlaneLane("a namespace that is deleted", () => {
  let scene: Scene;
  let cloud: NovaCloud;
  let nova: StandInNova;

  beforeAll(async () => {
    scene = await openScene();
    cloud = await scene.cloud();
    nova = await startStandInNova(cloud.nodes);
    await scene.plane.create(
      `/api/v1/namespaces/${cloud.namespace}/secrets`,
      nova.secret(cloudSecret),
    );
    await scene.bench.start("--leader-elect=false");
    await cloud.applyExamples();
    await cloud.converged();
    await until("the flavor", async () => (await flavor()) === "True", {
      seconds: 120,
      hopeless: scene.bench.trouble,
    });
  });
  afterAll(async () => {
    await scene.stop();
    await nova.close();
  });

  const flavors = () =>
    scene.plane.list(`/apis/${apiVersion}/namespaces/${cloud.namespace}/${plurals.PciFlavor}`);
  const flavor = async () => {
    const [value] = await flavors();
    return value === undefined ? undefined : conditionOf(value, "Ready")?.status;
  };

  test("it goes, and Nova keeps its flavors", async () => {
    const [held] = await flavors();
    expect(held?.metadata.finalizers).toEqual([flavorFinalizer]);
    const before = nova.flavors();
    expect(before.map((novaFlavor) => novaFlavor.name)).toEqual(["m1.large"]);
    const { code, stderr } = await scene.plane.kubectl([
      ...["delete", "namespace", cloud.namespace, "--timeout=100s"],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(nova.flavors()).toEqual(before);
  });

  test("afterwards the operator writes nothing there and met no bug", async () => {
    const writes = () =>
      scene.bench.proxy.seen.filter((seen) => isWrite(seen) && seen.path.includes(cloud.namespace));
    const already = writes().length;
    await new Promise((resolve) => setTimeout(resolve, 8000));
    expect(writes().slice(already)).toEqual([]);
    expect(scene.bench.trouble()).toBeUndefined();
  });
});
