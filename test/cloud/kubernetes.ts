// The cluster's control plane: starts etcd, kube-apiserver, kube-controller-manager and
// kube-scheduler on fixed addresses of the private namespace. Knows no node and no OpenStack.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientFor, type Client } from "../control-plane/client.ts";
import { lastLines, until } from "../control-plane/processes.ts";
import { authority, kubeconfig, sign } from "./certificates.ts";
import { get } from "./kubernetes-api.ts";
import {
  controlAddress,
  serviceAddress,
  serviceRange,
  kubernetesUrl,
  type Folders,
} from "./layout.ts";
import { killProcesses, run, start } from "./processes.ts";

/** Paths of the programs, by their usual names. */
export type Binaries = (
  name:
    | "etcd"
    | "kube-apiserver"
    | "kube-controller-manager"
    | "kube-scheduler"
    | "kubelet"
    | "kubectl",
) => string;

export type Cluster = {
  readonly api: Client;
  readonly pki: string;
  readonly token: string;
  readonly adminKubeconfig: string;
  /** Its API server is started anew; everything else goes on and finds it again. */
  restartServer(): Promise<void>;
  kubectl(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
};

const tokens = "tokens.csv";
const etcdUrl = "http://127.0.0.1:2379";
const etcdPeerUrl = "http://127.0.0.1:2380";

/** Every controller that a DaemonSet, a Deployment, a Service and a lost node need. */
const controllers = [
  ...["daemonset-controller", "deployment-controller", "replicaset-controller"],
  ...["statefulset-controller", "job-controller", "disruption-controller", "namespace-controller"],
  ...["garbage-collector-controller", "pod-garbage-collector-controller"],
  ...["serviceaccount-controller", "serviceaccount-token-controller"],
  ...["root-ca-certificate-publisher-controller", "clusterrole-aggregation-controller"],
  ...["node-lifecycle-controller", "taint-eviction-controller", "endpointslice-controller"],
  "validatingadmissionpolicy-status-controller",
];

export async function startKubernetes(binaries: Binaries, where: Folders): Promise<Cluster> {
  const folder = where.kubernetes;
  const pki = join(folder, "pki");
  mkdirSync(folder, { recursive: true });
  await certificates(pki);
  const token = randomBytes(24).toString("hex");
  writeFileSync(join(folder, tokens), `${token},admin,admin,"system:masters"\n`);
  const adminKubeconfig = writeKubeconfig(folder, "admin");
  const managerKubeconfig = writeKubeconfig(folder, "controller-manager");

  const log = (name: string) => join(where.logs, `${name}.log`);
  start("etcd", log("etcd"), [binaries("etcd"), ...etcdFlags(folder)]);
  const cluster = clusterIn(binaries, where);
  const { api } = cluster;
  await serve(binaries, where, api);
  start("kube-controller-manager", log("kube-controller-manager"), [
    binaries("kube-controller-manager"),
    ...managerFlags(pki, managerKubeconfig),
  ]);
  start("kube-scheduler", log("kube-scheduler"), [
    ...([binaries("kube-scheduler"), `--kubeconfig=${adminKubeconfig}`] as [string, string]),
    ...["--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port=10259"],
  ]);
  const account = "/api/v1/namespaces/default/serviceaccounts/default";
  await until("the default ServiceAccount", () => get(api, account));
  return cluster;
}

async function serve(binaries: Binaries, { kubernetes, logs }: Folders, api: Client) {
  const log = join(logs, "kube-apiserver.log");
  const flags = serverFlags(join(kubernetes, "pki"), kubernetes);
  const server = start("kube-apiserver", log, [binaries("kube-apiserver"), ...flags]);
  const ready = (): Promise<boolean> =>
    api.request("GET", "/readyz").then(
      ({ body }) => body === "ok",
      () => false,
    );
  await until("the API server", ready, {
    hopeless: () => (server.ended() ? `it ended: ${lastLines(log)}` : undefined),
  });
}

/** The cluster that was started with these folders, by this process or another. */
export function clusterIn(binaries: Binaries, where: Folders): Cluster {
  const pki = join(where.kubernetes, "pki");
  const [token] = readFileSync(join(where.kubernetes, tokens), "utf8").split(",") as [string];
  const adminKubeconfig = kubeconfigOf(where.kubernetes, "admin");
  const ca = readFileSync(join(pki, "ca.crt"), "utf8");
  const api = clientFor({ url: kubernetesUrl, ca, token });
  return {
    api,
    restartServer: async () => {
      const meant = ([program]: readonly string[]) => program === binaries("kube-apiserver");
      await until("the end of the API server", () => killProcesses(meant) === 0);
      await serve(binaries, where, api);
    },
    pki,
    token,
    adminKubeconfig,
    kubectl: (args, env = {}) =>
      run(binaries("kubectl"), args, { env: { ...env, KUBECONFIG: adminKubeconfig } }),
  };
}

async function certificates(pki: string): Promise<void> {
  await authority(pki);
  // Clients in pods check the certificate against KUBERNETES_SERVICE_HOST: the Service's address.
  const addresses = ["127.0.0.1", controlAddress, serviceAddress].map((ip) => `IP:${ip}`);
  const names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  const alternativeNames = [...addresses, ...names.map((name) => `DNS:${name}`)].join(",");
  await sign(pki, pki, { name: "apiserver", subject: "/CN=kube-apiserver", alternativeNames });
  await sign(pki, pki, { name: "admin", subject: "/O=system:masters/CN=admin" });
  await sign(pki, pki, {
    name: "controller-manager",
    subject: "/CN=system:kube-controller-manager",
  });
}

function kubeconfigOf(folder: string, user: string): string {
  return join(folder, `${user}.kubeconfig`);
}

function writeKubeconfig(folder: string, user: string): string {
  const file = kubeconfigOf(folder, user);
  const pki = join(folder, "pki");
  writeFileSync(
    file,
    kubeconfig({
      server: kubernetesUrl,
      authority: join(pki, "ca.crt"),
      certificate: join(pki, `${user}.crt`),
      key: join(pki, `${user}.key`),
    }),
  );
  return file;
}

function etcdFlags(folder: string): readonly string[] {
  return [
    ...["--name=cloud", `--data-dir=${join(folder, "etcd")}`, "--unsafe-no-fsync"],
    ...[
      "--log-level=warn",
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
    ],
    ...[`--listen-peer-urls=${etcdPeerUrl}`, `--initial-advertise-peer-urls=${etcdPeerUrl}`],
    `--initial-cluster=cloud=${etcdPeerUrl}`,
  ];
}

function serverFlags(pki: string, folder: string): readonly string[] {
  const file = (name: string) => join(pki, name);
  return [
    `--etcd-servers=${etcdUrl}`,
    // Port 443 on every address: the Service `kubernetes` is then the API server itself.
    ...["--bind-address=0.0.0.0", "--secure-port=443", `--advertise-address=${controlAddress}`],
    `--tls-cert-file=${file("apiserver.crt")}`,
    `--tls-private-key-file=${file("apiserver.key")}`,
    `--client-ca-file=${file("ca.crt")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${file("service-accounts.key")}`,
    `--service-account-signing-key-file=${file("service-accounts.key")}`,
    `--service-cluster-ip-range=${serviceRange}`,
    ...["--authorization-mode=Node,RBAC", "--allow-privileged=true", "--profiling=false"],
    "--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement",
    `--kubelet-client-certificate=${file("admin.crt")}`,
    `--kubelet-client-key=${file("admin.key")}`,
    "--kubelet-preferred-address-types=InternalIP",
  ];
}

function managerFlags(pki: string, kubeconfigFile: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfigFile}`,
    ...["--bind-address=127.0.0.1", "--secure-port=10257", "--leader-elect=false"],
    `--service-account-private-key-file=${join(pki, "service-accounts.key")}`,
    `--root-ca-file=${join(pki, "ca.crt")}`,
    ...["--use-service-account-credentials=true", "--profiling=false"],
    // A dead kubelet is noticed after three of its leases (node.ts), not after fifty seconds.
    "--node-monitor-grace-period=24s",
    ...["--kube-api-qps=2000", "--kube-api-burst=4000", `--controllers=${controllers.join(",")}`],
  ];
}
