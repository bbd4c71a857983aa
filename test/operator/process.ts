// The operator as its own process in a test: as deploy/ runs it, with the token of its
// ServiceAccount, through a proxy that counts what it asks. Shares no code with it.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operatorName, operatorNamespace } from "../../src/api/names.ts";
import type { ControlPlane } from "../control-plane/attach.ts";
import { startFaultProxy, type FaultProxy } from "../control-plane/fault-proxy.ts";
import { freePorts } from "../control-plane/processes.ts";

const root = join(import.meta.dirname, "../..");

type LogLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly message: string;
};

export type OperatorProcess = {
  readonly pid: number;
  readonly probes: string;
  readonly metrics: string;
  readonly log: () => readonly LogLine[];
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly signal: (signal: NodeJS.Signals) => void;
};

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Bench = {
  readonly proxy: FaultProxy;
  readonly start: (...flags: readonly string[]) => Promise<OperatorProcess>;
  /** On a machine whose clock is ahead (behind, if less than nothing). */
  readonly startAhead: (millis: number) => Promise<OperatorProcess>;
  /** A command as a user runs it, who asks through the same proxy. */
  readonly command: (args: readonly string[], stdin: string) => Promise<Ran>;
  /** Why waiting for the operator is in vain: it ended, or it met a bug. */
  readonly trouble: () => string | undefined;
  /** Kills what is left. */
  readonly stop: () => Promise<void>;
};

/**
 * `deploy/` must be applied: the token is the shipped ServiceAccount's. Not proxied where times are
 * measured: the proxy counts nothing then.
 */
export async function openBench(plane: ControlPlane, proxied = true): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-operator-"));
  const proxy = await startFaultProxy(plane);
  const kubeconfig = join(folder, "kubeconfig");
  const token = await plane.serviceAccountToken(operatorNamespace, operatorName);
  const server = proxied ? proxy.url : plane.url;
  writeFileSync(kubeconfig, kubeconfigOf(server, plane.caFile, token), { mode: 0o600 });
  const running: ChildProcess[] = [];
  const logOf = (index: number): string => join(folder, `${index}.log`);
  const spawned = async (ahead: number, flags: readonly string[]): Promise<OperatorProcess> => {
    const [metrics = 0, probes = 0] = await freePorts(2);
    const logFile = logOf(running.length);
    const log = openSync(logFile, "a");
    const child = spawn(
      process.execPath,
      [
        ...(ahead === 0 ? [] : ["--import", clockAhead(ahead)]),
        ...["--no-warnings", join(root, "src/main.ts"), "run", "--kubeconfig", kubeconfig],
        ...["--metrics-bind-address", `127.0.0.1:${metrics}`],
        ...["--health-probe-bind-address", `127.0.0.1:${probes}`, ...flags],
      ],
      { stdio: ["ignore", log, log], env: { ...process.env, NODE_OPTIONS: "" } },
    );
    running.push(child);
    return {
      pid: child.pid ?? -1,
      metrics: `http://127.0.0.1:${metrics}/metrics`,
      probes: `http://127.0.0.1:${probes}`,
      log: () => readLog(logFile),
      ended: new Promise((resolve) =>
        child.on("exit", (code, signal) => resolve(code ?? signal ?? -1)),
      ),
      signal: (signal) => void child.kill(signal),
    };
  };
  return {
    trouble: () => {
      const text = running.length === 0 ? "" : readFileSync(logOf(running.length - 1), "utf8");
      const bug = text.split("\n").find((line) => line.includes("a round ended with a bug"));
      if (bug !== undefined) return bug;
      const ended = running.every(
        (childProcess) => childProcess.exitCode !== null || childProcess.signalCode !== null,
      );
      return ended ? `the operator ended: ${text.slice(-2000)}` : undefined;
    },
    proxy,
    start: (...flags) => spawned(0, flags),
    startAhead: (millis) => spawned(millis, []),
    command: (args, stdin) => ran([...args, "--kubeconfig", kubeconfig], stdin),
    stop: async () => {
      for (const child of running) child.kill("SIGKILL");
      await proxy.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ran(args: readonly string[], stdin: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--no-warnings", join(root, "src/main.ts"), ...args],
      { env: { ...process.env, NODE_OPTIONS: "" } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin!.end(stdin);
  });
}

/** A module that is loaded first and moves the clock that the process sees. */
function clockAhead(millis: number): string {
  const text = `const Own = Date; const by = ${millis};
    globalThis.Date = class extends Own {
      constructor(...given) { super(...(given.length === 0 ? [Own.now() + by] : given)); }
      static now() { return Own.now() + by; }
    };`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

export function kubeconfigOf(server: string, caFile: string, token: string): string {
  return JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
    clusters: [{ name: "test", cluster: { server, "certificate-authority": caFile } }],
    users: [{ name: "operator", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "operator" } }],
  });
}

function readLog(file: string): readonly LogLine[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}

/** What changes something in the cluster; the Lease is how the operator leads. */
export function isWrite(seen: { readonly method: string; readonly resource: string }): boolean {
  return seen.method !== "GET" && seen.resource !== "leases" && !seen.resource.startsWith("self");
}
