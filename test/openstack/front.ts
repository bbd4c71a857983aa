// A front that passes every request on to a real service and writes down what went through, with
// TLS towards the client when asked: so that a test can count tokens and refusals, and see that the
// CA is honoured, while the answers stay those of the real thing.
import { readFileSync } from "node:fs";
import { createServer, request as forward, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

type Passed = { readonly method: string; readonly path: string; readonly status: number };

export type Front = {
  readonly url: string;
  readonly passed: readonly Passed[];
  readonly count: (method: string, path: string, status?: number) => number;
  readonly close: () => Promise<void>;
};

const tlsFile = (name: string) =>
  readFileSync(fileURLToPath(new URL(`fast/tls/${name}`, import.meta.url)));

export async function startFront(target: string, tls = false): Promise<Front> {
  const { hostname, port } = new URL(target);
  const passed: Passed[] = [];
  const server = tls
    ? createTlsServer({ key: tlsFile("server.key"), cert: tlsFile("server.pem") })
    : createServer();
  server.on("request", (incoming: IncomingMessage, outgoing) => {
    const { method = "", url: path = "", headers } = incoming;
    const onward = forward({ hostname, port, method, path, headers }, (answer) => {
      passed.push({ method, path, status: answer.statusCode ?? 0 });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    passed,
    count: (method, path, status) =>
      passed.filter(
        (file) =>
          file.method === method &&
          file.path.startsWith(path) &&
          (status === undefined || file.status === status),
      ).length,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
