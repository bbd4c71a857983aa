// Answers "what do Nova and Placement say?": plain requests with the administrator's token, and
// one look into Nova's own table of PCI devices. It shares no code with the operator.
import { request } from "undici";
import { controlAddress, ports, urls } from "./layout.ts";
import { password } from "./nova-conf.ts";
import { run, until } from "./processes.ts";

export async function keystoneToken(): Promise<string> {
  const domain = { id: "default" };
  const answer = await request(`${urls.keystone}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: "admin", domain, password } },
        },
        scope: { project: { name: "admin", domain } },
      },
    }),
  });
  await answer.body.dump();
  const token = answer.headers["x-subject-token"];
  if (typeof token !== "string") throw new Error(`Keystone answered ${answer.statusCode}`);
  return token;
}

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };

export type Flavor = { readonly id: string; readonly name: string };

export type ServiceRow = {
  readonly id: string;
  readonly binary: string;
  readonly host: string;
  readonly state: "up" | "down";
  readonly status: "enabled" | "disabled";
  readonly disabled_reason: string | null;
  readonly updated_at: string | null;
};

export type Server = {
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
  nova(method: "GET" | "POST" | "DELETE" | "PUT", path: string, body?: unknown): Promise<Answer>;
  services(): Promise<readonly ServiceRow[]>;
  flavorNamed(name: string): Promise<Flavor | undefined>;
  extraSpecs(flavorId: string): Promise<Readonly<Record<string, string>>>;
  server(id: string): Promise<Server | undefined>;
  /** Asks for a server without a network; its id. */
  boot(name: string, flavorId: string): Promise<string>;
  settled(id: string): Promise<Server>;
  /** What Placement says this consumer holds: provider -> resource class -> amount. */
  allocations(
    consumer: string,
  ): Promise<Readonly<Record<string, { resources: Readonly<Record<string, number>> }>>>;
  devices(): Promise<readonly Device[]>;
};

/** The image that the stand-in of Glance knows. */
const image = "11111111-2222-3333-4444-555555555555";

export async function openstackApi(): Promise<OpenStackApi> {
  const token = await keystoneToken();

  async function ask(base: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await request(`${base}${path}`, {
      method: method as "GET",
      headers: {
        "x-auth-token": token,
        "content-type": "application/json",
        "openstack-api-version": base === urls.placement ? "placement 1.39" : "compute 2.90",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parsed(text) };
  }

  async function good(base: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await ask(base, method, path, body);
    if (answer.status >= 400)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  const server = async (id: string) => {
    const answer = await ask(urls.nova, "GET", `/servers/${id}`);
    return answer.status === 404 ? undefined : (answer.body["server"] as Server);
  };
  return {
    nova: (method, path, body) => ask(urls.nova, method, path, body),
    services: async () =>
      (await good(urls.nova, "GET", "/os-services")).body["services"] as ServiceRow[],
    flavorNamed: async (name) => {
      const answer = await good(urls.nova, "GET", "/flavors?is_public=None");
      return (answer.body["flavors"] as Flavor[]).find((flavor) => flavor.name === name);
    },
    extraSpecs: async (id) =>
      (await good(urls.nova, "GET", `/flavors/${id}/os-extra_specs`)).body["extra_specs"] as Record<
        string,
        string
      >,
    server,
    boot: async (name, flavorId) => {
      const wanted = { name, flavorRef: flavorId, imageRef: image, networks: "none" };
      const answer = await good(urls.nova, "POST", "/servers", { server: wanted });
      return (answer.body["server"] as { id: string }).id;
    },
    settled: (id) =>
      until(
        `server ${id}`,
        async () => {
          const seen = await server(id);
          const done = seen?.status === "ACTIVE" || seen?.status === "ERROR";
          return done && seen["OS-EXT-STS:task_state"] === null ? seen : undefined;
        },
        { seconds: 60 },
      ),
    allocations: async (consumer) =>
      (await good(urls.placement, "GET", `/allocations/${consumer}`)).body["allocations"] as Record<
        string,
        { resources: Record<string, number> }
      >,
    devices,
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}

async function devices(): Promise<readonly Device[]> {
  const table = await run("mariadb", [
    ...["--no-defaults", `-h${controlAddress}`, `-P${ports.mariadb}`, "-uopenstack"],
    ...[`-p${password}`, "-N", "nova", "-e"],
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
