// The kinds are deleted while the operator runs, by accident and as the one order of uninstalling
// (docs/howto/uninstall.md) says: nothing hangs, no Nova pod restarts, no flavor goes. Nova is a stand-in.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  apiVersion,
  cloudSecret,
  flavorFinalizer,
  group,
  injectionLabel,
  managedBy,
  managedByLabel,
  plurals,
  type Kind,
} from "../../src/api/names.ts";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { isWrite, type OperatorProcess } from "./process.ts";
import { conditionOf } from "./rollouts/cloud-site.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";
import { startStandInNova, type StandInNova } from "./stand-in-nova.ts";

const root = join(import.meta.dirname, "../..");
const uninstall = readFileSync(join(root, "docs/howto/uninstall.md"), "utf8");
/** Longer than settleSeconds and the grace that `short` allows, and than the settling of defaults. */
const longMillis = 8000;

const short = { spec: { rollout: { settleSeconds: 1, removalGraceSeconds: 1 } } };
/** For a flavor that somebody else made: what is ours in it are keys alone. */
const guest = (name: string): string =>
  JSON.stringify({
    ...{ apiVersion, kind: "PciFlavor", metadata: { name } },
    spec: { flavor: { name }, aliases: [{ name: "a2", count: 1 }] },
  });

controlPlaneLane("kinds that are deleted", () => {
  let scene: Scene;
  let cloud: NovaCloud;
  let nova: StandInNova;
  let operator: OperatorProcess;

  beforeAll(async () => {
    scene = await openScene();
    cloud = await scene.cloud();
    nova = await startStandInNova(cloud.nodes);
    nova.addFlavor("7", "theirs");
    await scene.plane.create(
      `/api/v1/namespaces/${cloud.namespace}/secrets`,
      nova.secret(cloudSecret),
    );
    operator = await scene.bench.start();
    await applyAll();
  });
  afterAll(async () => {
    await scene.stop();
    await nova.close();
  });

  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await scene.plane.kubectl(args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    return stdout;
  };
  /** A command that the order of uninstalling names, here. */
  const follow = async (command: string, ...more: readonly string[]): Promise<string> => {
    expect(uninstall).toContain(`kubectl ${command}`);
    const words = command.split(" ").map((word, index, all) => {
      if (word === "openstack") return cloud.namespace;
      return all[index - 1] === "-k" ? join(root, word) : word.replaceAll("'", "");
    });
    return kubectl(...words, ...more);
  };

  async function applyAll(): Promise<void> {
    await cloud.applyExamples();
    await cloud.patch("PciPassthrough", "nova", short);
    await cloud.apply(guest("theirs"));
    await cloud.converged();
    await untilFlavors(2);
  }

  const untilFlavors = (count: number) =>
    until(
      "the flavors",
      async () => {
        const all = await objects("PciFlavor");
        const live = all.filter((value) => conditionOf(value, "Ready")?.status === "True");
        return live.length === count;
      },
      { seconds: 120, hopeless: scene.bench.trouble },
    );
  const objects = (kind: Kind): Promise<readonly Json[]> =>
    scene.plane.list(`/apis/${apiVersion}/namespaces/${cloud.namespace}/${plurals[kind]}`);
  const written = () => scene.bench.proxy.seen.filter(isWrite).length;
  const pods = async () => {
    const all = await scene.plane.list(`/api/v1/namespaces/${cloud.namespace}/pods`);
    return all.map((pod) => pod.metadata.uid as string).sort();
  };
  const whole = async () => ({
    pods: await pods(),
    world: await cloud.finalWorld(),
    flavors: nova.flavors(),
  });
  const deleteKinds = (...which: readonly Kind[]) => {
    const group = apiVersion.split("/")[0];
    const crds = which.map((kind) => `crd/${plurals[kind]}.${group}`);
    return kubectl("delete", "--timeout=90s", ...crds);
  };
  const untilKindsAreGone = () =>
    until("the kinds to go", async () => {
      const all = await scene.plane.list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
      return all.every((value) => value.spec.group !== apiVersion.split("/")[0]);
    });

  test("before: both flavors carry the alias, and their objects the finalizer", async () => {
    const specs = nova.flavors().map((flavor) => [flavor.name, flavor.extra_specs]);
    expect(Object.fromEntries(specs)).toEqual({
      "m1.large": { "pci_passthrough:alias": "a1:2" },
      theirs: { "pci_passthrough:alias": "a2:1" },
    });
    for (const object of await objects("PciFlavor"))
      expect(object.metadata.finalizers).toEqual([flavorFinalizer]);
  });

  test("all but one by accident, while the operator looks: they go, what is live stays", async () => {
    const before = await whole();
    const changes = nova.changes().length;
    // Its policies are read again after ten seconds: that look takes long enough for the kinds to go
    // between the beginning and the end of one snapshot.
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    const looks = () =>
      scene.bench.proxy.seen.filter((seen) => seen.path.includes("/mutatingadmissionpolicies/"));
    const already = looks().length;
    const remove = scene.bench.proxy.add({
      ...{ fault: "slow", millis: 9000, times: 20 },
      when: (seen) => seen.path.includes("admissionregistration"),
    });
    await cloud.patch("PciPassthrough", "nova", { spec: { rollout: { quiesceSeconds: 299 } } });
    await until("a look", () => looks().length > already, { everyMillis: 5 });
    const deleted = deleteKinds("PciFlavor");
    await until("the flavors to be asked to go", async () =>
      (await objects("PciFlavor")).every(
        (object) => object.metadata.deletionTimestamp !== undefined,
      ),
    );
    expect(looks()[already]?.status).toBe(0);
    await deleted;
    remove();
    await deleteKinds("PciAlias", "PciWhitelist");
    await new Promise((resolve) => setTimeout(resolve, longMillis));
    expect(await whole()).toEqual(before);
    expect(nova.changes().slice(changes)).toEqual([]);
  });

  test("without them the operator is quiet and met no bug", async () => {
    const before = written();
    await new Promise((resolve) => setTimeout(resolve, longMillis));
    expect(written()).toBe(before);
    expect(scene.bench.trouble()).toBeUndefined();
  });

  test("kinds and objects that come back are what they were: nothing restarts", async () => {
    const before = await whole();
    await scene.applyFolder("crds");
    await applyAll();
    await new Promise((resolve) => setTimeout(resolve, longMillis));
    expect(await whole()).toEqual(before);
  });

  test("in the one order: each step leaves Nova running, and nothing is left", async () => {
    const before = await whole();
    // Step 2: the keys of one flavor shall go.
    nova.addFlavor("8", "late");
    await cloud.apply(guest("late"));
    await untilFlavors(3);
    const late = () => nova.flavors().find((flavor) => flavor.id === "8")?.extra_specs;
    expect(late()).toEqual({ "pci_passthrough:alias": "a2:1" });
    await kubectl("-n", cloud.namespace, "delete", "--timeout=90s", "pciflavor", "late");
    expect(late()).toEqual({});
    // Steps 3 to 5.
    const kinds = Object.values(plurals).map((plural) => `${plural}.${group}`);
    await follow(`delete crd ${kinds.join(" ")}`, "--timeout=90s");
    await untilKindsAreGone();
    await new Promise((resolve) => setTimeout(resolve, longMillis));
    await follow(`label namespace openstack ${injectionLabel}-`);
    await follow("delete -k deploy/injection");
    operator.signal("SIGTERM");
    expect(await operator.ended).toBe(0);
    await follow("delete -k deploy");
    await follow("delete -k deploy/guard");
    expect({ pods: await pods(), world: await cloud.finalWorld() }).toEqual({
      pods: before.pods,
      world: before.world,
    });
    expect(nova.flavors()).toEqual([...before.flavors, expect.objectContaining({ id: "8" })]);
    // Step 6.
    await until(
      "pods without a fragment",
      async () => {
        for (const kind of ["deployment", "statefulset", "daemonset"])
          await kubectl("-n", cloud.namespace, "rollout", "restart", kind);
        await new Promise((resolve) => setTimeout(resolve, 8000));
        const left = await follow("-n openstack get pods -o jsonpath='{.items[*].spec.volumes}'");
        return !left.includes("nova-pci-");
      },
      { seconds: 120 },
    );
    // Step 7.
    await follow(`-n openstack delete configmap -l ${managedByLabel}=${managedBy}`);
    await kubectl("-n", cloud.namespace, "delete", "secret", cloudSecret);
    await follow("delete -n openstack -k deploy/namespace");
    const maps = (await cloud.maps()).map((map) => map.metadata.name as string);
    expect(maps).toEqual(["kube-root-ca.crt"]);
    expect(nova.flavors()).toHaveLength(3);
    // Nothing of ours holds up the end of Nova's own namespace either.
    await kubectl("delete", "namespace", cloud.namespace, "--timeout=90s");
  });
});
