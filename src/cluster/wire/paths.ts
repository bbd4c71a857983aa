// Paths of resources on the API server. Text only.

import { apiVersion, plurals, type Kind } from "../../api/names.ts";
import type { WorkloadKind } from "../../plan/terms/snapshot.ts";

const workloadPlurals: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
};
export const workloadKinds = Object.keys(workloadPlurals) as readonly WorkloadKind[];

export function corePath(namespace: string, plural: string, name?: string): string {
  return below(`/api/v1/namespaces/${namespace}/${plural}`, name);
}

export function groupPath(
  groupVersion: string,
  namespace: string,
  plural: string,
  name?: string,
): string {
  return below(`/apis/${groupVersion}/namespaces/${namespace}/${plural}`, name);
}

export function workloadPath(namespace: string, kind: WorkloadKind, name?: string): string {
  return groupPath("apps/v1", namespace, workloadPlurals[kind], name);
}

/** Objects of ours, of all namespaces or of one. */
export function ownPath(kind: Kind, namespace?: string, name?: string): string {
  return namespace === undefined
    ? `/apis/${apiVersion}/${plurals[kind]}`
    : groupPath(apiVersion, namespace, plurals[kind], name);
}

export function crdPath(kind: Kind): string {
  const name = `${plurals[kind]}.${apiVersion.split("/", 1)[0]!}`;
  return `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
}

/** Versions of the API of admission that a policy of ours may be written in, newest first. */
export const admissionVersions = ["v1", "v1beta1"] as const;
export type AdmissionVersion = (typeof admissionVersions)[number];

export function admissionPath(plural: string, name?: string, version: AdmissionVersion = "v1") {
  return below(`/apis/admissionregistration.k8s.io/${version}/${plural}`, name);
}

/** Which kinds of that version are served. */
export function admissionKindsPath(version: AdmissionVersion): string {
  return `/apis/admissionregistration.k8s.io/${version}`;
}

function below(collection: string, name: string | undefined): string {
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
}
