// Every name that users, manifests and tests rely on: kinds, annotations, labels, ConfigMaps, keys,
// services, ports. Frozen: a name changes only with a CHANGELOG entry. Knows nothing but text.

export const group = "pci.openstack.org";
export const version = "v1alpha1";
export const apiVersion = `${group}/${version}`;

/** Kind -> plural (the CRD is `${plural}.${group}`). */
export const plurals = {
  PciAlias: "pcialiases",
  PciWhitelist: "pciwhitelists",
  PciFlavor: "pciflavors",
  PciPassthrough: "pcipassthroughs",
} as const;
export type Kind = keyof typeof plurals;

/** The one PciPassthrough of a namespace. */
export const passthroughName = "nova";

export const injectionLabel = `${group}/injection`;
export const fragmentAnnotation = `${group}/fragment`;
export const notInjectedAnnotation = `${group}/not-injected`;
export const digestAnnotation = `${group}/digest`;
export const digestVersionAnnotation = `${group}/digest-version`;
export const flavorFinalizer = `${group}/flavor`;
export const forceDeleteAnnotation = `${group}/force-delete`;
/** On Jobs that clean a device: which device, and which life of it (provider and generation). */
export const cleaningLabel = `${group}/cleaning`;
export const deviceAnnotation = `${group}/device`;
export const deviceLifeAnnotation = `${group}/device-life`;
/** The rest is a fingerprint of all that the Job does and to what. */
export const cleaningJobPrefix = "nova-pci-clean-";
/** On Jobs that try a fragment before a canary: the service. */
export const preflightLabel = `${group}/preflight`;
export const preflightJobPrefix = "nova-pci-preflight-";
export const managedByLabel = "app.kubernetes.io/managed-by";
export const managedBy = "nova-pci-operator";

/** Field managers: never begin with "kubectl" (Flux strips fields of such managers). */
export const managers = {
  config: "nova-pci-operator/config",
  status: "nova-pci-operator/status",
  rollout: "nova-pci-operator/rollout",
} as const;

/** What a service's fragment may hold, beside `pci_in_placement`, which all read. */
type Carried = "aliases" | "devices" | "filters";

type ServiceRow = {
  /** Nova's name of the process. */
  readonly title: string;
  /** openstack-helm's labels and container (chart 2026.1; measured on the rendered chart). */
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly container: string;
  readonly carries: readonly Carried[];
};

const novaLabels = (component: string) => ({ application: "nova", component });

/**
 * All that differs between the services, in the order of the design's tables. A new service is a
 * row here and the lists of crds/, deploy/injection and deploy/guard, which a test compares with
 * it.
 */
const serviceTable = {
  api: {
    title: "nova-api",
    matchLabels: novaLabels("os-api"),
    container: "nova-osapi",
    carries: ["aliases"],
  },
  scheduler: {
    title: "nova-scheduler",
    matchLabels: novaLabels("scheduler"),
    container: "nova-scheduler",
    carries: ["filters"],
  },
  conductor: {
    title: "nova-conductor",
    matchLabels: novaLabels("conductor"),
    container: "nova-conductor",
    carries: [],
  },
  compute: {
    title: "nova-compute",
    matchLabels: novaLabels("compute"),
    container: "nova-compute",
    carries: ["devices", "aliases"],
  },
} as const satisfies Readonly<Record<string, ServiceRow>>;

export type Service = keyof typeof serviceTable;
export const services = Object.keys(serviceTable) as readonly Service[];
export const serviceDefaults: Readonly<Record<Service, ServiceRow>> = serviceTable;
export const serviceTitle = Object.fromEntries(
  services.map((service) => [service, serviceTable[service].title]),
) as Readonly<Record<Service, (typeof serviceTable)[Service]["title"]>>;

export function carries(service: Service, what: Carried): boolean {
  return serviceDefaults[service].carries.includes(what);
}

export const fragmentKey = "95-nova-pci.conf";
export const configDirectory = "/etc/nova/nova.conf.d";

/** Mounted delivery: one fixed name per service. */
export function mountedName(service: Service): string {
  return `nova-pci-${service}`;
}
/** Injected delivery: the same with the first 16 hex of the sha256 of the content. */
export function fragmentName(service: Service, sha256: string): string {
  return `nova-pci-${service}-${sha256.slice(0, 16)}`;
}
export const fragmentNamePattern = new RegExp(`^nova-pci-(${services.join("|")})-[0-9a-f]{16}$`);

export const assignmentName = "nova-pci-assignment";
/** Value of a node in the assignment that needs no fragment. */
export const assignmentNone = "none";
/** A ConfigMap that never exists: kubelet holds the pod of a node that has no assignment yet. */
export const unassignedName = "nova-pci-compute-unassigned";
export const stateName = "nova-pci-state";

export const operatorNamespace = "nova-pci-system";
export const operatorName = "nova-pci-operator";
export const injectionPolicy = "nova-pci-injection";
export const guardPolicy = "nova-pci-guard";
/** Annotation of policies and webhook: what they and the operator agree on. */
export const policyVersionAnnotation = `${group}/policy-version`;
export const webhookName = "nova-pci-injection";
/** Secret and Service of the webhook, in the operator's namespace. */
export const webhookSecret = "nova-pci-webhook";
/** Where the webhook is tried with pods that are never made. */
export const selfTestNamespace = "nova-pci-self-test";
export const selfTestLabel = `${group}/self-test`;
export const cloudSecret = "nova-pci-cloud";
export const cloudsYamlKey = "clouds.yaml";
export const cacertKey = "cacert";
export const metricsPort = 8080;
export const probesPort = 8081;
export const webhookPort = 9443;

/** Flavor extra specs we know by name. */
export const aliasExtraSpec = "pci_passthrough:alias";
export const numaAffinityExtraSpec = "hw:pci_numa_affinity_policy";
