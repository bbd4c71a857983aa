// Answers "what else may a real pod look like?": shapes that no embedded cluster makes and that a
// real API server would refuse or start wrongly if the policy added a fragment.
import { serviceDefaults } from "../../src/api/names.ts";
import type { Json } from "./client.ts";

export const compute = "nova-pci-compute-0123456789abcdef";
const directory = "/etc/nova/nova.conf.d";

export type Shape = {
  readonly name: string;
  readonly pod: Json;
  /** "file", "source", "replaced", or the reason in the annotation. */
  readonly becomes: string;
};

export function affinityTo(...terms: readonly (readonly string[])[]): Json {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((values) =>
          values.length === 0
            ? { matchExpressions: [{ key: "a", operator: "Exists" }] }
            : { matchFields: [{ key: "metadata.name", operator: "In", values }] },
        ),
      },
    },
  };
}

export function computePod(more: Json = {}, container: Json = {}): Json {
  return {
    metadata: {
      labels: serviceDefaults.compute.matchLabels,
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "DaemonSet",
          name: "owner",
          uid: "00000000-0000-0000-0000-000000000001",
          controller: true,
        },
      ],
    },
    spec: {
      affinity: affinityTo(["n1"]),
      containers: [{ name: "nova-compute", image: "nova", ...container }],
      ...more,
    },
  };
}

const mount = { name: "d", mountPath: directory, readOnly: true };
const withDirectory = (volume: Json, mounted: Json = mount) =>
  computePod({ volumes: [{ name: "d", ...volume }] }, { volumeMounts: [mounted] });

export const shapes: readonly Shape[] = [
  {
    name: "the scheduler could choose another node",
    pod: computePod({ affinity: affinityTo(["n1"], []) }),
    becomes: "NoSingleNode",
  },
  {
    name: "two terms name the same node",
    pod: computePod({ affinity: affinityTo(["n1"], ["n1"]) }),
    becomes: "file",
  },
  {
    name: "two terms name two nodes",
    pod: computePod({ affinity: affinityTo(["n1"], ["n2"]) }),
    becomes: "NoSingleNode",
  },
  {
    name: "the pod is bound already, elsewhere",
    pod: computePod({ nodeName: "n2" }),
    becomes: "NoSingleNode",
  },
  {
    name: "the pod is bound already, there",
    pod: computePod({ nodeName: "n1" }),
    becomes: "file",
  },
  {
    name: "a volume of our name is there",
    pod: computePod({ volumes: [{ name: "nova-pci", emptyDir: {} }] }),
    becomes: "DirectoryTaken",
  },
  {
    name: "our file is mounted by the chart",
    pod: computePod(
      { volumes: [{ name: "c", configMap: { name: "nova-pci-compute" } }] },
      {
        volumeMounts: [
          { name: "c", mountPath: `${directory}/95-nova-pci.conf`, subPath: "95-nova-pci.conf" },
        ],
      },
    ),
    becomes: "DirectoryTaken",
  },
  {
    name: "the chart's projected volume holds the fragment of Mounted delivery",
    pod: withDirectory({ projected: { sources: [{ configMap: { name: "nova-pci-compute" } }] } }),
    becomes: "DirectoryTaken",
  },
  {
    name: "a source of the projected volume claims our path",
    pod: withDirectory({
      projected: {
        sources: [{ secret: { name: "s", items: [{ key: "a", path: "95-nova-pci.conf" }] } }],
      },
    }),
    becomes: "DirectoryTaken",
  },
  {
    name: "a projected volume without sources",
    pod: withDirectory({ projected: { sources: [] } }),
    becomes: "source",
  },
  {
    name: "a part of a projected volume is mounted",
    pod: withDirectory(
      { projected: { sources: [{ secret: { name: "s" } }] } },
      { ...mount, subPath: "nova" },
    ),
    becomes: "DirectoryTaken",
  },
  {
    name: "a part of a read-only emptyDir is mounted",
    pod: withDirectory({ emptyDir: {} }, { ...mount, subPath: "nova" }),
    becomes: "DirectoryTaken",
  },
  {
    name: "the directory is on the host",
    pod: withDirectory({ hostPath: { path: "/etc/nova" } }),
    becomes: "DirectoryTaken",
  },
  {
    name: "a ConfigMap stands at the parent directory",
    pod: computePod(
      { volumes: [{ name: "e", configMap: { name: "theirs" } }] },
      { volumeMounts: [{ name: "e", mountPath: "/etc/nova" }] },
    ),
    becomes: "DirectoryTaken",
  },
  {
    name: "a writable emptyDir stands at the parent directory",
    pod: computePod(
      { volumes: [{ name: "e", emptyDir: {} }] },
      { volumeMounts: [{ name: "e", mountPath: "/etc/nova/" }] },
    ),
    becomes: "file",
  },
  {
    name: "single files are mounted in the directory by subPath",
    pod: computePod(
      { volumes: [{ name: "e", secret: { secretName: "theirs" } }] },
      { volumeMounts: [{ name: "e", mountPath: `${directory}/10-a.conf`, subPath: "10-a.conf" }] },
    ),
    becomes: "file",
  },
];
