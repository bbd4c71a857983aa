// A real node: containerd and a kubelet in a mount, PID and UTS namespace of their own, a bridge
// for the node's pods. Knows nothing of Nova but the folder it keeps.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines, until } from "../control-plane/processes.ts";
import { kubeconfig, sign } from "./certificates.ts";
import type { Binaries, Cluster } from "./kubernetes.ts";
import { get } from "./kubernetes-api.ts";
import { kubernetesUrl, type Folders, type NodeLayout } from "./layout.ts";
import { pluginFolder } from "./machine.ts";
import type { Outage } from "./openstack.ts";
import { killProcesses, run, start } from "./processes.ts";

type NodeNeeds = {
  readonly binaries: Binaries;
  readonly cluster: Cluster;
  readonly folders: Folders;
  /** Control group below which this cloud's nodes live; no other cloud may share it. */
  readonly group: string;
  readonly images: readonly string[];
};

export type RunningNode = {
  readonly name: string;
  readonly kubelet: Outage;
  /** Takes the place of the image that has its name. */
  readonly takeImage: (archive: string) => Promise<void>;
};

export const pauseImage = "cloud.test/pause:1";

/** The folder that this node sees as /var/lib/nova. */
export function novaFolder(where: Folders, node: NodeLayout): string {
  return join(where.state, "var-lib-nova", node.name);
}

export async function startNode(node: NodeLayout, needs: NodeNeeds): Promise<RunningNode> {
  const folder = join(needs.folders.state, node.name);
  const nova = novaFolder(needs.folders, node);
  for (const below of ["pki", "kubelet", "containerd", "logs", "cni", "plugins"])
    mkdirSync(join(folder, below), { recursive: true });
  mkdirSync(nova, { recursive: true });
  await credentials(folder, node, needs.cluster);
  writeFileSync(join(folder, "cni/10-bridge.conflist"), JSON.stringify(podNetwork(node)));
  writeFileSync(join(folder, "containerd.toml"), containerd(folder));
  writeFileSync(
    join(folder, "kubelet.yaml"),
    JSON.stringify(kubelet(folder, node, needs), undefined, 1),
  );
  const log = join(needs.folders.logs, `${node.name}.log`);
  const init = join(import.meta.dirname, "node-init.sh");
  const labels = Object.entries(node.labels).map(([key, value]) => `${key}=${value}`);
  const process = start(
    node.name,
    log,
    [
      ...(["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child"] as const),
      ...["bash", init, ...needs.images],
    ],
    {
      env: {
        NODE: node.name,
        FOLDER: folder,
        NOVA: nova,
        GROUP: needs.group,
        ADDRESS: node.address,
        KUBELET: needs.binaries("kubelet"),
        LABELS: labels.join(","),
      },
    },
  );
  const ended = () =>
    process.ended()
      ? `it ended: ${lastLines(log)}\n${lastLines(join(folder, "kubelet.log"), 5)}`
      : undefined;
  await until(`node ${node.name}`, () => isReady(needs.cluster, node.name), {
    seconds: 300,
    hopeless: ended,
  });
  return nodeIn(node, needs);
}

/** The node that was started in these folders, by this process or another. */
export function nodeIn(
  node: NodeLayout,
  needs: Pick<NodeNeeds, "cluster" | "folders">,
): RunningNode {
  const folder = join(needs.folders.state, node.name);
  return {
    name: node.name,
    kubelet: kubeletOutage(node, folder, needs.cluster),
    takeImage: async (archive) => {
      const socket = join(folder, "containerd.sock");
      await run("ctr", ["-a", socket, "-n", "k8s.io", "images", "import", archive]);
    },
  };
}

/** SIGKILL, as a crash would; its containers live on. Given back, it takes them up again. */
function kubeletOutage(node: NodeLayout, folder: string, cluster: Cluster): Outage {
  const wanted = join(folder, "kubelet-wanted");
  return {
    stop: () => {
      rmSync(wanted);
      const killed = killProcesses(
        (words) =>
          words[0]?.endsWith("/kubelet") === true &&
          words.includes(`--hostname-override=${node.name}`),
      );
      if (killed !== 1) throw new Error(`${killed} kubelets of ${node.name} were found`);
      return Promise.resolve();
    },
    start: async () => {
      writeFileSync(wanted, "");
      await until(`node ${node.name}`, () => isReady(cluster, node.name), { seconds: 300 });
    },
  };
}

type NodeObject = {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: { readonly conditions: readonly { type: string; status: string }[] };
};

async function isReady(cluster: Cluster, name: string): Promise<boolean> {
  const found = await get<NodeObject>(cluster.api, `/api/v1/nodes/${name}`);
  const ready = found?.status.conditions.some((c) => c.type === "Ready" && c.status === "True");
  return ready === true && (found?.spec.taints ?? []).length === 0;
}

async function credentials(folder: string, node: NodeLayout, cluster: Cluster): Promise<void> {
  const pki = join(folder, "pki");
  await sign(cluster.pki, pki, {
    name: "node",
    subject: `/O=system:nodes/CN=system:node:${node.name}`,
  });
  writeFileSync(
    join(folder, "kubeconfig"),
    kubeconfig({
      server: kubernetesUrl,
      authority: join(cluster.pki, "ca.crt"),
      certificate: join(pki, "node.crt"),
      key: join(pki, "node.key"),
    }),
  );
}

function podNetwork(node: NodeLayout): unknown {
  const subnet = `10.99.${node.index}.0/24`;
  const ranges = [[{ subnet, gateway: node.address }]];
  return {
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
      {
        type: "bridge",
        bridge: node.bridge,
        isGateway: true,
        ipMasq: false,
        ipam: { type: "host-local", ranges, routes: [{ dst: "0.0.0.0/0" }] },
      },
    ],
  };
}

function containerd(folder: string): string {
  const unused = [
    ...["snapshotter.v1.aufs", "snapshotter.v1.btrfs", "snapshotter.v1.devmapper"],
    ...["snapshotter.v1.zfs", "tracing.processor.v1.otlp", "internal.v1.tracing"],
  ].map((name) => `"io.containerd.${name}"`);
  return `version = 2
root = "${folder}/containerd"
state = "/run/containerd"
disabled_plugins = [${unused.join(", ")}]
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  stream_server_address = "127.0.0.1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${pluginFolder}"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

function kubelet(folder: string, node: NodeLayout, needs: NodeNeeds): unknown {
  const ca = join(needs.cluster.pki, "ca.crt");
  const never = "0%";
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.address,
    port: 10250,
    readOnlyPort: 0,
    healthzPort: 10248,
    healthzBindAddress: node.address,
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${needs.group}/${node.name}`,
    enforceNodeAllocatable: ["none"],
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: ca },
    },
    authorization: { mode: "AlwaysAllow" },
    evictionHard: {
      "memory.available": never,
      "nodefs.available": never,
      "nodefs.inodesFree": never,
      "imagefs.available": never,
      "imagefs.inodesFree": never,
    },
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    oomScoreAdj: 0,
    podLogsDir: join(folder, "logs"),
    volumePluginDir: join(folder, "plugins"),
    volumeStatsAggPeriod: "-1s",
    resolvConf: "",
    maxPods: 40,
    nodeStatusUpdateFrequency: "5s",
    nodeLeaseDurationSeconds: 12,
    // The first back-off of a failed container is 10 s otherwise, its growth the same.
    crashLoopBackOff: { maxContainerRestartPeriod: "2s" },
  };
}
