// What deploy says of the webhook, of which pods it is asked and of what the operator needs to start:
// sentences of the contract that no API server would object to if they were otherwise.
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { operatorNamespace, serviceDefaults, services } from "../../src/api/names.ts";
import { holdsLabels } from "../../src/plan/gates/delivery.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

const deploy = join(import.meta.dirname, "../../deploy");

function objectsOf(folder: string): readonly Json[] {
  return readdirSync(join(deploy, folder))
    .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
    .flatMap((file) => loadAll(readFileSync(join(deploy, folder, file), "utf8")) as Json[]);
}

const item = (folder: string, kind: string, name: string): Json =>
  objectsOf(folder).find((object) => object.kind === kind && object.metadata.name === name);

const [hook, ...furtherHooks] = item(
  "webhook",
  "MutatingWebhookConfiguration",
  "nova-pci-injection",
).webhooks as readonly Json[];
const policy = item("injection/policy", "MutatingAdmissionPolicy", "nova-pci-injection").spec;

describe("the webhook", () => {
  test("is asked of pods that are made, and of nothing else", () => {
    expect(furtherHooks).toEqual([]);
    expect(hook.rules).toEqual([
      {
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["pods"],
        scope: "Namespaced",
      },
    ]);
  });

  test("selects what the policy selects", () => {
    const { namespaceSelector, objectSelector, resourceRules } = policy.matchConstraints;
    expect(hook.namespaceSelector.matchLabels).toEqual(namespaceSelector.matchLabels);
    expect(hook.objectSelector).toEqual(objectSelector);
    const { scope: _namespaced, ...rule } = hook.rules[0];
    expect([rule]).toEqual(resourceRules);
  });

  test("never what answers: the operator's namespace is left out whatever it is labelled", () => {
    expect(hook.namespaceSelector.matchExpressions).toEqual([
      { key: "kubernetes.io/metadata.name", operator: "NotIn", values: [operatorNamespace] },
    ]);
  });

  test("refuses where nobody answers within five seconds, is asked once, and does nothing else", () => {
    const { failurePolicy, timeoutSeconds, sideEffects, reinvocationPolicy } = hook;
    expect({ failurePolicy, timeoutSeconds, sideEffects, reinvocationPolicy }).toEqual({
      failurePolicy: "Fail",
      timeoutSeconds: 5,
      sideEffects: "None",
      reinvocationPolicy: "Never",
    });
  });

  test("carries no authority, so that applying it again takes none away", () => {
    expect(hook.clientConfig.caBundle).toBeUndefined();
  });

  test("the right to write its authorities is for this one object, and cert-manager's component takes it away", () => {
    const rights = objectsOf("webhook").filter((object) =>
      JSON.stringify(object.rules ?? "").includes("mutatingwebhookconfigurations"),
    );
    expect(rights.map((object) => object.rules)).toEqual([
      [
        {
          apiGroups: ["admissionregistration.k8s.io"],
          resources: ["mutatingwebhookconfigurations"],
          resourceNames: ["nova-pci-injection"],
          verbs: ["patch"],
        },
      ],
    ]);
    const component = readFileSync(join(deploy, "webhook/cert-manager/kustomization.yaml"), "utf8");
    const { patches } = loadAll(component)[0] as { readonly patches: readonly Json[] };
    const deleted = patches
      .filter((patch) => (patch.patch as string).startsWith("$patch: delete"))
      .map((patch) => patch.target);
    const made = objectsOf("webhook").filter(
      (object) => object.metadata.name === rights[0].metadata.name,
    );
    expect(deleted).toEqual(made.map(({ kind, metadata }) => ({ kind, name: metadata.name })));
  });
});

describe("a cold start", () => {
  const operator = item("operator", "Deployment", "nova-pci-operator").spec;
  const pod = operator.template;

  test("nothing that the operator needs waits for the webhook: no pod of it is selected", () => {
    const folders = ["operator", "webhook", "guard", "injection/policy", "namespace"];
    const templates = folders
      .flatMap(objectsOf)
      .flatMap((object) => (object?.spec?.template === undefined ? [] : [object.spec.template]));
    expect(templates).not.toEqual([]);
    const wanted = [
      hook.objectSelector.matchLabels,
      ...services.map((service) => serviceDefaults[service].matchLabels),
    ];
    for (const template of templates)
      for (const labels of wanted)
        expect(holdsLabels(template.metadata.labels, labels)).toBe(false);
  });

  test("it comes before what waits for it, where nothing else may run, and not all on one node", () => {
    expect(operator.replicas).toBe(2);
    expect(pod.spec.priorityClassName).toMatch(/^system-/);
    const tolerated = (pod.spec.tolerations as readonly Json[]).map((taint) => taint.key);
    expect(tolerated).toContain("node-role.kubernetes.io/control-plane");
    const [apart] =
      pod.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    const { topologyKey, labelSelector } = apart.podAffinityTerm;
    expect(topologyKey).toBe("kubernetes.io/hostname");
    expect(holdsLabels(pod.metadata.labels, labelSelector.matchLabels)).toBe(true);
  });
});
