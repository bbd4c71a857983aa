// Every effect of the core on a real API server: it does what its name says, in one change, and is
// refused where the world is not as the plan saw it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { join } from "node:path";
import {
  assignmentName,
  fragmentAnnotation,
  fragmentKey,
  passthroughName,
  stateName,
} from "../../../src/api/names.ts";
import { openCluster, type Cluster } from "../../../src/cluster/cluster.ts";
import { openRest, type Rest } from "../../../src/cluster/wire/rest.ts";
import type { KubeEffect } from "../../../src/plan/plan.ts";
import { emptyState } from "../../../src/plan/terms/state.ts";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { novaObjects, pathOf } from "../../control-plane/nova-workloads.ts";
import { stateKey, unpackState } from "../../../src/cluster/views/state-codec.ts";
import { until } from "../../control-plane/processes.ts";
import { startControlPlane, type OwnControlPlane } from "../../control-plane/start.ts";

const crds = join(import.meta.dirname, "../../../crds");
const name = "nova-pci-api-0123456789abcdef";
const noLogs = { logsOf: [], healthOf: [], jobs: false, preflights: false };

controlPlaneLane("effects", () => {
  let plane: OwnControlPlane;
  let rest: Rest;
  let cluster: Cluster;
  let namespace: string;
  let core: string;
  const changes: string[] = [];

  beforeAll(async () => {
    // Its own: these are an administrator's writes, which nova-pci-guard refuses wherever it is installed.
    plane = await startControlPlane();
    await plane.kubectl(["apply", "--server-side", "-k", crds]);
    namespace = await plane.namespace();
    core = `/api/v1/namespaces/${namespace}`;
    for (const object of novaObjects())
      await plane.apply(pathOf(object, namespace), object, "helm");
    rest = openRest(
      {
        server: plane.url,
        tls: { ca: plane.ca },
        headers: () => Promise.resolve({ authorization: `Bearer ${plane.adminToken}` }),
        forget: () => undefined,
      },
      { told: (method, code) => void changes.push(`${method} ${code}`) },
    );
    cluster = openCluster({ rest, now: Date.now, changed: () => undefined });
    await cluster.observe(namespace, noLogs);
  });
  afterAll(async () => {
    cluster.stop();
    await rest.close();
    await plane.stop();
  });

  const perform = (effect: KubeEffect) => cluster.perform(namespace, effect);
  const seen = () => cluster.observe(namespace, noLogs);
  const map = (text: string): Promise<Json> => plane.get(`${core}/configmaps/${text}`);
  /** Changes that left this process during the work. */
  const sent = async (work: () => Promise<unknown>) => {
    const before = changes.length;
    await work();
    return changes.slice(before).filter((change) => !change.startsWith("GET"));
  };

  test("the state is created, replaced, read back at once, and fenced by its version", async () => {
    expect((await seen()).state).toEqual({ is: "absent" });
    const first = await sent(() => perform({ do: "write-state", state: emptyState }));
    expect(first).toEqual(["POST 201"]);
    const { state: other } = await seen();
    if (other.is !== "read") throw new Error(other.is);
    const state = { ...emptyState, wanted: "x" };
    const next: KubeEffect = { do: "write-state", state, resourceVersion: other.resourceVersion };
    expect(await sent(() => perform(next))).toEqual(["PUT 200"]);
    const { state: two } = await seen();
    expect(two).toMatchObject({ is: "read", state: { wanted: "x" } });
    const { binaryData, metadata } = await map(stateName);
    expect(unpackState(binaryData[stateKey], metadata.resourceVersion)).toEqual(two);
    await expect(perform(next)).rejects.toMatchObject({ kind: "conflict" });
    await expect(perform({ do: "write-state", state })).rejects.toMatchObject({ kind: "conflict" });
    expect((await map(stateName)).metadata.managedFields[0].manager).toBe(
      "nova-pci-operator/config",
    );
  });

  test("a state that no ConfigMap holds is refused before it is sent, with both numbers", async () => {
    const noise = Array.from({ length: 200_000 }, () => Math.random().toString(36)).join();
    const state = { ...emptyState, wanted: noise };
    await expect(perform({ do: "write-state", state })).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringMatching(/needs \d+ bytes .* holds 1000000/),
    });
  });

  const fragment: KubeEffect = {
    do: "create-fragment",
    name,
    service: "api",
    text: "[pci]\n",
    digest: "d1",
  };

  test("a fragment is immutable and labelled; the same again is done, another text a conflict", async () => {
    expect(await sent(() => perform(fragment))).toEqual(["POST 201"]);
    expect(await map(name)).toMatchObject({
      immutable: true,
      data: { [fragmentKey]: "[pci]\n" },
      metadata: {
        labels: { "app.kubernetes.io/managed-by": "nova-pci-operator" },
        annotations: {
          "pci.openstack.org/digest": "d1",
          "pci.openstack.org/digest-version": "1",
        },
      },
    });
    expect((await seen()).configMaps[name]).toMatchObject({ immutable: true });
    await perform(fragment);
    await expect(perform({ ...fragment, text: "[other]\n" })).rejects.toMatchObject({
      kind: "conflict",
    });
  });

  test("the assignment is created, patched by key, and fenced by its version", async () => {
    await perform({ do: "create-assignment", data: { _version: "1", n1: name, n2: "none" } });
    const { assignment } = await seen();
    const patch: KubeEffect = {
      do: "patch-assignment",
      resourceVersion: assignment!.resourceVersion,
      data: { n1: "none", n2: null },
    };
    expect(await sent(() => perform(patch))).toEqual(["PATCH 200"]);
    expect((await map(assignmentName)).data).toEqual({ _version: "1", n1: "none" });
    expect((await seen()).assignment?.data).toEqual({ _version: "1", n1: "none" });
    await expect(perform(patch)).rejects.toMatchObject({ kind: "conflict" });
  });

  test("a mounted fragment is written over whoever edited it", async () => {
    const mounted: KubeEffect = {
      do: "write-mounted",
      name: "nova-pci-api",
      service: "api",
      text: "[pci]\n",
      digest: "d",
    };
    await perform(mounted);
    await plane.patch(`${core}/configmaps/nova-pci-api`, { data: { [fragmentKey]: "mine" } });
    await perform(mounted);
    expect((await map("nova-pci-api")).data).toEqual({ [fragmentKey]: "[pci]\n" });
  });

  const deployment = () =>
    plane.get(`/apis/apps/v1/namespaces/${namespace}/deployments/nova-api-osapi`);
  const annotate = (uid: string, value: string, take = false): KubeEffect => ({
    do: "annotate-workload",
    kind: "Deployment",
    name: "nova-api-osapi",
    uid,
    value,
    take,
  });
  const annotationOf = (object: Json): unknown =>
    object.spec.template.metadata.annotations?.[fragmentAnnotation];

  test("a workload gets our one annotation, and nothing else becomes ours", async () => {
    const before = await deployment();
    const { uid } = before.metadata as { uid: string };
    expect(await sent(() => perform(annotate(uid, name)))).toEqual(["PATCH 200"]);
    const after = await deployment();
    expect(annotationOf(after)).toBe(name);
    const ours = (after.metadata.managedFields as readonly Json[]).find(
      (managedField) => managedField.manager === "nova-pci-operator/rollout",
    );
    expect(ours.fieldsV1).toEqual({
      "f:spec": {
        "f:template": { "f:metadata": { "f:annotations": { [`f:${fragmentAnnotation}`]: {} } } },
      },
    });
    const view = (await seen()).workloads.find((workload) => workload.service === "api");
    expect(view).toMatchObject({ fragment: name, fragmentManager: "nova-pci-operator/rollout" });
    await perform(annotate(uid, name));
    expect((await deployment()).metadata.generation).toBe(after.metadata.generation);
  });

  test("another workload of that name is a conflict", async () => {
    const stranger = "00000000-0000-0000-0000-000000000000";
    await expect(perform(annotate(stranger, "x"))).rejects.toMatchObject({ kind: "conflict" });
  });

  test("a value that somebody else wrote is a conflict, unless it is to be taken", async () => {
    const { uid } = (await deployment()).metadata as { uid: string };
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/nova-api-osapi`;
    const theirs = {
      spec: { template: { metadata: { annotations: { [fragmentAnnotation]: "theirs" } } } },
    };
    await plane.patch(`${path}?fieldManager=kubectl-rollout`, theirs);
    await expect(perform(annotate(uid, name))).rejects.toMatchObject({ kind: "conflict" });
    expect(annotationOf(await deployment())).toBe("theirs");
    await perform(annotate(uid, name, true));
    expect(annotationOf(await deployment())).toBe(name);
  });

  test("none takes the annotation away", async () => {
    const { uid } = (await deployment()).metadata as { uid: string };
    await perform(annotate(uid, "none"));
    expect(annotationOf(await deployment())).toBeUndefined();
  });

  test("none leaves what somebody else wrote, unless it is to be taken", async () => {
    const { uid } = (await deployment()).metadata as { uid: string };
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/nova-api-osapi`;
    const theirs = {
      spec: { template: { metadata: { annotations: { [fragmentAnnotation]: "theirs" } } } },
    };
    await plane.patch(`${path}?fieldManager=kubectl-rollout`, theirs);
    await perform(annotate(uid, "none"));
    expect(annotationOf(await deployment())).toBe("theirs");
    await perform(annotate(uid, "none", true));
    expect(annotationOf(await deployment())).toBeUndefined();
    const other = annotate("00000000-0000-0000-0000-000000000000", "none", true);
    await expect(perform(other)).rejects.toMatchObject({ kind: "conflict" });
  });

  const newPod = (pod: string, labels: object = {}, spec: object = {}): Promise<Json> =>
    plane.create(`${core}/pods`, {
      metadata: { name: pod, labels: { application: "nova", component: "compute", ...labels } },
      spec: { containers: [{ name: "nova-compute", image: "x" }], ...spec },
    });
  const remove = (pod: string, uid: string, by: "delete" | "evict"): KubeEffect => ({
    do: "remove-pod",
    name: pod,
    uid,
    by,
    why: "",
  });

  test.each(["delete", "evict"] as const)(
    "a pod is removed by %s, and only the one that was meant",
    async (by) => {
      const pod = await newPod(`p-${by}`);
      const wrong = "00000000-0000-0000-0000-000000000000";
      await expect(perform(remove(`p-${by}`, wrong, by))).rejects.toMatchObject({
        kind: "conflict",
      });
      await until("the pod", async () => (await seen()).pods.some((row) => row.name === `p-${by}`));
      await perform(remove(`p-${by}`, pod.metadata.uid as string, by));
      const view = (await seen()).pods.find((row) => row.name === `p-${by}`);
      expect(view?.deleting ?? true).toBe(true);
      await until("its end", async () => (await plane.get(`${core}/pods/p-${by}`)) === undefined);
      await perform(remove(`p-${by}`, pod.metadata.uid as string, by));
    },
  );

  test("an eviction that a budget refuses is asked once and is throttled", async () => {
    // A pod that never ran is evicted whatever a budget says.
    const pod = await newPod("p-kept", { kept: "yes" }, { nodeName: "nowhere" });
    await plane.request(
      "PATCH",
      `${core}/pods/p-kept/status`,
      { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } },
      { "content-type": "application/merge-patch+json" },
    );
    await plane.create(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`, {
      metadata: { name: "keep" },
      spec: { minAvailable: 1, selector: { matchLabels: { kept: "yes" } } },
    });
    await until("the budget", async () => (await seen()).budgets.length === 1);
    const uid = pod.metadata.uid as string;
    const asked = await sent(() =>
      expect(perform(remove("p-kept", uid, "evict"))).rejects.toMatchObject({ kind: "throttled" }),
    );
    expect(asked).toEqual(["POST 429"]);
  });

  test("the PciPassthrough is created, and its status written once and read back", async () => {
    await perform({ do: "create-passthrough" });
    const { passthrough } = (await seen()).objects;
    const condition = {
      type: "Ready",
      status: "False",
      reason: "Progressing",
      message: "m",
      lastTransitionTime: "2026-01-05T08:00:00Z",
    };
    const status: KubeEffect = {
      do: "status",
      kind: "PciPassthrough",
      name: passthroughName,
      uid: passthrough!.metadata.uid,
      status: { observedGeneration: 1, conditions: [condition] },
    };
    expect(await sent(() => perform(status))).toEqual(["PATCH 200"]);
    expect((await seen()).objects.passthrough?.status).toMatchObject({ conditions: [condition] });
    await perform({ ...status, status: { observedGeneration: 2 } });
    const after = (await seen()).objects.passthrough;
    expect(after?.status).toEqual({ observedGeneration: 2 });
    expect(after?.metadata.generation).toBe(passthrough!.metadata.generation);
    const stranger = "00000000-0000-0000-0000-000000000000";
    await expect(perform({ ...status, uid: stranger })).rejects.toMatchObject({ kind: "conflict" });
  });

  test("finalizers are set with a version, and the last one lets the object go", async () => {
    const base = `/apis/pci.openstack.org/v1alpha1/namespaces/${namespace}/pciflavors`;
    await plane.create(base, {
      apiVersion: "pci.openstack.org/v1alpha1",
      kind: "PciFlavor",
      metadata: { name: "f" },
      spec: { flavor: { name: "f" }, aliases: [{ name: "a", count: 1 }] },
    });
    const flavor = async () =>
      (await seen()).objects.flavors.find((stored) => stored.metadata.name === "f");
    const first = (await until("the flavor", flavor)).metadata;
    const set: KubeEffect = {
      do: "set-finalizers",
      name: "f",
      uid: first.uid,
      resourceVersion: first.resourceVersion,
      finalizers: ["pci.openstack.org/flavor"],
    };
    await perform(set);
    await expect(perform(set)).rejects.toMatchObject({ kind: "conflict" });
    expect((await flavor())?.metadata.finalizers).toEqual(["pci.openstack.org/flavor"]);
    await plane.remove(`${base}/f`);
    const going = await until("its deletion", async () => {
      const found = await flavor();
      return found?.metadata.deletionTimestamp !== undefined && found.metadata;
    });
    await perform({ ...set, resourceVersion: going.resourceVersion, finalizers: [] });
    expect(await flavor()).toBeUndefined();
    expect(await plane.get(`${base}/f`)).toBeUndefined();
  });

  test("the same event is one Event", async () => {
    const { uid } = (await seen()).objects.passthrough!.metadata;
    const event: KubeEffect = {
      do: "event",
      about: { kind: "PciPassthrough", name: passthroughName, uid },
      type: "Warning",
      reason: "Halted",
      message: "words",
    };
    expect(await sent(() => perform(event))).toEqual(["POST 201"]);
    expect(await sent(() => perform(event))).toEqual([]);
    const events = await plane.list(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
    const ours = events.filter((value) => value.reportingController === "nova-pci-operator");
    expect(ours).toMatchObject([{ reason: "Halted", note: "words", regarding: { uid } }]);
  });

  test("a fragment that an old ReplicaSet names stays, one that nothing names goes", async () => {
    const { uid } = (await deployment()).metadata as { uid: string };
    await perform(annotate(uid, name));
    const sets = () => plane.list(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
    await until("the ReplicaSet", async () =>
      (await sets()).some((set) => annotationOf(set) === name),
    );
    await perform(annotate(uid, "none"));
    const own = (await map(name)).metadata.uid as string;
    await expect(perform({ do: "delete-fragment", name, uid: own })).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringMatching(/(pods|replicasets)\/.* names it/),
    });
    const other = "nova-pci-api-00000000000000ff";
    await perform({ ...fragment, name: other });
    const otherUid = (await map(other)).metadata.uid as string;
    await perform({ do: "delete-fragment", name: other, uid: otherUid });
    expect(await map(other)).toBeUndefined();
    expect((await seen()).configMaps[other]).toBeUndefined();
  });
});
