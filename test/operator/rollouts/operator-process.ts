// The operator of a rollout test: a process of its own with nothing but its ServiceAccount's token,
// so that what ends it ends it as on a node, and a right it lacks is missed.
import { spawn, type ChildProcess } from "node:child_process";
import { openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operatorName, operatorNamespace } from "../../../src/api/names.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { lastLines } from "../../control-plane/processes.ts";
import { kubeconfigOf } from "../process.ts";

export type OperatorProcess = {
  readonly identity: string;
  readonly logFile: string;
  readonly ended: () => boolean;
  /** Resolves with the exit code (undefined: ended by a signal) when the process is gone. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | undefined>;
};

type Program = {
  /** Folder that holds src/main.ts. */
  readonly root: string;
  readonly identity: string;
};

export const thisVersion = join(import.meta.dirname, "../../..");

export async function startOperatorProcess(
  plane: ControlPlane,
  program: Program,
): Promise<OperatorProcess> {
  const { root, identity } = program;
  const logFile = join(plane.folder, `operator-${identity}.log`);
  const log = openSync(logFile, "a");
  const child = spawn(
    process.execPath,
    [
      ...["--no-warnings", join(root, "src/main.ts"), "run"],
      ...["--kubeconfig", await kubeconfig(plane, identity), "--identity", identity],
      ...["--metrics-bind-address", "0", "--health-probe-bind-address", "0"],
      ...["--log-level", "debug"],
    ],
    { stdio: ["ignore", log, log] },
  );
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    identity,
    logFile,
    ended: () => hasEnded(child),
    end: async (signal) => {
      if (!hasEnded(child)) child.kill(signal);
      await gone;
      process.off("exit", kill);
      return child.exitCode ?? undefined;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function kubeconfig(plane: ControlPlane, identity: string): Promise<string> {
  const token = await plane.serviceAccountToken(operatorNamespace, operatorName);
  const file = join(plane.folder, `operator-${identity}.kubeconfig`);
  rmSync(file, { force: true });
  writeFileSync(file, kubeconfigOf(plane.url, plane.caFile, token), { mode: 0o600 });
  return file;
}

/** What the operator said last, for the message of a test that failed. */
export function lastWords(operator: OperatorProcess): string {
  return lastLines(operator.logFile, 30);
}
