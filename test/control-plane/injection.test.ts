// The injection policy on a real API server: every case that the embedded cluster is tested with,
// and what only a real one can show.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { assignmentName, injectionLabel, notInjectedAnnotation } from "../../src/api/names.ts";
import { affinityTo, compute, computePod } from "../admission/pods.ts";
import type { ControlPlane } from "./attach.ts";
import type { Client, Json } from "./client.ts";
import { describeBystanders, describeCases, stageFor, type Stage } from "./judged-pods.ts";
import { startKubelets } from "./kubelet.ts";
import { controlPlaneLane } from "./lane.ts";
import { installNova } from "./nova-workloads.ts";
import {
  applyPolicies,
  assign,
  bare,
  dryRun,
  operatorUser,
  reserved,
  untilInForce,
} from "./policies.ts";
import { until } from "./processes.ts";
import { sharedControlPlane } from "./plane-of-the-run.ts";

controlPlaneLane("injection", () => {
  let plane: ControlPlane;
  let operator: Client;
  let stage: Stage;
  const thousands = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [
      `compute-${String(index).padStart(5, "0")}.rack${index % 40}.dc1.example.com`,
      `nova-pci-compute-${index.toString(16).padStart(16, "0")}`,
    ]),
  );
  let full: string;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    operator = plane.impersonate(operatorUser);
    await applyPolicies(plane);
    stage = await stageFor(plane, operator);
    full = await plane.namespace({ [injectionLabel]: "enabled" });
    await assign(operator, full, { ...reserved, n1: compute, ...thousands });
    await untilInForce(plane, operator);
  });
  afterAll(() => plane.stop());

  describe("each case is stored as the pure function makes it", () => describeCases(() => stage));
  describeBystanders(() => stage);

  test("among 5,000 nodes each gets its own fragment", async () => {
    for (const node of Object.keys(thousands).filter((_, index) => index % 833 === 0)) {
      const { body } = await dryRun(plane, full, bare(computePod({ node })));
      const added = (body.spec.volumes as Json[]).map((volume) => volume.configMap?.name as string);
      expect(added).toEqual([thousands[node]]);
    }
  });

  test("a changed assignment decides over the next pod, and only in its namespace", async () => {
    const [mine, neighbour] = [
      await plane.namespace({ [injectionLabel]: "enabled" }),
      await plane.namespace({ [injectionLabel]: "enabled" }),
    ];
    for (const namespace of [mine, neighbour])
      await assign(operator, namespace, { ...reserved, n1: "none" });
    await untilInForce(plane, operator);
    await operator.patch(`/api/v1/namespaces/${mine}/configmaps/${assignmentName}`, {
      data: { n1: compute },
    });
    await until("the change", async () => {
      const { body } = await dryRun(plane, mine, computePod());
      return JSON.stringify(body.spec.volumes).includes(compute);
    });
    const { body } = await dryRun(plane, neighbour, bare(computePod()));
    expect(body.spec.volumes ?? []).toEqual([]);
  });

  test("a deleted assignment leaves pods untouched again", async () => {
    const namespace = await plane.namespace({ [injectionLabel]: "enabled" });
    await assign(operator, namespace, { ...reserved, n1: compute });
    await untilInForce(plane, operator);
    await operator.remove(`/api/v1/namespaces/${namespace}/configmaps/${assignmentName}`);
    await until("the end of it", async () => {
      const { status, body } = await dryRun(plane, namespace, computePod());
      return status === 201 && !JSON.stringify(body.spec.volumes).includes("nova-pci");
    });
  });

  test("real workloads in openstack-helm's shapes read exactly their fragment", async () => {
    const namespace = await plane.namespace({ [injectionLabel]: "enabled" });
    const kubelets = startKubelets(plane, namespace);
    const [first, second, third] = [1, 2, 3].map((number) => `${namespace}-n${number}`);
    try {
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const fragments = ["api", "scheduler", "conductor", "compute"].map(
        (service) => `nova-pci-${service}-00000000000000aa`,
      );
      for (const name of fragments)
        await operator.create(path, {
          metadata: { name },
          immutable: true,
          data: { "95-nova-pci.conf": `# ${name}\n`, "other.conf": "never\n" },
        });
      const data = { ...reserved, [first!]: fragments[3]!, [second!]: "none" };
      await assign(operator, namespace, data);
      await untilInForce(plane, operator);
      for (const node of [first!, second!, third!])
        await kubelets.addNode(node, { test: namespace });
      await installNova(plane, namespace, { test: namespace }, (object) => {
        const template = object.spec?.template;
        const component = object.metadata.labels?.component as string | undefined;
        const service = component === "os-api" ? "api" : component;
        const named = fragments.find((name) => name.includes(`-${service}-`));
        if (template === undefined || named === undefined || service === "compute") return object;
        template.metadata.annotations = {
          ...template.metadata.annotations,
          "pci.openstack.org/fragment": named,
        };
        return object;
      });
      const fragmentOf = (component: string, container: string, node?: string) => {
        const start = kubelets.starts.findLast(
          (row) => row.labels["component"] === component && (node ?? row.node) === row.node,
        );
        return ours(start?.files[container]);
      };
      await until("every pod", async () => {
        const pods = await plane.list(`/api/v1/namespaces/${namespace}/pods`);
        return pods.length === 8 && kubelets.starts.length === 7;
      });
      expect(fragmentOf("os-api", "nova-osapi")).toEqual([`# ${fragments[0]}\n`]);
      expect(fragmentOf("scheduler", "nova-scheduler")).toEqual([`# ${fragments[1]}\n`]);
      expect(fragmentOf("conductor", "nova-conductor")).toEqual([`# ${fragments[2]}\n`]);
      expect(fragmentOf("compute", "nova-compute", first)).toEqual([`# ${fragments[3]}\n`]);
      expect(fragmentOf("compute", "nova-compute", second)).toEqual([]);
      expect(fragmentOf("compute", "nova-compute-ssh", first)).toEqual([]);
      expect(fragmentOf("novnc-proxy", "nova-novncproxy")).toEqual([]);
      // The node that nobody assigned yet: its nova-compute must not start.
      const held = await until("the hold", () => Object.values(kubelets.held())[0]);
      expect(held).toContain('configmap "nova-pci-compute-unassigned" not found');
      await operator.patch(`${path}/${assignmentName}`, { data: { [third!]: fragments[3]! } });
      const [waiting] = Object.keys(kubelets.held());
      await plane.remove(`/api/v1/namespaces/${namespace}/pods/${waiting!}`);
      await until("the third", () => fragmentOf("compute", "nova-compute", third).length === 1);
    } finally {
      await kubelets.stop();
    }
  });

  test("the annotation says why a pod was left alone, beside those it has", async () => {
    const pod = computePod({ affinity: affinityTo([]) });
    const metadata = { ...pod.metadata, annotations: { theirs: "kept" } };
    const { body } = await dryRun(plane, full, { ...pod, metadata });
    expect(body.metadata.annotations).toEqual({
      theirs: "kept",
      [notInjectedAnnotation]: "NoSingleNode",
    });
  });
});

/** Files below nova.conf.d that are none of the chart's. */
function ours(files: Readonly<Record<string, string>> | undefined): readonly string[] {
  return Object.entries(files ?? {})
    .filter(([path]) => path.startsWith("/etc/nova/nova.conf.d/") && !path.endsWith("_auth.conf"))
    .map(([, text]) => text);
}
