// The cloud that the operator is measured on: a control plane of its own with everything of
// deploy/, a Nova namespace with fake nodes, and the bundled operator as a process with its shipped
// token. What it asks is read from the audit log of the API server, so nothing stands between the
// two.
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { injectionLabel, operatorName, operatorNamespace } from "../../src/api/names.ts";
import { startKubelets, type Kubelets } from "../control-plane/kubelet.ts";
import { installNova } from "../control-plane/nova-workloads.ts";
import { freePorts, until } from "../control-plane/processes.ts";
import { startControlPlane, type OwnControlPlane } from "../control-plane/start.ts";
import { image } from "./image.ts";

const root = join(import.meta.dirname, "../..");
const bundle = join(root, "dist/nova-pci.js");

export type Operator = {
  /** When the process was started, as performance.now() counts. */
  readonly startedAt: number;
  readonly metric: (name: string) => Promise<number>;
  /** The most memory it ever had, in bytes. */
  readonly peakBytes: () => number;
  /** Ended as a Deployment ends it. */
  readonly stop: () => Promise<void>;
};

type Asked = { readonly verb: string; readonly path: string };

export type Cloud = {
  readonly plane: OwnControlPlane;
  readonly namespace: string;
  readonly kubelets: Kubelets;
  /** With the flags of the image, or others. */
  readonly start: (flags?: readonly string[]) => Promise<Operator>;
  /** Ends every operator that was started. */
  readonly rest: () => Promise<void>;
  /** Requests of the operator that ended since the last call. */
  readonly asked: () => readonly Asked[];
  readonly stop: () => Promise<void>;
};

/** Node labels by name; their kubelets run pods at once. */
export async function openCloud(
  nodes: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<Cloud> {
  const plane = await startControlPlane({ audit: true });
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-bench-"));
  const namespace = await plane.namespace({ [injectionLabel]: "enabled" });
  for (const text of ["crds", "deploy", "deploy/guard", "deploy/injection", "deploy/namespace"]) {
    const args = ["apply", "--server-side", "-k", join(root, text)];
    const own = text === "deploy/namespace" ? ["-n", namespace] : [];
    const { code, stderr } = await plane.kubectl([...args, ...own]);
    if (code !== 0) throw new Error(stderr);
  }
  const kubelets = startKubelets(plane, namespace);
  const mark = { "bench.example.org/compute": "yes" };
  await inBatches(Object.entries(nodes), ([name, labels]) =>
    kubelets.addNode(name, { ...mark, ...labels }),
  );
  await installNova(plane, namespace, mark);
  const kubeconfig = await writeKubeconfig(plane, folder);
  let started = 0;
  const running: Operator[] = [];
  const rest = async (): Promise<void> => {
    for (const operator of running.splice(0)) await operator.stop();
  };
  return {
    plane,
    namespace,
    kubelets,
    start: async (flags = image.flags) => {
      started += 1;
      const logFile = join(folder, `${started}.log`);
      const operator = await startOperator(kubeconfig, logFile, flags);
      running.push(operator);
      return operator;
    },
    rest,
    asked: auditReader(plane.auditLog!),
    stop: async () => {
      await rest();
      await kubelets.stop();
      await plane.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function inBatches<T>(
  all: readonly T[],
  row: (item: T) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < all.length; at += 50) await Promise.all(all.slice(at, at + 50).map(row));
}

async function writeKubeconfig(plane: OwnControlPlane, folder: string): Promise<string> {
  const file = join(folder, "kubeconfig");
  const token = await plane.serviceAccountToken(operatorNamespace, operatorName);
  const cluster = { server: plane.url, "certificate-authority": plane.caFile };
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "x" },
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

async function startOperator(
  kubeconfig: string,
  logFile: string,
  nodeFlags: readonly string[],
): Promise<Operator> {
  const [metrics = 0, probes = 0] = await freePorts(2);
  const startedAt = performance.now();
  let stopping = false;
  let child = launch();
  let ended = supervise();
  process.once("exit", killed);

  function launch(): ChildProcess {
    const log = openSync(logFile, "a");
    const flags = [
      ...["run", "--kubeconfig", kubeconfig],
      ...["--metrics-bind-address", `127.0.0.1:${metrics}`],
      ...["--health-probe-bind-address", `127.0.0.1:${probes}`],
    ];
    const stdio: StdioOptions = ["ignore", log, log];
    const env = { ...process.env, ...image.environment, NODE_OPTIONS: "" };
    const made = spawn(process.execPath, [...nodeFlags, bundle, ...flags], {
      stdio,
      env,
    });
    closeSync(log);
    return made;
  }

  /** As kubelet does: on a busy machine it may lose its Lease. */
  async function supervise(): Promise<void> {
    await new Promise<void>((resolve) => child.once("exit", () => resolve()));
    if (stopping) return;
    process.stderr.write("bench: the operator ended by itself and is started again\n");
    child = launch();
    ended = supervise();
  }

  function killed(): void {
    child.kill("SIGKILL");
  }

  return {
    startedAt,
    peakBytes: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    metric: async (name) => {
      const answer = await fetch(`http://127.0.0.1:${metrics}/metrics`);
      const rows = (await answer.text()).split("\n").filter((row) => row.startsWith(name));
      return rows.reduce((sum, row) => sum + Number(row.split(" ").at(-1)), 0);
    },
    stop: async () => {
      stopping = true;
      process.off("exit", killed);
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Lines of the audit log that are new, of the operator's ServiceAccount. */
function auditReader(file: string): () => readonly Asked[] {
  let offset = 0;
  const user = `system:serviceaccount:${operatorNamespace}:${operatorName}`;
  return () => {
    const text = readFileSync(file).subarray(offset, statSync(file).size).toString("utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    offset += Buffer.byteLength(whole);
    return whole
      .split("\n")
      .filter((line) => line.includes(user) && line.includes('"stage":"ResponseComplete"'))
      .map((line) => JSON.parse(line) as { verb: string; requestURI: string })
      .map((item) => ({ verb: item.verb, path: item.requestURI }));
  };
}

const reading = new Set(["get", "list", "watch"]);

/** What changes the cluster; the Lease and questions about rights do not. */
export function isWrite(asked: Asked): boolean {
  return (
    !reading.has(asked.verb) &&
    !asked.path.includes("/leases") &&
    !asked.path.includes("authorization.k8s.io")
  );
}

type Condition = { readonly type: string; readonly status: string };

/** Ready is True for the present generation of every object of these paths. */
export async function untilReady(
  cloud: Cloud,
  plurals: readonly string[],
  seconds: number,
): Promise<void> {
  let behind = "";
  const allReady = async (): Promise<boolean> => {
    for (const plural of plurals) {
      const path = `/apis/pci.openstack.org/v1alpha1/namespaces/${cloud.namespace}/${plural}`;
      const objects = await cloud.plane.list(path);
      const late = objects.find(
        (object) =>
          object.status?.observedGeneration !== object.metadata.generation ||
          (object.status.conditions as readonly Condition[]).find((each) => each.type === "Ready")
            ?.status !== "True",
      );
      behind = JSON.stringify([late?.metadata.name, late?.status]).slice(0, 1500);
      if (late !== undefined || objects.length === 0) return false;
    }
    return true;
  };
  await until("every object to be Ready", allReady, { seconds, everyMillis: 500 }).catch(
    (error: unknown) => {
      throw new Error(`not converged: ${behind}`, { cause: error });
    },
  );
}
