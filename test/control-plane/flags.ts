// Flags with which etcd and Kubernetes make a control plane on loopback. What each one is for
// stands beside it where the name does not say it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export function etcdFlags(folder: string, url: string, peerUrl: string): readonly string[] {
  return [
    ...["--name=t", `--data-dir=${join(folder, "etcd")}`, "--unsafe-no-fsync", "--log-level=warn"],
    ...[`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
    ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
    ...[`--initial-cluster=t=${peerUrl}`, "--quota-backend-bytes=4294967296"],
  ];
}

export function serverFlags(
  folder: string,
  etcdUrl: string,
  port: number,
  auditLog: string | undefined,
): readonly string[] {
  const pki = (name: string) => join(folder, "pki", name);
  return [
    ...[`--etcd-servers=${etcdUrl}`, "--bind-address=127.0.0.1", `--secure-port=${port}`],
    // A loopback address cannot be an endpoint of the Service "kubernetes".
    ...["--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none"],
    ...[`--tls-cert-file=${pki("apiserver.crt")}`, `--client-ca-file=${pki("ca.crt")}`],
    `--tls-private-key-file=${pki("apiserver.key")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${pki("sa.key")}`,
    `--service-account-signing-key-file=${pki("sa.key")}`,
    ...["--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=Node,RBAC"],
    ...["--allow-privileged=true", "--profiling=false"],
    "--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement",
    ...(auditLog === undefined ? [] : auditFlags(folder, auditLog)),
  ];
}

function auditFlags(folder: string, auditLog: string): readonly string[] {
  const policy = join(folder, "audit-policy.yaml");
  const rules = [{ level: "Metadata", omitStages: ["RequestReceived"] }];
  writeFileSync(policy, JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules }));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`];
}

/** No node lifecycle: nobody marks fake nodes NotReady, tests set conditions themselves. */
const controllers = (minor: number): readonly string[] => [
  ...["daemonset-controller", "deployment-controller", "replicaset-controller"],
  ...["statefulset-controller", "job-controller", "cronjob-controller", "disruption-controller"],
  ...["namespace-controller", "garbage-collector-controller", "pod-garbage-collector-controller"],
  ...["serviceaccount-controller", "serviceaccount-token-controller"],
  ...["root-ca-certificate-publisher-controller", "clusterrole-aggregation-controller"],
  // It type-checks the expressions of validating policies and says so in their status.
  ...(minor < 30 ? [] : ["validatingadmissionpolicy-status-controller"]),
];

export function managerFlags(
  folder: string,
  kubeconfig: string,
  port: number,
  minor: number,
): readonly string[] {
  return [
    ...[`--kubeconfig=${kubeconfig}`, "--bind-address=127.0.0.1", `--secure-port=${port}`],
    ...["--leader-elect=false", "--use-service-account-credentials=true", "--profiling=false"],
    `--service-account-private-key-file=${join(folder, "pki/sa.key")}`,
    `--root-ca-file=${join(folder, "pki/ca.crt")}`,
    // With the default of 20 a second a DaemonSet of 500 takes half a minute (measured).
    ...[
      "--kube-api-qps=2000",
      "--kube-api-burst=4000",
      `--controllers=${controllers(minor).join(",")}`,
    ],
  ];
}

export function writeKubeconfig(folder: string, server: string, user: "admin" | "kcm"): string {
  const file = join(folder, `${user}.kubeconfig`);
  const pki = (name: string) => join(folder, "pki", name);
  const keys = { "client-certificate": pki(`${user}.crt`), "client-key": pki(`${user}.key`) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "certificate-authority": pki("ca.crt") } }],
    users: [{ name: "u", user: keys }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
