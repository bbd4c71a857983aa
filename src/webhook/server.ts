// The webhook's HTTPS server: one path, one answer per request. The certificate is exchanged while
// it serves; until there is one every handshake fails, which refuses nothing that is not selected.

import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { answerOf, judge, reviewOf, type ReadAssignment } from "./review.ts";

const webhookPath = "/inject";
/** A pod is at most some megabytes: what etcd takes, twice (old and new object), and its frame. */
const bodyLimit = 8 * 1024 * 1024;
/**
 * Longer than the 90 s for which API servers keep a connection (SetTransportDefaults in
 * apimachinery): Node's five seconds would make each pod of a rollout pay for a handshake, and let
 * us close what is just being asked on.
 */
const keptMillis = 120_000;

export type Counted = {
  readonly result: "injected" | "left-alone" | "untouched" | "refused" | "invalid";
  readonly seconds: number;
};

export type WebhookServer = {
  readonly port: number;
  /** From now on new connections see this certificate. */
  readonly present: (certificate: { readonly cert: string; readonly key: string }) => void;
  readonly close: () => Promise<void>;
};

export async function serveWebhook(options: {
  readonly at: { readonly host: string; readonly port: number };
  readonly read: ReadAssignment;
  readonly counted: (counted: Counted) => void;
}): Promise<WebhookServer> {
  const server = createServer({ minVersion: "TLSv1.2" }, (request, response) => {
    void answer(request, response, options);
  });
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = keptMillis;
  server.on("tlsClientError", () => undefined);
  await listen(server, options.at);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.at.port,
    present: (certificate) => server.setSecureContext({ ...certificate, minVersion: "TLSv1.2" }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { read, counted }: { readonly read: ReadAssignment; readonly counted: (item: Counted) => void },
): Promise<void> {
  const began = performance.now();
  const count = (result: Counted["result"]): void =>
    counted({ result, seconds: (performance.now() - began) / 1000 });
  try {
    const path = (request.url ?? "").split("?", 1)[0];
    if (request.method !== "POST" || path !== webhookPath) return end(response, 404, {});
    const review = reviewOf(parsed(await bodyOf(request)));
    if (review === undefined) {
      count("invalid");
      return end(response, 400, {});
    }
    const verdict = await judge(review, read);
    count(resultOf(verdict));
    end(response, 200, answerOf(review.uid, verdict));
  } catch {
    // The caller went away, or sent more than anybody may.
    count("invalid");
    response.destroy();
  }
}

function resultOf(verdict: Awaited<ReturnType<typeof judge>>): Counted["result"] {
  if (verdict.is === "refused") return "refused";
  if (verdict.patch.length === 0) return "untouched";
  return verdict.patch.some((operation) => operation.path.startsWith("/spec/"))
    ? "injected"
    : "left-alone";
}

function end(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === "" ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
