// Workloads of Nova as charts render them: what differs between the charts is a parameter, what all of
// them have in common stands here. Written for these tests; images are never run.

import type { Json } from "../../control-plane/client.ts";

export type { Json };

/** What a chart has at /etc/nova/nova.conf.d of a container. */
export type Place =
  /** An emptyDir at /etc/nova below the files, and nothing for snippets. */
  | "nothing"
  /** A projected volume, to which pod.etcSources adds. */
  | "snippets"
  /** What the same charts have there with no source at all: an emptyDir, mounted read-only. */
  | "no-snippets"
  /** An emptyDir that an init container fills. */
  | "writable"
  /** One projected volume for all of /etc/nova, with snippets below it. */
  | "whole";

export type Part = {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly name: string;
  readonly component: string;
  readonly container: string;
  /** What starts the process; absent = the script of that name in ConfigMap nova-bin. */
  readonly command?: readonly string[];
  readonly script?: string;
  readonly place: Place;
  readonly replicas?: number;
  /** Labels beside application and component, and which of them the selector takes. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly selector?: Readonly<Record<string, string>>;
  readonly maxUnavailable?: number | string;
  readonly affinity?: Json;
  /** The Secret with its nova.conf, and the key of it. */
  readonly conf?: { readonly secret: string; readonly key: string };
  readonly extraMounts?: readonly Json[];
};

export function workload(part: Part): Json {
  const labels = { application: "nova", component: part.component, ...part.labels };
  const isDaemon = part.kind === "DaemonSet";
  const rolling = {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: part.maxUnavailable ?? 1 },
  };
  return {
    apiVersion: "apps/v1",
    kind: part.kind,
    metadata: { name: part.name, namespace: "openstack", annotations: null, labels },
    spec: {
      ...(isDaemon ? {} : { replicas: part.replicas ?? 1 }),
      ...(part.kind === "StatefulSet" ? { serviceName: part.name } : {}),
      ...(part.kind === "StatefulSet"
        ? {}
        : { [isDaemon ? "updateStrategy" : "strategy"]: rolling }),
      selector: { matchLabels: part.selector ?? labels },
      template: {
        metadata: { labels, annotations: { "configmap-etc-hash": "0" } },
        spec: podSpec(part),
      },
    },
  };
}

function podSpec(part: Part): Json {
  const isDaemon = part.kind === "DaemonSet";
  const start = part.command ?? [`/tmp/${part.script}`, "start"];
  const { mounts, volumes, init } = files(part);
  return {
    terminationGracePeriodSeconds: 30,
    ...(isDaemon
      ? { nodeSelector: { "openstack-compute-node": "enabled" }, hostNetwork: true }
      : {}),
    ...(part.affinity === undefined ? {} : { affinity: part.affinity }),
    initContainers: [{ name: "init", image: "kubernetes-entrypoint", env: null }, ...init],
    containers: [
      {
        name: part.container,
        image: "nova",
        command: start,
        env: null,
        volumeMounts: [
          { name: "pod-tmp", mountPath: "/tmp" },
          ...(part.script === undefined ? [] : [scriptMount(part.script)]),
          ...mounts,
          ...(part.extraMounts ?? []),
        ],
      },
      ...(isDaemon
        ? [{ name: "nova-compute-ssh", image: "nova", command: ["/tmp/ssh-start.sh"] }]
        : []),
    ],
    volumes: [
      { name: "pod-tmp", emptyDir: {} },
      { name: "nova-bin", configMap: { name: "nova-bin", defaultMode: 0o555 } },
      ...volumes,
    ],
  };
}

function scriptMount(script: string): Json {
  return { name: "nova-bin", mountPath: `/tmp/${script}`, subPath: script, readOnly: true };
}

const folder = "/etc/nova/nova.conf.d";

type Mounted = {
  readonly mounts: readonly Json[];
  readonly volumes: readonly Json[];
  readonly init: readonly Json[];
};

function files(part: Part): Mounted {
  if (part.place === "whole") return wholeFolder(part);
  const { secret, key } = part.conf ?? { secret: "nova-etc", key: "nova.conf" };
  const conf = { name: "nova-etc", mountPath: "/etc/nova/nova.conf", subPath: key, readOnly: true };
  const volume = { name: "nova-etc", secret: { secretName: secret, defaultMode: 0o444 } };
  const below = [
    { name: "pod-etc-nova", mountPath: "/etc/nova" },
    { name: "pod-etc-nova", emptyDir: {} },
  ] as const;
  const snippets = { name: "nova-etc-snippets", mountPath: `${folder}/`, readOnly: true };
  switch (part.place) {
    case "nothing":
      return { mounts: [below[0], conf], volumes: [below[1], volume], init: [] };
    case "snippets": {
      const projected = { sources: [{ secret: { name: "nova-ks-etc" } }] };
      const all = [below[1], volume, { name: snippets.name, projected }];
      return { mounts: [below[0], conf, snippets], volumes: all, init: [] };
    }
    case "no-snippets": {
      const all = [below[1], volume, { name: snippets.name, emptyDir: {} }];
      return { mounts: [below[0], conf, snippets], volumes: all, init: [] };
    }
    case "writable": {
      const confd = { name: "nova-confd", mountPath: folder };
      const filled = { name: "nova-compute-init", image: "nova", volumeMounts: [confd] };
      const all = [volume, { name: "nova-confd", emptyDir: {} }];
      return { mounts: [conf, confd], volumes: all, init: [filled] };
    }
  }
}

function wholeFolder(part: Part): Mounted {
  const mount = { name: "nova-etc", mountPath: "/etc/nova" };
  const items = ["nova.conf", "api_uwsgi.ini", "nova-compute.conf"].map((key) => ({
    key,
    path: key,
  }));
  const below = { key: "keystoneauth-secrets.conf", path: "nova.conf.d/keystoneauth-secrets.conf" };
  const sources = [
    { configMap: { name: "nova-etc", items } },
    { secret: { name: "nova-etc", items: [below] } },
  ];
  const volume = { name: "nova-etc", projected: { sources } };
  if (part.kind !== "DaemonSet") return { mounts: [mount], volumes: [volume], init: [] };
  const own = { name: "nova-compute-etc", mountPath: "/etc/nova/nova-compute.conf.d" };
  return {
    mounts: [mount, own],
    volumes: [volume, { name: "nova-compute-etc", emptyDir: { medium: "Memory" } }],
    init: [{ name: "nova-compute-init", image: "nova", volumeMounts: [mount] }],
  };
}
