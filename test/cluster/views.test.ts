// Raw objects to views, shape by shape.
import {
  guardHash,
  guardView,
  hashOf,
  policyView,
} from "../../src/cluster/views/admission-views.ts";
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { featureView, foldHardware } from "../../src/cluster/views/hardware.ts";
import { budgetView, crdView, ownObject } from "../../src/cluster/views/object-views.ts";
import { podView, type RawPod } from "../../src/cluster/views/pod-view.ts";
import { serviceLabels } from "../../src/cluster/views/service-labels.ts";
import { workloadView, type RawWorkload } from "../../src/cluster/views/workload-view.ts";

const known = serviceLabels();
const fragment = "nova-pci-compute-0123456789abcdef";
const labels = { application: "nova", component: "compute" };

function pod(more: {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}): RawPod {
  return {
    metadata: { name: "p", uid: "u", resourceVersion: "1", labels, ...more.metadata },
    spec: { nodeName: "n1", containers: [{ name: "nova-compute" }], ...more.spec },
    status: { phase: "Running", ...more.status },
  };
}

const view = (more: Parameters<typeof pod>[0]) => podView(pod(more), known);

test("a pod of no service is not kept", () => {
  expect(view({ metadata: { labels: { application: "neutron" } } })).toBeUndefined();
});

test.each([
  ["a ConfigMap volume", [{ name: "v", configMap: { name: fragment } }], fragment],
  [
    "a source of a projected volume",
    [
      {
        name: "v",
        projected: { sources: [{ secret: { name: "s" } }, { configMap: { name: fragment } }] },
      },
    ],
    fragment,
  ],
  [
    "the name that never exists",
    [{ name: "v", configMap: { name: "nova-pci-compute-unassigned" } }],
    "nova-pci-compute-unassigned",
  ],
  ["somebody else's ConfigMap", [{ name: "v", configMap: { name: "nova-etc" } }], undefined],
  ["no volume", undefined, undefined],
])("a pod that names %s", (_name, volumes, expected) => {
  expect(view({ spec: { volumes } })?.fragment).toBe(expected);
});

test("a pod that mounts the fixed name says so", () => {
  const volumes = [{ name: "v", configMap: { name: "nova-pci-compute" } }];
  expect(view({ spec: { volumes } })).toMatchObject({ mounted: "nova-pci-compute" });
});

const affinity = (...names: readonly string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchFields: [{ key: "metadata.name", operator: "In", values: names }] },
      ],
    },
  },
});

test.each([
  ["where it runs", { nodeName: "n1", affinity: affinity("n2") }, "n1"],
  ["where its DaemonSet sends it", { nodeName: "", affinity: affinity("n2") }, "n2"],
  ["nowhere yet", { nodeName: undefined, affinity: affinity("n2", "n3") }, undefined],
])("its node is %s", (_name, spec, node) => {
  expect(view({ spec })?.node).toBe(node);
});

test.each([
  ["one that runs", {}, {}, false],
  ["one that is being deleted", { deletionTimestamp: "2026-01-05T08:00:00Z" }, {}, true],
  ["one that was evicted", {}, { phase: "Failed" }, true],
])("a pod is going: %s", (_name, metadata, status, deleting) => {
  expect(view({ metadata, status })?.deleting).toBe(deleting);
});

test("Ready, since when, and how its container came here", () => {
  const status = {
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-05T08:00:05Z" }],
    containerStatuses: [
      { name: "sidecar", restartCount: 9 },
      {
        name: "nova-compute",
        restartCount: 2,
        state: { running: { startedAt: "2026-01-05T08:00:01Z" } },
        lastState: {
          terminated: {
            exitCode: 1,
            reason: "Error",
            message: "bad alias",
            finishedAt: "2026-01-05T08:00:00Z",
          },
        },
      },
    ],
  };
  const at = Date.UTC(2026, 0, 5, 8);
  expect(view({ status })).toMatchObject({
    ready: true,
    readySince: at + 5000,
    container: {
      name: "nova-compute",
      restarts: 2,
      startedAt: at + 1000,
      lastExit: { code: 1, reason: "Error", message: "bad alias", at },
    },
  });
});

test("a pod that is held has no container yet", () => {
  expect(view({ status: { phase: "Pending" } })).toMatchObject({
    ready: false,
    container: { name: "nova-compute", restarts: 0, waiting: "ContainerCreating" },
  });
});

test("only what lies below /etc/nova is kept of a container, and equal specs are one value", () => {
  const spec = {
    containers: [
      {
        name: "nova-compute",
        command: ["/tmp/nova-compute.sh"],
        env: [{ name: "PASSWORD", value: "secret" }],
        volumeMounts: [
          { name: "etc", mountPath: "/etc/nova/nova.conf", subPath: "nova.conf", readOnly: true },
          { name: "run", mountPath: "/run" },
        ],
      },
    ],
    volumes: [{ name: "etc", secret: { secretName: "nova-etc" } }],
  };
  const row = view({ spec })!;
  expect(row.spec).toEqual([
    {
      name: "nova-compute",
      command: ["/tmp/nova-compute.sh"],
      args: [],
      mounts: [
        {
          path: "/etc/nova/nova.conf",
          subPath: "nova.conf",
          readOnly: true,
          volume: "secret",
          configMaps: [],
          sources: [{ kind: "Secret", name: "nova-etc" }],
        },
      ],
    },
  ]);
  expect(view({ spec, metadata: { uid: "other" } })!.spec).toBe(row.spec);
});

const annotated = {
  "f:spec": {
    "f:template": { "f:metadata": { "f:annotations": { "f:pci.openstack.org/fragment": {} } } },
  },
};

function workload(more: object, status: object = {}): RawWorkload {
  return {
    metadata: {
      name: "w",
      uid: "u",
      resourceVersion: "5",
      generation: 3,
      managedFields: [
        { manager: "helm", fieldsV1: { "f:spec": {} } },
        { manager: "nova-pci-operator/rollout", fieldsV1: annotated },
      ],
    },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { "pci.openstack.org/fragment": fragment } },
        spec: { nodeSelector: { compute: "yes" } },
      },
      ...more,
    },
    status: { observedGeneration: 3, ...status },
  };
}

test("a DaemonSet counts nodes, and tells its strategy and who owns our annotation", () => {
  const updateStrategy = {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
  };
  const status = { desiredNumberScheduled: 5, numberReady: 4, numberAvailable: 3 };
  expect(workloadView("DaemonSet", workload({ updateStrategy }, status), known)).toMatchObject({
    service: "compute",
    replicas: 5,
    updated: 0,
    ready: 4,
    available: 3,
    generation: 3,
    observedGeneration: 3,
    maxSurge: "0",
    maxUnavailable: "1",
    strategy: "RollingUpdate",
    fragment,
    fragmentManager: "nova-pci-operator/rollout",
    wants: { matchLabels: { compute: "yes" }, anyOf: [] },
  });
});

test("a Deployment counts replicas and may be paused", () => {
  const status = { updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1 };
  const paused = workload({ replicas: 2, paused: true, strategy: { type: "Recreate" } }, status);
  expect(workloadView("Deployment", paused, known)).toMatchObject({
    replicas: 2,
    updated: 2,
    ready: 1,
    available: 1,
    paused: true,
    strategy: "Recreate",
  });
});

test("a budget that can never be computed is broken, and says why", () => {
  const conditions = [
    { type: "DisruptionAllowed", status: "False", reason: "SyncFailed", message: "no scale" },
  ];
  const selector = {
    matchLabels: labels,
    matchExpressions: [
      { key: "zone", operator: "In", values: ["a"] },
      { key: "x", operator: "Exists" },
    ],
  };
  expect(
    budgetView({ metadata: { name: "b" }, spec: { selector }, status: { conditions } }),
  ).toEqual({
    name: "b",
    selector: { ...labels, zone: "a" },
    allowed: 0,
    broken: "SyncFailed: no scale",
  });
});

test.each([
  ["absent", undefined, { is: "absent" }],
  ["served", { metadata: { name: "c", uid: "1" } }, { is: "served", uid: "1" }],
  [
    "terminating",
    { metadata: { name: "c", uid: "1", deletionTimestamp: "2026-01-05T08:00:00Z" } },
    { is: "terminating", uid: "1" },
  ],
])("a CRD that is %s", (_name, crd, expected) => {
  expect(crdView(crd)).toEqual(expected);
});

test("a policy tells its version and which pods it selects", () => {
  const policy = {
    metadata: { name: "p", annotations: { "pci.openstack.org/policy-version": "1" } },
    spec: { matchConstraints: { objectSelector: { matchLabels: { application: "nova" } } } },
  };
  expect(policyView({ policy, binding: policy })).toEqual({
    is: "installed",
    version: "1",
    bound: true,
    selects: { application: "nova" },
  });
  expect(policyView({})).toEqual({ is: "absent" });
});

describe("the guard", () => {
  const file = join(import.meta.dirname, "../../deploy/guard/guard.yaml");
  const [policy, binding] = loadAll(readFileSync(file, "utf8")) as never as readonly [Guard, Guard];
  type Guard = { metadata: { name: string }; spec: Record<string, unknown> };
  const changed = (pair: Parameters<typeof guardView>[0]) => guardView(pair).changed;

  test("its hash is the one of the shipped text", () => {
    expect(hashOf([policy.spec, binding.spec])).toBe(guardHash);
    expect(guardView({ policy, binding })).toEqual({ is: "installed", version: "1", bound: true });
  });

  test("defaults that the API server writes are no change", () => {
    const constraints = policy.spec["matchConstraints"] as Record<string, unknown>;
    const spec = {
      ...policy.spec,
      matchConstraints: {
        ...constraints,
        ...{ matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} },
      },
    };
    const stored = { ...policy, spec };
    expect(changed({ policy: stored, binding })).toBeUndefined();
  });

  const changes: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] =
    [
      ["its binding warns", {}, { validationActions: ["Warn"] }],
      ["its binding only audits", {}, { validationActions: ["Audit"] }],
      [
        "its binding selects some namespaces",
        {},
        { matchResources: { namespaceSelector: { matchLabels: { a: "b" } } } },
      ],
      ["its binding has a parameter", {}, { paramRef: { name: "a" } }],
      ["it ignores its own failures", { failurePolicy: "Ignore" }, {}],
      ["it matches less", { matchConstraints: { resourceRules: [] } }, {}],
      ["it has a further condition", { matchConditions: [{ name: "a", expression: "false" }] }, {}],
      ["it validates nothing", { validations: [{ expression: "true" }] }, {}],
    ];
  test.each(changes)("is changed when %s", (_name, spec, bound) => {
    const pair = {
      policy: { ...policy, spec: { ...policy.spec, ...spec } },
      binding: { ...binding, spec: { ...binding.spec, ...bound } },
    };
    expect(changed(pair)).toBeDefined();
  });

  test("without a binding it is not bound", () => {
    expect(guardView({ policy })).toMatchObject({ is: "installed", bound: false });
    expect(guardView({})).toEqual({ is: "absent" });
  });
});

test("of our own objects managedFields and kubectl's copy are not kept", () => {
  const object = {
    metadata: {
      name: "a",
      uid: "u",
      resourceVersion: "1",
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "1" },
      managedFields: [{ manager: "kubectl" }],
    },
    spec: { name: "a" },
  };
  expect(ownObject(object)).toEqual({
    metadata: { name: "a", uid: "u", resourceVersion: "1", annotations: { mine: "1" } },
    spec: { name: "a" },
  });
});

test("NFD's devices are folded by node, without addresses", () => {
  const feature = (node: string, attributes: Record<string, string>) =>
    featureView({
      metadata: { name: node, labels: { "nfd.node.kubernetes.io/node-name": node } },
      spec: { features: { instances: { "pci.device": { elements: [{ attributes }] } } } },
    })!;
  const folded = foldHardware([
    feature("n1", { vendor: "8086", device: "154D", class: "0200", sriov_totalvfs: "63" }),
    feature("n1", { vendor: "10de", device: "20b0", class: "0302", "iommu_group/type": "DMA" }),
  ]);
  expect(folded).toEqual({
    n1: {
      devices: [
        { vendor: "8086", product: "154d", class: "0200", totalVfs: 63, iommuGroup: false },
        { vendor: "10de", product: "20b0", class: "0302", iommuGroup: true },
      ],
    },
  });
  expect(featureView({ metadata: { name: "x" } })).toBeUndefined();
});
