// A Nova installation in the tests' control plane: the manifests of the four services, put into a
// namespace, with computes on the nodes of one label.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { ControlPlane } from "./attach.ts";
import type { Json } from "./client.ts";

const file = join(import.meta.dirname, "manifests/nova.yaml");

const collections: Readonly<Record<string, string>> = {
  Secret: "/api/v1/namespaces/NS/secrets",
  ConfigMap: "/api/v1/namespaces/NS/configmaps",
  Deployment: "/apis/apps/v1/namespaces/NS/deployments",
  StatefulSet: "/apis/apps/v1/namespaces/NS/statefulsets",
  DaemonSet: "/apis/apps/v1/namespaces/NS/daemonsets",
};

export function novaObjects(): readonly Json[] {
  return loadAll(readFileSync(file, "utf8")) as readonly Json[];
}

export function pathOf(object: Json, namespace: string): string {
  return `${collections[object.kind as string]!.replace("NS", namespace)}/${object.metadata.name}`;
}

/** Fake nodes are cluster-wide: the computes of a test run on nodes that carry its own label. */
export async function installNova(
  plane: ControlPlane,
  namespace: string,
  nodeSelector: Readonly<Record<string, string>>,
  change: (object: Json) => Json = (object) => object,
): Promise<void> {
  for (const object of novaObjects()) {
    if (object.kind === "DaemonSet") object.spec.template.spec.nodeSelector = nodeSelector;
    await plane.apply(pathOf(object, namespace), change(object), "helm");
  }
}
