// A stand-in for a Nova API that has flavors and healthy computes, no part of OpenStack: as much of
// it as the running operator asks for. Real Nova is tested in test/openstack.
import { cloudsYamlKey } from "../../src/api/names.ts";
import {
  startStandIn,
  type Reply,
  type Seen,
  type StandIn,
} from "../openstack/fast/stand-in-cloud.ts";

type NovaFlavor = {
  readonly id: string;
  readonly name: string;
  readonly extra_specs: Readonly<Record<string, string>>;
};

export type StandInNova = {
  readonly flavors: () => readonly NovaFlavor[];
  /** What somebody else made. */
  readonly addFlavor: (id: string, name: string) => void;
  /** Everything that was changed since the beginning, as "METHOD path". */
  readonly changes: () => readonly string[];
  /** A Secret that leads here. */
  readonly secret: (name: string) => object;
  readonly close: () => Promise<void>;
};

/** The compute services report anew whenever they are looked at. */
export async function startStandInNova(hosts: readonly string[]): Promise<StandInNova> {
  const flavors = new Map<string, NovaFlavor>();
  const cloud = await startStandIn();
  const closed = new Map<string, string>();
  let beats = 0;
  cloud.answerWith((seen) => {
    if (seen.path === "/compute/v2.1/os-services") {
      beats += 1;
      const services = hosts.map((host) => serviceOf(host, beats, closed.get(host)));
      return { status: 200, body: { services } };
    }
    return answerService(seen, closed) ?? answerFlavors(seen, flavors);
  });
  return {
    flavors: () => [...flavors.values()],
    addFlavor: (id, name) => void flavors.set(id, flavorOf({ id, name })),
    changes: () =>
      cloud.seen
        .filter((seen) => seen.method !== "GET" && seen.path.startsWith("/compute/"))
        .map((seen) => `${seen.method} ${seen.path.replace("/compute/v2.1", "")}`),
    secret: (name) => ({ metadata: { name }, stringData: { [cloudsYamlKey]: cloudsYaml(cloud) } }),
    close: cloud.close,
  };
}

function cloudsYaml(cloud: StandIn): string {
  const auth = { auth_url: cloud.url, username: "u", password: "p", project_name: "admin" };
  return JSON.stringify({ clouds: { here: { auth } } });
}

function serviceOf(host: string, beat: number, closed: string | undefined): object {
  const updated = new Date(Date.UTC(2026, 0, 1) + beat * 10_000).toISOString();
  return {
    ...{ id: host, host, binary: "nova-compute", state: "up", updated_at: updated.slice(0, -1) },
    ...{ status: closed === undefined ? "enabled" : "disabled", disabled_reason: closed ?? null },
  };
}

/** The id of a service is its host here. */
function answerService(seen: Seen, closed: Map<string, string>): Reply | undefined {
  const host = /^\/compute\/v2\.1\/os-services\/([^/]+)$/.exec(seen.path)?.[1];
  if (host === undefined || seen.method !== "PUT") return undefined;
  const asked = seen.body as { readonly status: string; readonly disabled_reason?: string };
  if (asked.status === "enabled") closed.delete(host);
  else closed.set(host, asked.disabled_reason ?? "");
  return { status: 200, body: { service: { id: host } } };
}

function flavorOf(given: { readonly id: string; readonly name: string }): NovaFlavor {
  return {
    ...{ vcpus: 1, ram: 512, disk: 1, swap: 0, "OS-FLV-EXT-DATA:ephemeral": 0 },
    ...{ "os-flavor-access:is_public": true, description: null, extra_specs: {} },
    ...given,
  };
}

function answerFlavors(seen: Seen, flavors: Map<string, NovaFlavor>): Reply | undefined {
  const parts = /^\/compute\/v2\.1\/flavors(?:\/([^/]+))?(.*)$/.exec(seen.path);
  if (parts === null) return undefined;
  const [, id, rest = ""] = parts;
  if (id === "detail") return { status: 200, body: { flavors: [...flavors.values()] } };
  if (id === undefined) {
    if (seen.method !== "POST") return undefined;
    const made = flavorOf((seen.body as { readonly flavor: NovaFlavor }).flavor);
    flavors.set(made.id, made);
    return { status: 200, body: { flavor: made } };
  }
  const found = flavors.get(id);
  if (found === undefined) return undefined;
  if (rest === "" && seen.method === "DELETE") {
    flavors.delete(id);
    return { status: 202 };
  }
  if (rest === "/os-extra_specs" && seen.method === "POST") {
    const { extra_specs } = seen.body as NovaFlavor;
    flavors.set(id, { ...found, extra_specs: { ...found.extra_specs, ...extra_specs } });
    return { status: 200, body: { extra_specs } };
  }
  const key = /^\/os-extra_specs\/(.+)$/.exec(rest)?.[1];
  if (key === undefined || seen.method !== "DELETE") return undefined;
  const { [decodeURIComponent(key)]: gone, ...left } = found.extra_specs;
  flavors.set(id, { ...found, extra_specs: left });
  return { status: gone === undefined ? 404 : 200 };
}
