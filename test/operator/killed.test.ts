// The operator is killed with SIGKILL at many moments of the worked example and started again: the final
// world is the one of an operator that was never killed, and no pod restarts more often.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { isWrite, type OperatorProcess } from "./process.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";

/** A short Lease would be another product: the killed one's Lease is deleted instead of waited for. */
const lease = "/apis/coordination.k8s.io/v1/namespaces/nova-pci-system/leases/nova-pci-operator";

controlPlaneLane("an operator that is killed", () => {
  let scene: Scene;
  let world: Json;
  let restarts: readonly string[];

  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.stop());

  const writesOf = (cloud: NovaCloud) =>
    scene.bench.proxy.seen.filter(
      (seen) =>
        isWrite(seen) && seen.path.includes(`/${cloud.namespace}/`) && seen.resource !== "events",
    ).length;

  const kill = async (operator: OperatorProcess) => {
    operator.signal("SIGKILL");
    expect(await operator.ended).toBe("SIGKILL");
    await scene.plane.remove(lease);
  };

  test("never killed, it converges", async () => {
    const cloud = await scene.cloud();
    const operator = await scene.bench.start();
    await cloud.applyExamples();
    await cloud.converged();
    world = await cloud.finalWorld();
    restarts = [...cloud.restarts()].sort();
    operator.signal("SIGTERM");
    expect(await operator.ended).toBe(0);
    expect(restarts).toEqual(["compute a", "compute b", "os-api", "os-api", "scheduler"]);
  });

  test.each([3, 24])("killed after %d writes", async (count) => {
    const cloud = await scene.cloud();
    const first = await scene.bench.start();
    await cloud.applyExamples();
    await until("the moment", () => writesOf(cloud) >= count, {
      everyMillis: 1,
      hopeless: scene.bench.trouble,
    });
    await kill(first);
    const second = await scene.bench.start();
    await cloud.converged();
    expect(await cloud.finalWorld()).toEqual(world);
    expect([...cloud.restarts()].sort()).toEqual(restarts);
    second.signal("SIGTERM");
    expect(await second.ended).toBe(0);
  });

  test("killed at each of its writes, one after the other", async () => {
    const cloud = await scene.cloud();
    await cloud.applyExamples();
    let killed = 0;
    for (;;) {
      const before = writesOf(cloud);
      const operator = await scene.bench.start();
      const wrote = async () => writesOf(cloud) > before || (await cloud.isConverged());
      await until("a write or the end", wrote, { everyMillis: 5, hopeless: scene.bench.trouble });
      if (writesOf(cloud) === before) break;
      await kill(operator);
      killed += 1;
    }
    await cloud.converged();
    // Each time it came one write further at least, or this would not have ended.
    expect(killed).toBeGreaterThan(10);
    expect(await cloud.finalWorld()).toEqual(world);
    expect([...cloud.restarts()].sort()).toEqual(restarts);
  });
});
