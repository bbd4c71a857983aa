// What the API server in memory serves: under which path, of which kind.

import { apiVersion, plurals, type Kind } from "../../api/names.ts";
import type { ObjectKind } from "../store/objects.ts";

type Resource = {
  readonly kind: ObjectKind;
  readonly apiVersion: string;
  readonly plural: string;
  readonly clusterScoped: boolean;
  /** A status that is written by itself. */
  readonly hasStatus: boolean;
};

type Row = readonly [ObjectKind, string, string, ("cluster" | "status")?, "status"?];

const rows: readonly Row[] = [
  ["Pod", "v1", "pods", "status"],
  ["Node", "v1", "nodes", "cluster", "status"],
  ["Namespace", "v1", "namespaces", "cluster", "status"],
  ["ConfigMap", "v1", "configmaps"],
  ["Secret", "v1", "secrets"],
  ["Deployment", "apps/v1", "deployments", "status"],
  ["StatefulSet", "apps/v1", "statefulsets", "status"],
  ["DaemonSet", "apps/v1", "daemonsets", "status"],
  ["ReplicaSet", "apps/v1", "replicasets", "status"],
  ["ControllerRevision", "apps/v1", "controllerrevisions"],
  ["Job", "batch/v1", "jobs", "status"],
  ["PodDisruptionBudget", "policy/v1", "poddisruptionbudgets", "status"],
  ["Event", "events.k8s.io/v1", "events"],
  ["Lease", "coordination.k8s.io/v1", "leases"],
  [
    "CustomResourceDefinition",
    "apiextensions.k8s.io/v1",
    "customresourcedefinitions",
    ...(["cluster", "status"] as const),
  ],
  ...(Object.keys(plurals) as Kind[]).map((kind): Row => [
    kind,
    apiVersion,
    plurals[kind],
    "status",
  ]),
];

const resources = new Map<string, Resource>(
  rows.map(([kind, version, plural, ...said]) => [
    `${version}/${plural}`,
    {
      kind,
      apiVersion: version,
      plural,
      clusterScoped: said.includes("cluster"),
      hasStatus: said.includes("status"),
    },
  ]),
);

export type Route = {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
};

const pattern =
  /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;

/** Undefined for a path that nothing is served under. */
export function routeOf(path: string): Route | undefined {
  const found = pattern.exec(path);
  if (found === null) return undefined;
  const [, version, namespace, plural, name, subresource] = found;
  const resource = resources.get(`${version!}/${plural!}`);
  if (resource === undefined) return undefined;
  return {
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name: nameIn(resource, decodeURIComponent(name)) }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** A definition of ours is held under the name of its kind. */
function nameIn({ kind }: Resource, name: string): string {
  if (kind !== "CustomResourceDefinition") return name;
  return Object.entries(plurals).find(([, plural]) => name.startsWith(`${plural}.`))?.[0] ?? name;
}

/** "pods", or "pcialiases.pci.openstack.org". */
export function qualified({ apiVersion: version, plural }: Resource): string {
  return version.includes("/") ? `${plural}.${version.split("/")[0]!}` : plural;
}
