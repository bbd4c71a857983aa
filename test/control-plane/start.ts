// Starts a control plane: etcd, kube-apiserver and kube-controller-manager on free loopback ports
// with TLS and tokens, in a folder of its own, and ends what it started. There is no kubelet and no
// scheduler: see kubelet.ts. Tests that need no restart share one (plane-of-the-run.ts).
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attach, type ControlPlane, type Coordinates } from "./attach.ts";
import { controlPlaneBinaries, kubernetesVersion } from "./build.ts";
import { writeCertificates } from "./certificates.ts";
import { freePorts, lastLines, startProgram, until, type Program } from "./processes.ts";
import { etcdFlags, managerFlags, serverFlags, writeKubeconfig } from "./flags.ts";

export type { ControlPlane } from "./attach.ts";

type StartOptions = {
  /** An older Kubernetes, such as 1.28.15. */
  readonly release?: string;
  /** More flags for kube-apiserver, e.g. --min-request-timeout=4. */
  readonly apiServerFlags?: readonly string[];
  /** Write an audit log of every request (metadata only) to `auditLog`. */
  readonly audit?: boolean;
};

export type OwnControlPlane = ControlPlane & {
  /** kube-apiserver ends (SIGKILL unless told) and starts again with the same port and flags. */
  restartApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Only ends it: open streams break, etcd keeps the objects. */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  startApiServer(): Promise<void>;
  /** The machine under it goes down and comes up: everything but etcd ends and starts together. */
  coldStart(): Promise<void>;
  /** etcd forgets history; with a restart after it, an old continue token gets 410. */
  compact(): Promise<void>;
};

/** A control plane of the caller's own; the caller must stop() it. */
export async function startControlPlane(options: StartOptions = {}): Promise<OwnControlPlane> {
  const bin = await controlPlaneBinaries(options.release);
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-control-plane-"));
  const running = new Map<string, Program>();
  const killAll = () => {
    for (const program of running.values()) program.kill();
  };
  process.once("exit", killAll);
  // Throw-away data: nothing is worth a graceful second.
  const end = async () => {
    for (const name of ["kcm", "apiserver", "etcd"]) await running.get(name)?.end("SIGKILL");
    process.off("exit", killAll);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const own = await bringUp(bin, folder, running, options);
    const stop = async () => {
      await own.stop();
      await end();
    };
    return { ...own, stop };
  } catch (error) {
    const logs = [...running.values()].map(
      (program) => `--- ${program.name}\n${lastLines(program.logFile)}`,
    );
    await end();
    throw new Error(`the control plane did not start\n${logs.join("\n")}`, { cause: error });
  }
}

async function bringUp(
  bin: string,
  folder: string,
  running: Map<string, Program>,
  options: StartOptions,
): Promise<OwnControlPlane> {
  mkdirSync(join(folder, "pki"));
  const [ports] = await Promise.all([freePorts(4), writeCertificates(join(folder, "pki"))]);
  const [etcdPort = 0, peerPort = 0, apiPort = 0, managerPort = 0] = ports;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const url = `https://127.0.0.1:${apiPort}`;
  const adminToken = randomBytes(16).toString("hex");
  writeFileSync(join(folder, "tokens.csv"), `${adminToken},admin,admin,"system:masters"\n`);
  const auditLog = options.audit === true ? join(folder, "audit.log") : undefined;
  const run = (name: string, program: string, flags: readonly string[]) => {
    const started = startProgram(name, join(folder, `${name}.log`), [join(bin, program), ...flags]);
    running.set(name, started);
    return () => (started.ended() ? `it ended: ${lastLines(started.logFile)}` : undefined);
  };

  const etcdEnded = run("etcd", "etcd", etcdFlags(folder, etcdUrl, `http://127.0.0.1:${peerPort}`));
  await until("etcd", async () => (await fetch(`${etcdUrl}/health`)).ok, { hopeless: etcdEnded });

  const coordinates: Coordinates = {
    url,
    caFile: join(folder, "pki/ca.crt"),
    adminToken,
    kubeconfig: writeKubeconfig(folder, url, "admin"),
    folder,
    bin,
    ...(auditLog === undefined ? {} : { auditLog }),
  };
  const plane = attach(coordinates);
  const flags = serverFlags(folder, etcdUrl, apiPort, auditLog);
  const startApiServer = async () => {
    const ended = run("apiserver", "kube-apiserver", [...flags, ...(options.apiServerFlags ?? [])]);
    const ready = async () => (await plane.request("GET", "/readyz")).body === "ok";
    await until("kube-apiserver", ready, { seconds: 120, hopeless: ended });
  };
  const stopApiServer = async (signal: NodeJS.Signals = "SIGKILL") =>
    running.get("apiserver")?.end(signal);
  await startApiServer();

  const minor = Number((options.release ?? kubernetesVersion).split(".")[1]);
  const kubeconfig = writeKubeconfig(folder, url, "kcm");
  const manager = managerFlags(folder, kubeconfig, managerPort, minor);
  const startManager = () => run("kcm", "kube-controller-manager", manager);
  const kcmEnded = startManager();
  const account = "/api/v1/namespaces/default/serviceaccounts/default";
  await until("the default ServiceAccount", () => plane.get(account), {
    seconds: 120,
    hopeless: kcmEnded,
  });
  return {
    ...plane,
    startApiServer,
    stopApiServer,
    restartApiServer: async (signal) => {
      await stopApiServer(signal);
      await startApiServer();
    },
    coldStart: async () => {
      await running.get("kcm")?.end("SIGKILL");
      await stopApiServer();
      startManager();
      await startApiServer();
    },
    compact: () => compact(plane, etcdUrl),
  };
}

async function compact(plane: ControlPlane, etcdUrl: string): Promise<void> {
  const { body } = await plane.request("GET", "/api/v1/namespaces?limit=1");
  const revision = String(body.metadata.resourceVersion);
  const answer = await fetch(`${etcdUrl}/v3/kv/compaction`, {
    method: "POST",
    body: JSON.stringify({ revision, physical: true }),
  });
  if (!answer.ok) throw new Error(`compaction: ${answer.status} ${await answer.text()}`);
}
