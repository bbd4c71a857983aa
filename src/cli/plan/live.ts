// A cluster as files would describe it: its objects, nodes, workloads and inventories. What a
// change does to it can then be played without touching it.

import type { Kind } from "../../api/names.ts";
import type { FileObject } from "../../api/read-yaml.ts";
import { fileStart } from "../../api/yaml-places.ts";
import { nodeNameLabel } from "../../cluster/views/hardware.ts";
import type {
  ContainerSpec,
  MountView,
  Snapshot,
  WorkloadView,
} from "../../plan/terms/snapshot.ts";
import type { Installation } from "../given/installations.ts";

type Raw = Readonly<Record<string, unknown>>;

export function installationIn(seen: Snapshot): Installation {
  const { aliases, whitelists, flavors, passthrough } = seen.objects;
  const ours = (kind: Kind, list: readonly { readonly metadata: { readonly name: string } }[]) =>
    list.map((object) =>
      objectOf(kind, object.metadata.name, { spec: (object as { spec?: unknown }).spec }),
    );
  return {
    namespace: seen.namespace,
    live: seen.cloud.is === "read" ? { flavors: seen.cloud.flavors } : {},
    objects: [
      ...ours("PciAlias", aliases),
      ...ours("PciWhitelist", whitelists),
      ...ours("PciFlavor", flavors),
      ...(passthrough === undefined ? [] : [adopted(passthrough.spec ?? {}, seen)]),
      ...seen.nodes.map((node) =>
        objectOf("Node", node.name, { metadata: { labels: node.labels } }),
      ),
      ...seen.workloads.map(workloadObject),
      ...Object.entries(seen.hardware ?? {}).map(([node, { devices }]) =>
        featureObject(node, devices),
      ),
    ],
  };
}

function objectOf(kind: string, name: string, value: Raw): FileObject {
  const metadata = { ...(value.metadata as Raw | undefined), name };
  return { file: "", line: 1, kind, name, value: { ...value, metadata }, at: () => fileStart };
}

/** Whoever was let past the chart's own nova.conf once is so for good: it is in the state. */
function adopted(spec: Raw, { state, base }: Snapshot): FileObject {
  const was = (state.is === "read" && state.state.adopted === true) || base?.is === "read";
  return objectOf("PciPassthrough", "nova", { spec: was ? { ...spec, adopt: true } : spec });
}

function featureObject(
  node: string,
  devices: NonNullable<Snapshot["hardware"]>[string]["devices"],
): FileObject {
  const elements = devices.map((device) => ({
    attributes: {
      vendor: device.vendor,
      device: device.product,
      class: device.class,
      ...(device.totalVfs === undefined ? {} : { sriov_totalvfs: String(device.totalVfs) }),
      ...(device.iommuGroup ? { "iommu_group/type": "DMA" } : {}),
      ...(device.address === undefined ? {} : { address: device.address }),
    },
  }));
  return objectOf("NodeFeature", node, {
    metadata: { labels: { [nodeNameLabel]: node } },
    spec: { features: { instances: { "pci.device": { elements } } } },
  });
}

function workloadObject(workload: WorkloadView): FileObject {
  const volumes = workload.containers.flatMap((container, c) =>
    container.mounts.map((mount, m) => volumeOf(mount, `v${c}-${m}`)),
  );
  const terms = workload.wants.anyOf.map((matchExpressions) => ({ matchExpressions }));
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
    },
  };
  return objectOf(workload.kind, workload.name, {
    spec: {
      replicas: workload.replicas,
      paused: workload.paused,
      selector: { matchLabels: workload.selector },
      updateStrategy: { type: workload.strategy },
      template: {
        metadata: { labels: workload.templateLabels },
        spec: {
          nodeSelector: workload.wants.matchLabels,
          ...(terms.length === 0 ? {} : { affinity }),
          containers: workload.containers.map(containerOf),
          volumes,
        },
      },
    },
  });
}

function containerOf(containerSpec: ContainerSpec, c: number): Raw {
  return {
    name: containerSpec.name,
    command: containerSpec.command,
    args: containerSpec.args,
    volumeMounts: containerSpec.mounts.map((mount, m) => ({
      name: `v${c}-${m}`,
      mountPath: mount.path,
      readOnly: mount.readOnly,
      ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
    })),
  };
}

function volumeOf({ volume, sources }: MountView, name: string): Raw {
  const [first] = sources;
  if (volume === "emptyDir") return { name, emptyDir: {} };
  if (volume === "other" || first === undefined) return { name, hostPath: { path: "/" } };
  const { items, optional } = first;
  const how = {
    ...(items === undefined ? {} : { items }),
    ...(optional === true ? { optional } : {}),
  };
  if (volume === "configMap") return { name, configMap: { name: first.name, ...how } };
  if (volume === "secret") return { name, secret: { secretName: first.name, ...how } };
  return {
    name,
    projected: {
      sources: sources.map((source) => ({
        [source.kind === "Secret" ? "secret" : "configMap"]: {
          name: source.name,
          ...(source.items === undefined ? {} : { items: source.items }),
          ...(source.optional === true ? { optional: true } : {}),
        },
      })),
    },
  };
}
