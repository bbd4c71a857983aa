// A stand-in for kube-proxy, for one Service: listens on ADDRESS PORT and passes each connection
// to a ready endpoint, asked from the API server twice a second. A process of its own, so that
// nothing the test does can hold a request up.
// usage: node service-proxy.ts ADDRESS PORT NAMESPACE SERVICE   (environment: SERVER CA TOKEN)
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { clientFor } from "../control-plane/client.ts";
import { list } from "./kubernetes-api.ts";

type Slice = {
  readonly ports: readonly { readonly port: number }[];
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready?: boolean };
  }[];
};

const [address, port, namespace, service] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const api = clientFor({
  url: process.env["SERVER"]!,
  ca: readFileSync(process.env["CA"]!, "utf8"),
  token: process.env["TOKEN"]!,
});
const slices =
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices` +
  `?labelSelector=kubernetes.io/service-name%3D${service}`;

let ready: readonly { host: string; port: number }[] = [];
let turn = 0;

async function look(): Promise<void> {
  const found = await list<Slice>(api, slices);
  ready = found.flatMap((slice) =>
    (slice.endpoints ?? [])
      .filter((endpoint) => endpoint.conditions.ready === true)
      .map((endpoint) => ({ host: endpoint.addresses[0]!, port: slice.ports[0]!.port })),
  );
}

setInterval(() => void look().catch(() => undefined), 500);

createServer((from) => {
  const endpoint = ready[turn++ % Math.max(1, ready.length)];
  if (endpoint === undefined) {
    from.destroy();
    return;
  }
  const to = connect(endpoint);
  const end = () => {
    from.destroy();
    to.destroy();
  };
  from.on("error", end).on("close", end);
  to.on("error", end).on("close", end);
  from.pipe(to).pipe(from);
}).listen(Number(port), address);
