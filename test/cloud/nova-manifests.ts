// Manifests of the existing Nova: Secrets, Deployments, a Service and a DaemonSet in the shapes,
// labels and names of openstack-helm. No file of the chart is copied; nothing in here knows the
// operator or PCI.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "../openstack/layout.ts";
import { novaNamespace, ports, root } from "./layout.ts";
import { computeConf, controlConf, keystoneConf } from "./nova-conf.ts";

/** serve.py, and nova-compute's driver. */
const pieces = join(root, "test/openstack/python");

/** One static busybox: Nova's programs come from the node, read-only. */
export const hostImage = "cloud.test/host:1";

type Manifest = { readonly apiVersion: string; readonly kind: string } & Record<string, unknown>;

type Service = {
  readonly component: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly config: "nova-etc" | "nova-compute-default";
  /** Shape of what stands at /etc/nova/nova.conf.d/ in the chart's pods. */
  readonly snippets: "projected" | "emptyDir";
};

/** The namespace and what the pods read. */
export function configuration(layout: Layout): readonly Manifest[] {
  const paste = readFileSync(join(layout.installed.nova, "etc/nova/api-paste.ini"), "utf8");
  const secret = (name: string, stringData: Readonly<Record<string, string>>): Manifest => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: novaNamespace },
    stringData,
  });
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: novaNamespace } },
    secret("nova-etc", { "nova.conf": controlConf(layout), "api-paste.ini": paste }),
    secret("nova-compute-default", { "nova.conf": computeConf(layout), "api-paste.ini": paste }),
    secret("nova-ks-etc", { "nova-keystone.conf": keystoneConf(layout) }),
  ];
}

export function controlServices(layout: Layout): readonly Manifest[] {
  const python = join(layout.installed.nova, "bin/python");
  const configured = ["--config-file", "/etc/nova/nova.conf"];
  const api: Service = {
    component: "os-api",
    container: "nova-osapi",
    // No option: like uWSGI in the chart, the application finds /etc/nova by itself.
    command: [
      ...[python, join(pieces, "serve.py")],
      ...["nova.wsgi.osapi_compute", "0.0.0.0", String(ports.nova)],
    ],
    config: "nova-etc",
    snippets: "projected",
  };
  const rpc = (name: "scheduler" | "conductor"): Service => ({
    component: name,
    container: `nova-${name}`,
    command: [python, join(layout.installed.nova, `bin/nova-${name}`), ...configured],
    config: "nova-etc",
    snippets: name === "scheduler" ? "emptyDir" : "projected",
  });
  const answers = {
    readinessProbe: { httpGet: { path: "/", port: ports.nova }, periodSeconds: 2 },
    ports: [{ name: "n-api", containerPort: ports.nova }],
  };
  return [
    deployment("nova-api-osapi", api, 2, pod(api, layout, answers)),
    deployment("nova-scheduler", rpc("scheduler"), 1, pod(rpc("scheduler"), layout)),
    deployment("nova-conductor", rpc("conductor"), 1, pod(rpc("conductor"), layout)),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "nova-api", namespace: novaNamespace },
      spec: { selector: labelsOf(api), ports: [{ name: "n-api", port: ports.nova }] },
    },
  ];
}

export function computes(layout: Layout): Manifest {
  const service: Service = {
    component: "compute",
    container: "nova-compute",
    command: [
      ...[join(layout.installed.nova, "bin/python"), join(pieces, "compute.py")],
      ...["--config-file", "/etc/nova/nova.conf"],
    ],
    config: "nova-compute-default",
    snippets: "projected",
  };
  const template = pod(service, layout);
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "nova-compute-default", namespace: novaNamespace },
    spec: {
      selector: { matchLabels: labelsOf(service) },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels: labelsOf(service) },
        spec: {
          ...template,
          hostNetwork: true,
          nodeSelector: { "openstack-compute-node": "enabled" },
        },
      },
    },
  };
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  return { application: "nova", component: service.component, release_group: "nova" };
}

function deployment(name: string, service: Service, replicas: number, spec: unknown): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: novaNamespace },
    spec: {
      replicas,
      selector: { matchLabels: labelsOf(service) },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: labelsOf(service) }, spec },
    },
  };
}

function pod(service: Service, layout: Layout, extra: object = {}): object {
  const host = [
    "/usr",
    "/lib",
    "/lib64",
    layout.installed.pythonRoot,
    layout.installed.nova,
    pieces,
  ];
  const named = host.map((path, index) => ({ name: `host-${index}`, path }));
  const file = (path: string) => ({
    name: "nova-etc",
    mountPath: `/etc/nova/${path}`,
    subPath: path,
    readOnly: true,
  });
  return {
    terminationGracePeriodSeconds: service.component === "os-api" ? 2 : 30,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [
      {
        name: service.container,
        image: hostImage,
        imagePullPolicy: "Never",
        command: service.command,
        terminationMessagePolicy: "FallbackToLogsOnError",
        env: [
          { name: "PYTHONUNBUFFERED", value: "1" },
          { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
          { name: "HOME", value: "/tmp" },
        ],
        securityContext: { readOnlyRootFilesystem: true },
        ...extra,
        volumeMounts: [
          ...named.map(({ name, path }) => ({ name, mountPath: path, readOnly: true })),
          { name: "pod-tmp", mountPath: "/tmp" },
          file("nova.conf"),
          file("api-paste.ini"),
          // The chart writes the trailing slash.
          { name: "nova-etc-snippets", mountPath: "/etc/nova/nova.conf.d/", readOnly: true },
          { name: "varlibnova", mountPath: "/var/lib/nova" },
        ],
      },
    ],
    volumes: [
      ...named.map(({ name, path }) => ({ name, hostPath: { path } })),
      { name: "pod-tmp", emptyDir: {} },
      { name: "nova-etc", secret: { secretName: service.config } },
      {
        name: "nova-etc-snippets",
        ...(service.snippets === "emptyDir"
          ? { emptyDir: {} }
          : { projected: { sources: [{ secret: { name: "nova-ks-etc" } }] } }),
      },
      {
        name: "varlibnova",
        ...(service.component === "compute"
          ? { hostPath: { path: "/var/lib/nova" } }
          : { emptyDir: {} }),
      },
    ],
  };
}
