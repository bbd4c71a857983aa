// Every value of the Helm chart: what it changes in the objects of the kustomizations, and that it
// changes nothing else.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { load } from "js-yaml";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { base, chart, expectEqual, home, kustomized, rendered } from "./chart-objects.ts";

type Objects = readonly Json[];
/** As `--set` has it, and what becomes of the objects. */
type Row = readonly [set: readonly string[], change: (all: Objects) => Objects];

/** Changed in place; the objects are read anew for each rendering. */
const inPod =
  (change: (spec: Json, template: Json) => unknown) =>
  (all: Objects): Objects => {
    const { template } = all.find((value) => value.kind === "Deployment")!.spec;
    change(template.spec, template);
    return all;
  };
const inContainer = (change: (container: Json) => unknown) =>
  inPod(({ containers }) => change(containers[0]));
const without =
  (kind: string, name = /./) =>
  (all: Objects): Objects =>
    all.filter((value) => value.kind !== kind || !name.test(value.metadata.name as string));

/** What Helm makes beyond the kustomizations. */
const monitor: Json = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata: { name: "nova-pci-operator", namespace: home, labels: { team: "cloud" } },
  spec: {
    selector: {
      matchLabels: {
        "app.kubernetes.io/name": "nova-pci-operator",
        "app.kubernetes.io/instance": "nova-pci",
      },
    },
    endpoints: [{ port: "metrics", interval: "15s" }],
  },
};
const same = (all: Objects): Objects => all;
const repository = "r.example.org/team/x";

/** All at once: what one changes is not what another does. */
const rows: Readonly<Record<string, Row>> = {
  "image.repository": [[`image.repository=${repository}`], same],
  "image.tag": [["image.tag=1.2.3"], inContainer((value) => (value.image = `${repository}:1.2.3`))],
  "image.pullPolicy": [
    ["image.pullPolicy=Always"],
    inContainer((value) => (value.imagePullPolicy = "Always")),
  ],
  "image.pullSecrets": [
    ["image.pullSecrets[0].name=s"],
    inPod((spec) => (spec.imagePullSecrets = [{ name: "s" }])),
  ],
  replicas: [
    ["replicas=3"],
    (all) => {
      all.find((value) => value.kind === "Deployment")!.spec.replicas = 3;
      return all;
    },
  ],
  guard: [
    ["guard=false"],
    (all) => without("ValidatingAdmissionPolicyBinding")(without("ValidatingAdmissionPolicy")(all)),
  ],
  "crds.install": [["crds.install=false"], without("CustomResourceDefinition")],
  aggregateRoles: [["aggregateRoles=false"], without("ClusterRole", /view|edit|admin/)],
  "metrics.serviceMonitor.enabled": [
    ["metrics.serviceMonitor.enabled=true"],
    (all) => [...all, monitor],
  ],
  "metrics.serviceMonitor.interval": [["metrics.serviceMonitor.interval=15s"], same],
  "metrics.serviceMonitor.labels": [["metrics.serviceMonitor.labels.team=cloud"], same],
  networkPolicy: [["networkPolicy=false"], without("NetworkPolicy")],
  podDisruptionBudget: [["podDisruptionBudget=false"], without("PodDisruptionBudget")],
  priorityClassName: [["priorityClassName=p"], inPod((spec) => (spec.priorityClassName = "p"))],
  nodeSelector: [["nodeSelector.a=b"], inPod((spec) => (spec.nodeSelector = { a: "b" }))],
  tolerations: [
    ["tolerations[0].operator=Exists"],
    inPod((spec) => (spec.tolerations = [{ operator: "Exists" }])),
  ],
  podAnnotations: [
    ["podAnnotations.a=b"],
    inPod(
      (_, template) =>
        (template.metadata.annotations = { ...template.metadata.annotations, a: "b" }),
    ),
  ],
  env: [
    ["env[0].name=HTTPS_PROXY", "env[0].value=p"],
    inContainer(
      (value) => (value.env = [...(value.env as Json[]), { name: "HTTPS_PROXY", value: "p" }]),
    ),
  ],
  resources: [
    ["resources.limits.memory=1Gi"],
    inContainer((value) => (value.resources.limits.memory = "1Gi")),
  ],
};

/** What has a test of its own: here below, or in chart.test.ts. */
const elsewhere = [
  ...["image.digest", "crds.keep", "injection", "webhook.certificates", "novaNamespaces"],
  ...["metrics.prometheusRule.enabled", "metrics.prometheusRule.labels"],
  ...["metrics.dashboards.enabled", "metrics.dashboards.labels"],
];

/** What is free to hold whatever Kubernetes has there. */
const opaque = /^(resources|nodeSelector|podAnnotations|metrics\.\w+\.labels)$/;

function leaves(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || opaque.test(path))
    return [path];
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, path === "" ? key : `${path}.${key}`),
  );
}

controlPlaneLane("values of the chart", () => {
  const everything = async () => [...(await base()), ...(await kustomized("deploy/injection"))];

  test("every value has a row", () => {
    const values = load(readFileSync(join(chart, "values.yaml"), "utf8"));
    expect([...leaves(values)].sort()).toEqual([...Object.keys(rows), ...elsewhere].sort());
  });

  test("all together change what they are for, and nothing else", async () => {
    const all = Object.values(rows);
    const changed = all.reduce<Objects>(
      (objects, [, change]) => change(objects),
      await everything(),
    );
    expectEqual(rendered(...all.flatMap(([set]) => set)), changed);
  });

  test("a digest wins over the tag, and kinds are kept unless told otherwise", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const set = [`image.digest=${digest}`, "image.tag=1.2.3", "crds.keep=false"];
    const named = inContainer((value) => (value.image = `nova-pci-operator@${digest}`));
    const objects = rendered(...set);
    expectEqual(objects, named(await everything()));
    const kept = (all: Objects) =>
      all
        .filter((value) => value.kind === "CustomResourceDefinition")
        .map((value) => value.metadata.annotations?.["helm.sh/resource-policy"] as unknown);
    expect(kept(objects)).toEqual([undefined, undefined, undefined, undefined]);
    expect(kept(rendered())).toEqual(["keep", "keep", "keep", "keep"]);
  });
});
