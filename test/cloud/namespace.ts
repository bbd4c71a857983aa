// The private namespace of a whole cloud, which begins and ends at once: runs a program as the
// first process of a private network, PID, mount and UTS namespace. When it ends, or is ended,
// everything in there is gone; only the control groups are left, and are removed here.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { hierarchies } from "./machine.ts";

type Inhabitant = {
  readonly program: string;
  readonly args: readonly string[];
  /** Name of the top control group that its nodes use. */
  readonly group: string;
  readonly timeoutSeconds: number;
  /** Is told the process whose only child is the first process of the namespace. */
  readonly began?: (pid: number) => void;
};

/** Exit code of the program, or why there is none. */
export async function inhabit(inhabitant: Inhabitant): Promise<number | string> {
  const child = spawn(
    "unshare",
    [
      ...["--net", "--pid", "--mount", "--uts", "--fork", "--kill-child", "--mount-proc"],
      ...["--", inhabitant.program, ...inhabitant.args],
    ],
    // The open pipe tells the inhabitant that we live: it ends itself when it closes.
    { stdio: ["pipe", "inherit", "inherit"], detached: true },
  );
  if (child.pid !== undefined) inhabitant.began?.(child.pid);
  const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  let why: string | undefined;
  const end = (reason: string) => {
    why = reason;
    child.kill("SIGKILL");
  };
  const stop = (signal: NodeJS.Signals) => end(`ended by ${signal}`);
  for (const signal of signals) process.on(signal, stop);
  const timer = setTimeout(
    () => end(`not done after ${inhabitant.timeoutSeconds} s`),
    inhabitant.timeoutSeconds * 1000,
  );
  const code = await exitOf(child);
  clearTimeout(timer);
  for (const signal of signals) process.off(signal, stop);
  await removeGroup(inhabitant.group);
  return why ?? code ?? "killed";
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code));
  });
}

/** Groups whose last process has just been killed may stay busy for a moment. */
async function removeGroup(group: string): Promise<void> {
  for (let attempt = 0; attempt < 25; attempt += 1) {
    const left = hierarchies()
      .map((hierarchy) => join(hierarchy, group))
      .filter((folder) => existsSync(folder) && !removeTree(folder));
    if (left.length === 0) return;
    await pause(200);
  }
  process.stderr.write(`control groups named ${group} could not be removed\n`);
}

function removeTree(folder: string): boolean {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
