// A cloud that had PCI passthrough before the operator came: Nova's workloads with [pci] in their
// own Secret and ConfigMap, and a flavor that names the alias. The cloud behind the flavors is a
// stand-in; no Nova runs.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { readConf } from "../../src/nova/conf/oslo-conf.ts";
import type { ControlPlane } from "../control-plane/attach.ts";
import type { Json } from "../control-plane/client.ts";
import type { Files } from "../control-plane/pod-files.ts";
import { startStandIn, type Seen, type StandIn } from "../openstack/fast/stand-in-cloud.ts";
import type { Site } from "./rollouts/cloud-site.ts";

const root = join(import.meta.dirname, "../..");

export const a1 =
  '{"vendor_id": "8086", "product_id": "154d", "device_type": "type-PF", "name": "a1"}';
export const specs = [
  '{"vendor_id": "8086", "product_id": "154d", "address": "0000:41:00.0"}',
  '{"vendor_id": "8086", "product_id": "154d", "address": "0000:41:00.1"}',
];

/** What the chart writes: the alias in a Secret, the devices in a ConfigMap under another key. */
export function chartTexts(isThere: boolean) {
  const alias = isThere ? `[pci]\nalias = ${a1}\n` : "";
  const devices = isThere
    ? `[pci]\n${specs.map((spec) => `device_spec = ${spec}\n`).join("")}`
    : "# none\n";
  return {
    secret: {
      "nova.conf": `[DEFAULT]\ndebug = false\n${alias}`,
      "nova-compute.conf": `[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n${alias}`,
    },
    configMap: { auth: "[keystone_authtoken]\nauth_type = password\n", devices },
  };
}

/** openstack-helm's shapes with snippets from a ConfigMap whose keys are no file names. */
export function withPciOfTheChart(object: Json): Json {
  const texts = chartTexts(true);
  if (object.kind === "Secret") return secretOrSnippets(object, texts);
  const volumes = (object.spec.template.spec.volumes ?? []) as Json[];
  const snippets = volumes.find((volume) => volume.name === "nova-etc-snippets");
  if (snippets === undefined) return object;
  const item =
    object.metadata.name === "nova-compute-default"
      ? { key: "devices", path: "10-devices.conf" }
      : { key: "auth", path: "auth.conf" };
  const configMap = { name: "nova-snippets", items: [item] };
  delete snippets.emptyDir;
  snippets.projected = { sources: [{ configMap }] };
  return object;
}

function secretOrSnippets(object: Json, texts: ReturnType<typeof chartTexts>): Json {
  if (object.metadata.name === "nova-etc") return { ...object, stringData: texts.secret };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "nova-snippets" },
    data: texts.configMap,
  };
}

/** A cloud with one flavor that asks for the alias, and every node's nova-compute up. */
export async function cloudBehind(
  plane: ControlPlane,
  site: Pick<Site, "namespace" | "nodes">,
): Promise<StandIn> {
  const cloud = await startStandIn();
  cloud.answerWith(novaWith(site.nodes));
  const text = JSON.stringify({
    clouds: {
      openstack: {
        auth: {
          auth_url: `${cloud.url}/v3`,
          username: "nova-pci",
          password: "secret",
          project_name: "admin",
          user_domain_name: "Default",
          project_domain_name: "Default",
        },
        region_name: "here",
      },
    },
  });
  await plane.create(`/api/v1/namespaces/${site.namespace}/secrets`, {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "nova-pci-cloud" } },
    stringData: { "clouds.yaml": text },
  });
  return cloud;
}

/**
 * Services can be closed for new servers and opened again, and the flavor takes extra specs; else
 * the cloud says what it says.
 */
function novaWith(nodes: readonly string[]) {
  const closed = new Map<string, string>();
  const specs: Record<string, string> = { ...large.extra_specs };
  return ({ method, path, body }: Seen) => {
    if (path === "/compute/v2.1/flavors/detail")
      return { status: 200, body: { flavors: [{ ...large, extra_specs: specs }] } };
    if (method === "POST" && path === "/compute/v2.1/flavors/f1/os-extra_specs") {
      const { extra_specs: more } = body as { readonly extra_specs: Record<string, string> };
      return { status: 200, body: { extra_specs: Object.assign(specs, more) } };
    }
    if (!path.startsWith("/compute/v2.1/os-services")) return undefined;
    const services = nodes.map((host) => ({
      ...{ id: `id-${host}`, host, binary: "nova-compute", state: "up" },
      status: closed.has(host) ? "disabled" : "enabled",
      disabled_reason: closed.get(host) ?? null,
      updated_at: new Date().toISOString().slice(0, 19),
    }));
    if (method === "GET") return { status: 200, body: { services } };
    const service = services.find((host) => path.endsWith(host.id));
    if (service === undefined) return undefined;
    const { status, disabled_reason = "" } = body as Readonly<Record<string, string>>;
    if (status === "disabled") closed.set(service.host, disabled_reason);
    else closed.delete(service.host);
    return { status: 200, body: { service } };
  };
}

const large = {
  ...{ id: "f1", name: "pci.large", vcpus: 4, ram: 8192, disk: 40, swap: 0 },
  ...{ "OS-FLV-EXT-DATA:ephemeral": 0, "os-flavor-access:is_public": true },
  extra_specs: { "pci_passthrough:alias": "a1:1", "hw:cpu_policy": "dedicated" },
};

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The command as a user runs it. */
export function novaPci(plane: ControlPlane, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--no-warnings", join(root, "src/main.ts"), ...args],
      { env: { ...process.env, NODE_OPTIONS: "", KUBECONFIG: plane.kubeconfig } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
  });
}

/** Values that a process finds in all its files together. */
export function valuesIn(files: Files, option: string): readonly string[] {
  const inOrder = Object.entries(files)
    .filter(([path]) => /^\/etc\/nova\/(nova\.conf$|nova\.conf\.d\/[^/]+\.conf$)/.test(path))
    .sort(([text], [other]) => (text.length === other.length ? 0 : text < other ? -1 : 1))
    .map(([name, text]) => ({ name, text }));
  return readConf(inOrder).valuesOf("pci", option);
}
