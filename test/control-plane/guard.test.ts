// The guard policy on a real API server: who may write the operator's ConfigMaps, and what the
// operator may write of anything else at all. Rights (RBAC) are all granted here: only admission decides.
import { preflightJob } from "../../src/plan/preflight/job.ts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  assignmentName,
  injectionLabel,
  mountedName,
  services,
  stateName,
} from "../../src/api/names.ts";
import { rootCertificates } from "node:tls";
import type { ControlPlane } from "./attach.ts";
import { contentTypes, type Client, type Json } from "./client.ts";
import { compute } from "../admission/pods.ts";
import { controlPlaneLane } from "./lane.ts";
import { novaObjects, pathOf } from "./nova-workloads.ts";
import { applyPolicies, operatorUser, untilInForce } from "./policies.ts";
import { until } from "./processes.ts";
import { sharedControlPlane } from "./plane-of-the-run.ts";

controlPlaneLane("guard", () => {
  let plane: ControlPlane;
  let operator: Client;
  let namespace: string;
  let maps: string;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    operator = plane.impersonate(operatorUser);
    await applyPolicies(plane);
    await untilInForce(plane, operator);
    namespace = await plane.namespace();
    maps = `/api/v1/namespaces/${namespace}/configmaps`;
    for (const name of guarded)
      await operator.create(maps, {
        metadata: { name, labels: { mine: "yes" } },
        data: { a: "1" },
      });
    for (const object of novaObjects())
      await plane.apply(pathOf(object, namespace), object, "helm");
    const osapi = `/apis/apps/v1/namespaces/${namespace}/deployments/nova-api-osapi`;
    await plane.patch(osapi, { spec: { minReadySeconds: 5 } });
  });
  afterAll(() => plane.stop());

  const guarded = [
    compute,
    "nova-pci-api-00000000000000aa",
    ...services.map(mountedName),
    assignmentName,
    stateName,
  ];

  describe.each(guarded)("%s", (name) => {
    const refusal = { status: 403, message: expect.stringContaining("nova-pci-operator alone") };

    test("nobody else creates it, not even an administrator", async () => {
      const elsewhere = await plane.namespace();
      const path = `/api/v1/namespaces/${elsewhere}/configmaps`;
      expect(said(await plane.request("POST", path, { metadata: { name } }))).toEqual(refusal);
    });

    test("nobody else changes it", async () => {
      const patch = { data: { a: "2" } };
      const headers = { "content-type": contentTypes.merge };
      const answer = await plane.request("PATCH", `${maps}/${name}`, patch, headers);
      expect(said(answer)).toEqual(refusal);
    });

    test("nobody else labels it", async () => {
      const patch = { metadata: { labels: { a: "b" } } };
      const headers = { "content-type": contentTypes.merge };
      const answer = await plane.request("PATCH", `${maps}/${name}`, patch, headers);
      expect(said(answer)).toEqual(refusal);
    });

    test("nobody else deletes it", async () => {
      expect(said(await plane.request("DELETE", `${maps}/${name}`))).toEqual(refusal);
    });

    test("the operator may", async () => {
      const changed = await operator.patch(`${maps}/${name}`, { data: { a: "2" } });
      expect(changed.data).toEqual({ a: "2" });
    });
  });

  test("nobody deletes them as a collection", async () => {
    await plane.request("DELETE", `${maps}?labelSelector=mine%3Dyes`);
    const left = await plane.list(`${maps}?labelSelector=mine%3Dyes`);
    expect(left.map((value) => value.metadata.name as string).sort()).toEqual([...guarded].sort());
  });

  test("nobody lets the API server invent such a name", async () => {
    const generateName = compute.slice(0, -5);
    const answer = await plane.request("POST", maps, { metadata: { generateName } });
    expect(answer.status).toBe(403);
  });

  test("other names are nobody's business", async () => {
    for (const name of ["nova-pci-notes", `${compute}0`, "nova-pci-compute-unassigned", "nova-etc"])
      await plane.create(maps, { metadata: { name }, data: { a: "1" } });
  });

  test("the garbage collector takes what an owner leaves", async () => {
    const owner = await plane.create(maps, { metadata: { name: "owner" } });
    const { uid } = owner.metadata;
    const name = "nova-pci-scheduler-00000000000000aa";
    await operator.create(maps, {
      metadata: {
        name,
        ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }],
      },
    });
    await plane.remove(`${maps}/owner`);
    await until("the end", async () => (await plane.get(`${maps}/${name}`)) === undefined);
  });

  test("a namespace that holds them can be deleted", async () => {
    const doomed = await plane.namespace({ [injectionLabel]: "enabled" });
    for (const name of guarded)
      await operator.create(`/api/v1/namespaces/${doomed}/configmaps`, { metadata: { name } });
    await plane.remove(`/api/v1/namespaces/${doomed}`);
    await until(
      "the end",
      async () => (await plane.get(`/api/v1/namespaces/${doomed}`)) === undefined,
    );
  });

  describe("what the operator may change of a workload", () => {
    const deployment = () => `/apis/apps/v1/namespaces/${namespace}/deployments/nova-api-osapi`;
    const conductor = () => `/apis/apps/v1/namespaces/${namespace}/statefulsets/nova-conductor`;
    const daemonSet = () => `/apis/apps/v1/namespaces/${namespace}/daemonsets/nova-compute-default`;
    const refusal = {
      status: 403,
      message: expect.stringContaining("may change nothing of a workload"),
    };
    const template = (metadata: Json) => ({ spec: { template: { metadata } } });
    const ours = template({ annotations: { "pci.openstack.org/fragment": "nova-pci-api-x" } });

    test.each([
      ["a Deployment", deployment],
      ["a StatefulSet", conductor],
    ])("its annotation on the pod template of %s", async (_name, path) => {
      const changed = await operator.patch(path(), ours);
      expect(changed.spec.template.metadata.annotations).toMatchObject({
        "pci.openstack.org/fragment": "nova-pci-api-x",
      });
      const none = template({ annotations: { "pci.openstack.org/fragment": null } });
      await operator.patch(path(), none);
    });

    test("the same by server-side apply", async () => {
      const object = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "nova-api-osapi" },
        ...ours,
      };
      await operator.apply(deployment(), object, "nova-pci-operator/rollout");
    });

    const changes: readonly (readonly [string, () => string, Json])[] = [
      ["another annotation", deployment, template({ annotations: { a: "b" } })],
      [
        "an annotation of the chart",
        deployment,
        template({ annotations: { "configmap-etc-hash": null } }),
      ],
      ["a label of the template", deployment, template({ labels: { a: "b" } })],
      ["replicas", deployment, { spec: { replicas: 0 } }],
      [
        "the strategy",
        deployment,
        { spec: { strategy: { type: "Recreate", rollingUpdate: null } } },
      ],
      ["the removal of what has no default", deployment, { spec: { minReadySeconds: null } }],
      ["a pause", deployment, { spec: { paused: true } }],
      ["the pod's spec", deployment, { spec: { template: { spec: { hostNetwork: true } } } }],
      ["its own label", deployment, { metadata: { labels: { a: "b" } } }],
      ["its own annotation", deployment, { metadata: { annotations: { a: "b" } } }],
      ["a finalizer", deployment, { metadata: { finalizers: ["example.com/a"] } }],
      ["replicas of a StatefulSet", conductor, { spec: { replicas: 0 } }],
      [
        "the update strategy of a DaemonSet",
        daemonSet,
        { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } },
      ],
      [
        "the pod's spec of a DaemonSet",
        daemonSet,
        { spec: { template: { spec: { hostPID: false } } } },
      ],
    ];
    test.each(changes)("not %s", async (_name, path, patch) => {
      const headers = { "content-type": contentTypes.merge };
      expect(said(await operator.request("PATCH", path(), patch, headers))).toEqual(refusal);
    });

    test("not the scale", async () => {
      const headers = { "content-type": contentTypes.merge };
      const patch = { spec: { replicas: 0 } };
      const answer = await operator.request("PATCH", `${deployment()}/scale`, patch, headers);
      expect(said(answer)).toEqual(refusal);
    });

    test("not its existence", async () => {
      expect(said(await operator.request("DELETE", deployment()))).toEqual(refusal);
      const created = await operator.request(
        "POST",
        `/apis/apps/v1/namespaces/${namespace}/deployments`,
        {
          metadata: { name: "new" },
          spec: {
            selector: { matchLabels: { a: "b" } },
            template: {
              metadata: { labels: { a: "b" } },
              spec: { containers: [{ name: "c", image: "x" }] },
            },
          },
        },
      );
      expect(said(created)).toEqual(refusal);
    });

    test("pods it deletes and evicts, and does not make or change", async () => {
      const pods = `/api/v1/namespaces/${namespace}/pods`;
      const pod = (name: string) => ({
        metadata: { name },
        spec: { containers: [{ name: "c", image: "x" }] },
      });
      const notListed = { status: 403, message: expect.stringContaining("lists what it may do") };
      expect(said(await operator.request("POST", pods, pod("forged")))).toEqual(notListed);
      expect((await operator.request("POST", `${pods}?dryRun=All`, pod("asked"))).status).toBe(201);
      for (const name of ["one", "two"]) await plane.create(pods, pod(name));
      const headers = { "content-type": contentTypes.merge };
      const patch = { metadata: { labels: { a: "b" } } };
      expect(said(await operator.request("PATCH", `${pods}/one`, patch, headers))).toEqual(
        notListed,
      );
      await operator.remove(`${pods}/one`);
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "two" } };
      expect((await operator.request("POST", `${pods}/two/eviction`, eviction)).status).toBe(201);
    });

    test("others change workloads as before", async () => {
      await plane.patch(deployment(), { spec: { replicas: 3 } });
    });
  });

  describe("what the operator may do of anything else", () => {
    const containers = [{ name: "c", image: "x" }];
    const podSpec = { containers, restartPolicy: "Never" };
    const core = (plural: string) => `/api/v1/namespaces/${namespace}/${plural}`;
    const of = (group: string, plural: string) =>
      `/apis/${group}/namespaces/${namespace}/${plural}`;
    const rbac = "rbac.authorization.k8s.io/v1";
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" };
    const template = { metadata: { labels: { a: "b" } }, spec: podSpec };
    const creations: readonly (readonly [string, () => string, Json])[] = [
      ["a Job", () => of("batch/v1", "jobs"), { spec: { template: { spec: podSpec } } }],
      [
        "a CronJob",
        () => of("batch/v1", "cronjobs"),
        { spec: { schedule: "@daily", jobTemplate: { spec: { template: { spec: podSpec } } } } },
      ],
      [
        "a ReplicationController",
        () => core("replicationcontrollers"),
        { spec: { selector: { a: "b" }, template: { ...template, spec: { containers } } } },
      ],
      ["a Secret", () => core("secrets"), { data: {} }],
      [
        "the Secret of the webhook, elsewhere",
        () => core("secrets"),
        { metadata: { name: "nova-pci-webhook" } },
      ],
      ["a ServiceAccount", () => core("serviceaccounts"), {}],
      ["a ConfigMap of another name", () => core("configmaps"), { data: { a: "1" } }],
      ["a Role", () => of(rbac, "roles"), { rules: [] }],
      ["a RoleBinding", () => of(rbac, "rolebindings"), { roleRef }],
      ["a ClusterRoleBinding", () => `/apis/${rbac}/clusterrolebindings`, { roleRef }],
      ["a namespace", () => "/api/v1/namespaces", {}],
      [
        "a token",
        () => `${core("serviceaccounts")}/default/token`,
        { kind: "TokenRequest", metadata: { name: "default" }, spec: {} },
      ],
      [
        "a webhook",
        () => "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        { webhooks: [] },
      ],
    ];
    test.each(creations)("not %s", async (_name, path, object) => {
      const metadata: Json = { name: `forged-${namespace}`, ...object.metadata };
      const answer = await operator.request("POST", path(), { ...object, metadata });
      expect(said(answer)).toMatchObject({ status: 403 });
      expect(answer.body.message).toContain("policy nova-pci-guard lists what it may do");
    });

    const cleaning = (more: Json = {}, pod: Json = {}): Json => ({
      metadata: {
        name: "nova-pci-clean-0123456789abcdef",
        labels: { "pci.openstack.org/cleaning": "device" },
      },
      spec: { ...more, template: { spec: { ...podSpec, nodeName: "n1", ...pod } } },
    });
    test("a Job that cleans a device of one node, and deleting it", async () => {
      const jobs = of("batch/v1", "jobs");
      const answer = await operator.request("POST", jobs, cleaning());
      expect(said(answer)).toMatchObject({ status: 201 });
      const gone = await operator.request("DELETE", `${jobs}/nova-pci-clean-0123456789abcdef`);
      expect(said(gone)).toMatchObject({ status: 200 });
    });

    test.each<readonly [string, Json]>([
      ["on no node", cleaning({}, { nodeName: "" })],
      ["of many pods", cleaning({ parallelism: 2, completions: 2 })],
      ["that starts again", cleaning({}, { restartPolicy: "OnFailure" })],
      [
        "of another label",
        { ...cleaning(), metadata: { name: "nova-pci-clean-0123456789abcdef" } },
      ],
    ])("not a Job that cleans %s", async (_name, job) => {
      const answer = await operator.request("POST", of("batch/v1", "jobs"), job);
      expect(said(answer)).toMatchObject({ status: 403 });
    });

    const made: Json = preflightJob(
      {
        node: "n1",
        fragment: "nova-pci-compute-0123456789abcdef",
        recipe: {
          ...{
            image: "nova:1",
            words: ["nova-compute"],
            pullSecrets: [],
            env: [],
            tolerations: [],
          },
          mounts: [{ name: "etc", mountPath: "/etc/nova" }],
          volumes: [{ name: "etc", secret: { secretName: "nova-etc" } }],
        },
      },
      "0123",
    );
    const trying = (more: Json = {}, pod: Json = {}, own: Json = {}): Json => {
      const { spec } = made["spec"].template;
      const [container] = spec.containers;
      const securityContext = { ...container.securityContext, ...own };
      const locked = { ...spec, containers: [{ ...container, securityContext }], ...pod };
      return { ...made, spec: { ...made["spec"], ...more, template: { spec: locked } } };
    };
    /** Beside its own volumes: a mount without a volume is refused before any policy looks. */
    const holding = (volume: Json): Json => {
      const { volumes = [] } = made["spec"].template.spec;
      return trying({}, { volumes: [...volumes, volume] });
    };
    const { name: trialName } = made["metadata"];
    test("a Job that tries a fragment on one node, and deleting it", async () => {
      const jobs = of("batch/v1", "jobs");
      const answer = await operator.request("POST", jobs, trying());
      expect(said(answer)).toMatchObject({ status: 201 });
      const gone = await operator.request("DELETE", `${jobs}/${trialName}`);
      expect(said(gone)).toMatchObject({ status: 200 });
    });

    const token = { serviceAccountToken: { path: "token" } };
    test.each<readonly [string, Json]>([
      ["on no node", trying({}, { nodeName: "" })],
      ["again and again", trying({ backoffLimit: 6 })],
      ["for ever", trying({ activeDeadlineSeconds: undefined })],
      ["on the host's network", trying({}, { hostNetwork: true })],
      ["among the host's processes", trying({}, { hostPID: true })],
      ["with a token", trying({}, { automountServiceAccountToken: true })],
      ["as root", trying({}, { securityContext: {} })],
      ["with a path of the host", holding({ name: "h", hostPath: { path: "/" } })],
      ["with a token in a volume", holding({ name: "t", projected: { sources: [token] } })],
      ["with another container first", trying({}, { initContainers: [{ name: "i", image: "x" }] })],
      ["privileged", trying({}, {}, { privileged: true, allowPrivilegeEscalation: true })],
      [
        "with a capability",
        trying({}, {}, { capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }),
      ],
      ["that can write", trying({}, {}, { readOnlyRootFilesystem: false })],
      ["without its label", { ...trying(), metadata: { name: trialName } }],
    ])("not a Job that tries a fragment %s", async (_name, job) => {
      const answer = await operator.request("POST", of("batch/v1", "jobs"), job);
      expect(said(answer)).toMatchObject({ status: 403 });
      expect(answer.body.message).toContain("policy nova-pci-guard lists what it may do");
    });

    test("no way into a pod that is there", async () => {
      await plane.create(core("pods"), { metadata: { name: "target" }, spec: podSpec });
      const target = `${core("pods")}/target`;
      const words = "policy nova-pci-guard lists what it may do";
      for (const way of ["exec?command=sh&container=c", "attach?container=c", "portforward"]) {
        const answer = await operator.request("POST", `${target}/${way}`);
        expect(said(answer)).toEqual({ status: 403, message: expect.stringContaining(words) });
      }
      const debug = { spec: { ephemeralContainers: [{ name: "d", image: "x" }] } };
      const headers = { "content-type": contentTypes.strategic };
      const path = `${target}/ephemeralcontainers`;
      const answer = await operator.request("PATCH", path, debug, headers);
      expect(said(answer)).toEqual({ status: 403, message: expect.stringContaining(words) });
    });

    test("others do as before", async () => {
      const job = { metadata: { name: "theirs" }, spec: { template: { spec: podSpec } } };
      await plane.create(of("batch/v1", "jobs"), job);
      await plane.create(core("secrets"), { metadata: { name: "theirs" } });
    });

    test("of its webhook the authorities, and nothing else", async () => {
      const hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
      const path = `${hooks}/nova-pci-injection`;
      await plane.create(hooks, {
        metadata: { name: "nova-pci-injection" },
        webhooks: [
          {
            name: "guarded.example.com",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            clientConfig: { url: "https://127.0.0.1:1/", caBundle: "" },
            objectSelector: { matchLabels: { nobody: "ever" } },
            rules: [
              { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
            ],
          },
        ],
      });
      try {
        const headers = { "content-type": contentTypes.json };
        const replace = (field: string, value: unknown) =>
          operator.request(
            "PATCH",
            path,
            [{ op: "replace", path: `/webhooks/0/${field}`, value }],
            headers,
          );
        expect((await replace("clientConfig/caBundle", caBundle)).status).toBe(200);
        for (const [field, value] of [
          ["clientConfig/url", "https://127.0.0.1:2/"],
          ["failurePolicy", "Ignore"],
          ["objectSelector", {}],
          ["namespaceSelector", { matchLabels: { a: "b" } }],
        ] as const)
          expect((await replace(field, value)).status).toBe(403);
        expect((await operator.request("DELETE", path)).status).toBe(403);
      } finally {
        await plane.remove(path);
      }
    });
  });

  test("its expressions are sound for every type they meet", async () => {
    const path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/nova-pci-guard";
    const status = await until("the type check", async () => {
      const policy = await plane.get(path);
      return policy.status?.observedGeneration === policy.metadata.generation && policy.status;
    });
    expect(status.typeChecking?.expressionWarnings ?? []).toEqual([]);
  });
});

/** An empty bundle is "the authorities of the system", so this too is a change. */
const caBundle = Buffer.from(rootCertificates[0]!).toString("base64");

function said({ status, body }: { readonly status: number; readonly body: Json }): Json {
  return { status, message: body.message };
}
