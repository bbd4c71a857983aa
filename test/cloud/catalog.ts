// Answers "whom does Keystone know?": makes the service users, the services and their endpoints,
// once, for the seed.
import { keystoneToken } from "./openstack-api.ts";
import { password } from "./nova-conf.ts";
import { urls } from "./layout.ts";
import { request } from "undici";

export async function fillCatalog(): Promise<void> {
  const token = await keystoneToken();
  const ask = async (method: "GET" | "POST" | "PUT", path: string, body?: unknown) => {
    const answer = await request(`${urls.keystone}${path}`, {
      method,
      headers: { "x-auth-token": token, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Record<string, { id: string }>;
  };
  const project = await ask("POST", "/projects", {
    project: { name: "service", domain_id: "default" },
  });
  const listed = (await ask("GET", "/roles")) as unknown as {
    roles: readonly { name: string; id: string }[];
  };
  const roles = listed.roles.filter(({ name }) => name === "admin" || name === "service");
  for (const name of ["nova", "placement"]) {
    const user = await ask("POST", "/users", {
      user: { name, password, domain_id: "default" },
    });
    for (const role of roles)
      await ask(
        "PUT",
        `/projects/${project["project"]!.id}/users/${user["user"]!.id}/roles/${role.id}`,
      );
  }
  const services: readonly (readonly [string, string, string])[] = [
    ["nova", "compute", urls.nova],
    ["placement", "placement", urls.placement],
    ["glance", "image", `${urls.standIns}/image`],
    ["neutron", "network", `${urls.standIns}/network`],
  ];
  for (const [name, type, url] of services) {
    const service = await ask("POST", "/services", { service: { name, type } });
    for (const face of ["public", "internal", "admin"])
      await ask("POST", "/endpoints", {
        endpoint: {
          service_id: service["service"]!.id,
          interface: face,
          url,
          region_id: "RegionOne",
        },
      });
  }
}
