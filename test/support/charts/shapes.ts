// The charts that Nova is run with, as a table: in which shape each renders its four services, which
// way leads into its pods, and how it must end. Small manifests of our own (releases and sources:
// docs/howto/charts.md); the neighbours that every chart has beside them are none of ours.

import type { Service } from "../../../src/api/names.ts";
import { workload, type Json, type Part, type Place } from "./workloads.ts";

export type ChartShape = {
  readonly name: string;
  readonly objects: readonly Json[];
  /** spec.services of PciPassthrough, where labels or containers are not openstack-helm's. */
  readonly services?: Json;
  /** The value of the chart that the message of Wired names, for nova-compute and for nova-api. */
  readonly mounted: { readonly compute: string; readonly api: string };
  /** Services that parse our file before the chart's own; the others parse it last. */
  readonly first: readonly Service[];
  /** The chart's own nova.conf lists the filters with PciPassthroughFilter already. */
  readonly filters: boolean;
};

const uwsgi = "exec uwsgi --ini /etc/nova/nova-api-uwsgi.ini\n";
const file = "--config-file /etc/nova/nova.conf";
const directory = "--config-dir /etc/nova/nova.conf.d";

type Scripts = Readonly<Record<string, string>>;

const scriptsOf = (start: (program: string) => string, api = uwsgi): Scripts => ({
  "nova-api.sh": `#!/bin/bash\nset -ex\nfunction start () {\n  ${api}}\n$1\n`,
  "nova-scheduler.sh": `#!/bin/bash\nset -xe\n${start("nova-scheduler")}`,
  "nova-conductor.sh": `#!/bin/bash\nset -x\n${start("nova-conductor")}`,
  "nova-compute.sh": `#!/bin/bash\nset -ex\n${start("nova-compute")}`,
});

/** Arguments on lines of their own, as the scripts of the charts have them. */
const withFile = (program: string): string =>
  `exec ${program} \\\n  ${file}${program === "nova-compute" ? " \\\n  --config-file /tmp/pod-shared/nova-libvirt.conf" : ""}\n`;
const withDirectory = (program: string): string =>
  `${withFile(program).trimEnd()} \\\n  ${directory}\n`;
const plain = (program: string): string => `exec ${program}\n`;

const named = { release_group: "nova" };

function helmParts(
  place: Place,
  more: Partial<Record<string, Partial<Part>>> = {},
): readonly Part[] {
  const part = (item: Omit<Part, "place" | "labels">): Part => ({
    place,
    labels: named,
    script: `${item.name.replace(/-(osapi|default)$/, "")}.sh`,
    ...item,
    ...more[item.component],
  });
  const ini = {
    name: "nova-etc",
    mountPath: "/etc/nova/nova-api-uwsgi.ini",
    subPath: "nova-api-uwsgi.ini",
  };
  return [
    part({
      kind: "Deployment",
      name: "nova-api-osapi",
      component: "os-api",
      container: "nova-osapi",
      replicas: 2,
      extraMounts: [ini],
    }),
    part({
      kind: "Deployment",
      name: "nova-scheduler",
      component: "scheduler",
      container: "nova-scheduler",
    }),
    part({
      kind: "Deployment",
      name: "nova-conductor",
      component: "conductor",
      container: "nova-conductor",
    }),
    part({
      kind: "DaemonSet",
      name: "nova-compute-default",
      component: "compute",
      container: "nova-compute",
      conf: { secret: "nova-compute-default", key: "nova-compute.conf" },
    }),
  ];
}

/** What every chart has that is not ours: nobody may touch it, Ironic's computes least of all. */
const neighbours: readonly Part[] = [
  {
    kind: "Deployment",
    name: "nova-api-metadata",
    component: "metadata",
    container: "nova-api",
    script: "nova-api.sh",
    place: "nothing",
    labels: named,
  },
  {
    kind: "Deployment",
    name: "nova-novncproxy",
    component: "novnc-proxy",
    container: "nova-novncproxy",
    script: "nova-api.sh",
    place: "nothing",
    labels: named,
  },
  {
    kind: "StatefulSet",
    name: "nova-compute-ironic",
    component: "compute-ironic",
    container: "nova-compute-ironic",
    script: "nova-compute.sh",
    place: "nothing",
    labels: named,
  },
];

const debug = "[DEFAULT]\ndebug = false\n";
const auth = "[keystone_authtoken]\nauth_type = password\n";
const filterList = "ComputeFilter,ImagePropertiesFilter,NUMATopologyFilter,PciPassthroughFilter";
const withFilters = `${debug}[filter_scheduler]\nenabled_filters = ${filterList}\n`;

type Texts = { readonly conf: string; readonly scripts: Scripts; readonly more?: readonly Json[] };

function objectsOf(parts: readonly Part[], { conf, scripts, more = [] }: Texts): readonly Json[] {
  const ini = "[uwsgi]\nmodule = nova.wsgi.osapi_compute:application\n";
  return [
    meta("v1", "ConfigMap", "nova-bin", { data: scripts }),
    secret("nova-etc", {
      "nova.conf": conf,
      "nova-api-uwsgi.ini": ini,
      "keystoneauth-secrets.conf": auth,
    }),
    secret("nova-ks-etc", { "nova_auth.conf": auth }),
    secret("nova-compute-default", { "nova-compute.conf": debug }),
    ...more,
    ...[...parts, ...neighbours].map(workload),
  ];
}

export function meta(apiVersion: string, kind: string, name: string, rest: Json = {}): Json {
  return { apiVersion, kind, metadata: { name, namespace: "openstack" }, ...rest };
}

/** As helm prints it: base64. */
function secret(name: string, texts: Readonly<Record<string, string>>): Json {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  return meta("v1", "Secret", name, { type: "Opaque", data });
}

/** One DaemonSet for each host that has overrides, and one for the rest (StarlingX). */
function perHost(hosts: readonly string[]): readonly Part[] {
  const [, , , usual] = helmParts("nothing") as readonly [Part, Part, Part, Part];
  const set = (name: string, expressions: readonly Json[]): Part => ({
    ...usual,
    name,
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: expressions }],
        },
      },
    },
  });
  const key = "kubernetes.io/hostname";
  return [
    set("nova-compute-default", [{ key, operator: "NotIn", values: hosts }]),
    ...hosts.map((host) =>
      set(`nova-compute-${host}-0badcafe`, [{ key, operator: "In", values: [host] }]),
    ),
  ];
}

/** Labels of its own for the selectors, nova-compute without arguments, one volume for /etc/nova. */
const sapParts: readonly Part[] = [
  {
    kind: "Deployment",
    name: "nova-api",
    component: "api",
    container: "nova-api",
    replicas: 2,
    command: ["dumb-init", "uwsgi", "--ini", "/etc/nova/api_uwsgi.ini"],
    place: "whole",
    labels: { name: "nova-api" },
    selector: { name: "nova-api" },
  },
  {
    kind: "Deployment",
    name: "nova-scheduler",
    component: "scheduler",
    container: "nova-scheduler",
    command: ["dumb-init", "nova-scheduler"],
    place: "whole",
    labels: { name: "nova-scheduler" },
    selector: { name: "nova-scheduler" },
  },
  {
    kind: "Deployment",
    name: "nova-cell1-conductor",
    component: "conductor",
    container: "nova-conductor",
    command: ["dumb-init", "nova-conductor"],
    place: "whole",
    labels: { name: "nova-cell1-conductor" },
    selector: { name: "nova-cell1-conductor" },
  },
  {
    kind: "DaemonSet",
    name: "nova-compute-kvm",
    component: "compute",
    container: "nova-compute",
    command: ["nova-compute"],
    place: "whole",
    labels: { name: "nova-compute-kvm", hypervisor: "kvm" },
    selector: { name: "nova-compute-kvm" },
  },
];

const sapMaps: readonly Json[] = [
  meta("v1", "ConfigMap", "nova-etc", {
    data: {
      "nova.conf": withFilters,
      "nova-compute.conf": debug,
      "api_uwsgi.ini":
        "[uwsgi]\npyargv = --config-file /etc/nova/nova.conf --config-file /etc/nova/nova-api.conf\n",
    },
  }),
];

/** Started with --config-file alone. */
const byFile = ["scheduler", "conductor", "compute"] as const;
const etcSources = { compute: "pod.etcSources.nova_compute", api: "pod.etcSources.nova_api_osapi" };
const podMounts = {
  compute: "pod.mounts.nova_compute.nova_compute",
  api: "pod.mounts.nova_api_osapi.nova_api_osapi",
};

/** Hosts whose nova-compute StarlingX gives a DaemonSet of its own. */
const hostsWithOverrides = ["node-a"] as const;

export const chartShapes: readonly ChartShape[] = [
  {
    name: "openstack-helm 2025.1",
    objects: objectsOf(helmParts("nothing"), { conf: debug, scripts: scriptsOf(withFile) }),
    mounted: podMounts,
    first: byFile,
    filters: false,
  },
  {
    name: "openstack-helm 2025.2",
    objects: objectsOf(helmParts("no-snippets"), {
      conf: debug,
      scripts: scriptsOf(withDirectory),
    }),
    mounted: etcSources,
    first: [],
    filters: false,
  },
  {
    name: "openstack-helm 2026.1",
    objects: objectsOf(
      helmParts("snippets", {
        "os-api": { command: ["uwsgi", "--ini", "/etc/nova/nova-api-uwsgi.ini"] },
        scheduler: { command: ["nova-scheduler", ...file.split(" "), ...directory.split(" ")] },
        conductor: { command: ["nova-conductor", ...file.split(" "), ...directory.split(" ")] },
      }),
      { conf: debug, scripts: scriptsOf(withDirectory) },
    ),
    mounted: etcSources,
    first: [],
    filters: false,
  },
  {
    name: "Atmosphere",
    objects: objectsOf(helmParts("nothing"), { conf: withFilters, scripts: scriptsOf(withFile) }),
    mounted: podMounts,
    first: byFile,
    filters: true,
  },
  {
    name: "Genestack",
    objects: objectsOf(helmParts("snippets", { compute: { maxUnavailable: "20%" } }), {
      conf: withFilters,
      scripts: scriptsOf(withDirectory),
    }),
    mounted: etcSources,
    first: [],
    filters: true,
  },
  {
    name: "Rockoon",
    objects: objectsOf(
      helmParts("nothing", {
        scheduler: { kind: "StatefulSet" },
        conductor: { kind: "StatefulSet" },
        compute: { name: "nova-compute", place: "writable" },
      }),
      {
        conf: withFilters,
        scripts: scriptsOf(plain, "exec apache2ctl -DFOREGROUND\n"),
      },
    ),
    mounted: podMounts,
    first: [],
    filters: true,
  },
  {
    name: "StarlingX",
    objects: objectsOf([...helmParts("nothing").slice(0, 3), ...perHost(hostsWithOverrides)], {
      conf: withFilters,
      scripts: scriptsOf(withFile),
    }),
    mounted: podMounts,
    first: byFile,
    filters: true,
  },
  {
    name: "SAP",
    objects: objectsOf(sapParts, {
      conf: debug,
      scripts: {},
      more: sapMaps,
    }),
    services: {
      api: { matchLabels: { application: "nova", component: "api" }, container: "nova-api" },
    },
    mounted: { compute: "nova.conf.d/95-nova-pci.conf", api: "nova.conf.d/95-nova-pci.conf" },
    first: ["api"],
    filters: true,
  },
];
