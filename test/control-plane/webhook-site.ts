// The shipped webhook on a control plane without nodes: its Service leads to this machine, where an
// operator runs as its own process. What API servers check of a certificate stays as it is in a
// cluster, because they ask by the name of the Service.
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import {
  injectionLabel,
  operatorName,
  operatorNamespace,
  webhookName,
  webhookSecret,
} from "../../src/api/names.ts";
import { compute, computePod } from "../admission/pods.ts";
import { openBench, type Bench, type OperatorProcess } from "../operator/process.ts";
import type { ControlPlane } from "./attach.ts";
import type { Json } from "./client.ts";
import { assign, bare, dryRun, operatorUser, reserved } from "./policies.ts";
import { freePorts, until } from "./processes.ts";

const root = join(import.meta.dirname, "../..");
export const webhookPath = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${webhookName}`;

export type WebhookSite = {
  readonly bench: Bench;
  readonly operator: OperatorProcess;
  readonly operators: readonly OperatorProcess[];
  readonly port: number;
  /** A new pod of a managed node comes back with its fragment. */
  readonly serves: () => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

export async function applied(plane: ControlPlane, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await plane.kubectl(["apply", "--server-side", ...args]);
  if (code !== 0) throw new Error(`kubectl apply ${args.join(" ")}: ${stderr}`);
}

export function shipped(folder: string): readonly string[] {
  return ["-k", join(root, folder)];
}

/** `deploy/webhook` as it is, but for where the Service leads and the port. */
export async function installWebhook(plane: ControlPlane, port: number): Promise<void> {
  const rendered = await plane.kubectl(["kustomize", join(root, "deploy/webhook")]);
  const objects = (loadAll(rendered.stdout) as Json[]).map((value) => {
    if (value.kind === "Service")
      return { ...value, spec: { type: "ExternalName", externalName: "localhost" } };
    for (const hook of value.webhooks ?? []) hook.clientConfig.service.port = port;
    return value;
  });
  const list = { apiVersion: "v1", kind: "List", items: objects };
  const { code, stderr } = await plane.kubectl(
    ["apply", "--server-side", "--force-conflicts", "-f", "-"],
    JSON.stringify(list),
  );
  if (code !== 0) throw new Error(stderr);
}

/** `crds` and `deploy` must be there. Several replicas are reached in turn, as by a Service. */
export async function openWebhookSite(
  plane: ControlPlane,
  { replicas = 1, proxied = true }: { readonly replicas?: number; readonly proxied?: boolean } = {},
): Promise<WebhookSite> {
  const [port = 0, ...behind] = await freePorts(replicas === 1 ? 1 : 1 + replicas);
  const namespace = await plane.namespace({ [injectionLabel]: "enabled" });
  await applied(plane, "-n", namespace, ...shipped("deploy/namespace"));
  await assign(plane.impersonate(operatorUser), namespace, { ...reserved, n1: compute });
  await installWebhook(plane, port);
  await leadElsewhere(plane);
  const bench = await openBench(plane, proxied);
  const close = behind.length === 0 ? undefined : await inTurn(port, behind);
  const operators = await Promise.all(
    (behind.length === 0 ? [port] : behind).map((number) =>
      bench.start("--webhook-bind-address", `127.0.0.1:${number}`),
    ),
  );
  const serves = async (): Promise<boolean> => {
    const { body } = await dryRun(plane, namespace, bare(computePod()));
    return JSON.stringify(body.spec?.volumes ?? []).includes(compute);
  };
  await until("the webhook", serves, { seconds: 120, hopeless: bench.trouble });
  const stop = async () => {
    await bench.stop();
    await close?.();
  };
  return { bench, operator: operators[0]!, operators, port, serves, stop };
}

/**
 * Whoever leads looks after assignments: it would take those of the tests for its own, and leave out
 * their nodes, which no cluster has. The webhook is served leader or not.
 */
async function leadElsewhere(plane: ControlPlane): Promise<void> {
  const now = new Date().toISOString().replace("Z", "000Z");
  const times = { leaseDurationSeconds: 36_000, acquireTime: now, renewTime: now };
  const metadata = { name: operatorName, namespace: operatorNamespace };
  const kind = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
  const path = `/apis/coordination.k8s.io/v1/namespaces/${operatorNamespace}/leases`;
  await plane.apply(`${path}/${operatorName}`, {
    ...kind,
    metadata,
    spec: { holderIdentity: "elsewhere", ...times },
  });
}

/** Each connection goes to the next of these ports, whether anybody answers there or not. */
async function inTurn(port: number, behind: readonly number[]): Promise<() => Promise<void>> {
  let next = 0;
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(behind[next++ % behind.length]!, "127.0.0.1");
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(socket);
      socket.on("error", () => undefined).on("close", () => other.destroy());
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}

export async function secretOf(plane: ControlPlane): Promise<Json> {
  return plane.get(`/api/v1/namespaces/${operatorNamespace}/secrets/${webhookSecret}`);
}
