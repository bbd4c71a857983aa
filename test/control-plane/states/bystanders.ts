// What no state of ours may touch or refuse: pods that the selectors leave out, objects that are no pods,
// and everything that happens to a pod of Nova after its creation. Each is asked for as a dry run.

import { operatorNamespace } from "../../../src/api/names.ts";
import { computePod } from "../../admission/pods.ts";
import { bare } from "../policies.ts";
import type { ControlPlane } from "../attach.ts";
import { contentTypes, type Json } from "../client.ts";

export type Bystanders = {
  /** Name -> what the API server made of it. */
  readonly seen: (namespace: string) => Promise<Readonly<Record<string, Json>>>;
};

/** A pod of Nova that was there before: made while nothing is installed. */
const present = "was-there";

export async function makePresent(plane: ControlPlane, namespace: string): Promise<void> {
  const { metadata, spec } = bare(computePod());
  // Without the owner that does not exist: the garbage collector would take it.
  await plane.create(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name: present, labels: metadata.labels },
    spec,
  });
}

type Request = readonly [method: string, path: string, body: unknown, contentType?: string];

export function bystandersOf(
  plane: ControlPlane,
  places: { readonly unlabelled: string },
): Bystanders {
  return {
    seen: async (namespace) => {
      const all = Object.entries(requestsOf(namespace, places.unlabelled));
      const answers = all.map(async ([name, [method, path, body, type]]) => {
        const headers = type === undefined ? undefined : { "content-type": type };
        const answer = await plane.request(method, `${path}?dryRun=All`, body, headers);
        return [name, told(answer, namespace)] as const;
      });
      return Object.fromEntries(await Promise.all(answers));
    },
  };
}

function requestsOf(namespace: string, unlabelled: string): Readonly<Record<string, Request>> {
  const core = `/api/v1/namespaces/${namespace}`;
  const pods = `${core}/pods`;
  const text = `${pods}/${present}`;
  const labels = computePod().metadata.labels!;
  const made = (of: Json, space = namespace): Request => [
    "POST",
    `/api/v1/namespaces/${space}/pods`,
    { ...of, metadata: { name: "bystander", ...of.metadata } },
  ];
  const nova = bare(computePod());
  const workload = (kind: string, spec: Json): Request => [
    "POST",
    `/apis/apps/v1/namespaces/${namespace}/${kind}`,
    { metadata: { name: "bystander", labels }, spec: { ...template(labels), ...spec } },
  ];
  return {
    "a pod of another application": made(bare(computePod({ labels: { application: "mariadb" } }))),
    "a pod without labels": made(bare(computePod({ labels: {} }))),
    "labels that only look alike": made(bare(computePod({ labels: { Application: "nova" } }))),
    "Nova's labels without the namespace's": made(nova, unlabelled),
    "Nova's labels in kube-system": made(nova, "kube-system"),
    "Nova's labels in the operator's own namespace": made(harmless(labels), operatorNamespace),
    "a Deployment": workload("deployments", {}),
    "a DaemonSet": workload("daemonsets", {}),
    "a ConfigMap": ["POST", `${core}/configmaps`, { metadata: { name: "bystander", labels } }],
    "a label of a pod that is there": [
      ...["PATCH", text, { metadata: { labels: { more: "yes" } } }, contentTypes.merge],
    ] as unknown as Request,
    "the status of a pod that is there": [
      "PATCH",
      `${text}/status`,
      { status: { message: "m" } },
      contentTypes.merge,
    ],
    "an ephemeral container": [
      "PATCH",
      `${text}/ephemeralcontainers`,
      { spec: { ephemeralContainers: [{ name: "debug", image: "x" }] } },
      contentTypes.strategic,
    ],
    "its eviction": [
      "POST",
      `${text}/eviction`,
      { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: present } },
    ],
    "its deletion": ["DELETE", text, undefined],
  };
}

function template(labels: Readonly<Record<string, string>>): Json {
  const { spec } = bare(computePod());
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } };
}

/** As the operator's namespace wants them. */
function harmless(labels: Readonly<Record<string, string>>): Json {
  const no = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return {
    metadata: { labels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [{ name: "nova-compute", image: "x", securityContext: no }],
    },
  };
}

/** Without what differs from one request to the next, and from one namespace to the other. */
function told(answer: { readonly status: number; readonly body: Json }, namespace: string): Json {
  if (answer.status >= 400) return { status: answer.status, message: answer.body.message };
  const { metadata = {}, spec } = answer.body;
  const { labels, annotations, ownerReferences } = metadata;
  const text = JSON.stringify({
    status: answer.status,
    labels,
    annotations,
    ownerReferences,
    spec,
  });
  return JSON.parse(text.replaceAll(namespace, "NAMESPACE"));
}
