// Other hands on the one field that the operator writes into Nova's workloads: kubectl rollout undo
// is respected, a manager that takes the field by force is a conflict that is told, and neither
// becomes a fight. There is no cloud.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiVersion, fragmentAnnotation } from "../../src/api/names.ts";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { isWrite } from "./process.ts";
import { conditionOf } from "./rollouts/cloud-site.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";

const api = "nova-api-osapi";
const third = {
  ...{ apiVersion, kind: "PciAlias", metadata: { name: "a3" } },
  spec: { match: [{ vendorId: "8086", productId: "10fb" }], deviceType: "type-PF" },
};

controlPlaneLane("somebody else's hand", () => {
  let scene: Scene;
  let cloud: NovaCloud;

  beforeAll(async () => {
    scene = await openScene();
    cloud = await scene.cloud();
    await scene.bench.start("--leader-elect=false");
    await cloud.applyExamples();
    await cloud.converged();
  });
  afterAll(() => scene.stop());

  const deployment = (): Promise<Json> =>
    scene.plane.get(`/apis/apps/v1/namespaces/${cloud.namespace}/deployments/${api}`);
  const named = async (): Promise<string | undefined> =>
    (await deployment()).spec.template.metadata.annotations?.[fragmentAnnotation];
  const kubectl = async (args: readonly string[], stdin?: string) => {
    const { code, stderr } = await scene.plane.kubectl(["-n", cloud.namespace, ...args], stdin);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  };
  const rolledOut = () => kubectl(["rollout", "status", `deployment/${api}`, "--timeout=60s"]);
  /** What was asked of the workload, reading and status aside. */
  const written = () =>
    scene.bench.proxy.seen.filter((seen) => isWrite(seen) && seen.path.includes(api)).length;
  /** Longer than every pause of the operator between two looks at something that is under way. */
  const quiet = async () => {
    const before = scene.bench.proxy.seen.filter(isWrite).length;
    await new Promise((resolve) => setTimeout(resolve, 8000));
    return scene.bench.proxy.seen
      .filter(isWrite)
      .slice(before)
      .map((seen) => `${seen.verb} ${seen.path}`);
  };
  const untilCondition = async (
    kind: "PciAlias" | "PciPassthrough",
    name: string,
    is: (object: Json) => boolean,
  ) =>
    until(`${kind} ${name}`, async () => is(await cloud.object(kind, name)), {
      hopeless: scene.bench.trouble,
    });
  const hasReason = (type: string, reason: string) => (object: Json) =>
    conditionOf(object, type)?.reason === reason;
  const silence = () => until("silence", async () => (await quiet()).length === 0);
  const settled = async () => {
    await rolledOut();
    await silence();
  };

  test("kubectl rollout undo is respected, and the newer alias says so", async () => {
    const before = await named();
    await cloud.apply(JSON.stringify(third));
    await until("a3", async () => (await cloud.object("PciAlias", "a3")).status !== undefined);
    await cloud.converged();
    expect(await named()).not.toBe(before);
    const already = written();
    await kubectl(["rollout", "undo", `deployment/${api}`]);
    await untilCondition("PciAlias", "a3", hasReason("Ready", "Quarantined"));
    await settled();
    expect(await named()).toBe(before);
    expect(written() - already).toBe(0);
    const alias = await cloud.object("PciAlias", "a3");
    expect(conditionOf(alias, "Ready").message).toContain("kubectl rollout undo");
    const { quarantined, rollouts } = (await cloud.object("PciPassthrough", "nova")).status;
    expect(quarantined).toMatchObject([
      { kind: "PciAlias", name: "a3", reason: "RolledBackByUser" },
    ]);
    expect((rollouts as readonly Json[]).at(-1)).toMatchObject({
      service: "nova-api",
      result: "RolledBackByUser",
    });
    // The others are live all the same.
    for (const name of ["a1", "a2"])
      expect(conditionOf(await cloud.object("PciAlias", name), "Ready")?.status).toBe("True");
  });

  test("an edit of the alias is the way back: one rollout", async () => {
    const before = cloud.restarts().length;
    await cloud.patch("PciAlias", "a3", { spec: { numaPolicy: "preferred" } });
    await cloud.converged();
    await settled();
    const apis = cloud
      .restarts()
      .slice(before)
      .filter((restart) => restart === "os-api");
    expect(apis).toHaveLength(2);
    expect(conditionOf(await cloud.object("PciAlias", "a3"), "Ready")?.status).toBe("True");
  });

  const taken = (value?: string) =>
    kubectl(
      ["apply", "--server-side", "--force-conflicts", "--field-manager=other-tool", "-f", "-"],
      JSON.stringify({
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: api } },
        ...(value === undefined
          ? {}
          : { spec: { template: { metadata: { annotations: { [fragmentAnnotation]: value } } } } }),
      }),
    );

  test("a manager that takes the field by force is told of, and nothing is written", async () => {
    const already = written();
    await taken("nova-pci-api-00000000000000aa");
    await untilCondition("PciPassthrough", "nova", hasReason("Stalled", "FieldConflict"));
    // The statuses count the pod that waits for the other tool's file, and then nothing is written.
    await silence();
    expect(written() - already).toBe(0);
    const object = await cloud.object("PciPassthrough", "nova");
    const stalled = conditionOf(object, "Stalled");
    expect(stalled.status).toBe("True");
    expect(stalled.message).toContain("other-tool");
    expect(stalled.message).toContain(api);
  });

  test("when it lets the field go, the operator's value is back after one write", async () => {
    const already = written();
    await taken();
    await cloud.converged();
    await settled();
    expect(written() - already).toBe(1);
    const object = await cloud.object("PciPassthrough", "nova");
    expect(conditionOf(object, "Stalled")?.status ?? "False").toBe("False");
    expect(await named()).toMatch(/^nova-pci-api-(?!00000000000000aa)[0-9a-f]{16}$/);
  });
});
