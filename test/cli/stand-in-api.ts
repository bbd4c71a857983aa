// A stand-in for an API server on loopback, for commands that look at a cluster: lists that a test
// names, each readable, refused or unknown. It changes nothing and streams nothing.

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Item = { readonly metadata: { readonly name: string; readonly namespace?: string } };

export type Served = {
  /** By the last part of the path, such as "pcialiases"; what is not named is an empty list. */
  readonly lists: Readonly<Record<string, readonly object[]>>;
  /** 401 for the token, 403 for a resource, 404 for a resource nobody serves; "*" is all. */
  readonly refused?: Readonly<Record<string, 401 | 403 | 404 | 503>>;
};

export type StandInApi = {
  readonly kubeconfig: string;
  readonly serve: (served: Served) => void;
  readonly close: () => Promise<void>;
};

const resources = /\/(namespaces\/[^/]+\/)?([a-z]+)(?:\/([^/]+))?$/;

export async function startStandInApi(): Promise<StandInApi> {
  let served: Served = { lists: {} };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://loopback");
    if (url.searchParams.get("watch") === "1" && url.searchParams.get("sendInitialEvents") === null)
      return void response.writeHead(200, json).write("");
    answer(url, served, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), "nova-pci-api-"));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigFor(`http://127.0.0.1:${port}`));
  return {
    kubeconfig,
    serve: (next) => void (served = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

const json = { "content-type": "application/json" };

function answer(url: URL, { lists, refused = {} }: Served, response: ServerResponse): void {
  const say = (status: number, body: unknown): void =>
    void response.writeHead(status, json).end(JSON.stringify(body));
  if (url.pathname === "/version" && refused["*"] !== 401)
    return say(200, { gitVersion: "v1.36.0" });
  if (url.pathname === "/apis/admissionregistration.k8s.io/v1")
    return say(200, { resources: Object.keys(lists).map((plural) => ({ name: plural })) });
  const [, scope = "", resource = "", name] = resources.exec(url.pathname) ?? [];
  const status = refused[resource] ?? refused["*"];
  if (status !== undefined) return say(status, refusal(status, url.pathname, resource, name));
  // Streamed lists are newer than this server.
  if (url.searchParams.get("sendInitialEvents") !== null)
    return say(422, { kind: "Status", code: 422, reason: "Invalid", message: "sendInitialEvents" });
  const namespace = /^namespaces\/(.+)\/$/.exec(scope)?.[1];
  const all = ((lists[resource] ?? []) as readonly Item[]).filter(
    ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
  );
  if (name === undefined)
    return say(200, { kind: "List", metadata: { resourceVersion: "1" }, items: all });
  const item = all.find(({ metadata }) => metadata.name === name);
  if (item === undefined) return say(404, refusal(404, url.pathname, resource, name));
  say(200, item);
}

function refusal(status: number, path: string, resource: string, name?: string): object {
  const messages: Readonly<Record<number, string>> = {
    401: "Unauthorized",
    403: `${resource} is forbidden: User "jane" cannot ${name === undefined ? "list" : "get"} resource "${resource}" in API group "${groupOf(path)}"${place(path)}`,
    404:
      name === undefined || path.startsWith("/apis/apiext")
        ? "the server could not find the requested resource"
        : `${resource} "${name}" not found`,
    503: "the server is currently unable to handle the request",
  };
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code: status,
    reason: "",
    message: messages[status] ?? path,
  };
}

const groupOf = (path: string): string => /^\/apis\/([^/]+)/.exec(path)?.[1] ?? "";

const place = (path: string): string => {
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
  return namespace === undefined ? " at the cluster scope" : ` in the namespace "${namespace}"`;
};

function kubeconfigFor(server: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "${server}", insecure-skip-tls-verify: true } }]
users: [{ name: u, user: { token: a-token-that-nobody-should-print } }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
current-context: c
`;
}
