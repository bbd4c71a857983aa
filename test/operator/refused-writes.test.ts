// Writes of the operator that a real API server refuses: each is told on the objects that it concerns,
// in the server's own words with what to do, without -o wide, and is told no more once it goes through.
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { operatorName, operatorNamespace } from "../../src/api/names.ts";
import type { Json } from "../control-plane/client.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { conditionOf } from "./rollouts/cloud-site.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";

const admission = "/apis/admissionregistration.k8s.io/v1";
const user = `system:serviceaccount:${operatorNamespace}:${operatorName}`;

type Rule = { readonly resources: readonly string[]; readonly verbs: readonly string[] };
type Role = { readonly metadata: { readonly name: string }; readonly rules: readonly Rule[] };

controlPlaneLane("refused writes", () => {
  let scene: Scene;
  let cloud: NovaCloud;
  let given = 0;
  /** What a case leaves behind, undone whatever became of it: the next one must not meet it. */
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const item of undo.splice(0).reverse()) await item();
  });

  beforeAll(async () => {
    scene = await openScene();
    cloud = await scene.cloud();
    await scene.bench.start("--leader-elect=false");
    await cloud.applyExamples();
    await cloud.converged();
  });
  afterAll(() => scene.stop());

  /** Made for one case, and gone after it; `end` takes it away in the middle. */
  async function made(list: string, object: Json): Promise<{ readonly end: () => Promise<void> }> {
    await scene.plane.create(list, object);
    return undoing(() => scene.plane.remove(`${list}/${object["metadata"].name}`));
  }

  /** Changed for one case. */
  async function changed(path: string, to: Json, back: Json) {
    await scene.plane.patch(path, to);
    return undoing(() => scene.plane.patch(path, back));
  }

  function undoing(back: () => Promise<unknown>) {
    let over = false;
    const end = async (): Promise<void> => {
      if (over) return;
      over = true;
      await back();
    };
    undo.push(end);
    return { end };
  }

  /** A wish that needs a fragment that is not there yet: its name. */
  async function wish(): Promise<string> {
    given += 1;
    const name = `more-${given}`;
    const device = { vendorId: "8086", productId: (0xa000 + given).toString(16) };
    const object = { metadata: { name }, spec: { devices: [device] } };
    const head = { apiVersion: "pci.openstack.org/v1alpha1", kind: "PciWhitelist" };
    await cloud.apply(JSON.stringify({ ...head, ...object }));
    return name;
  }

  const ready = async (name: string): Promise<Json> =>
    conditionOf(await cloud.object("PciWhitelist", name), "Ready") ?? {};

  async function isTold(name: string, reason: string, words: RegExp): Promise<void> {
    await until(
      `${reason} on ${name}`,
      async () => {
        const { reason: found, message = "" } = await ready(name);
        return found === reason && words.test(message as string);
      },
      { hopeless: scene.bench.trouble },
    );
    // What `kubectl get` shows is the server's own table.
    const { stdout } = await scene.plane.kubectl(["-n", cloud.namespace, "get", "pciw", name]);
    const [head = "", row = ""] = stdout.split("\n");
    expect(head).toMatch(/^NAME +READY +REASON .* PROBLEM/);
    expect(row).toMatch(new RegExp(`^${name} +False +${reason} `));
    expect(row).toMatch(words);
    await until(
      `${reason} on the installation`,
      async () => {
        const all = await cloud.object("PciPassthrough", "nova");
        const { status, reason: found } = conditionOf(all, "Ready") ?? {};
        return status === "False" && found === reason;
      },
      { hopeless: scene.bench.trouble },
    );
  }

  /** Nobody tells the operator; it tries again by itself. */
  async function isOver(name: string): Promise<void> {
    await until(
      `${name} is live`,
      async () => (await ready(name))["reason"] !== "WriteRefused" && (await cloud.isConverged()),
      { hopeless: scene.bench.trouble },
    );
    const { stdout } = await scene.plane.kubectl(["-n", cloud.namespace, "get", "pcip"]);
    // Nothing stands under PROBLEM.
    expect(stdout).toMatch(/\nnova +True +Live .*Injected +\S+ *\n/);
  }

  test("a quota of ConfigMaps", async () => {
    const quotas = `/api/v1/namespaces/${cloud.namespace}/resourcequotas`;
    const hard = { "count/configmaps": "3" };
    const metadata = { name: "few" };
    const quota = await made(quotas, {
      ...{ apiVersion: "v1", kind: "ResourceQuota" },
      ...{ metadata, spec: { hard } },
    });
    await scene.plane.patch(`${quotas}/few/status`, { status: { hard, used: hard } });
    const name = await wish();
    await isTold(name, "WriteRefused", /create ConfigMap nova-pci-compute-.*exceeded quota: few/);
    expect((await ready(name))["message"]).toContain("raise the ResourceQuota");
    await quota.end();
    await isOver(name);
  });

  test("a policy of others", async () => {
    const name = "no-config-maps";
    const head = (kind: string) => ({ apiVersion: admission.slice(6), kind, metadata: { name } });
    const policy = await made(`${admission}/validatingadmissionpolicies`, {
      ...head("ValidatingAdmissionPolicy"),
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              ...{ apiGroups: [""], apiVersions: ["v1"] },
              ...{ operations: ["CREATE"], resources: ["configmaps"] },
            },
          ],
        },
        validations: [
          {
            expression: `request.userInfo.username != '${user}'`,
            message: "ConfigMaps are made by Flux alone, password=hunter2",
          },
        ],
      },
    });
    const binding = await made(`${admission}/validatingadmissionpolicybindings`, {
      ...head("ValidatingAdmissionPolicyBinding"),
      spec: { policyName: name, validationActions: ["Deny"] },
    });
    // It is in force a moment after it was written.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const wished = await wish();
    await isTold(wished, "WriteRefused", /made by Flux alone, password=\*\*\*/);
    expect((await ready(wished))["message"]).toContain("change that webhook or policy");
    await binding.end();
    await policy.end();
    await isOver(wished);
  });

  test("a webhook of others that does not answer", async () => {
    const name = "absent.example.org";
    const webhook = await made(`${admission}/validatingwebhookconfigurations`, {
      ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
      metadata: { name },
      webhooks: [
        {
          ...{ name, sideEffects: "None", admissionReviewVersions: ["v1"], failurePolicy: "Fail" },
          clientConfig: { url: "https://127.0.0.1:1/" },
          rules: [
            {
              ...{ apiGroups: [""], apiVersions: ["v1"] },
              ...{ operations: ["CREATE"], resources: ["configmaps"] },
            },
          ],
        },
      ],
    });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const wished = await wish();
    await isTold(wished, "WriteRefused", /failed calling webhook "absent.example.org"/);
    await webhook.end();
    await isOver(wished);
  });

  test("the guard, where somebody changed it", async () => {
    const path = `${admission}/validatingadmissionpolicies/nova-pci-guard`;
    const { spec } = await scene.plane.get(path);
    const more = {
      expression: `request.resource.resource != 'configmaps' || request.userInfo.username != '${user}'`,
      message: "nobody writes ConfigMaps here",
    };
    const guard = await changed(
      path,
      { spec: { validations: [...spec.validations, more] } },
      { spec: { validations: spec.validations } },
    );
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const wished = await wish();
    await until(
      "the guard is told of",
      async () => {
        const { status } = await cloud.object("PciPassthrough", "nova");
        const tasks = (status.checklist ?? []) as readonly Json[];
        const of = (gate: string) => tasks.find((task) => task["gate"] === gate)?.["message"] ?? "";
        return (
          /nova-pci-guard.*nobody writes ConfigMaps here/.test(of("WriteRefused")) &&
          /apply deploy\/guard of the same release/.test(of("WriteRefused"))
        );
      },
      { hopeless: scene.bench.trouble },
    );
    await guard.end();
    await isOver(wished);
  });

  test("a right that was taken away", async () => {
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${cloud.namespace}/roles`;
    const ofMaps = ({ resources }: Rule): boolean => resources.includes("configmaps");
    const all = (await scene.plane.list(roles)) as readonly Role[];
    const role = all.find(({ rules }) => rules.some(ofMaps))!;
    const path = `${roles}/${role.metadata.name}`;
    const without = ({ verbs, ...rest }: Rule): Rule => ({
      ...rest,
      verbs: verbs.filter((verb) => verb !== "create"),
    });
    const rules = role.rules.map((rule) => (ofMaps(rule) ? without(rule) : rule));
    const right = await changed(path, { rules }, { rules: role.rules });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const wished = await wish();
    await isTold(wished, "MissingRight", /may not create configmaps.*-k deploy\/namespace/);
    await right.end();
    await isOver(wished);
  });
});
