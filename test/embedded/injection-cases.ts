// Every shape of pod and of assignment that injection must get right, with what must become of the
// pod. Read by the tests of the embedded cluster and by those of a real API server: both give the
// pod to their admission and compare `outcomeOf(before, after)` with `outcome`.

import {
  fragmentAnnotation,
  fragmentKey,
  notInjectedAnnotation,
  serviceDefaults,
  unassignedName,
  type Service,
} from "../../src/api/names.ts";
import { fragmentsOf, type Admitted } from "../../src/embedded/admission.ts";
import type { Container, PodSpec, Volume, VolumeMount } from "../../src/embedded/objects.ts";
import { formatService } from "../../src/plan/gates/assignment-format.ts";

export type Outcome =
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
  readonly pod: Admitted;
  readonly outcome: Outcome;
};

const compute = "nova-pci-compute-0123456789abcdef";
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

const directory = "/etc/nova/nova.conf.d";

type Shape = {
  readonly service?: Service;
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly owner?: string;
  readonly annotation?: string;
  readonly container?: string;
  readonly mount?: VolumeMount;
  readonly volumes?: readonly Volume[];
  readonly initContainers?: readonly Container[];
  readonly sidecar?: Container;
  readonly affinity?: PodSpec["affinity"];
};

function podOf(shape: Shape): Admitted {
  const service = shape.service ?? "compute";
  const known = serviceDefaults[service];
  const affinity = shape.affinity ?? (shape.node === undefined ? undefined : only(shape.node));
  const owner = shape.owner ?? (service === "compute" ? "DaemonSet" : "ReplicaSet");
  return {
    metadata: {
      labels: shape.labels ?? known.matchLabels,
      ...(shape.annotation === undefined
        ? {}
        : { annotations: { [fragmentAnnotation]: shape.annotation } }),
      ownerReferences: [
        {
          kind: owner,
          name: "owner",
          uid: "00000000-0000-0000-0000-000000000001",
          controller: true,
        },
      ],
    },
    spec: {
      ...(affinity === undefined ? {} : { affinity }),
      containers: [
        ...(shape.sidecar === undefined ? [] : [shape.sidecar]),
        {
          name: shape.container ?? known.container,
          image: "nova",
          ...(shape.mount === undefined ? {} : { volumeMounts: [shape.mount] }),
        },
      ],
      ...(shape.initContainers === undefined ? {} : { initContainers: shape.initContainers }),
      ...(shape.volumes === undefined ? {} : { volumes: shape.volumes }),
    },
  };
}

function only(...nodes: readonly string[]): PodSpec["affinity"] {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchFields: [{ key: "metadata.name", operator: "In", values: nodes }] },
        ],
      },
    },
  };
}

const snippets: VolumeMount = { name: "snippets", mountPath: directory, readOnly: true };
const projected: Volume = {
  name: "snippets",
  projected: { sources: [{ secret: { name: "ks" } }] },
};
const emptyDir: Volume = { name: "snippets", emptyDir: {} };
const writable: VolumeMount = { name: "snippets", mountPath: directory };

const untouched: Outcome = { is: "untouched" };
const file = (fragment: string): Outcome => ({ is: "injected", fragment, how: "file" });
const source = (fragment: string): Outcome => ({ is: "injected", fragment, how: "source" });
const left = (reason: string): Outcome => ({ is: "left-alone", reason });

type Row = readonly [
  name: string,
  shape: Shape,
  outcome: Outcome,
  more?: Partial<Pick<InjectionCase, "labelled" | "assignment">>,
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
  ["two nodes are not one", { affinity: only("n1", "n2") }, left("NoSingleNode")],
  [
    "a node that is not named by metadata.name is none",
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: "kubernetes.io/hostname", operator: "In", values: ["n1"] },
                ],
              },
            ],
          },
        },
      },
    },
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
    { node: "n1", mount: snippets, volumes: [projected] },
    source(compute),
  ],
  [
    "a mount path that ends in a slash is the same directory",
    { node: "n1", mount: { ...snippets, mountPath: `${directory}/` }, volumes: [projected] },
    source(compute),
  ],
  [
    "an emptyDir that everybody mounts read-only is replaced",
    { node: "n1", mount: snippets, volumes: [emptyDir] },
    { is: "injected", fragment: compute, how: "replaced" },
  ],
  [
    "a writable emptyDir gets one file",
    { node: "n1", mount: writable, volumes: [emptyDir] },
    file(compute),
  ],
  [
    "an emptyDir that an init container fills and Nova mounts read-only is left alone",
    {
      node: "n1",
      mount: snippets,
      volumes: [emptyDir],
      initContainers: [{ name: "fill", image: "nova", volumeMounts: [writable] }],
    },
    left("DirectoryTaken"),
  ],
  [
    "somebody else's ConfigMap at the directory is left alone",
    { node: "n1", mount: snippets, volumes: [{ name: "snippets", configMap: { name: "theirs" } }] },
    left("DirectoryTaken"),
  ],
  [
    "somebody else's Secret at the directory is left alone",
    {
      node: "n1",
      mount: snippets,
      volumes: [{ name: "snippets", secret: { secretName: "theirs" } }],
    },
    left("DirectoryTaken"),
  ],
  [
    "other volumes stay as they are",
    { node: "n1", volumes: [{ name: "run", emptyDir: {} }] },
    file(compute),
  ],
  // Which container.
  [
    "the container stands second",
    { node: "n1", sidecar: { name: "ssh", image: "ssh" } },
    file(compute),
  ],
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
      mount: snippets,
      volumes: [{ name: "snippets", projected: { sources: [{ configMap: { name: other } }] } }],
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
  }),
);

/** What admission made of a pod, read from the two pods alone. */
export function outcomeOf(before: Admitted, after: Admitted): Outcome {
  const reason = after.metadata.annotations?.[notInjectedAnnotation];
  if (reason !== undefined) return { is: "left-alone", reason };
  const had = fragmentsOf(before.spec);
  const fragment = fragmentsOf(after.spec).find((one) => !had.includes(one));
  if (fragment === undefined) return { is: "untouched" };
  const added = (after.spec.volumes ?? []).find(
    (one) => one.configMap?.name === fragment || holdsSource(one, fragment),
  )!;
  const known = (before.spec.volumes ?? []).find((one) => one.name === added.name);
  if (known === undefined) return { is: "injected", fragment, how: "file" };
  return { is: "injected", fragment, how: known.projected === undefined ? "replaced" : "source" };
}

function holdsSource(volume: Volume, fragment: string): boolean {
  return volume.projected?.sources.some((one) => one.configMap?.name === fragment) === true;
}

/** Exactly one key of the fragment may become a file, and only read-only. */
export function injectsExactlyOneFile(after: Admitted, fragment: string): boolean {
  const maps = (after.spec.volumes ?? []).flatMap((one) => [
    one.configMap,
    ...(one.projected?.sources ?? []).map((part) => part.configMap),
  ]);
  const items = maps.filter((one) => one?.name === fragment).flatMap((one) => one?.items ?? []);
  return items.length === 1 && items[0]?.key === fragmentKey && items[0].path === fragmentKey;
}
