// What NotWired tells a user to add, by what the pod has: the fragment that this chart reads.
import { expect, test } from "@jest/globals";
import { wiringGate } from "../../../src/plan/gates/wiring.ts";
import { sentenceOf } from "../../../src/plan/terms/gate-table.ts";
import { settingsOf } from "../../../src/plan/terms/settings.ts";
import type { MountView, Snapshot } from "../../../src/plan/terms/snapshot.ts";

import { serviceLabels } from "../../../src/cluster/views/service-labels.ts";
import { strangerView, workloadView } from "../../../src/cluster/views/workload-view.ts";

const main: MountView = {
  path: "/etc/nova/nova.conf",
  subPath: "nova.conf",
  readOnly: true,
  volume: "secret",
  configMaps: [],
  sources: [],
};
const snippets = (volume: MountView["volume"]): MountView => ({
  ...{ path: "/etc/nova/nova.conf.d/", readOnly: true, volume, configMaps: [], sources: [] },
});

function advice(
  mounts: readonly MountView[],
  labels: Readonly<Record<string, string>>,
  written = true,
): string {
  const seen = {
    objects: { aliases: [], whitelists: [], flavors: [] },
    cloud: { is: "no-credentials", reason: "NoCredentials", message: "" },
    state: { is: "absent" },
    configMaps: written ? { "nova-pci-compute": {} } : {},
    workloads: [
      {
        kind: "DaemonSet",
        name: "nova-compute-default",
        service: "compute",
        templateLabels: labels,
        containers: [{ name: "nova-compute", command: ["/tmp/nova-compute.sh"], args: [], mounts }],
      },
    ],
  } as unknown as Snapshot;
  const gate = wiringGate("compute", "Mounted", seen, settingsOf(seen));
  return gate === undefined ? "wired" : sentenceOf(gate);
}

const helm = { application: "nova", component: "compute" };

test.each([
  ["openstack-helm from 2025.2 on, with snippets", [main, snippets("projected")], helm],
  ["openstack-helm from 2025.2 on, with empty etcSources", [main, snippets("emptyDir")], helm],
] as const)("%s: etcSources", (_name, mounts, labels) => {
  expect(advice(mounts, labels)).toContain(
    "add pod.etcSources.nova_compute: [{configMap: {name: nova-pci-compute, optional: true}}] in the values",
  );
});

test("openstack-helm to 2025.1 and Atmosphere, which ignore etcSources: pod.mounts", () => {
  const said = advice([main], helm);
  expect(said).toContain("add pod.mounts.nova_compute.nova_compute: {volumes: [{name: nova-pci");
  expect(said).toContain("Atmosphere: nova_helm_values");
  expect(said).not.toContain("etcSources");
});

test("any other manifest: the volume and the mount themselves", () => {
  const said = advice([main], { app: "nova-compute" });
  expect(said).toContain(
    "add volume {name: nova-pci, configMap: {name: nova-pci-compute, optional: true}}",
  );
  expect(said).toContain(
    "container nova-compute the mount {name: nova-pci, mountPath: /etc/nova/nova.conf.d",
  );
});

test("objects come before the chart: a pod does not start without its ConfigMap", () => {
  expect(advice([main], helm, true)).toContain(", now: the ConfigMap is there");
  expect(advice([main], helm, false)).toContain(
    ", when kubectl get configmap nova-pci-compute shows it (objects first, then the chart)",
  );
});

const ours = (mount: Pick<MountView, "path" | "subPath">, path?: string): MountView => ({
  ...mount,
  readOnly: true,
  volume: "projected",
  configMaps: ["nova-pci-compute"],
  sources: [
    {
      kind: "ConfigMap",
      name: "nova-pci-compute",
      ...(path === undefined ? {} : { items: [{ key: "95-nova-pci.conf", path }] }),
    },
  ],
});

test.each([
  ["the directory", ours({ path: "/etc/nova/nova.conf.d" }), true],
  ["the directory of this process", ours({ path: "/etc/nova/nova-compute.conf.d/" }), true],
  ["one file", ours({ path: "/etc/nova/nova.conf.d/a.conf", subPath: "95-nova-pci.conf" }), true],
  ["below one volume for all", ours({ path: "/etc/nova" }, "nova.conf.d/95-nova-pci.conf"), true],
  ["another directory", ours({ path: "/etc/nova/pci" }), false],
  ["another process's", ours({ path: "/etc/nova/nova-scheduler.conf.d" }), false],
  ["a name that Nova does not read", ours({ path: "/etc/nova/nova.conf.d" }, "pci.txt"), false],
  ["a key that is not there", ours({ path: "/etc/nova/nova.conf.d/a.conf", subPath: "b" }), false],
  ["beside nova.conf", ours({ path: "/etc/nova" }), false],
] as const)("our ConfigMap at %s", (_name, mount, wired) => {
  const said = advice([main, mount], helm);
  if (wired) expect(said).toBe("wired");
  else expect(said).toContain(`at ${mount.path}, where nova-compute does not look: add `);
});

test.each([
  [
    "a writable emptyDir that the chart fills (Rockoon): beside it",
    { ...snippets("emptyDir"), readOnly: false },
    "mountPath: /etc/nova/nova-compute.conf.d",
  ],
  ["somebody else's ConfigMap: one volume of both", snippets("configMap"), "to a projected volume"],
  [
    "one volume for all of /etc/nova (SAP): a source of it",
    { ...snippets("projected"), path: "/etc/nova" },
    "items: [{key: 95-nova-pci.conf, path: nova.conf.d/95-nova-pci.conf}]}} to the sources of the projected volume at /etc/nova",
  ],
] as const)("%s", (_name, mount, said) => {
  expect(advice([mount], helm)).toContain(said);
});

const owned = (apiVersion: string, kind: string) => ({
  ownerReferences: [{ apiVersion, kind, name: "nova", uid: "u", controller: true }],
});

test.each([
  ["RHOSO", owned("nova.openstack.org/v1beta1", "NovaAPI"), "belongs to NovaAPI/nova: RHOSO's"],
  ["Yaook", owned("yaook.cloud/v1", "NovaDeployment"), "belongs to NovaDeployment/nova: Yaook's"],
  ["Yaook's computes", owned("compute.yaook.cloud/v1", "NovaComputeNode"), "NovaComputeNode/nova"],
  ["Sunbeam", { labels: { "app.kubernetes.io/managed-by": "juju" } }, "a charm of Sunbeam"],
  ["an owner that nobody knows", owned("helm.example.org/v1", "Release"), undefined],
  ["Helm", { labels: { "app.kubernetes.io/managed-by": "Helm" } }, undefined],
] as const)("%s: where it does not fit, said", (_name, metadata, says) => {
  const wanted = says === undefined ? undefined : expect.stringContaining(says);
  expect(said("nova-osapi", "api", metadata)).toEqual(wanted);
  // Before spec.services selects anything.
  expect(said("nova-osapi", "api", metadata, { service: "nova" })).toEqual(wanted);
});

test("beside a Nova that is selected, what others keep is none of our business", () => {
  const neighbour = owned("nova.openstack.org/v1beta1", "NovaAPI");
  const keeper = { by: "nova.openstack.org", object: "NovaAPI/nova" };
  const strangers = [{ kind: "StatefulSet", name: "other", keeper }] as const;
  expect(said("nova-osapi", "api", neighbour, { service: "nova" })).toBeDefined();
  expect(said("nova-osapi", "api", {}, undefined, strangers)).toBeUndefined();
});

test("a nova-compute of Ironic that a selector takes in is left alone, and said", () => {
  const why = said("nova-compute-ironic", "compute", {});
  expect(why).toContain("StatefulSet/nova is a nova-compute of Ironic");
});

function said(
  container:
    | string
    | {
        readonly name: string;
        readonly command: readonly string[];
        readonly env?: typeof environment;
      },
  service: "api" | "compute",
  metadata: object,
  labels: Readonly<Record<string, string>> = serviceLabels()[service].matchLabels,
  others: Snapshot["strangers"] = [],
) {
  const containers = [typeof container === "string" ? { name: container } : container];
  const object = {
    metadata: { name: "nova", ...metadata },
    spec: { template: { metadata: { labels }, spec: { containers } } },
  };
  const view = workloadView("StatefulSet", object, serviceLabels());
  const stranger = view === undefined ? strangerView("StatefulSet", object) : undefined;
  const seen = {
    objects: { aliases: [], whitelists: [], flavors: [] },
    cloud: { is: "no-credentials", reason: "NoCredentials", message: "" },
    state: { is: "absent" },
    configMaps: {},
    workloads: view === undefined ? [] : [view],
    strangers: stranger === undefined ? others : [stranger, ...others],
  } as unknown as Snapshot;
  const gate = wiringGate(service, "Injected", seen, settingsOf(seen));
  return gate && sentenceOf(gate);
}

const environment = [
  { name: "OS_NOVA_CONFIG_DIR", value: "/etc/site" },
  { name: "OS_NOVA_CONFIG_FILES", value: "api-paste.ini;nova.conf" },
];

test.each([
  ["nova-osapi", "api", ["uwsgi", "--ini", "/etc/nova/uwsgi.ini"]],
  ["nova-osapi", "api", ["nova-api", "--config-dir", "/etc/nova/nova.conf.d"]],
  ["nova-compute", "compute", ["nova-compute"]],
] as const)("%s (%s by %j) looks at our directory whatever its environment names", (...row) => {
  const [name, service, command] = row;
  expect(said({ name, command, env: environment }, service, {})).toBeUndefined();
});

test("a --config-dir that is another one hides ours", () => {
  const command = ["nova-compute", "--config-dir", "/etc/site"];
  expect(said({ name: "nova-compute", command }, "compute", {})).toContain(
    "add --config-dir /etc/nova/nova.conf.d",
  );
});
