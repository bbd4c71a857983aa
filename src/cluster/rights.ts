// The rights that the program uses, which the manifests of deploy/ must grant and nothing more. A
// right that is missing is told with the command that applies them.

export type Right = {
  readonly apiGroup: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only objects of these names. */
  readonly names?: readonly string[];
};

import {
  cloudSecret,
  group,
  guardPolicy,
  injectionPolicy,
  operatorName,
  plurals,
  webhookName,
} from "../api/names.ts";

const ours = Object.values(plurals);
const watched = ["get", "list", "watch"];

/** ClusterRole: read our objects everywhere, and what tells where and how they may act. */
export const clusterRights: readonly Right[] = [
  ...ours.map((resource) => ({ apiGroup: group, resource, verbs: watched })),
  // Its finalizer: a namespace that is deleted loses the Role before its objects.
  { apiGroup: group, resource: plurals.PciFlavor, verbs: ["patch"] },
  { apiGroup: "", resource: "nodes", verbs: ["list", "watch"] },
  { apiGroup: "", resource: "namespaces", verbs: ["list", "watch"] },
  { apiGroup: "nfd.k8s-sigs.io", resource: "nodefeatures", verbs: ["list", "watch"] },
  {
    apiGroup: "apiextensions.k8s.io",
    resource: "customresourcedefinitions",
    verbs: ["get"],
    names: ours.map((plural) => `${plural}.${group}`),
  },
  ...["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"].map((resource) => ({
    apiGroup: "admissionregistration.k8s.io",
    resource,
    verbs: ["get"],
    names: [injectionPolicy],
  })),
  ...["validatingadmissionpolicies", "validatingadmissionpolicybindings"].map((resource) => ({
    apiGroup: "admissionregistration.k8s.io",
    resource,
    verbs: ["get"],
    names: [guardPolicy],
  })),
  {
    apiGroup: "admissionregistration.k8s.io",
    resource: "mutatingwebhookconfigurations",
    verbs: ["get"],
    names: [webhookName],
  },
];

/** Role in the operator's own namespace. */
export const ownNamespaceRights: readonly Right[] = [
  { apiGroup: "coordination.k8s.io", resource: "leases", verbs: ["create"] },
  {
    apiGroup: "coordination.k8s.io",
    resource: "leases",
    verbs: ["get", "update"],
    names: [operatorName],
  },
];

/** Role in each Nova namespace. */
export const novaNamespaceRights: readonly Right[] = [
  { apiGroup: group, resource: plurals.PciPassthrough, verbs: ["create"] },
  ...ours.map((plural) => ({
    apiGroup: group,
    resource: `${plural}/status`,
    verbs: ["patch"],
  })),
  {
    apiGroup: "",
    resource: "configmaps",
    verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
  },
  { apiGroup: "", resource: "pods", verbs: ["list", "watch", "delete"] },
  { apiGroup: "", resource: "pods/eviction", verbs: ["create"] },
  { apiGroup: "", resource: "pods/log", verbs: ["get"] },
  { apiGroup: "", resource: "secrets", verbs: ["get"], names: [cloudSecret] },
  ...["deployments", "statefulsets", "daemonsets"].map((resource) => ({
    apiGroup: "apps",
    resource,
    verbs: ["list", "watch", "patch"],
  })),
  { apiGroup: "apps", resource: "replicasets", verbs: ["list"] },
  { apiGroup: "apps", resource: "controllerrevisions", verbs: ["list"] },
  { apiGroup: "policy", resource: "poddisruptionbudgets", verbs: ["list", "watch"] },
  { apiGroup: "events.k8s.io", resource: "events", verbs: ["create", "patch"] },
];
