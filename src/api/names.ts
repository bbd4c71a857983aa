// Answers "what is it called?" for every name that users, manifests and tests rely on.
// Frozen: a name changes only with a CHANGELOG entry. Knows nothing but text.

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
export const managedByLabel = "app.kubernetes.io/managed-by";
export const managedBy = "nova-pci-operator";

/** Field managers: never begin with "kubectl" (Flux strips fields of such managers). */
export const managers = {
  config: "nova-pci-operator/config",
  status: "nova-pci-operator/status",
  rollout: "nova-pci-operator/rollout",
} as const;

/** Services in the order of the design's tables. */
export const services = ["api", "scheduler", "conductor", "compute"] as const;
export type Service = (typeof services)[number];
export const serviceTitle: Readonly<Record<Service, string>> = {
  api: "nova-api",
  scheduler: "nova-scheduler",
  conductor: "nova-conductor",
  compute: "nova-compute",
};

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
export const fragmentNamePattern = /^nova-pci-(api|scheduler|conductor|compute)-[0-9a-f]{16}$/;

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
export const cloudSecret = "nova-pci-cloud";
export const cloudsYamlKey = "clouds.yaml";
export const cacertKey = "cacert";
export const metricsPort = 8080;
export const probesPort = 8081;

/** openstack-helm's labels and containers (chart 2026.1; measured on the rendered chart). */
export const serviceDefaults: Readonly<
  Record<
    Service,
    { readonly matchLabels: Readonly<Record<string, string>>; readonly container: string }
  >
> = {
  api: { matchLabels: { application: "nova", component: "os-api" }, container: "nova-osapi" },
  scheduler: {
    matchLabels: { application: "nova", component: "scheduler" },
    container: "nova-scheduler",
  },
  conductor: {
    matchLabels: { application: "nova", component: "conductor" },
    container: "nova-conductor",
  },
  compute: {
    matchLabels: { application: "nova", component: "compute" },
    container: "nova-compute",
  },
};

/** Flavor extra specs we know by name. */
export const aliasExtraSpec = "pci_passthrough:alias";
export const numaAffinityExtraSpec = "hw:pci_numa_affinity_policy";
