// A generated snapshot of a cloud of a given size, either before the operator ever looked or
// converged. No cluster stands behind it: effects are put into it by hand.

import { fragmentKey, serviceDefaults, services, type Service } from "../../src/api/names.ts";
import { withDefaults } from "../../src/api/parse.ts";
import { outcome } from "../../src/plan/outcome.ts";
import type { Plan } from "../../src/plan/terms/effects.ts";
import { plan } from "../../src/plan/plan.ts";
import { none } from "../../src/plan/wanted/render.ts";
import type {
  ConfigMapView,
  ContainerSpec,
  Meta,
  PodView,
  Snapshot,
  WorkloadView,
} from "../../src/plan/terms/snapshot.ts";

export type Size = {
  readonly nodes: number;
  readonly whitelists: number;
  readonly aliases: number;
};

/** The size that the targets speak of. */
export const bigCloud: Size = { nodes: 5000, whitelists: 1000, aliases: 200 };

const start = Date.UTC(2026, 0, 5, 8);
const created = "2026-01-05T07:00:00Z";

export function nodeName(index: number): string {
  return `compute-${String(index).padStart(5, "0")}`;
}

/** Each whitelist selects one rack; racks share the nodes evenly. */
function rackOf(index: number, size: Size): string {
  return `rack-${index % size.whitelists}`;
}

export function productOf(index: number): string {
  return (0x1000 + index).toString(16);
}

function meta(kind: string, name: string): Meta {
  return {
    name,
    namespace: "openstack",
    uid: `${kind}-${name}`,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: created,
  };
}

export function aliasSpec(index: number) {
  return {
    match: [{ vendorId: "8086", productId: productOf(index) }],
    deviceType: "type-PF" as const,
  };
}

/** Two devices, one of them by its address, each of a product that one alias asks for. */
function whitelistSpec(index: number, size: Size) {
  const product = (step: number): string => productOf((index + step) % size.aliases);
  return {
    nodeSelector: { matchLabels: { "example.org/rack": `rack-${index}` } },
    priority: 0,
    devices: [
      { vendorId: "8086", productId: product(0), address: "0000:41:00.0" },
      { vendorId: "8086", productId: product(7) },
    ],
    removalPolicy: "Wait" as const,
  };
}

export function nodeLabels(index: number, size: Size): Record<string, string> {
  return {
    "kubernetes.io/hostname": nodeName(index),
    "kubernetes.io/os": "linux",
    "openstack-compute-node": "enabled",
    "example.org/rack": rackOf(index, size),
  };
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const programs: Readonly<Record<Service, string>> = {
  api: "nova-api-os-compute",
  scheduler: "nova-scheduler",
  conductor: "nova-conductor",
  compute: "nova-compute",
};

function containers(service: Service): readonly ContainerSpec[] {
  return [
    {
      name: serviceDefaults[service].container,
      command: [programs[service], "--config-dir", "/etc/nova/nova.conf.d"],
      args: [],
      mounts: [],
    },
  ];
}

function workload(service: Service, replicas: number): WorkloadView {
  const { matchLabels } = serviceDefaults[service];
  return {
    kind: service === "compute" ? "DaemonSet" : "Deployment",
    name: `nova-${service}`,
    uid: `workload-${service}`,
    resourceVersion: "1",
    service,
    generation: 1,
    observedGeneration: 1,
    templateLabels: matchLabels,
    selector: matchLabels,
    replicas,
    updated: replicas,
    ready: replicas,
    available: replicas,
    paused: false,
    strategy: "RollingUpdate",
    containers: containers(service),
    wants: {
      matchLabels: service === "compute" ? { "openstack-compute-node": "enabled" } : {},
      anyOf: [],
    },
  };
}

function pod(service: Service, name: string, node?: string): PodView {
  return {
    name,
    uid: `pod-${name}`,
    service,
    owner: {
      kind: service === "compute" ? "DaemonSet" : "ReplicaSet",
      name: `nova-${service}`,
      uid: `workload-${service}`,
    },
    ...(node === undefined ? {} : { node }),
    createdAt: start - 3_600_000,
    deleting: false,
    phase: "Running",
    ready: true,
    readySince: start - 3_500_000,
    labels: serviceDefaults[service].matchLabels,
    container: {
      name: serviceDefaults[service].container,
      restarts: 0,
      startedAt: start - 3_590_000,
    },
    spec: containers(service),
  };
}

/** A running cloud without a single line of ours, and all objects just applied. */
export function firstSight(size: Size): Snapshot {
  const served = (kind: string) => ({ is: "served", uid: `crd-${kind}` }) as const;
  const installed = { is: "installed", version: "1", bound: true } as const;
  return {
    now: start,
    namespace: "openstack",
    objects: {
      aliases: range(size.aliases, (index) => ({
        metadata: meta("PciAlias", `alias-${index}`),
        spec: aliasSpec(index),
      })),
      whitelists: range(size.whitelists, (index) => ({
        metadata: meta("PciWhitelist", `rack-${index}`),
        spec: whitelistSpec(index, size),
      })),
      flavors: [],
      passthrough: withDefaults("PciPassthrough", {
        metadata: meta("PciPassthrough", "nova"),
        spec: { adopt: true },
      }),
    },
    crds: {
      PciAlias: served("PciAlias"),
      PciWhitelist: served("PciWhitelist"),
      PciFlavor: served("PciFlavor"),
      PciPassthrough: served("PciPassthrough"),
    },
    injection: {
      served: true,
      namespaceLabelled: true,
      mutating: { ...installed, selects: { application: "nova" } },
      guard: installed,
    },
    missingRights: [],
    state: { is: "absent" },
    configMaps: {},
    workloads: services.map((service) => workload(service, service === "compute" ? size.nodes : 2)),
    pods: [
      ...(["api", "scheduler", "conductor"] as const).flatMap((text) =>
        range(2, (index) => pod(text, `nova-${text}-${index}`)),
      ),
      ...range(size.nodes, (index) => pod("compute", `nova-compute-${index}`, nodeName(index))),
    ],
    nodes: range(size.nodes, (index) => ({
      name: nodeName(index),
      uid: `node-${index}`,
      labels: nodeLabels(index, size),
    })),
    budgets: [],
    cloud: {
      is: "read",
      at: start,
      microversion: "2.100",
      flavors: [],
      services: range(size.nodes, (index) => ({
        id: `service-${index}`,
        host: nodeName(index),
        binary: "nova-compute",
        state: "up" as const,
        disabled: false,
      })),
      usage: {},
    },
    failureTexts: {},
  };
}

/**
 * The same cloud when nothing is left to do: every pod reads what it should, state and statuses are
 * written. Throws when the planner still wants something.
 */
export function converged(size: Size): Snapshot {
  let seen = running(firstSight(size));
  for (let round = 0; round < 6; round += 1) {
    const made = plan(seen);
    if (made.effects.length === 0) return seen;
    seen = applied(seen, made);
  }
  const left = plan(seen).effects.map((effect) => effect.do);
  throw new Error(`the generated cloud does not converge: ${[...new Set(left)].join(", ")}`);
}

function running(seen: Snapshot): Snapshot {
  const { services: files, computes } = outcome(seen);
  const ofNode = new Map(
    computes.flatMap(({ fragment, nodes }) => nodes.map((node) => [node, fragment.name] as const)),
  );
  const fragments = [...Object.values(files), ...computes.map((compute) => compute.fragment)];
  const nameOf = (service: Service, node: string | undefined): string | undefined =>
    service === "compute" ? ofNode.get(node ?? "") : files[service]?.name;
  return {
    ...seen,
    configMaps: Object.fromEntries(
      fragments.map(
        (fragment) => [fragment.name, configMap(fragment.name, fragment.text)] as const,
      ),
    ),
    assignment: {
      uid: "assignment",
      resourceVersion: "1",
      data: Object.fromEntries(
        seen.nodes.map((node) => [node.name, ofNode.get(node.name) ?? none]),
      ),
    },
    workloads: seen.workloads.map((item) => {
      const name = item.service === "compute" ? undefined : nameOf(item.service, undefined);
      return name === undefined ? item : { ...item, fragment: name };
    }),
    pods: seen.pods.map((row) => {
      const name = nameOf(row.service, row.node);
      return name === undefined ? row : { ...row, fragment: name };
    }),
  };
}

function configMap(name: string, text: string): ConfigMapView {
  return {
    name,
    uid: `map-${name}`,
    resourceVersion: "1",
    createdAt: start,
    immutable: true,
    data: { [fragmentKey]: text },
    annotations: {},
  };
}

/** The snapshot after the writes of a plan that touch only what we own ourselves. */
export function applied(seen: Snapshot, made: Plan): Snapshot {
  let next: Snapshot = { ...seen, now: seen.now + 60_000 };
  const statuses = new Map<string, Readonly<Record<string, unknown>>>();
  for (const effect of made.effects) {
    switch (effect.do) {
      case "write-state":
        next = {
          ...next,
          state: { is: "read", resourceVersion: "1", state: effect.state, bytes: 1 },
        };
        break;
      case "create-fragment":
        next = {
          ...next,
          configMaps: { ...next.configMaps, [effect.name]: configMap(effect.name, effect.text) },
        };
        break;
      case "create-assignment":
        next = {
          ...next,
          assignment: { uid: "assignment", resourceVersion: "1", data: effect.data },
        };
        break;
      case "patch-assignment": {
        const merged = { ...next.assignment!.data, ...effect.data };
        const data = Object.fromEntries(
          Object.entries(merged).filter((pair): pair is [string, string] => pair[1] !== null),
        );
        next = { ...next, assignment: { uid: "assignment", resourceVersion: "2", data } };
        break;
      }
      case "status":
        statuses.set(`${effect.kind}/${effect.name}`, effect.status);
        break;
      default:
        break;
    }
  }
  return withStatuses(next, statuses);
}

function withStatuses(
  seen: Snapshot,
  statuses: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): Snapshot {
  const put = <T extends { readonly metadata: Meta }>(kind: string, object: T): T => {
    const status = statuses.get(`${kind}/${object.metadata.name}`);
    return status === undefined ? object : { ...object, status };
  };
  const { objects } = seen;
  return {
    ...seen,
    objects: {
      aliases: objects.aliases.map((alias) => put("PciAlias", alias)),
      whitelists: objects.whitelists.map((whitelist) => put("PciWhitelist", whitelist)),
      flavors: objects.flavors.map((flavor) => put("PciFlavor", flavor)),
      ...(objects.passthrough === undefined
        ? {}
        : { passthrough: put("PciPassthrough", objects.passthrough) }),
    },
  };
}

/** One whitelist edited: another product on its second device. */
export function oneEdited(seen: Snapshot, edit: number): Snapshot {
  const { whitelists } = seen.objects;
  const at = edit % whitelists.length;
  const old = whitelists[at]!;
  const first = old.spec.devices[0]!;
  const edited = {
    ...old,
    metadata: { ...old.metadata, generation: 2 + edit, resourceVersion: `${2 + edit}` },
    spec: {
      ...old.spec,
      devices: [first, { vendorId: "8086", productId: productOf((at + 11 + edit) % 200) }],
    },
  };
  return {
    ...seen,
    now: seen.now + 1000,
    objects: { ...seen.objects, whitelists: whitelists.with(at, edited) },
  };
}
