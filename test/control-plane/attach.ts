// A control plane that runs, as a test uses it: made from its coordinates alone, so that another
// process may have started it. Starts and ends nothing.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clientFor, type Client } from "./client.ts";
import { until } from "./processes.ts";

export type Coordinates = {
  readonly url: string;
  readonly caFile: string;
  readonly adminToken: string;
  /** Of the administrator, with certificate and key files. */
  readonly kubeconfig: string;
  readonly folder: string;
  readonly bin: string;
  readonly auditLog?: string;
};

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The requests of Client are the administrator's. */
export type ControlPlane = Coordinates &
  Omit<Client, "close"> & {
    readonly ca: string;
    /** Runs kubectl as the administrator; never throws for its exit code. */
    kubectl(args: readonly string[], stdin?: string): Promise<Ran>;
    /** The same requests with another token. */
    as(token: string): Client;
    /** The same requests as another user who may do everything: for admission, not for RBAC. */
    impersonate(user: string): Client;
    /** A token of an hour for a ServiceAccount that exists. */
    serviceAccountToken(namespace: string, name: string): Promise<string>;
    /** Creates a namespace of a new name; pods can be made in it at once. */
    namespace(labels?: Readonly<Record<string, string>>, prefix?: string): Promise<string>;
    /** Ends what this process started; for a shared one it closes connections only. */
    stop(): Promise<void>;
  };

export function attach(coordinates: Coordinates): ControlPlane {
  const { url, adminToken } = coordinates;
  const ca = readFileSync(coordinates.caFile, "utf8");
  const admin = clientFor({ url, ca, token: adminToken });
  const others: Client[] = [];
  const other = (access: Parameters<typeof clientFor>[0]) => {
    const client = clientFor(access);
    others.push(client);
    return client;
  };
  return {
    ...coordinates,
    ...admin,
    ca,
    as: (token) => other({ url, ca, token }),
    impersonate: (user) =>
      other({
        ...{ url, ca, token: adminToken },
        headers: { "impersonate-user": user, "impersonate-group": "system:masters" },
      }),
    kubectl: (args, stdin) => kubectl(coordinates, args, stdin),
    serviceAccountToken: async (namespace, name) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const kind = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" };
      const body = await admin.create(path, { ...kind, spec: { expirationSeconds: 3600 } });
      return body.status.token as string;
    },
    namespace: async (labels = {}, prefix = "t") => {
      const name = `${prefix}-${randomBytes(4).toString("hex")}`;
      const metadata = { name, labels };
      await admin.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
      // Pods are refused until the controller has made the default ServiceAccount.
      const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
      await until("the default ServiceAccount", () => admin.get(account));
      return name;
    },
    stop: async () => {
      await Promise.all([admin, ...others].map((client) => client.close()));
    },
  };
}

function kubectl(of: Coordinates, args: readonly string[], stdin?: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      join(of.bin, "kubectl"),
      [...args],
      {
        env: { ...process.env, KUBECONFIG: of.kubeconfig, KUBECACHEDIR: join(of.folder, "cache") },
        maxBuffer: 1 << 26,
      },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin?.end(stdin ?? "");
  });
}
