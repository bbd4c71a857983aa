// Answers "would Nova read our file there?": from what pods mount and what their command line says,
// never assumed. While the answer is no, the message holds what to add.

import { configDirectory, mountedName, type Service } from "../../api/names.ts";
import type { Reason } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import type { ContainerSpec, Snapshot, WorkloadView } from "../terms/snapshot.ts";

type Delivery = "Injected" | "Mounted";

/** The gate of a service whose pods would not read our file; undefined = nothing speaks against it. */
export function wiringGate(
  service: Service,
  delivery: Delivery | undefined,
  seen: Snapshot,
  settings: Settings,
): Reason | undefined {
  for (const workload of seen.workloads.filter((one) => one.service === service)) {
    const container = workload.containers.find(
      (one) => one.name === settings.services[service].container,
    );
    if (container === undefined) {
      const why = `${workload.kind}/${workload.name} has no container named ${settings.services[service].container}: set spec.services.${service}.container`;
      return { gate: "NotWired", why };
    }
    if (delivery === "Mounted" && !mounts(container, service)) {
      return { gate: "NotWired", why: mountAdvice(workload, container, seen) };
    }
    const unread = unreadIn(container);
    if (unread !== undefined) {
      return { gate: "NotWired", why: `${workload.kind}/${workload.name}: ${unread}` };
    }
  }
  return undefined;
}

function mounts(container: ContainerSpec, service: Service): boolean {
  return container.mounts.some((one) => one.configMaps.includes(mountedName(service)));
}

const helmNames: Readonly<Record<Service, string>> = {
  api: "nova_api_osapi",
  scheduler: "nova_scheduler",
  conductor: "nova_conductor",
  compute: "nova_compute",
};

/**
 * What to add, by what the pod has. Charts of openstack-helm from 2025.2 on mount a projected volume
 * at nova.conf.d, which pod.etcSources fills; older ones and Atmosphere know no such value and take
 * it without a word, but have pod.mounts (both rendered and tried). The ConfigMap comes first: a pod
 * that mounts one that is not there is held by kubelet, so `optional` stands in every fragment.
 */
function mountAdvice(
  { service, kind, name: workload, templateLabels }: WorkloadView,
  container: ContainerSpec,
  seen: Snapshot,
): string {
  const name = mountedName(service);
  const source = `configMap: {name: ${name}, optional: true}`;
  const chart = helmNames[service];
  // With empty etcSources the chart mounts an emptyDir there.
  const hasSnippets = container.mounts.some(
    (one) => tidy(one.path) === configDirectory && ["projected", "emptyDir"].includes(one.volume),
  );
  const volume = `{name: nova-pci, ${source}}`;
  const mount = `{name: nova-pci, mountPath: ${configDirectory}, readOnly: true}`;
  const add = hasSnippets
    ? `pod.etcSources.${chart}: [{${source}}] in the values of openstack-helm`
    : templateLabels["application"] === "nova"
      ? `pod.mounts.${chart}.${chart}: {volumes: [${volume}], volumeMounts: [${mount}]} in the values of openstack-helm (Atmosphere: nova_helm_values)`
      : `volume ${volume} and in container ${container.name} the mount ${mount}`;
  const order =
    seen.configMaps[name] === undefined
      ? `when kubectl get configmap ${name} shows it (objects first, then the chart)`
      : "now: the ConfigMap is there";
  return `${kind}/${workload} does not mount ConfigMap ${name} at ${configDirectory}: add ${add}, ${order}`;
}

/**
 * oslo.config reads the default directories only when no --config-dir is given; a WSGI process with
 * OS_NOVA_CONFIG_DIR or OS_NOVA_CONFIG_FILES does not look at nova.conf.d (measured on 31.3.1 and
 * 34.0.0). A command that is a script cannot be seen through; then nothing speaks against it.
 */
function unreadIn(container: ContainerSpec): string | undefined {
  const known = judged.get(container) ?? { why: unreadBecause(container) };
  judged.set(container, known);
  return known.why;
}

/** A container is what it is as long as its template stands. */
const judged = new WeakMap<ContainerSpec, { readonly why: string | undefined }>();

function unreadBecause(container: ContainerSpec): string | undefined {
  const words = [...container.command, ...container.args].flatMap((one) => one.split(/\s+/));
  const given = optionValues(words, "--config-dir");
  if (given.length > 0 && !given.map(tidy).includes(configDirectory)) {
    return `its command reads --config-dir ${given.join(", ")} and so not ${configDirectory}: add --config-dir ${configDirectory}`;
  }
  const files = container.env.OS_NOVA_CONFIG_FILES;
  if (files !== undefined && !files.includes("nova.conf.d/")) {
    return `OS_NOVA_CONFIG_FILES lists the files it reads: add nova.conf.d/95-nova-pci.conf, or start it with --config-dir ${configDirectory}`;
  }
  const directory = container.env.OS_NOVA_CONFIG_DIR;
  if (directory !== undefined && files === undefined && given.length === 0) {
    return `with OS_NOVA_CONFIG_DIR=${directory} it does not look at ${configDirectory}: remove it, or start it with --config-dir ${configDirectory}`;
  }
  return undefined;
}

function optionValues(words: readonly string[], option: string): readonly string[] {
  return words.flatMap((word, index) => {
    if (word.startsWith(`${option}=`)) return [word.slice(option.length + 1)];
    return word === option && words[index + 1] !== undefined ? [words[index + 1]!] : [];
  });
}

function tidy(path: string): string {
  return path.replace(/\/+$/, "");
}
