// Probes and metrics over plain HTTP. Ready = it leads or sees who leads, and knows the whole
// cluster. Decides nothing.

import { createServer, type Server } from "node:http";
import type { Address } from "./settings.ts";

type Answer = { readonly status: number; readonly type?: string; readonly body: string };
type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

export type Served = { readonly port: number; readonly close: () => Promise<void> };

/** Port 0 = not served. */
export async function serve(at: Address, routes: Routes): Promise<Served | undefined> {
  if (at.port === 0) return undefined;
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0]!;
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const answering = async (): Promise<Answer> =>
      route === undefined ? { status: 404, body: "there is no such page\n" } : route();
    answering().then(
      ({ status, type, body }) => {
        response.writeHead(status, { "content-type": type ?? "text/plain; charset=utf-8" });
        response.end(request.method === "HEAD" ? "" : body);
      },
      () => {
        response.writeHead(500);
        response.end();
      },
    );
  });
  server.requestTimeout = 5_000;
  await listen(server, at);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : at.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === "" ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

type Health = {
  readonly alive: () => string | undefined;
  /** Why it is not ready; undefined = ready. */
  readonly ready: () => string | undefined;
};

/**
 * Longer than any round that still does something: each request ends after at most 30 s, and a
 * first look at a large cloud takes some minutes. What is stuck starts anew with nothing in memory.
 */
export const longestRoundMillis = 900_000;

/** A round that never ends is not alive, whatever else answers. */
export function stuck(
  oldest: { readonly namespace: string; readonly since: number } | undefined,
  now: number,
): string | undefined {
  if (oldest === undefined || now - oldest.since < longestRoundMillis) return undefined;
  return `a round of namespace ${oldest.namespace} does not end`;
}

export function healthRoutes(health: Health): Routes {
  const answer = (problem: string | undefined): Answer =>
    problem === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${problem}\n` };
  return {
    "/healthz": () => answer(health.alive()),
    "/readyz": () => answer(health.ready()),
  };
}
