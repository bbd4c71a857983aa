// The layout of the test's cloud: addresses, ports, names and folders, all fixed, because the
// private network namespace has no other inhabitants.
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

/** Address of the API server, Keystone, Placement and the message bus, on the loopback device. */
export const controlAddress = "10.99.0.1";
/** Address of the Service `kubernetes`: on the loopback device too, so it needs no kube-proxy. */
export const serviceAddress = "10.96.0.1";
export const serviceRange = "10.96.0.0/24";

export const ports = {
  keystone: 5000,
  nova: 8774,
  placement: 8778,
  stub: 9696,
  rabbit: 5672,
  rabbitDist: 25672,
  epmd: 4369,
  mariadb: 3306,
} as const;

export const kubernetesUrl = `https://${controlAddress}`;

/** Where releases are pushed to and pulled from; containerd asks loopback by http. */
export const registryHost = "127.0.0.1:5100";

/** Namespace of the Nova installation, as in the examples. */
export const novaNamespace = "openstack";

export type NodeLayout = {
  readonly name: string;
  readonly index: number;
  readonly address: string;
  readonly bridge: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** Labels of openstack-helm for a compute node, and those of the examples. */
export const nodes: readonly NodeLayout[] = [
  node(1, { "openstack-compute-node": "enabled", "example.org/pci": "by-address" }),
  node(2, { "openstack-compute-node": "enabled", "example.org/pci": "by-product" }),
];

function node(index: number, labels: Readonly<Record<string, string>>): NodeLayout {
  return {
    name: `compute-${index}`,
    index,
    address: `10.99.${index}.1`,
    bridge: `br-${index}`,
    labels,
  };
}

/** Folders of one run, below its own state folder. */
export type Folders = {
  readonly state: string;
  readonly kubernetes: string;
  readonly openstack: string;
  readonly logs: string;
  readonly images: string;
  readonly releases: string;
};

export function folders(state: string): Folders {
  return {
    state,
    kubernetes: join(state, "kubernetes"),
    openstack: join(state, "openstack"),
    logs: join(state, "logs"),
    images: join(state, "images"),
    releases: join(state, "releases"),
  };
}
