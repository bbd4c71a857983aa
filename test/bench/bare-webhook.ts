// Webhooks that do nothing of what ours does: what is left of the time is what asking any webhook costs,
// and any that looks at the API server before it answers, as one must that says what is assigned now.
import { createServer } from "node:https";
import { buffer } from "node:stream/consumers";
import { makeAuthority, makeLeaf } from "../../src/webhook/certificates.ts";
import { compute } from "../admission/pods.ts";
import type { ControlPlane } from "../control-plane/attach.ts";
import { freePorts } from "../control-plane/processes.ts";
import { webhookPath } from "../control-plane/webhook-site.ts";

type BareWebhook = {
  readonly name: string;
  /** Namespaces whose pods it is asked about. */
  readonly labels: Readonly<Record<string, string>>;
  /** What it waits for before it answers. */
  readonly first: () => Promise<unknown>;
};

/** The same patch for every pod. */
const patch = Buffer.from(
  JSON.stringify([
    {
      op: "add",
      path: "/spec/volumes",
      value: [{ name: "nova-pci", configMap: { name: compute } }],
    },
  ]),
).toString("base64");

/** Installed beside ours, with its rules; ends with what is returned. */
export async function installBare(plane: ControlPlane, bare: BareWebhook): Promise<() => void> {
  const authority = await makeAuthority(Date.now());
  const leaf = await makeLeaf(authority, ["localhost"], Date.now());
  const [port = 0] = await freePorts(1);
  const server = createServer(leaf, (request, response) => {
    void buffer(request).then(async (body) => {
      const { uid } = (JSON.parse(body.toString()) as { request: { uid: string } }).request;
      await bare.first();
      const answer = { uid, allowed: true, patchType: "JSONPatch", patch };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          apiVersion: "admission.k8s.io/v1",
          kind: "AdmissionReview",
          response: answer,
        }),
      );
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const ours = await plane.get(webhookPath);
  await plane.create(webhookPath.slice(0, webhookPath.lastIndexOf("/")), {
    metadata: { name: bare.name },
    webhooks: [
      {
        ...ours.webhooks[0],
        name: `${bare.name}.example.org`,
        namespaceSelector: { matchLabels: bare.labels },
        clientConfig: {
          url: `https://localhost:${port}/inject`,
          caBundle: Buffer.from(authority.cert).toString("base64"),
        },
      },
    ],
  });
  return () => {
    server.closeAllConnections();
    server.close();
  };
}
