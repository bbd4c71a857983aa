// The operator in the test's cloud: installs it as the README says, asks its objects, and kills it
// without a warning. Shares names with the product, no code.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../control-plane/processes.ts";
import {
  apiVersion,
  cloudSecret,
  cloudsYamlKey,
  injectionLabel,
  operatorName,
  operatorNamespace,
  passthroughName,
  plurals,
  type Kind,
} from "../../src/api/names.ts";
import { cloudsYaml, type Layout } from "../openstack/layout.ts";
import type { Cluster } from "./kubernetes.ts";
import { get, list, type KubeObject } from "./kubernetes-api.ts";
import { novaNamespace } from "./layout.ts";
import { killProcesses } from "./processes.ts";
import { versions, type Releases } from "./release.ts";

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

export type OurObject = KubeObject & {
  readonly metadata: { readonly generation: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>> & {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
};

type EventObject = KubeObject & {
  readonly reason: string;
  readonly note?: string;
  readonly regarding?: { readonly kind?: string; readonly name?: string };
};

/** What docs/howto/upgrade and the README say: the two files of a release. */
export async function applyRelease(
  cluster: Cluster,
  releases: Releases,
  version: string,
): Promise<void> {
  const apply = ["apply", "--server-side", "-f"];
  await cluster.kubectl([...apply, releases.file(version, "install.yaml")]);
  const inNova = ["-n", novaNamespace, ...apply];
  await cluster.kubectl([...inNova, releases.file(version, "nova-namespace.yaml")]);
}

/** The Deployment as it was applied last, every pod of it. */
export async function operatorRolledOut(cluster: Cluster): Promise<void> {
  await cluster.kubectl([
    ...["-n", operatorNamespace, "rollout", "status", "--timeout=300s"],
    `deployment/${operatorName}`,
  ]);
}

/** Every command of the README's installation, in its order. */
export async function installOperator(
  cluster: Cluster,
  layout: Layout,
  releases: Releases,
): Promise<void> {
  await applyRelease(cluster, releases, versions.older);
  await connect(cluster, layout);
  await operatorRolledOut(cluster);
}

/** What every way of installing ends with: the label, and the cloud's credentials. */
export async function connect(cluster: Cluster, layout: Layout): Promise<void> {
  await cluster.kubectl(["label", "namespace", novaNamespace, `${injectionLabel}=enabled`]);
  const file = join(layout.folder, "clouds.yaml");
  writeFileSync(file, cloudsYaml(layout));
  await cluster.kubectl([
    ...["-n", novaNamespace, "create", "secret", "generic", cloudSecret],
    `--from-file=${cloudsYamlKey}=${file}`,
  ]);
}

export function pathOf(kind: Kind, name = ""): string {
  return `/apis/${apiVersion}/namespaces/${novaNamespace}/${plurals[kind]}/${name}`.replace(
    /\/$/,
    "",
  );
}

export async function ours(cluster: Cluster, kind: Kind, name: string): Promise<OurObject> {
  const found = await get<OurObject>(cluster.api, pathOf(kind, name));
  if (found === undefined) throw new Error(`${kind} ${name} is not there`);
  return found;
}

export function installation(cluster: Cluster): Promise<OurObject> {
  return ours(cluster, "PciPassthrough", passthroughName);
}

export function conditionOf(object: OurObject, type: string): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

/** Ready for the generation that is stored now. */
function isSettled(object: OurObject): boolean {
  return (
    object.status?.observedGeneration === object.metadata.generation &&
    conditionOf(object, "Ready")?.status === "True"
  );
}

export async function everyObject(cluster: Cluster): Promise<readonly OurObject[]> {
  const kinds = Object.keys(plurals) as Kind[];
  const lists = await Promise.all(kinds.map((kind) => list<OurObject>(cluster.api, pathOf(kind))));
  return lists.flat();
}

/** Waits until every object of ours is Ready; the last words of those that are not are the error. */
export async function allReady(cluster: Cluster, seconds = 600): Promise<void> {
  let waiting = "";
  try {
    await until(
      "every object to be Ready",
      async () => {
        const objects = await everyObject(cluster);
        waiting = objects
          .filter((object) => !isSettled(object))
          .map((object) => `${object.metadata.name}: ${JSON.stringify(object.status ?? {})}`)
          .join("\n");
        return objects.length > 0 && waiting === "";
      },
      { seconds, everyMillis: 500 },
    );
  } catch (error) {
    throw new Error(`not Ready:\n${waiting}`, { cause: error });
  }
}

/** Events about our objects, as "Kind/name reason: message". */
export async function events(cluster: Cluster): Promise<readonly string[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${novaNamespace}/events`;
  const found = await list<EventObject>(cluster.api, path);
  return found
    .filter((event) => event.regarding?.kind?.startsWith("Pci") === true)
    .map(({ regarding, reason, note }) => {
      const about = `${regarding?.kind ?? ""}/${regarding?.name ?? ""}`;
      return `${about} ${reason}: ${note ?? ""}`;
    });
}

/** What its processes wrote, the present ones. */
export function operatorLog(cluster: Cluster): Promise<string> {
  return cluster.kubectl([
    ...["-n", operatorNamespace, "logs", "--prefix", "--tail=400"],
    ...["-l", `app.kubernetes.io/name=${operatorName}`],
  ]);
}

/** SIGKILL for every process of the operator; the kubelet starts it again. */
export function killOperator(): number {
  return killProcesses((words) => {
    // Flags of Node stand before the program (deploy/image/command.json).
    const program = words.findIndex((word) => word.endsWith("nova-pci.js"));
    return program > 0 && words[program + 1] === "run";
  });
}
