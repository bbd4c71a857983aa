// The kubelet stand-in against the real controllers: what tests of rollouts rely on.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { ControlPlane } from "./attach.ts";
import { clientFor, type Json } from "./client.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import { startKubelets, type Kubelets } from "./kubelet.ts";
import { controlPlaneLane } from "./lane.ts";
import { installNova } from "./nova-workloads.ts";
import { until } from "./processes.ts";
import { sharedControlPlane } from "./plane-of-the-run.ts";

controlPlaneLane("kubelet stand-in", () => {
  let plane: ControlPlane;
  let namespace: string;
  let kubelets: Kubelets;
  let nodes: readonly string[];

  beforeAll(async () => {
    plane = await sharedControlPlane();
  });
  beforeEach(async () => {
    namespace = await plane.namespace();
    kubelets = startKubelets(plane, namespace);
    nodes = ["1", "2"].map((text) => `${namespace}-n${text}`);
    for (const node of nodes) await kubelets.addNode(node, { test: namespace });
  });
  afterEach(() => kubelets.stop());
  afterAll(() => plane.stop());

  const computes = async (): Promise<readonly Json[]> =>
    (await plane.list(`/api/v1/namespaces/${namespace}/pods?labelSelector=component%3Dcompute`)) ??
    [];
  const isReady = (pod: Json) => {
    const conditions = (pod.status.conditions ?? []) as readonly Json[];
    return conditions.some(
      (condition) => condition.type === "Ready" && condition.status === "True",
    );
  };
  const whenReady = (count: number) =>
    until("the computes", async () => {
      const pods = await computes();
      return pods.length === count && pods.every(isReady) ? pods : undefined;
    });

  test("workloads become available, and what each container reads is known", async () => {
    await installNova(plane, namespace, { test: namespace });
    const pods = await whenReady(2);
    await until("nova-api", async () => {
      const api = await plane.get(
        `/apis/apps/v1/namespaces/${namespace}/deployments/nova-api-osapi`,
      );
      return api.status.availableReplicas === 2;
    });
    expect(pods.map((pod) => pod.spec.nodeName as string).sort()).toEqual(nodes);
    const reads = kubelets.reads(pods[0].metadata.name as string, "nova-compute");
    expect(reads).toEqual({
      "/etc/nova/nova.conf": "[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n",
    });
    const api = kubelets.starts.find((start) => start.labels["component"] === "os-api")!;
    expect(Object.keys(api.files["nova-osapi"]!).sort()).toEqual([
      "/etc/nova/nova.conf",
      "/etc/nova/nova.conf.d/nova_auth.conf",
    ]);
  });

  test("a deleted compute is replaced on its node", async () => {
    await installNova(plane, namespace, { test: namespace });
    const [first] = await whenReady(2);
    kubelets.behaviour.goneAfterMillis = 100;
    await plane.remove(`/api/v1/namespaces/${namespace}/pods/${first.metadata.name}`, {
      preconditions: { uid: first.metadata.uid },
    });
    const after = await until("the replacement", async () => {
      const pods = await computes();
      const fresh = pods.filter((pod) => pod.spec.nodeName === first.spec.nodeName);
      return (
        fresh.length === 1 && fresh[0].metadata.uid !== first.metadata.uid && isReady(fresh[0])
      );
    });
    expect(after).toBe(true);
  });

  test("a pod whose ConfigMap is missing is held until it appears", async () => {
    const path = `/api/v1/namespaces/${namespace}`;
    const volume = { name: "v", configMap: { name: "later" } };
    await plane.create(`${path}/pods`, {
      metadata: { name: "waits" },
      spec: {
        containers: [{ name: "c", image: "x", volumeMounts: [{ name: "v", mountPath: "/etc/v" }] }],
        volumes: [volume],
      },
    });
    await until("the hold", () =>
      kubelets.held()["waits"]?.includes('configmap "later" not found'),
    );
    expect((await plane.get(`${path}/pods/waits`)).status.phase).toBe("Pending");
    await plane.create(`${path}/configmaps`, { metadata: { name: "later" }, data: { a: "1" } });
    await until("the start", async () => isReady(await plane.get(`${path}/pods/waits`)));
    expect(kubelets.reads("waits", "c")).toEqual({ "/etc/v/a": "1" });
  });

  test("a failing container loops, with its message and its count", async () => {
    kubelets.behaviour.fails = (pod) =>
      pod.spec.nodeName === nodes[0]
        ? { container: "nova-compute", exitCode: 1, message: "PciConfigInvalidSpec: bad" }
        : undefined;
    await installNova(plane, namespace, { test: namespace });
    const failing = await until("two restarts", async () => {
      const pod = (await computes()).find((compute) => compute.spec.nodeName === nodes[0]);
      const of = ((pod?.status.containerStatuses ?? []) as Json[]).find(
        (c: Json) => c.name === "nova-compute",
      );
      return of?.restartCount >= 2 ? of : undefined;
    });
    expect(failing).toMatchObject({
      ready: false,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1, message: "PciConfigInvalidSpec: bad" } },
    });
    kubelets.behaviour.fails = () => undefined;
    await whenReady(2);
  });

  test("a dead node starts and ends nothing until it is back", async () => {
    await installNova(plane, namespace, { test: namespace });
    const pods = await whenReady(2);
    const victim = pods.find((pod) => pod.spec.nodeName === nodes[1])!;
    await kubelets.setDead(nodes[1]!, true);
    const path = `/api/v1/namespaces/${namespace}/pods/${victim.metadata.name}`;
    await until("not Ready", async () => !isReady(await plane.get(path)));
    await plane.remove(path);
    const survivors = await computes();
    expect(survivors.map((pod) => pod.metadata.uid as string)).toContain(victim.metadata.uid);
    await kubelets.setDead(nodes[1]!, false);
    await until("the replacement", async () => {
      const now = await computes();
      return (
        now.length === 2 &&
        now.every(isReady) &&
        now.every((value) => value.metadata.uid !== victim.metadata.uid)
      );
    });
  });

  test("a stream that is cut loses no pod", async () => {
    const proxy = await startFaultProxy(plane);
    const through = clientFor({ url: proxy.url, ca: plane.ca, token: plane.adminToken });
    const own = await plane.namespace();
    const cut = startKubelets(through, own);
    try {
      await cut.addNode(`${own}-n1`);
      const pod = (name: string) => ({
        metadata: { name },
        spec: { containers: [{ name: "c", image: "x" }] },
      });
      const pods = `/api/v1/namespaces/${own}/pods`;
      for (const name of ["one", "two", "three"]) {
        await plane.create(pods, pod(name));
        proxy.cutAll();
      }
      await until("all three", async () => (await plane.list(pods)).every(isReady));
      expect(cut.relists()).toBeGreaterThan(0);
    } finally {
      await cut.stop();
      await through.close();
      await proxy.stop();
    }
  });

  test("a file below a read-only directory does not start", async () => {
    const path = `/api/v1/namespaces/${namespace}`;
    await plane.create(`${path}/configmaps`, {
      metadata: { name: "one" },
      data: { "a.conf": "1" },
    });
    await plane.create(`${path}/pods`, {
      metadata: { name: "nested" },
      spec: {
        containers: [
          {
            name: "c",
            image: "x",
            volumeMounts: [
              { name: "d", mountPath: "/etc/d", readOnly: true },
              { name: "f", mountPath: "/etc/d/a.conf", subPath: "a.conf" },
            ],
          },
        ],
        volumes: [
          { name: "d", emptyDir: {} },
          { name: "f", configMap: { name: "one" } },
        ],
      },
    });
    const state = await until("the refusal", async () => {
      const pod = await plane.get(`${path}/pods/nested`);
      return pod.status.containerStatuses?.[0]?.state?.waiting;
    });
    expect(state).toMatchObject({ reason: "RunContainerError" });
  });
});
