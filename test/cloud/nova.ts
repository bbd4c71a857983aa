// Starts the Nova to be managed: applies its manifests, and waits until Nova's own API says that
// every service is up. After this the cloud is as it is before the operator comes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../control-plane/processes.ts";
import { pciDevices } from "../openstack/devices.ts";
import type { Layout } from "../openstack/layout.ts";
import { hardware } from "./hardware.ts";
import type { Cluster } from "./kubernetes.ts";
import {
  controlAddress,
  kubernetesUrl,
  novaNamespace,
  nodes,
  ports,
  type Folders,
} from "./layout.ts";
import { novaFolder } from "./node.ts";
import { computes, configuration, controlServices } from "./nova-manifests.ts";
import { openstackApi, type OpenStackApi } from "./openstack-api.ts";
import { start } from "./processes.ts";

export async function startNova(
  layout: Layout,
  cluster: Cluster,
  where: Folders,
): Promise<OpenStackApi> {
  for (const node of nodes)
    writeFileSync(
      join(novaFolder(where, node), "pci-devices.json"),
      JSON.stringify(pciDevices(hardware[node.name] ?? []), undefined, 1),
    );
  startProxy(cluster, where);
  await apply(cluster, where, "nova-control", [
    ...configuration(layout),
    ...controlServices(layout),
  ]);
  const api = await openstackApi(layout);
  await until("nova-api", async () => (await api.services()).length > 0, {
    seconds: 240,
    everyMillis: 500,
  });
  // A nova-compute that asks before the conductor listens waits ten seconds for its next try.
  await servicesUp(api, "nova-conductor", 1);
  await apply(cluster, where, "nova-compute", [computes(layout)]);
  await servicesUp(api, "nova-compute", nodes.length);
  return api;
}

async function servicesUp(api: OpenStackApi, binary: string, count: number): Promise<void> {
  await until(
    `${count} ${binary} up`,
    async () => {
      const rows = await api.services();
      return rows.filter((row) => row.binary === binary && row.state === "up").length >= count;
    },
    { seconds: 240, everyMillis: 500 },
  );
}

async function apply(
  cluster: Cluster,
  where: Folders,
  name: string,
  items: readonly unknown[],
): Promise<void> {
  const file = join(where.kubernetes, `${name}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }, undefined, 1));
  await cluster.kubectl(["apply", "-f", file]);
}

function startProxy(cluster: Cluster, where: Folders): void {
  const program = join(import.meta.dirname, "service-proxy.ts");
  start(
    "service-proxy",
    join(where.logs, "service-proxy.log"),
    [
      ...([process.execPath, program] as const),
      ...[controlAddress, String(ports.nova), novaNamespace, "nova-api"],
    ],
    {
      env: {
        SERVER: kubernetesUrl,
        CA: join(cluster.pki, "ca.crt"),
        TOKEN: cluster.token,
      },
    },
  );
}
