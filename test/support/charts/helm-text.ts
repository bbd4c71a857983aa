// A chart as `helm template` prints it: documents with their source in a comment, empty ones, hooks, a
// list, a definition of somebody's kind, and Nova between them.

import { dump } from "js-yaml";
import { meta, type ChartShape } from "./shapes.ts";
import type { Json } from "./workloads.ts";

const hook = {
  "helm.sh/hook": "post-install,post-upgrade",
  "helm.sh/hook-weight": "-5",
};

function job(name: string): Json {
  const template = {
    spec: { restartPolicy: "OnFailure", containers: [{ name, image: "nova" }] },
  };
  const metadata = { name, namespace: "openstack", annotations: hook };
  return { apiVersion: "batch/v1", kind: "Job", metadata, spec: { template } };
}

const others: readonly Json[] = [
  meta("v1", "ServiceAccount", "nova-compute"),
  meta("policy/v1", "PodDisruptionBudget", "nova-api", {
    spec: {
      minAvailable: 0,
      selector: { matchLabels: { application: "nova", component: "os-api" } },
    },
  }),
  {
    apiVersion: "v1",
    kind: "List",
    items: [meta("v1", "Service", "nova-api", { spec: { ports: [{ port: 8774 }] } })],
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "mariadbs.k8s.mariadb.com" },
    spec: { group: "k8s.mariadb.com" },
  },
  job("nova-db-sync"),
  {
    ...meta("batch/v1", "CronJob", "nova-cell-setup"),
    spec: { schedule: "0 */1 * * *", jobTemplate: job("setup").spec },
  },
  meta("networking.k8s.io/v1", "Ingress", "nova", { spec: { rules: null } }),
];

export function helmText({ objects }: Pick<ChartShape, "objects">): string {
  const documents = [...others.slice(0, 4), ...objects, ...others.slice(4)].map(
    (value) =>
      `---\n# Source: nova/templates/${String(value.kind).toLowerCase()}.yaml\n${dump(value)}`,
  );
  const [first, ...rest] = documents;
  const empty = "---\n# Source: nova/templates/manifest-that-is-off.yaml\n# Licensed under...\n";
  return [first, empty, "---\n", ...rest, "---\n# the end\n"].join("");
}
