// Objects that mean harm, in one of two namespaces of one operator on a real API server: each is told
// something, nothing ends or spins, and the other namespace never waits. There is no cloud.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiVersion, plurals, type Kind } from "../../src/api/names.ts";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { hostile, many } from "../support/hostile-objects.ts";
import { isWrite } from "./process.ts";
import { conditionOf } from "./rollouts/cloud-site.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";

/** As much as Kubernetes lets stand beside a spec: of other tools, and of nobody. */
const crowded = {
  labels: Object.fromEntries(
    many(40, (at) => [`${"p".repeat(60)}.example.org/${"k".repeat(55)}${at}`, "v".repeat(63)]),
  ),
  annotations: {
    "argocd.argoproj.io/sync-options": "Prune=false",
    "meta.helm.sh/release-name": "__proto__",
    "kustomize.toolkit.fluxcd.io/reconcile": "disabled",
    "pci.openstack.org/unknown": "?",
    "example.org/long": "é\u202e".repeat(40_000),
  },
  finalizers: ["example.org/somebody-elses"],
};

const spec = { match: [{ vendorId: "8086", productId: "1572" }] };
/** As the third alias of the worked example. */
const anotherCard = { match: [{ vendorId: "8086", productId: "10fb" }], deviceType: "type-PF" };
const metadata = (name: string, more: object = {}): object => ({ ...more, name });
const objects = [
  ...hostile.map(({ kind, name, spec }) => ({ kind, metadata: metadata(name), spec })),
  { kind: "PciAlias", metadata: metadata("crowded", crowded), spec },
  // Deleted soon, and held by a finalizer of nobody: it goes for ever.
  { kind: "PciAlias", metadata: metadata("going", { finalizers: ["example.org/never"] }), spec },
  {
    kind: "PciWhitelist",
    metadata: metadata("leaving", { finalizers: ["example.org/never"] }),
    spec: { devices: [{ vendorId: "8086", productId: "154d" }] },
  },
] as readonly { readonly kind: Kind; readonly metadata: { name: string }; readonly spec: object }[];

controlPlaneLane("objects that mean harm", () => {
  let scene: Scene;
  let harmed: NovaCloud;
  let other: NovaCloud;

  beforeAll(async () => {
    scene = await openScene();
    [harmed, other] = [await scene.cloud(), await scene.cloud()];
    await scene.bench.start("--leader-elect=false");
    await other.applyExamples();
    await other.converged();
  });
  afterAll(() => scene.stop());

  const kubectl = async (args: readonly string[], stdin?: string) => {
    const { code, stderr } = await scene.plane.kubectl(["-n", harmed.namespace, ...args], stdin);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  };
  const all = async (kind: Kind): Promise<readonly Json[]> =>
    scene.plane.list(`/apis/${apiVersion}/namespaces/${harmed.namespace}/${plurals[kind]}`);
  const written = () => scene.bench.proxy.seen.filter(isWrite).length;

  test("the API server takes them, and each is told something of what is written", async () => {
    const items = objects.map((object) => ({ apiVersion, ...object }));
    const list = { apiVersion: "v1", kind: "List", items };
    await kubectl(["create", "-f", "-"], JSON.stringify(list));
    await kubectl(["delete", "pcialias/going", "pciwhitelist/leaving", "--wait=false"]);
    for (const kind of ["PciAlias", "PciWhitelist", "PciFlavor"] as const)
      await until(
        `a status of each ${kind}`,
        async () =>
          (await all(kind)).every(({ metadata, status }) => {
            const going = metadata.deletionTimestamp !== undefined;
            return going || status?.observedGeneration === metadata.generation;
          }),
        { seconds: 120, hopeless: scene.bench.trouble },
      );
    const names = objects.filter(({ kind }) => kind === "PciAlias").length;
    expect(await all("PciAlias")).toHaveLength(names);
    for (const value of [...(await all("PciAlias")), ...(await all("PciWhitelist"))]) {
      if (value.metadata.deletionTimestamp !== undefined) continue;
      expect(conditionOf(value, "Ready")?.reason).toMatch(/^[A-Z][A-Za-z]+$/);
    }
  });

  test("the other namespace is served meanwhile, and nothing spins", async () => {
    const before = other.restarts().length;
    const alias = { apiVersion, kind: "PciAlias", metadata: { name: "a3" }, spec: anotherCard };
    await other.apply(JSON.stringify(alias));
    await until("a3", async () => (await other.object("PciAlias", "a3")).status !== undefined);
    await other.converged();
    expect(other.restarts().length).toBeGreaterThan(before);
    await until("silence", async () => {
      const before = written();
      await new Promise((resolve) => setTimeout(resolve, 8000));
      return written() === before;
    });
    expect(scene.bench.trouble()).toBeUndefined();
  });
});
