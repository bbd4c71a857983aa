// Plain requests to Nova and Placement with the administrator's token, and one look into Nova's own
// table of PCI devices. It shares no code with the operator.
import { until } from "../control-plane/processes.ts";
import { adminOf, type Admin, type Reply } from "../openstack/admin.ts";
import type { Layout } from "../openstack/layout.ts";
import { run } from "./processes.ts";

type Flavor = { readonly id: string; readonly name: string };

type ServiceRow = {
  readonly id: string;
  readonly binary: string;
  readonly host: string;
  readonly state: "up" | "down";
  readonly status: "enabled" | "disabled";
  readonly disabled_reason: string | null;
  readonly updated_at: string | null;
};

type Server = {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly "OS-EXT-SRV-ATTR:host": string | null;
  readonly "OS-EXT-STS:task_state": string | null;
  readonly fault?: { readonly message: string };
};

/** One row of Nova's own table `pci_devices`. */
export type Device = {
  readonly host: string;
  readonly address: string;
  readonly vendorId: string;
  readonly productId: string;
  readonly status: string;
  readonly server?: string;
};

export type OpenStackApi = {
  nova: Admin["nova"];
  services(): Promise<readonly ServiceRow[]>;
  flavorNamed(name: string): Promise<Flavor | undefined>;
  extraSpecs(flavorId: string): Promise<Readonly<Record<string, string>>>;
  server(id: string): Promise<Server | undefined>;
  /** The id of the only one of this name. */
  serverNamed(name: string): Promise<string | undefined>;
  /** Asks for a server without a network; its id. */
  boot(name: string, flavorId: string): Promise<string>;
  settled(id: string): Promise<Server>;
  /** What Placement says this consumer holds: provider -> resource class -> amount. */
  allocations(
    consumer: string,
  ): Promise<Readonly<Record<string, { resources: Readonly<Record<string, number>> }>>>;
  devices(): Promise<readonly Device[]>;
  providers(): Promise<readonly { readonly uuid: string; readonly name: string }[]>;
  inventories(
    provider: string,
  ): Promise<Readonly<Record<string, { readonly total: number; readonly reserved: number }>>>;
  usages(provider: string): Promise<Readonly<Record<string, number>>>;
  /** What Placement would offer a server that asks for one device of the class. */
  candidates(resourceClass: string): Promise<readonly unknown[]>;
};

/** The image that the stand-in of Glance knows. */
const image = "11111111-2222-3333-4444-555555555555";

export async function openstackApi(layout: Layout): Promise<OpenStackApi> {
  const admin = await adminOf(layout);

  async function good(asked: Promise<Reply>): Promise<Record<string, unknown>> {
    const { status, body } = await asked;
    if (status >= 400) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body as Record<string, unknown>;
  }

  const services = async () =>
    (await good(admin.nova("GET", "/os-services")))["services"] as readonly ServiceRow[];

  const placed = async <T>(path: string, field: string): Promise<T> =>
    (await good(admin.placement("GET", path)))[field] as T;
  const server = async (id: string) => {
    const { status, body } = await admin.nova("GET", `/servers/${id}`);
    return status === 404 ? undefined : (body as { server: Server }).server;
  };
  return {
    nova: admin.nova,
    services,
    flavorNamed: async (name) => {
      const answer = await good(admin.nova("GET", "/flavors?is_public=None"));
      return (answer["flavors"] as Flavor[]).find((flavor) => flavor.name === name);
    },
    extraSpecs: async (id) =>
      (await good(admin.nova("GET", `/flavors/${id}/os-extra_specs`)))["extra_specs"] as Record<
        string,
        string
      >,
    server,
    serverNamed: async (name) => {
      const answer = await good(admin.nova("GET", `/servers?name=${name}`));
      return (answer["servers"] as Server[]).find((item) => item.name === name)?.id;
    },
    boot: async (name, flavorId) => {
      // A scheduler passes over a host that it has not heard from for a minute, as on a busy machine.
      await until(
        "every nova-compute to report",
        async () =>
          (await services()).every(
            (service) => service.binary !== "nova-compute" || service.state === "up",
          ),
        { seconds: 180, everyMillis: 250 },
      );
      const wanted = { name, flavorRef: flavorId, imageRef: image, networks: "none" };
      const answer = await good(admin.nova("POST", "/servers", { server: wanted }));
      return (answer["server"] as { id: string }).id;
    },
    settled: (id) =>
      until(
        `server ${id}`,
        async () => {
          const seen = await server(id);
          const done = seen?.status === "ACTIVE" || seen?.status === "ERROR";
          return done && seen["OS-EXT-STS:task_state"] === null ? seen : undefined;
        },
        { seconds: 180 },
      ),
    allocations: async (consumer) =>
      (await good(admin.placement("GET", `/allocations/${consumer}`)))["allocations"] as Record<
        string,
        { resources: Record<string, number> }
      >,
    devices: () => devices(layout),
    providers: () => placed("/resource_providers", "resource_providers"),
    inventories: (provider) => placed(`/resource_providers/${provider}/inventories`, "inventories"),
    usages: (provider) => placed(`/resource_providers/${provider}/usages`, "usages"),
    candidates: (resourceClass) =>
      placed(`/allocation_candidates?resources=${resourceClass}:1`, "allocation_requests"),
  };
}

async function devices(layout: Layout): Promise<readonly Device[]> {
  const table = await run("mariadb", [
    ...["--no-defaults", `--socket=${layout.folder}/mariadb/sock`, "-uroot", "-N", "nova", "-e"],
    "select c.hypervisor_hostname, p.address, p.vendor_id, p.product_id, p.status, " +
      "ifnull(p.instance_uuid, '') from pci_devices p " +
      "join compute_nodes c on c.id = p.compute_node_id where p.deleted = 0 order by 1, 2",
  ]);
  return table
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [host, address, vendorId, productId, status, server] = line.split("\t");
      const row = { host: host!, address: address!, vendorId: vendorId!, productId: productId! };
      return { ...row, status: status!, ...(server ? { server } : {}) };
    });
}
