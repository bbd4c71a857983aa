// The server of the page: loopback only, reading only, for whoever has its address. A random part
// of the path is the key, so that neither another user of the machine nor a page of the web that
// has this name resolve to 127.0.0.1 reads anything.

import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answer } from "./answers.ts";
import type { PageFile } from "./page-files.ts";
import type { Reel } from "./reel.ts";

export type PageServer = {
  /** With the key; what a browser is given. */
  readonly url: string;
  readonly close: () => Promise<void>;
};

type PageOptions = {
  readonly reel: Reel;
  readonly files: Readonly<Record<string, PageFile>>;
  /** 0 or absent = any that is free. */
  readonly port?: number;
  readonly key?: string;
};

const headers = {
  "content-security-policy": [
    "default-src 'none'",
    ...["script-src", "style-src", "connect-src", "img-src"].map((text) => `${text} 'self'`),
    ...["base-uri", "form-action", "frame-ancestors"].map((text) => `${text} 'none'`),
    "require-trusted-types-for 'script'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

export async function servePage({ reel, files, port = 0, key }: PageOptions): Promise<PageServer> {
  const secret = key ?? randomBytes(18).toString("base64url");
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const refused = refusal(request, server, secret);
    if (refused !== undefined) return plain(response, refused, "");
    const url = new URL(request.url ?? "/", "http://localhost");
    if (!url.pathname.startsWith(`/${secret}/`)) return plain(response, 404, "");
    const name = url.pathname.slice(secret.length + 2);
    if (name === "events") return stream(reel, response, streams);
    const path = name === "" ? "index.html" : name;
    if (Object.hasOwn(files, path)) {
      const file = files[path]!;
      response.writeHead(200, { ...headers, "content-type": file.type }).end(file.content);
      return;
    }
    const value = name.startsWith("api/")
      ? answer(reel, name.slice("api/".length), url.searchParams)
      : undefined;
    if (value === undefined) return plain(response, 404, "");
    response.writeHead(200, { ...headers, "content-type": "application/json" });
    response.end(JSON.stringify(value));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port }, resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}/${secret}/`,
    close: () =>
      new Promise((resolve) => {
        for (const serverResponse of streams) serverResponse.end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/**
 * The status of a request that is not for us; a name that resolves to 127.0.0.1 is none of ours.
 */
function refusal(request: IncomingMessage, server: Server, secret: string): number | undefined {
  const hosts = ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${portOf(server)}`);
  if (!hosts.includes(request.headers.host ?? "")) return 421;
  if (request.method !== "GET") return 405;
  const from = request.headers["sec-fetch-site"];
  if (from === "cross-site" || from === "same-site") return 403;
  const [, given = ""] = (request.url ?? "").split("?", 1)[0]!.split("/", 2);
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b) ? undefined : 404;
}

function plain(response: ServerResponse, status: number, text: string): void {
  const allow = status === 405 ? { allow: "GET" } : {};
  response.writeHead(status, { ...headers, ...allow, "content-type": "text/plain" }).end(text);
}

/** Server-sent events: one for each moment, and one when the phase of the story changes. */
function stream(reel: Reel, response: ServerResponse, streams: Set<ServerResponse>): void {
  response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
  response.write("retry: 1000\n\n");
  streams.add(response);
  const stop = reel.subscribe((told) => {
    const event = "head" in told ? "moment" : "phase";
    const data = "head" in told ? told.head : told.phase;
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  });
  response.on("close", () => {
    streams.delete(response);
    stop();
  });
}
