// Answers "is there a Nova to manage?": applies its manifests, and waits until Nova's own API
// says that every service is up. After this the cloud is as it is before the operator comes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hardware } from "./hardware.ts";
import type { Cluster } from "./kubernetes.ts";
import { controlAddress, novaNamespace, nodes, ports, urls, type Folders } from "./layout.ts";
import { novaFolder } from "./node.ts";
import { computes, configuration, controlServices, type PythonPrograms } from "./nova-manifests.ts";
import { openstackApi, type OpenStackApi } from "./openstack-api.ts";
import { start, until } from "./processes.ts";

export async function startNova(
  programs: PythonPrograms,
  cluster: Cluster,
  where: Folders,
): Promise<OpenStackApi> {
  for (const node of nodes)
    writeFileSync(
      join(novaFolder(where, node), "pci-devices.json"),
      JSON.stringify(hardware(node.name), undefined, 1),
    );
  startProxy(cluster, where);
  await apply(cluster, where, "nova-control", [
    ...configuration(programs),
    ...controlServices(programs),
  ]);
  const api = await openstackApi();
  await until("nova-api", async () => (await api.services()).length > 0, {
    seconds: 120,
    everyMs: 500,
  });
  // A nova-compute that asks before the conductor listens waits ten seconds for its next try.
  await servicesUp(api, "nova-conductor", 1);
  await apply(cluster, where, "nova-compute", [computes(programs)]);
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
    { seconds: 120, everyMs: 500 },
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
        SERVER: urls.kubernetes,
        CA: join(cluster.pki, "ca.crt"),
        TOKEN: cluster.token,
      },
    },
  );
}
