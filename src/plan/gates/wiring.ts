// The wiring gate: whether Nova reads our file in its pods, from what they mount and what their
// command line says, never assumed. While the answer is no, the message holds what to add.

import {
  configDirectory,
  fragmentKey,
  mountedName,
  serviceTitle,
  type Service,
} from "../../api/names.ts";
import type { Reason } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import type {
  ContainerSpec,
  MountView,
  PodView,
  Snapshot,
  VolumeSource,
  WorkloadView,
} from "../terms/snapshot.ts";

type Delivery = "Injected" | "Mounted";

/**
 * The gate of a service whose pods would not read our file; undefined = nothing speaks against it.
 */
export function wiringGate(
  service: Service,
  delivery: Delivery | undefined,
  seen: Snapshot,
  settings: Settings,
): Reason | undefined {
  const why = seen.workloads.length > 0 ? undefined : misfitAround(seen);
  if (why !== undefined) return { gate: "NotWired", why };
  for (const workload of seen.workloads.filter((item) => item.service === service)) {
    const misfit = misfitOf(workload);
    if (misfit !== undefined) return { gate: "NotWired", why: misfit };
    const container = workload.containers.find(
      (containerSpec) => containerSpec.name === settings.services[service].container,
    );
    if (container === undefined) {
      const why = `${workload.kind}/${workload.name} has no container named ${settings.services[service].container}: set spec.services.${service}.container`;
      return { gate: "NotWired", why };
    }
    if (delivery === "Mounted" && !mounts(container, service)) {
      return { gate: "NotWired", why: mountAdvice(workload, container, seen) };
    }
    const unread =
      (delivery === "Injected" ? takenBecause(service, container) : undefined) ??
      unreadIn(container);
    if (unread !== undefined) {
      return { gate: "NotWired", why: `${workload.kind}/${workload.name}: ${unread}` };
    }
  }
  return undefined;
}

const elsewhere = "render and import work on its files, see docs/howto/charts.md";

/**
 * Deployments whose own operator writes Nova's configuration and its workloads, by the API group of
 * what owns a workload (nova-operator's and Yaook's kinds; Juju's label): ours would be undone.
 */
const foreign: readonly { readonly by: RegExp; readonly says: string }[] = [
  {
    by: /(^|\.)openstack\.org$/,
    says: `RHOSO's operators write it and undo what others write, and its nova-computes run outside this cluster: this operator does not fit; ${elsewhere}`,
  },
  {
    by: /(^|\.)yaook\.cloud$/,
    says: `Yaook's operator writes it, and Nova's configuration node by node: this operator does not fit; write spec.compute.configTemplates of its NovaDeployment`,
  },
  {
    by: /^juju$/,
    says: `a charm of Sunbeam writes it, and its nova-computes are a snap on the hosts: this operator does not fit; use Sunbeam's own PCI passthrough`,
  },
];

/** Where this operator does not fit, said before anything is written into a workload. */
function misfitOf(workload: WorkloadView): string | undefined {
  const { kind, name, containers } = workload;
  if (containers.some((container) => container.name === "nova-compute-ironic"))
    return `${kind}/${name} is a nova-compute of Ironic: whole machines have no PCI passthrough, and it is left alone; let spec.services.compute.matchLabels not select it`;
  return misfitBy(workload);
}

/** Nothing is selected, but what stands here says whose deployment it is. */
function misfitAround({ strangers = [] }: Snapshot): string | undefined {
  const said = strangers.flatMap((stranger) => misfitBy(stranger) ?? []);
  return said.sort()[0];
}

function misfitBy({
  kind,
  name,
  keeper,
}: Pick<WorkloadView, "kind" | "name" | "keeper">): string | undefined {
  const known = keeper && foreign.find((item) => item.by.test(keeper.by));
  return known && `${kind}/${name} belongs to ${keeper.object}: ${known.says}`;
}

/** What admission would leave alone (src/admission/mounting.ts), as far as a template shows it. */
function takenBecause(service: Service, container: ContainerSpec): string | undefined {
  const name = mountedName(service);
  if (container.mounts.some((mount) => mount.configMaps.includes(name)))
    return `it still mounts ConfigMap ${name} of delivery Mounted, so nothing can be injected: take it out of the chart (its pods then start with what they read now)`;
  return placeFor(container) === "taken"
    ? `another volume stands at ${configDirectory}, so nothing can be injected: make it a projected volume`
    : undefined;
}

/**
 * Why a pod that admission left alone would be left alone again; undefined = it was not, or its
 * workload has another template by now. Without this question it would be replaced without end.
 */
export function leftAlone(
  { notInjected, name, container, spec }: PodView,
  workloads: readonly WorkloadView[],
  service: Service,
): string | undefined {
  if (notInjected === undefined) return undefined;
  const mountsIn = (all: readonly ContainerSpec[]): string | undefined => {
    const found = all.find((containerSpec) => containerSpec.name === container.name);
    return found === undefined ? undefined : JSON.stringify(found.mounts);
  };
  const had = mountsIn(spec);
  const mended = workloads
    .filter((workload) => workload.service === service)
    .map((workload) => mountsIn(workload.containers))
    .every((now) => now !== undefined && (notInjected === "ContainerMissing" || now !== had));
  return mended ? undefined : `pod ${name} was left alone by the policy: ${notInjected}`;
}

/** The file of our ConfigMap lands where the process looks: a mount elsewhere is none. */
function mounts(container: ContainerSpec, service: Service): boolean {
  return container.mounts.some((mount) =>
    mount.sources
      .filter((source) => source.kind === "ConfigMap" && source.name === mountedName(service))
      .some((source) => pathsOf(mount, source).some((path) => isRead(path, service, container))),
  );
}

/** Files of one source as the container sees them. */
function pathsOf(mount: MountView, { items }: VolumeSource): readonly string[] {
  const at = tidy(mount.path);
  const inside = (items ?? [{ path: fragmentKey }]).map((item) => item.path);
  if (mount.subPath === undefined) return inside.map((path) => `${at}/${path}`);
  const part = tidy(mount.subPath);
  return inside.flatMap((path) => {
    if (path === part) return [at];
    return path.startsWith(`${part}/`) ? [`${at}${path.slice(part.length)}`] : [];
  });
}

function isRead(path: string, service: Service, container: ContainerSpec): boolean {
  const directory = path.slice(0, path.lastIndexOf("/"));
  return path.endsWith(".conf") && directoriesOf(service, container).includes(directory);
}

/**
 * A command that names other ones than nova.conf.d is told so; a WSGI server has none of its own.
 */
function directoriesOf(service: Service, container: ContainerSpec): readonly string[] {
  const given = optionValues(wordsOf(container), "--config-dir").map(tidy);
  const own = service === "api" ? [] : [ownDirectory(service)];
  return [configDirectory, ...(given.length > 0 ? given : own)];
}

/** Also parsed by a process of this name, after nova.conf.d. */
function ownDirectory(service: Service): string {
  return `${etcNova}/${serviceTitle[service]}.conf.d`;
}

const etcNova = configDirectory.slice(0, configDirectory.lastIndexOf("/"));

const helmNames: Readonly<Record<Service, string>> = {
  api: "nova_api_osapi",
  scheduler: "nova_scheduler",
  conductor: "nova_conductor",
  compute: "nova_compute",
};

/**
 * What to add, by what the pod has. The ConfigMap comes first: a pod that mounts one that is not
 * there is held by kubelet, so `optional` stands in every fragment.
 */
function mountAdvice(workload: WorkloadView, container: ContainerSpec, seen: Snapshot): string {
  const name = mountedName(workload.service);
  const order =
    seen.configMaps[name] === undefined
      ? `when kubectl get configmap ${name} shows it (objects first, then the chart)`
      : "now: the ConfigMap is there";
  const astray = container.mounts.find((mount) => mount.configMaps.includes(name));
  const found =
    astray === undefined
      ? `does not mount ConfigMap ${name} at ${configDirectory}`
      : `mounts ConfigMap ${name} at ${astray.path}, where ${serviceTitle[workload.service]} does not look`;
  const what = addition(workload, container);
  return `${workload.kind}/${workload.name} ${found}: add ${what}, ${order}`;
}

/**
 * Charts of openstack-helm from 2025.2 on mount a projected volume at nova.conf.d, which
 * pod.etcSources fills (with empty ones a read-only emptyDir); older ones and Atmosphere know no
 * such value and take it without a word, but have pod.mounts (both rendered and tried). Rockoon
 * fills a writable emptyDir there, so ours goes beside it; SAP has one volume for all of /etc/nova,
 * below which nothing can be mounted.
 */
function addition({ service, templateLabels }: WorkloadView, container: ContainerSpec): string {
  const name = mountedName(service);
  const source = `configMap: {name: ${name}, optional: true}`;
  const chart = templateLabels["application"] === "nova" ? helmNames[service] : undefined;
  switch (placeFor(container)) {
    case "source":
      return chart === undefined
        ? `{${source}} to the sources of the projected volume at ${configDirectory}`
        : `pod.etcSources.${chart}: [{${source}}] in the values of openstack-helm`;
    case "source of all": {
      const path = `${configDirectory.slice(etcNova.length + 1)}/${fragmentKey}`;
      const items = `items: [{key: ${fragmentKey}, path: ${path}}]`;
      return `{configMap: {name: ${name}, optional: true, ${items}}} to the sources of the projected volume at ${etcNova}`;
    }
    case "taken":
      return `{${source}} to a projected volume at ${configDirectory}, together with what is mounted there now`;
    case "beside":
      return ownMount(service, container, chart, ownDirectory(service));
    case "free":
      return ownMount(service, container, chart, configDirectory);
  }
}

/** What of ours can stand where the process looks, by what stands there already. */
function placeFor({
  mounts,
}: ContainerSpec): "source" | "source of all" | "taken" | "beside" | "free" {
  const there = mounts.find((mount) => tidy(mount.path) === configDirectory);
  if (there === undefined) {
    const all = mounts.find((mount) => tidy(mount.path) === etcNova);
    return all?.volume === "projected" ? "source of all" : "free";
  }
  if (there.volume === "projected") return "source";
  if (there.volume !== "emptyDir") return "taken";
  return there.readOnly ? "source" : "beside";
}

function ownMount(
  service: Service,
  container: ContainerSpec,
  chart: string | undefined,
  path: string,
): string {
  const volume = `{name: nova-pci, configMap: {name: ${mountedName(service)}, optional: true}}`;
  const mount = `{name: nova-pci, mountPath: ${path}, readOnly: true}`;
  return chart === undefined
    ? `volume ${volume} and in container ${container.name} the mount ${mount}`
    : `pod.mounts.${chart}.${chart}: {volumes: [${volume}], volumeMounts: [${mount}]} in the values of openstack-helm (Atmosphere: nova_helm_values; Rockoon: values of nova in its OpenStackDeployment)`;
}

/**
 * oslo.config reads the default directories only when no --config-dir is given. OS_NOVA_CONFIG_DIR
 * and OS_NOVA_CONFIG_FILES say which files a WSGI process reads, and not in which directories it
 * looks (nova/api/openstack/wsgi_app.py). A command that is a script cannot be seen through; then
 * nothing speaks against it.
 */
function unreadIn(container: ContainerSpec): string | undefined {
  const known = judged.get(container) ?? { why: unreadBecause(container) };
  judged.set(container, known);
  return known.why;
}

/** A container is what it is as long as its template stands. */
const judged = new WeakMap<ContainerSpec, { readonly why: string | undefined }>();

function unreadBecause(container: ContainerSpec): string | undefined {
  const given = optionValues(wordsOf(container), "--config-dir");
  if (given.length === 0 || given.map(tidy).includes(configDirectory)) return undefined;
  return `its command reads --config-dir ${given.join(", ")} and so not ${configDirectory}: add --config-dir ${configDirectory}`;
}

function wordsOf({ command, args }: ContainerSpec): readonly string[] {
  return [...command, ...args].flatMap((text) => text.split(/\s+/));
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
