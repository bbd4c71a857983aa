// Every shape of pod and of assignment that injection must get right, with what must become of the
// pod. One table for all judges: the pure function, the policy in both versions of its API, and the
// webhook, the latter on real API servers. All compare `outcomeOf(before, after)` with `outcome`.

import {
  fragmentKey,
  notInjectedAnnotation,
  serviceDefaults,
  unassignedName,
  type Service,
} from "../../src/api/names.ts";
import { fragmentsOf } from "../../src/admission/mounting.ts";
import type { Pod, Source, Volume, VolumeMount } from "../../src/admission/pod.ts";
import { formatService } from "../../src/plan/gates/assignment-format.ts";
import { affinityTo, compute, containerOf, directory, podOf, type Shape } from "./pods.ts";

type Outcome =
  | { readonly is: "untouched" }
  | { readonly is: "left-alone"; readonly reason: string }
  | {
      readonly is: "injected";
      readonly fragment: string;
      /** One file by subPath; a source more; a projected volume in place of the emptyDir. */
      readonly how: "file" | "source" | "replaced";
    };

export type InjectionCase = {
  readonly name: string;
  /** The namespace carries the injection label. */
  readonly labelled: boolean;
  /** Data of nova-pci-assignment; "absent" = there is no such ConfigMap, "no-data" = without data. */
  readonly assignment: Readonly<Record<string, string>> | "absent" | "no-data";
  readonly pod: Pod;
  readonly outcome: Outcome;
  /** Words with which the API server itself refuses such a pod: no judge ever sees it. */
  readonly refused?: string;
};

const other = "nova-pci-compute-fedcba9876543210";
const api = "nova-pci-api-0123456789abcdef";

const usual: Readonly<Record<string, string>> = {
  _version: "1",
  ...Object.fromEntries(
    (Object.keys(serviceDefaults) as Service[]).map((service) => [
      `_${service}`,
      formatService(serviceDefaults[service]),
    ]),
  ),
  n1: compute,
  n2: "none",
  "node-3.rack12.dc1.example.com": other,
};

const snippets: VolumeMount = { name: "snippets", mountPath: directory, readOnly: true };
const projected: Volume = {
  name: "snippets",
  projected: { sources: [{ secret: { name: "ks" } }] },
};
const emptyDir: Volume = { name: "snippets", emptyDir: {} };
const writable: VolumeMount = { name: "snippets", mountPath: directory };

const host = { name: "snippets", hostPath: { path: "/etc/nova" } } as Volume;
const ourMount: VolumeMount = {
  name: "nova-pci",
  mountPath: `${directory}/${fragmentKey}`,
  subPath: fragmentKey,
  readOnly: true,
};

function ourVolume(name: string): Volume {
  return {
    name: "nova-pci",
    configMap: { name, items: [{ key: fragmentKey, path: fragmentKey }] },
  };
}

function sourcesOf(item: Source): Volume {
  return { name: "snippets", projected: { sources: [item] } };
}

const items = [{ key: "a", path: fragmentKey }];
const claims: readonly (readonly [string, Source])[] = [
  ["a ConfigMap", { configMap: { name: "s", items } }],
  ["a Secret", { secret: { name: "s", items } }],
  ["the token", { serviceAccountToken: { path: fragmentKey } }],
  [
    "the downward API",
    {
      downwardAPI: {
        items: [{ path: fragmentKey, ...{ fieldRef: { fieldPath: "metadata.name" } } }],
      },
    },
  ],
];
const parents = {
  configMap: { name: "theirs" },
  secret: { secretName: "theirs" },
  downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "metadata.name" } }] },
};

const untouched: Outcome = { is: "untouched" };
const file = (fragment: string): Outcome => ({ is: "injected", fragment, how: "file" });
const source = (fragment: string): Outcome => ({ is: "injected", fragment, how: "source" });
const left = (reason: string): Outcome => ({ is: "left-alone", reason });

type Row = readonly [
  name: string,
  shape: Shape,
  outcome: Outcome,
  more?: Partial<Pick<InjectionCase, "labelled" | "assignment" | "refused">>,
];

const rows: readonly Row[] = [
  // Which file a compute gets.
  ["a compute reads the fragment of its node", { node: "n1" }, file(compute)],
  [
    "a node name with dots is a key like any other",
    { node: "node-3.rack12.dc1.example.com" },
    file(other),
  ],
  ["a node known to need none is left untouched", { node: "n2" }, untouched],
  ["a node without an assignment is held", { node: "n9" }, file(unassignedName)],
  [
    "an empty value holds the pod: Nova would start without device specs",
    { node: "n1" },
    file(unassignedName),
    { assignment: { ...usual, n1: "" } },
  ],
  [
    "somebody else's ConfigMap as a value holds the pod",
    { node: "n1" },
    file(unassignedName),
    { assignment: { ...usual, n1: "mariadb-etc" } },
  ],
  [
    "the fragment of another service as a value holds the pod",
    { node: "n1" },
    file(unassignedName),
    { assignment: { ...usual, n1: api } },
  ],
  ["an annotation never chooses for a compute", { node: "n1", annotation: other }, file(compute)],
  // Which pods are computes.
  ["a compute needs a DaemonSet as owner", { node: "n1", owner: "Job" }, left("NoDaemonSetOwner")],
  ["a compute without a node never falls to a default", {}, left("NoSingleNode")],
  [
    "two nodes are not one",
    { affinity: affinityTo(["n1", "n2"]) },
    left("NoSingleNode"),
    { refused: "must be only one value when `operator` is 'In'" },
  ],
  [
    "the scheduler could choose another node",
    { affinity: affinityTo(["n1"], []) },
    left("NoSingleNode"),
  ],
  ["two terms name the same node", { affinity: affinityTo(["n1"], ["n1"]) }, file(compute)],
  ["two terms name two nodes", { affinity: affinityTo(["n1"], ["n2"]) }, left("NoSingleNode")],
  ["the pod is bound already, elsewhere", { node: "n1", nodeName: "n2" }, left("NoSingleNode")],
  ["the pod is bound already, there", { node: "n1", nodeName: "n1" }, file(compute)],
  [
    "a node that is not named by metadata.name is none",
    { affinity: affinityTo([]) },
    left("NoSingleNode"),
  ],
  // nova-api, nova-scheduler, nova-conductor.
  ["nova-api reads what its template names", { service: "api", annotation: api }, file(api)],
  ["nova-api without the annotation is left untouched", { service: "api" }, untouched],
  [
    "nova-scheduler reads what its template names",
    { service: "scheduler", annotation: "nova-pci-scheduler-00000000000000aa" },
    file("nova-pci-scheduler-00000000000000aa"),
  ],
  [
    "nova-conductor in a StatefulSet reads what its template names",
    {
      service: "conductor",
      annotation: "nova-pci-conductor-00000000000000aa",
      owner: "StatefulSet",
    },
    file("nova-pci-conductor-00000000000000aa"),
  ],
  [
    "a name that is not ours is refused",
    { service: "api", annotation: "mariadb-etc" },
    left("NameRefused"),
  ],
  [
    "the fragment of another service is refused",
    { service: "api", annotation: compute },
    left("NameRefused"),
  ],
  [
    "a name that only begins like ours is refused",
    { service: "api", annotation: `${api}0` },
    left("NameRefused"),
  ],
  // What stands at nova.conf.d.
  [
    "a projected volume gets our source",
    { node: "n1", mounts: [snippets], volumes: [projected] },
    source(compute),
  ],
  [
    "a mount path that ends in a slash is the same directory",
    { node: "n1", mounts: [{ ...snippets, mountPath: `${directory}/` }], volumes: [projected] },
    source(compute),
  ],
  [
    "an emptyDir that everybody mounts read-only is replaced",
    { node: "n1", mounts: [snippets], volumes: [emptyDir] },
    { is: "injected", fragment: compute, how: "replaced" },
  ],
  [
    "a writable emptyDir gets one file",
    { node: "n1", mounts: [writable], volumes: [emptyDir] },
    file(compute),
  ],
  [
    "an emptyDir that an init container fills and Nova mounts read-only is left alone",
    {
      node: "n1",
      mounts: [snippets],
      volumes: [emptyDir],
      initContainers: [containerOf("fill", [writable])],
    },
    left("DirectoryTaken"),
  ],
  [
    "somebody else's ConfigMap at the directory is left alone",
    {
      node: "n1",
      mounts: [snippets],
      volumes: [{ name: "snippets", configMap: { name: "theirs" } }],
    },
    left("DirectoryTaken"),
  ],
  [
    "somebody else's Secret at the directory is left alone",
    {
      node: "n1",
      mounts: [snippets],
      volumes: [{ name: "snippets", secret: { secretName: "theirs" } }],
    },
    left("DirectoryTaken"),
  ],
  [
    "a mount path with doubled slashes is the same directory",
    {
      node: "n1",
      mounts: [{ ...snippets, mountPath: "/etc//nova/nova.conf.d//" }],
      volumes: [projected],
    },
    source(compute),
  ],
  [
    "a projected volume with an empty list of sources",
    { node: "n1", mounts: [snippets], volumes: [{ name: "snippets", projected: { sources: [] } }] },
    source(compute),
  ],
  [
    "a projected volume without sources",
    { node: "n1", mounts: [snippets], volumes: [{ name: "snippets", projected: {} }] },
    source(compute),
  ],
  [
    "other fields of a projected volume stay",
    {
      node: "n1",
      mounts: [snippets],
      volumes: [
        { name: "snippets", projected: { ...projected.projected, ...{ defaultMode: 256 } } },
      ],
    },
    source(compute),
  ],
  [
    "a part of a projected volume is mounted",
    { node: "n1", mounts: [{ ...snippets, subPath: "nova" }], volumes: [projected] },
    left("DirectoryTaken"),
  ],
  [
    "a part of a projected volume is mounted by an expression",
    { node: "n1", mounts: [{ ...snippets, subPathExpr: "nova" }], volumes: [projected] },
    left("DirectoryTaken"),
  ],
  [
    "a part of a read-only emptyDir is mounted",
    { node: "n1", mounts: [{ ...snippets, subPath: "nova" }], volumes: [emptyDir] },
    left("DirectoryTaken"),
  ],
  [
    "a part of a writable emptyDir is mounted",
    { node: "n1", mounts: [{ ...writable, subPath: "nova" }], volumes: [emptyDir] },
    file(compute),
  ],
  [
    "an emptyDir that a sidecar writes and Nova mounts read-only is left alone",
    {
      node: "n1",
      mounts: [snippets],
      volumes: [emptyDir],
      after: [containerOf("sync", [writable])],
    },
    left("DirectoryTaken"),
  ],
  [
    "a directory of the host at nova.conf.d is left alone",
    { node: "n1", mounts: [snippets], volumes: [host] },
    left("DirectoryTaken"),
  ],
  [
    "a volume of our name is there",
    { node: "n1", volumes: [{ name: "nova-pci", emptyDir: {} }] },
    left("DirectoryTaken"),
  ],
  [
    "a volume of our name is there, and a projected volume at the directory",
    { node: "n1", mounts: [snippets], volumes: [projected, { name: "nova-pci", emptyDir: {} }] },
    left("DirectoryTaken"),
  ],
  [
    "our file is mounted by the chart",
    {
      node: "n1",
      mounts: [{ name: "c", mountPath: `${directory}/${fragmentKey}`, subPath: fragmentKey }],
      volumes: [{ name: "c", configMap: { name: "nova-pci-compute" } }],
    },
    left("DirectoryTaken"),
  ],
  [
    "the chart's projected volume holds the ConfigMap of Mounted delivery",
    {
      node: "n1",
      mounts: [snippets],
      volumes: [sourcesOf({ configMap: { name: "nova-pci-compute" } })],
    },
    left("DirectoryTaken"),
  ],
  ...claims.map(([what, item]): Row => [
    `a source of the projected volume claims our path: ${what}`,
    { node: "n1", mounts: [snippets], volumes: [sourcesOf(item)] },
    left("DirectoryTaken"),
  ]),
  [
    "single files are mounted in the directory by subPath",
    {
      node: "n1",
      mounts: [{ name: "e", mountPath: `${directory}/10-a.conf`, subPath: "10-a.conf" }],
      volumes: [{ name: "e", secret: { secretName: "theirs" } }],
    },
    file(compute),
  ],
  // What stands above nova.conf.d.
  [
    "a projected volume at /etc/nova gets our source below nova.conf.d",
    { node: "n1", mounts: [{ name: "snippets", mountPath: "/etc/nova" }], volumes: [projected] },
    source(compute),
  ],
  [
    "a read-only projected volume at /etc/nova/ gets our source below nova.conf.d",
    { node: "n1", mounts: [{ ...snippets, mountPath: "/etc/nova/" }], volumes: [projected] },
    source(compute),
  ],
  [
    "a part of a projected volume is mounted at /etc/nova",
    {
      node: "n1",
      mounts: [{ name: "snippets", mountPath: "/etc/nova", subPath: "nova" }],
      volumes: [projected],
    },
    left("DirectoryTaken"),
  ],
  [
    "a source of the projected volume at /etc/nova claims our path",
    {
      node: "n1",
      mounts: [{ name: "snippets", mountPath: "/etc/nova" }],
      volumes: [
        sourcesOf({
          configMap: { name: "a", items: [{ key: "a", path: `nova.conf.d/${fragmentKey}` }] },
        }),
      ],
    },
    left("DirectoryTaken"),
  ],
  [
    "a source of the projected volume at /etc/nova makes nova.conf.d a file",
    {
      node: "n1",
      mounts: [{ name: "snippets", mountPath: "/etc/nova" }],
      volumes: [
        sourcesOf({ configMap: { name: "a", items: [{ key: "a", path: "nova.conf.d" }] } }),
      ],
    },
    left("DirectoryTaken"),
  ],
  [
    "the projected volume at /etc/nova holds the ConfigMap of Mounted delivery",
    {
      node: "n1",
      mounts: [{ name: "snippets", mountPath: "/etc/nova" }],
      volumes: [sourcesOf({ configMap: { name: "nova-pci-compute" } })],
    },
    left("DirectoryTaken"),
  ],
  [
    "a projected volume at /etc/nova and another at nova.conf.d: the nearer takes it",
    {
      node: "n1",
      mounts: [{ name: "e", mountPath: "/etc/nova" }, snippets],
      volumes: [{ name: "e", projected: { sources: [] } }, projected],
    },
    source(compute),
  ],
  [
    "a projected volume stands at /etc",
    { node: "n1", mounts: [{ name: "snippets", mountPath: "/etc" }], volumes: [projected] },
    left("DirectoryTaken"),
  ],
  ...(["configMap", "secret", "downwardAPI"] as const).map((kind): Row => [
    `a ${kind} stands at the parent directory`,
    {
      node: "n1",
      mounts: [{ name: "e", mountPath: "/etc/nova" }],
      volumes: [{ name: "e", [kind]: parents[kind] }],
    },
    left("DirectoryTaken"),
  ]),
  [
    "a writable emptyDir stands at the parent directory",
    {
      node: "n1",
      mounts: [{ name: "e", mountPath: "/etc/nova/" }],
      volumes: [{ name: "e", emptyDir: {} }],
    },
    file(compute),
  ],
  [
    "a read-only emptyDir stands at the parent directory",
    {
      node: "n1",
      mounts: [{ name: "e", mountPath: "/etc/nova/", readOnly: true }],
      volumes: [{ name: "e", emptyDir: {} }],
    },
    left("DirectoryTaken"),
  ],
  [
    "what a sidecar mounts there is nobody's business",
    {
      node: "n1",
      after: [containerOf("log", [{ ...snippets, name: "e" }])],
      volumes: [{ name: "e", configMap: { name: "theirs" } }],
    },
    file(compute),
  ],
  [
    "other volumes stay as they are",
    { node: "n1", volumes: [{ name: "run", emptyDir: {} }] },
    file(compute),
  ],
  // Which container.
  [
    "containers before and after, and one that ran before all",
    {
      node: "n1",
      before: [containerOf("mesh-proxy"), containerOf("ssh")],
      after: [containerOf("log", [{ name: "run", mountPath: "/run" }])],
      initContainers: [containerOf("nova-compute-init")],
      volumes: [{ name: "run", emptyDir: {} }],
    },
    file(compute),
  ],
  [
    "an init container of the name is not it",
    { node: "n1", container: "other", initContainers: [containerOf("nova-compute")] },
    left("ContainerMissing"),
  ],
  ["the container stands second", { node: "n1", before: [containerOf("ssh")] }, file(compute)],
  [
    "a container of another name is left alone",
    { node: "n1", container: "compute" },
    left("ContainerMissing"),
  ],
  [
    "the assignment says which container",
    { node: "n1", container: "compute" },
    file(compute),
    {
      assignment: {
        ...usual,
        _compute: formatService({ ...serviceDefaults.compute, container: "compute" }),
      },
    },
  ],
  // Copies.
  [
    "a copied pod that already names a fragment is left alone",
    {
      node: "n1",
      volumes: [{ name: "copied", configMap: { name: other } }],
    },
    left("AlreadyNamed"),
  ],
  [
    "a copied pod that names one in a projected volume is left alone",
    {
      node: "n1",
      mounts: [snippets],
      volumes: [{ name: "snippets", projected: { sources: [{ configMap: { name: other } }] } }],
    },
    left("AlreadyNamed"),
  ],
  [
    "a pod held for want of an assignment that is copied later is left alone",
    { node: "n1", volumes: [{ name: "nova-pci", configMap: { name: unassignedName } }] },
    left("AlreadyNamed"),
  ],
  // What the other of two ways has served before is neither touched nor marked.
  [
    "our file names the same fragment",
    { node: "n1", mounts: [ourMount], volumes: [ourVolume(compute)] },
    untouched,
  ],
  [
    "the projected volume names the same fragment",
    { node: "n1", mounts: [snippets], volumes: [sourcesOf({ configMap: { name: compute } })] },
    untouched,
  ],
  [
    "the projected volume at /etc/nova names the same fragment",
    {
      node: "n1",
      mounts: [{ name: "snippets", mountPath: "/etc/nova" }],
      volumes: [
        sourcesOf({
          configMap: {
            name: compute,
            items: [{ key: fragmentKey, path: `nova.conf.d/${fragmentKey}` }],
          },
        }),
      ],
    },
    untouched,
  ],
  [
    "nova-api names the same fragment",
    { service: "api", annotation: api, mounts: [ourMount], volumes: [ourVolume(api)] },
    untouched,
  ],
  [
    "a held pod is held already",
    { node: "n9", mounts: [ourMount], volumes: [ourVolume(unassignedName)] },
    untouched,
  ],
  [
    "the same fragment, but no container reads it",
    { node: "n1", volumes: [ourVolume(compute)] },
    left("AlreadyNamed"),
  ],
  [
    "the same fragment, mounted elsewhere",
    {
      node: "n1",
      mounts: [{ name: "nova-pci", mountPath: "/opt" }],
      volumes: [ourVolume(compute)],
    },
    left("AlreadyNamed"),
  ],
  [
    "the same fragment and another",
    {
      node: "n1",
      mounts: [ourMount],
      volumes: [ourVolume(compute), { name: "copied", configMap: { name: other } }],
    },
    left("AlreadyNamed"),
  ],
  [
    "the same fragment, read by another container",
    {
      node: "n1",
      after: [containerOf("log", [ourMount])],
      volumes: [ourVolume(compute)],
    },
    left("AlreadyNamed"),
  ],
  // Pods that are nobody's business.
  ["a namespace without the label is untouched", { node: "n1" }, untouched, { labelled: false }],
  [
    "a pod of another application is untouched",
    { labels: { application: "mariadb", component: "compute" }, node: "n1" },
    untouched,
  ],
  [
    "a pod of another component is untouched",
    { labels: { application: "nova", component: "novncproxy" } },
    untouched,
  ],
  ["a pod without labels is untouched", { labels: {} }, untouched],
  // The parameter itself.
  ["without an assignment nothing is managed", { node: "n1" }, untouched, { assignment: "absent" }],
  [
    "an assignment without data manages nothing",
    { node: "n1" },
    untouched,
    { assignment: "no-data" },
  ],
  [
    "an assignment without reserved keys manages nothing",
    { node: "n1" },
    untouched,
    { assignment: { n1: compute } },
  ],
  [
    "a malformed service manages nothing of that service",
    { node: "n1" },
    untouched,
    { assignment: { ...usual, _compute: "nova-compute" } },
  ],
  [
    "an empty service manages nothing of that service",
    { node: "n1" },
    untouched,
    { assignment: { ...usual, _compute: "" } },
  ],
  [
    "malformed labels manage nothing of that service",
    { node: "n1" },
    untouched,
    { assignment: { ...usual, _compute: "nova-compute;application" } },
  ],
  [
    "a malformed service does not hurt the others",
    { service: "api", annotation: api },
    file(api),
    { assignment: { ...usual, _compute: "" } },
  ],
  [
    "a pod of another application passes whatever the assignment says",
    { labels: { application: "mariadb" } },
    untouched,
    { assignment: { _api: "=", _compute: ";;;", n1: "" } },
  ],
];

export const injectionCases: readonly InjectionCase[] = rows.map(
  ([name, shape, outcome, more]) => ({
    name,
    labelled: more?.labelled ?? true,
    assignment: more?.assignment ?? usual,
    pod: podOf(shape),
    outcome,
    ...(more?.refused === undefined ? {} : { refused: more.refused }),
  }),
);

/** What admission made of a pod, read from the two pods alone. */
export function outcomeOf(before: Pod, after: Pod): Outcome {
  const reason = after.metadata.annotations?.[notInjectedAnnotation];
  if (reason !== undefined) return { is: "left-alone", reason };
  const had = fragmentsOf(before.spec);
  const fragment = fragmentsOf(after.spec).find((text) => !had.includes(text));
  if (fragment === undefined) return { is: "untouched" };
  const added = (after.spec.volumes ?? []).find(
    (volume) => volume.configMap?.name === fragment || holdsSource(volume, fragment),
  )!;
  const known = (before.spec.volumes ?? []).find((volume) => volume.name === added.name);
  if (known === undefined) return { is: "injected", fragment, how: "file" };
  return { is: "injected", fragment, how: known.projected === undefined ? "replaced" : "source" };
}

function holdsSource(volume: Volume, fragment: string): boolean {
  return volume.projected?.sources?.some((item) => item.configMap?.name === fragment) === true;
}

/** Exactly one key of the fragment may become a file, and only read-only. */
export function injectsExactlyOneFile(after: Pod, fragment: string): boolean {
  const maps = (after.spec.volumes ?? []).flatMap((volume) => [
    volume.configMap,
    ...(volume.projected?.sources ?? []).map((part) => part.configMap),
  ]);
  const items = maps.filter((map) => map?.name === fragment).flatMap((map) => map?.items ?? []);
  const paths = [fragmentKey, `nova.conf.d/${fragmentKey}`];
  return items.length === 1 && items[0]?.key === fragmentKey && paths.includes(items[0].path!);
}
