// Answers "would Nova read our file there?": from what pods mount and what their command line says,
// never assumed. While the answer is no, the message holds what to add.

import { configDirectory, mountedName, serviceTitle, type Service } from "../../api/names.ts";
import type { Reason } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import type { ContainerSpec, Snapshot } from "../terms/snapshot.ts";

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
      return { gate: "NotWired", why: mountAdvice(service, `${workload.kind}/${workload.name}`) };
    }
    const unread = unreadBecause(container);
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

function mountAdvice(service: Service, workload: string): string {
  const name = mountedName(service);
  return (
    `${workload} does not mount ConfigMap ${name} at ${configDirectory}. openstack-helm: ` +
    `pod.etcSources.${helmNames[service]}: [{configMap: {name: ${name}}}] in the values; ` +
    `a plain manifest: a volume {name: nova-pci, configMap: {name: ${name}}} mounted at ${configDirectory} of ${serviceTitle[service]}`
  );
}

/**
 * oslo.config reads the default directories only when no --config-dir is given; a WSGI process with
 * OS_NOVA_CONFIG_DIR or OS_NOVA_CONFIG_FILES does not look at nova.conf.d (measured on 31.3.1 and
 * 34.0.0). A command that is a script cannot be seen through; then nothing speaks against it.
 */
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
