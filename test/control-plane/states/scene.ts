// Puts a control plane into one state of the table after the other: the shipped policy and webhook, the
// shipped server in this process at the webhook's port, and certificates that are made to measure.
// The configuration says that others make the certificates, so that the operator mends none.

import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Socket } from "node:net";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import {
  injectionLabel,
  operatorName,
  operatorNamespace,
  webhookName,
  webhookSecret,
} from "../../../src/api/names.ts";
import { openRest, type Rest } from "../../../src/cluster/wire/rest.ts";
import { makeAuthority, makeLeaf, type Leaf } from "../../../src/webhook/certificates.ts";
import { startWebhook } from "../../../src/webhook/webhook.ts";
import type { ControlPlane } from "../attach.ts";
import type { Json } from "../client.ts";
import { assign, operatorUser } from "../policies.ts";
import { freePorts } from "../processes.ts";
import { applied, shipped, webhookPath } from "../webhook-site.ts";
import { makePresent } from "./bystanders.ts";
import { states, type State } from "./table.ts";

const root = join(import.meta.dirname, "../../..");
const secretPath = `/api/v1/namespaces/${operatorNamespace}/secrets/${webhookSecret}`;
const servicePath = `/api/v1/namespaces/${operatorNamespace}/services/${webhookSecret}`;

export type StateScene = {
  /** The control plane is in this state; the namespace where a pod of Nova is to be made. */
  readonly enter: (state: State) => Promise<string>;
  readonly leave: () => Promise<void>;
};

type Pki = {
  readonly secrets: Readonly<Record<State["secret"], Leaf | "absent">>;
  readonly bundles: Readonly<Record<State["bundle"], string | undefined>>;
  readonly good: Leaf;
};

/** `crds` and `deploy` must be there, and neither policy nor webhook; the policy's folder, if one is served. */
export async function openStates(
  plane: ControlPlane,
  policyFolder: string | undefined,
): Promise<StateScene> {
  const [port = 0] = await freePorts(1);
  const pki = await makePki();
  const namespaces = await makeNamespaces(plane);
  const hook = await installHook(plane, port);
  const policy = policyFolder === undefined ? [] : await rendered(plane, policyFolder);
  const rest = await operatorsRest(plane);
  let close: () => Promise<void> = nothing;
  return {
    enter: async (state) => {
      await close();
      const way = state.ways[0];
      const [hooked, ruled] = [
        way === "webhook" || way === "both",
        way === "policy" || way === "both",
      ];
      for (const placed of policy)
        await put(
          plane,
          placed,
          ruled && (placed.path !== bindingPath(placed) || state.binding === "there"),
        );
      const caBundle = pki.bundles[state.bundle];
      await put(
        plane,
        { ...hook.configuration, object: trusting(hook.configuration.object, caBundle) },
        hooked,
      );
      await put(plane, hook.service, state.service === "there");
      await putSecret(plane, pki.secrets[state.secret]);
      close = await openDoor(state.door, { port, rest, good: pki.good });
      return namespaces.get(keyOf(state))!;
    },
    leave: async () => {
      await close();
      await rest.close();
      for (const placed of policy) await plane.remove(placed.path);
      for (const path of [webhookPath, secretPath]) await plane.remove(path);
    },
  };
}

// --- what is made once ----------------------------------------------------------------------------

const year = 365 * 24 * 60 * 60 * 1000;

async function makePki(): Promise<Pki> {
  const now = Date.now();
  const [own, other] = [await makeAuthority(now), await makeAuthority(now)];
  const names = [`${webhookSecret}.${operatorNamespace}.svc`];
  const leaf = (at: number, of = names) => makeLeaf(own, of, at);
  const [good, second] = [await leaf(now), await leaf(now)];
  return {
    good,
    secrets: {
      good,
      absent: "absent",
      empty: { cert: "", key: "" },
      expired: await leaf(now - 2 * year),
      early: await leaf(now + year),
      "of another name": await leaf(now, ["elsewhere.example.com"]),
      mixed: { cert: good.cert, key: second.key },
    },
    bundles: {
      own: own.cert,
      absent: undefined,
      foreign: other.cert,
      "old and own": other.cert + own.cert,
      "own and next": own.cert + other.cert,
    },
  };
}

function keyOf({ label, rights, assignment }: State): string {
  return JSON.stringify([label, rights, assignment]);
}

/** One for each label, rights and assignment of the table, with a pod of Nova that is there already. */
async function makeNamespaces(plane: ControlPlane): Promise<ReadonlyMap<string, string>> {
  const namespaces = new Map<string, string>();
  for (const state of states) {
    if (namespaces.has(keyOf(state))) continue;
    const labels = state.label === "absent" ? {} : { [injectionLabel]: state.label };
    const namespace = await plane.namespace(labels, "state");
    namespaces.set(keyOf(state), namespace);
    if (state.rights) await applied(plane, "-n", namespace, ...shipped("deploy/namespace"));
    await makePresent(plane, namespace);
    if (state.assignment === "absent") continue;
    const data = state.assignment === "no data" ? undefined : state.assignment;
    await assign(plane.impersonate(operatorUser), namespace, data);
  }
  return namespaces;
}

type Placed = { readonly path: string; readonly object: Json };

async function rendered(plane: ControlPlane, folder: string): Promise<readonly Placed[]> {
  const { stdout } = await plane.kubectl(["kustomize", join(root, folder)]);
  return (loadAll(stdout) as Json[]).map((object) => {
    const plural = `${(object.kind as string).toLowerCase()}s`.replace(/policys$/, "policies");
    return { path: `/apis/${object.apiVersion}/${plural}/${object.metadata.name}`, object };
  });
}

function bindingPath({ path }: Placed): string | undefined {
  return /bindings\//.test(path) ? path : undefined;
}

/** Everything of deploy/webhook; the Service leads to this machine. */
async function installHook(plane: ControlPlane, port: number) {
  const { stdout } = await plane.kubectl(["kustomize", join(root, "deploy/webhook")]);
  const objects = loadAll(stdout) as Json[];
  const configuration = objects.find((object) => object.metadata.name === webhookName)!;
  configuration.metadata.annotations["cert-manager.io/inject-ca-from"] = "made/to-measure";
  configuration.webhooks[0].clientConfig.service.port = port;
  const service = objects.find((object) => object.kind === "Service")!;
  const others = objects.filter((object) => object !== configuration && object !== service);
  const list = { apiVersion: "v1", kind: "List", items: others };
  const args = ["apply", "--server-side", "-f", "-"];
  const { code, stderr } = await plane.kubectl(args, JSON.stringify(list));
  if (code !== 0) throw new Error(stderr);
  const { metadata } = service;
  const spec = { type: "ExternalName", externalName: "localhost" };
  return {
    configuration: { path: webhookPath, object: configuration },
    service: { path: servicePath, object: { apiVersion: "v1", kind: "Service", metadata, spec } },
  };
}

async function operatorsRest(plane: ControlPlane): Promise<Rest> {
  const token = await plane.serviceAccountToken(operatorNamespace, operatorName);
  const headers = () => Promise.resolve({ authorization: `Bearer ${token}` });
  return openRest({ server: plane.url, tls: { ca: plane.ca }, headers, forget: () => undefined });
}

// --- what each state puts -------------------------------------------------------------------------

async function put(plane: ControlPlane, placed: Placed, there: boolean): Promise<void> {
  if (there) await plane.apply(placed.path, placed.object);
  else await plane.remove(placed.path);
}

function trusting(configuration: Json, bundle: string | undefined): Json {
  const caBundle = bundle === undefined ? undefined : Buffer.from(bundle).toString("base64");
  const [hook] = configuration.webhooks;
  return {
    ...configuration,
    webhooks: [{ ...hook, clientConfig: { ...hook.clientConfig, caBundle } }],
  };
}

async function putSecret(plane: ControlPlane, leaf: Leaf | "absent"): Promise<void> {
  if (leaf === "absent") return plane.remove(secretPath);
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  await plane.apply(secretPath, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: webhookSecret, namespace: operatorNamespace },
    data: { "tls.crt": base64(leaf.cert), "tls.key": base64(leaf.key) },
  });
}

const nothing = (): Promise<void> => Promise.resolve();

type DoorParts = { readonly port: number; readonly rest: Rest; readonly good: Leaf };

/** How it is closed. */
async function openDoor(door: State["door"], parts: DoorParts): Promise<() => Promise<void>> {
  if (door === "closed") return nothing;
  if (door === "operator") {
    const webhook = await startWebhook({
      rest: parts.rest,
      namespace: operatorNamespace,
      at: { host: "127.0.0.1", port: parts.port },
      now: Date.now,
      counted: () => undefined,
      troubled: () => undefined,
      changed: () => undefined,
      times: { lookMillis: 200, soonMillis: 200 },
    });
    return webhook.stop;
  }
  const open = new Set<Socket>();
  const server =
    door === "mute"
      ? createTcp()
      : createHttps({ cert: parts.good.cert, key: parts.good.key }, (_request, response) => {
          response.end("hello");
        });
  server.on("connection", (socket: Socket) => open.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(parts.port, "127.0.0.1", resolve));
  return async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}
