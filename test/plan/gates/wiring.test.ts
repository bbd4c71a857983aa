// What NotWired tells a user to add, by what the pod has: the fragment that this chart reads.
import { expect, test } from "@jest/globals";
import { wiringGate } from "../../../src/plan/gates/wiring.ts";
import { sentenceOf } from "../../../src/plan/terms/gate-table.ts";
import { settingsOf } from "../../../src/plan/terms/settings.ts";
import type { MountView, Snapshot } from "../../../src/plan/terms/snapshot.ts";

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
        containers: [
          { name: "nova-compute", command: ["/tmp/nova-compute.sh"], args: [], env: {}, mounts },
        ],
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
