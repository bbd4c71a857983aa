// The policies of deploy/injection and deploy/guard, applied once and waited for until a pod of a
// namespace that was made after everything else is served.
import { join } from "node:path";
import {
  assignmentName,
  injectionLabel,
  operatorName,
  operatorNamespace,
  serviceDefaults,
  services,
} from "../../src/api/names.ts";
import { formatService } from "../../src/plan/gates/assignment-format.ts";
import type { ControlPlane } from "./attach.ts";
import type { Pod } from "../../src/admission/pod.ts";
import type { Client, Json } from "./client.ts";
import { compute, computePod } from "../admission/pods.ts";
import { until } from "./processes.ts";

const deployed = (folder: string) => join(import.meta.dirname, "../../deploy", folder);
export const operatorUser = `system:serviceaccount:${operatorNamespace}:${operatorName}`;

/** Reserved keys for openstack-helm's labels. */
export const reserved: Readonly<Record<string, string>> = {
  _version: "1",
  ...Object.fromEntries(
    services.map((service) => [`_${service}`, formatService(serviceDefaults[service])]),
  ),
};

export async function applyPolicies(plane: ControlPlane): Promise<void> {
  for (const folder of ["guard", "injection"]) {
    const applied = await plane.kubectl(["apply", "--server-side", "-k", deployed(folder)]);
    if (applied.code !== 0) throw new Error(applied.stderr);
  }
}

/** Admission sees policies and parameters by watches: what was written before this call is seen. */
export async function untilInForce(plane: ControlPlane, operator: Client): Promise<void> {
  const namespace = await plane.namespace({ [injectionLabel]: "enabled" });
  await assign(operator, namespace, { ...reserved, n1: compute });
  await until("the policy", async () => {
    const pod = await dryRun(plane, namespace, computePod());
    return JSON.stringify(pod.body.spec?.volumes ?? []).includes(compute);
  });
  await until("the guard", async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`;
    const object = { metadata: { name: compute }, data: {} };
    return (await plane.request("POST", path, object)).status === 403;
  });
}

export async function assign(
  operator: Client,
  namespace: string,
  data: Readonly<Record<string, string>> | undefined,
): Promise<Json> {
  const metadata = { name: assignmentName };
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return operator.create(path, data === undefined ? { metadata } : { metadata, data });
}

export function dryRun(plane: ControlPlane, namespace: string, pod: Json) {
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
  return plane.request("POST", path, { ...pod, metadata: { name: "probe", ...pod.metadata } });
}

/** Without the token's volume, whose name is drawn by lot. */
export function bare(pod: Pod): Json {
  return { ...pod, spec: { ...pod.spec, automountServiceAccountToken: false } };
}
