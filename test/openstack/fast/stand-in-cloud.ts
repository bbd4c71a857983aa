// A stand-in for a cloud, no part of OpenStack: one HTTP server that plays Keystone, Nova, Placement
// and Neutron as far as a test tells it to, and that can fail in every way a server can. The real
// ones are tested next door; this one is for what they cannot be made to do on demand.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

export type Reply =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Taken and never answered, as by a half-open connection. */
  | "silence"
  | "reset"
  /** Headers, and then a byte now and then. */
  | "trickle";

export type Handler = (seen: Seen) => Reply | undefined;

export type StandIn = {
  readonly url: string;
  /** All requests in their order, tokens included. */
  readonly seen: readonly Seen[];
  readonly tokensGiven: () => number;
  /** Asked first; what it does not answer is answered as a healthy, empty cloud would. */
  readonly answerWith: (handler: Handler) => void;
  readonly tokenSeconds: (seconds: number) => void;
  readonly close: () => Promise<void>;
};

const tlsFile = (name: string) =>
  readFileSync(fileURLToPath(new URL(`tls/${name}`, import.meta.url)));
/** The CA that signed the certificate of a stand-in with TLS. */
export const testCa = tlsFile("ca.pem").toString();

export async function startStandIn(options: { readonly tls?: boolean } = {}): Promise<StandIn> {
  const seen: Seen[] = [];
  let handler: Handler = () => undefined;
  let tokens = 0;
  let tokenSeconds = 3600;
  let url = "";
  const sockets = new Set<Socket>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = await readRequest(request);
    seen.push(what);
    const reply = handler(what) ?? healthy(what);
    if (reply === "silence") return;
    if (reply === "reset") return void request.socket.resetAndDestroy();
    if (reply === "trickle") return trickle(response);
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(reply.body === undefined ? "" : asText(reply.body));
  }

  function healthy(what: Seen): Reply {
    if (what.method === "POST" && what.path === "/v3/auth/tokens") {
      tokens += 1;
      const headers = { "x-subject-token": `token-${tokens}` };
      return { status: 201, headers, body: tokenBody(url, tokenSeconds) };
    }
    return emptyCloud(what);
  }

  const server: Server = options.tls
    ? createTlsServer({ key: tlsFile("server.key"), cert: tlsFile("server.pem") })
    : createServer();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    void serve(request, response);
  });
  server.on(options.tls ? "secureConnection" : "connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  url = `${options.tls ? "https" : "http"}://127.0.0.1:${port}`;
  return {
    url,
    seen,
    tokensGiven: () => tokens,
    answerWith: (next) => (handler = next),
    tokenSeconds: (seconds) => (tokenSeconds = seconds),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function trickle(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(timer));
}

function emptyCloud({ path }: Seen): Reply {
  if (path === "/compute/v2.1/")
    return { status: 200, body: { version: { id: "v2.1", version: "2.104", min_version: "2.1" } } };
  if (path === "/placement/")
    return {
      status: 200,
      body: { versions: [{ id: "v1.0", max_version: "1.39", min_version: "1.0" }] },
    };
  const lists: Readonly<Record<string, string>> = {
    "/compute/v2.1/flavors/detail": "flavors",
    "/compute/v2.1/os-services": "services",
    "/compute/v2.1/os-hypervisors/detail": "hypervisors",
    "/compute/v2.1/servers/detail": "servers",
    "/compute/v2.1/os-migrations": "migrations",
    "/placement/resource_providers": "resource_providers",
    "/network/v2.0/ports": "ports",
  };
  const list = lists[path];
  return list === undefined
    ? { status: 404, body: { itemNotFound: { message: `no ${path}`, code: 404 } } }
    : { status: 200, body: { [list]: [] } };
}

function tokenBody(url: string, seconds: number): unknown {
  const issued = Date.UTC(2026, 0, 1);
  const endpoints = (path: string) =>
    ["public", "internal"].map((kind) => ({
      interface: kind,
      region_id: "here",
      url: `${url}/${path}`,
    }));
  return {
    token: {
      issued_at: new Date(issued).toISOString(),
      expires_at: new Date(issued + seconds * 1000).toISOString(),
      project: { id: "p1", name: "admin" },
      catalog: [
        { type: "compute", endpoints: endpoints("compute/v2.1") },
        { type: "placement", endpoints: endpoints("placement") },
        { type: "network", endpoints: endpoints("network") },
      ],
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? "/", "http://stand-in");
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers as Record<string, string>,
    body: text === "" ? undefined : (JSON.parse(text) as unknown),
  };
}

function asText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}
