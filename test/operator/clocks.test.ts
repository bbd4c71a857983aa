// Two replicas whose machines are twenty minutes apart: whoever leads, times are the API server's, so
// that a grace which one of them began is neither cut short nor made longer by the other.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { openScene, type Scene } from "./scene.ts";

const tenMinutes = 600_000;
/** The Date of an answer has whole seconds; the rest is what a slow machine takes. */
const tolerated = 60_000;

controlPlaneLane("replicas whose clocks differ", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.stop());

  test.each([
    ["behind, then ahead", -tenMinutes, tenMinutes],
    ["ahead, then behind", tenMinutes, -tenMinutes],
  ])("the leader's clock is %s", async (_name, first, second) => {
    const cloud = await scene.cloud();
    const operatorProcess = await scene.bench.startAhead(first);
    await cloud.applyExamples();
    await cloud.converged();
    const path = `/apis/pci.openstack.org/v1alpha1/namespaces/${cloud.namespace}`;
    await scene.plane.remove(`${path}/pciwhitelists/by-product`);
    const retained = async (): Promise<Json> =>
      ((await cloud.object("PciPassthrough", "nova")).status?.retained ?? [])[0];
    const before = await until("the grace to begin", async () => {
      const row = await retained();
      return row?.reason === "RemovalGrace" ? row : undefined;
    });
    expect(Math.abs(Date.parse(before.since as string) - Date.now())).toBeLessThan(tolerated);
    operatorProcess.signal("SIGTERM");
    expect(await operatorProcess.ended).toBe(0);

    const two = await scene.bench.startAhead(second);
    const { metadata } = await cloud.patch("PciPassthrough", "nova", {
      spec: { rollout: { settleSeconds: 2 } },
    });
    await until(
      "the other to lead",
      async () =>
        (await cloud.object("PciPassthrough", "nova")).status?.observedGeneration ===
        metadata.generation,
      { hopeless: scene.bench.trouble },
    );
    expect(await retained()).toEqual(before);
    expect(cloud.restarts().filter((restart) => restart === "compute b")).toHaveLength(1);
    const told = two.log().find((line) => line.message.includes("clock of this machine"));
    expect(Math.abs(Number(told?.aheadSeconds) * 1000 - second)).toBeLessThan(tolerated);
    two.signal("SIGTERM");
    expect(await two.ended).toBe(0);
  });
});
