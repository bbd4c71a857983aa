// A stand-in for an API server that misbehaves on purpose: one collection, lists and watches, and the
// next requests answered by whatever the test says. In-process, plain HTTP.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Access } from "../../src/cluster/wire/access.ts";
import type { Raw } from "../../src/cluster/views/kube-object.ts";

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

export type Answer = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

export type FaultServer = {
  readonly access: Access;
  readonly asked: readonly Asked[];
  /** The next requests that match are answered so; without one the server behaves. */
  readonly next: (matches: (asked: Asked) => boolean, answer: Answer, times?: number) => void;
  readonly objects: Map<string, Raw>;
  /** Adds or changes an object and tells every open watch. */
  readonly put: (name: string, more?: Record<string, unknown>) => Raw;
  readonly remove: (name: string) => void;
  readonly bookmark: () => void;
  readonly send: (line: string) => void;
  /** Ends every open watch cleanly, or breaks its connection. */
  readonly endWatches: () => void;
  readonly breakWatches: () => void;
  readonly watching: () => number;
  readonly revision: () => string;
  /** Forget history: a watch from before gets 410. */
  readonly compact: () => void;
  readonly close: () => Promise<void>;
};

export type FaultServerOptions = {
  /** Answers sendInitialEvents with 422, as a server without WatchList. */
  readonly noStreamedLists?: boolean;
};

export const isWatch = (asked: Asked): boolean => asked.query.get("watch") === "1";
export const isList = (asked: Asked): boolean => asked.method === "GET" && !isWatch(asked);

export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
  const asked: Asked[] = [];
  const faults: { matches: (file: Asked) => boolean; answer: Answer; left: number }[] = [];
  const watches = new Set<ServerResponse>();
  const objects = new Map<string, Raw>();
  let revision = 100;
  let oldest = 0;

  const server: Server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://x");
      const other: Asked = {
        method: request.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body,
      };
      asked.push(other);
      const fault = faults.find((each) => each.left > 0 && each.matches(other));
      if (fault !== undefined) {
        fault.left -= 1;
        fault.answer(other, response, request);
      } else if (isWatch(other)) watch(other, response);
      else list(other, response);
    });
  });

  function list(file: Asked, response: ServerResponse): void {
    const limit = Number(file.query.get("limit") ?? 500);
    const from = Number(file.query.get("continue") ?? 0);
    const items = [...objects.values()].slice(from, from + limit);
    const more = from + limit < objects.size ? { continue: String(from + limit) } : {};
    answerJson(response, 200, { metadata: { resourceVersion: String(revision), ...more }, items });
  }

  function watch(file: Asked, response: ServerResponse): void {
    const initial = file.query.get("sendInitialEvents") === "true";
    if (initial && options.noStreamedLists === true) {
      return answerStatus(response, 422, "sendInitialEvents is forbidden");
    }
    const from = file.query.get("resourceVersion");
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (from !== null && Number(from) < oldest) {
      response.end(line("ERROR", { code: 410, reason: "Expired", message: "too old" }));
      return;
    }
    if (initial) {
      for (const object of objects.values()) response.write(line("ADDED", object));
      response.write(
        line("BOOKMARK", {
          metadata: {
            resourceVersion: String(revision),
            annotations: { "k8s.io/initial-events-end": "true" },
          },
        }),
      );
    }
    watches.add(response);
    response.on("close", () => watches.delete(response));
  }

  const send = (text: string): void => {
    for (const serverResponse of watches) serverResponse.write(text);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    access: {
      server: `http://127.0.0.1:${port}`,
      tls: {},
      headers: () => Promise.resolve({ authorization: "Bearer test" }),
      forget: () => undefined,
    },
    asked,
    objects,
    next: (matches, answer, times = 1) => void faults.push({ matches, answer, left: times }),
    put: (name, more = {}) => {
      revision += 1;
      const known = objects.get(name);
      const object = {
        metadata: {
          name,
          namespace: "n",
          uid: known?.metadata.uid ?? `uid-${name}`,
          resourceVersion: String(revision),
        },
        ...more,
      };
      objects.set(name, object);
      send(line(known === undefined ? "ADDED" : "MODIFIED", object));
      return object;
    },
    remove: (name) => {
      const known = objects.get(name);
      if (known === undefined) return;
      revision += 1;
      objects.delete(name);
      const metadata = { ...known.metadata, resourceVersion: String(revision) };
      send(line("DELETED", { ...known, metadata }));
    },
    bookmark: () => send(line("BOOKMARK", { metadata: { resourceVersion: String(revision) } })),
    send,
    endWatches: () => {
      for (const serverResponse of watches) serverResponse.end();
    },
    breakWatches: () => {
      for (const serverResponse of watches) serverResponse.destroy();
    },
    watching: () => watches.size,
    revision: () => String(revision),
    compact: () => {
      revision += 1;
      oldest = revision;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

export function answerStatus(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  answerJson(response, status, { kind: "Status", code: status, message }, headers);
}

export const reset: Answer = (_asked, response) => void response.destroy();

/** Polls until it holds; the test's own time limit ends the wait. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
