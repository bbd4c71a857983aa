// A stand-in for a bad network in front of a real API server: passes HTTP on over TLS, counts, and
// for requests that a rule selects resets, delays, refuses, loses the answer after the server has
// done the work, or lets a stream fall silent. Deterministic: a rule says how many times it acts.
import { readFileSync } from "node:fs";
import { createServer, request as httpsRequest, Agent } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Coordinates } from "./attach.ts";

export type Fault =
  /** The connection breaks before the request reaches the server. */
  | { readonly fault: "reset" }
  /** An answer of the proxy's own, e.g. 429 with Retry-After, 503, or 410 for a LIST or WATCH. */
  | {
      readonly fault: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The server does it, the client is told `status` (500 unless told). */
  | { readonly fault: "fail-after-commit"; readonly status?: number }
  /** The server does it, the connection breaks before the answer. */
  | { readonly fault: "reset-after-commit" }
  | { readonly fault: "slow"; readonly millis: number }
  /** A stream that breaks after so many bytes; without bytes, before the first. */
  | { readonly fault: "cut"; readonly afterBytes?: number }
  /** A stream that stays open and says nothing more after so many bytes: half-open. */
  | { readonly fault: "silent"; readonly afterBytes?: number }
  /** A watch that ends at once with HTTP 200 and one ERROR event, code 410 unless told. */
  | { readonly fault: "error-event"; readonly code?: number };

type Seen = {
  readonly method: string;
  /** get, list, watch, create, update, patch, delete. */
  readonly verb: string;
  /** "pods", "pods/status"; "" for what is no resource. */
  readonly resource: string;
  readonly path: string;
  readonly userAgent: string;
  /** Of the answer that the client got; 0 = none. */
  status: number;
};

type Rule = Fault & {
  readonly when: (seen: Omit<Seen, "status">) => boolean;
  /** Requests it acts on; then it is spent. For ever unless told. */
  readonly times?: number;
};

export type FaultProxy = {
  readonly url: string;
  /** Every request, in order of arrival. */
  readonly seen: readonly Seen[];
  /** Requests by what is asked for, e.g. count({verb: "watch", resource: "pods"}). */
  count(of: Partial<Omit<Seen, "path" | "method">>): number;
  /** Rules act in their order; the first that selects a request acts alone. Returns its remover. */
  add(rule: Rule): () => void;
  clear(): void;
  /** Breaks every connection that is open now. */
  cutAll(): void;
  /** Until true again, connections are broken as they come: the server is unreachable. */
  setReachable(reachable: boolean): void;
  stop(): Promise<void>;
};

/** The serving certificate is the control plane's own: clients need its CA and no other. */
export async function startFaultProxy(plane: Coordinates): Promise<FaultProxy> {
  const pki = (name: string) => readFileSync(join(plane.folder, "pki", name));
  const upstream = new URL(plane.url);
  const agent = new Agent({ keepAlive: true, ca: pki("ca.crt") });
  const rules: { rule: Rule; left: number }[] = [];
  const seen: Seen[] = [];
  let reachable = true;

  const forward = (from: IncomingMessage, body: Buffer) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const to = httpsRequest({
        host: upstream.hostname,
        port: upstream.port,
        method: from.method,
        path: from.url,
        headers: from.headers,
        agent,
      });
      to.on("response", resolve).on("error", reject);
      const abandon = () => to.destroy();
      from.socket.once("close", abandon);
      to.once("close", () => from.socket.off("close", abandon));
      to.end(body);
    });

  async function serve(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const other: Seen = { ...describe(from), status: 0 };
    seen.push(other);
    const body = await bodyOf(from);
    const rule = take(other);
    if (rule?.fault === "reset") return void from.socket.destroy();
    if (rule?.fault === "slow") await pause(rule.millis);
    if (rule?.fault === "answer") {
      other.status = rule.status;
      const said = rule.body ?? statusObject(rule.status);
      const type = typeof said === "string" ? "text/plain" : "application/json";
      to.writeHead(rule.status, { "content-type": type, ...rule.headers });
      return void to.end(typeof said === "string" ? said : JSON.stringify(said));
    }
    if (rule?.fault === "error-event") {
      other.status = 200;
      to.writeHead(200, { "content-type": "application/json" });
      const object = statusObject(rule.code ?? 410);
      return void to.end(`${JSON.stringify({ type: "ERROR", object })}\n`);
    }
    const answer = await forward(from, body);
    if (rule?.fault === "reset-after-commit" || rule?.fault === "fail-after-commit") {
      await bodyOf(answer);
      if (rule.fault === "reset-after-commit") return void from.socket.destroy();
      other.status = rule.status ?? 500;
      to.writeHead(other.status, { "content-type": "application/json" });
      return void to.end(JSON.stringify(statusObject(other.status)));
    }
    other.status = answer.statusCode ?? 0;
    to.writeHead(other.status, answer.headers);
    to.flushHeaders();
    await stream(answer, to, rule);
  }

  function take(file: Seen): Rule | undefined {
    const found = rules.find(({ rule, left }) => left > 0 && rule.when(file));
    if (found !== undefined) found.left--;
    return found?.rule;
  }

  const server = createServer(
    { cert: pki("apiserver.crt"), key: pki("apiserver.key") },
    (from, to) => {
      serve(from, to).catch(() => from.socket.destroy());
    },
  );
  const sockets = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => {
    if (!reachable) return void socket.destroy();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  // A client that cannot be served breaks the handshake: no news.
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${port}`,
    seen,
    count: (of) =>
      seen.filter((file) =>
        Object.entries(of).every(([key, value]) => file[key as keyof Seen] === value),
      ).length,
    add: (rule) => {
      const entry = { rule, left: rule.times ?? Infinity };
      rules.push(entry);
      return () => void rules.splice(rules.indexOf(entry), 1);
    },
    clear: () => void rules.splice(0),
    cutAll,
    setReachable: (is) => {
      reachable = is;
      if (!is) cutAll();
    },
    stop: async () => {
      cutAll();
      agent.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function stream(
  answer: IncomingMessage,
  to: ServerResponse,
  rule: Rule | undefined,
): Promise<void> {
  const ends = rule?.fault === "cut" || rule?.fault === "silent" ? rule : undefined;
  const limit = ends === undefined ? Infinity : (ends.afterBytes ?? 0);
  let sent = 0;
  if (limit > 0)
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const part = chunk.subarray(0, limit - sent);
      sent += part.length;
      to.write(part);
      if (sent >= limit) break;
    }
  if (ends === undefined) to.end();
  else if (ends.fault === "cut") to.socket?.destroy();
  // Silent: the server's stream was left, the client's stays open.
}

async function bodyOf(from: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of from as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

function describe(from: IncomingMessage): Omit<Seen, "status"> {
  const method = from.method ?? "GET";
  const url = new URL(from.url ?? "/", "https://proxy");
  const path = url.pathname;
  const found =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/)?([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(
      path,
    );
  const [, plural = "", name, subresource] = found ?? [];
  const watch = url.searchParams.get("watch");
  const reads = watch === "1" || watch === "true" ? "watch" : name === undefined ? "list" : "get";
  return {
    method,
    verb: method === "GET" ? reads : (verbs[method] ?? method.toLowerCase()),
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    path: from.url ?? "/",
    userAgent: from.headers["user-agent"] ?? "",
  };
}

const reasons: Readonly<Record<number, string>> = {
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
};

function statusObject(code: number): unknown {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `injected ${code}`,
    reason: reasons[code] ?? "Unknown",
    code,
  };
}
