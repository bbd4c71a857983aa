// Other programs that the test runs: to their end with their last words in the error, or in the
// background with a log file. Ending them is the namespace's business.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { openSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

const execute = promisify(execFile);

type Surroundings = {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
};

/** Runs a program to its end; its standard output. */
export async function run(
  program: string,
  args: readonly string[],
  around: Surroundings = {},
): Promise<string> {
  const env = { ...process.env, ...around.env };
  try {
    const done = await execute(program, [...args], {
      env,
      cwd: around.cwd,
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    return done.stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.slice(0, 4).join(" ")}: ${lastLines(stdout + stderr, 15)}`, {
      cause: error,
    });
  }
}

type Background = { readonly name: string; readonly child: ChildProcess; ended(): boolean };

/** Starts a program that stays; both its outputs go to the log file. */
export function start(
  name: string,
  logFile: string,
  command: readonly [string, ...string[]],
  around: Surroundings = {},
): Background {
  const log = openSync(logFile, "a");
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...around.env },
    cwd: around.cwd,
    stdio: ["ignore", log, log],
    detached: true,
  });
  let failure: Error | undefined;
  child.on("error", (error) => (failure = error));
  return {
    name,
    child,
    ended: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
  };
}

/** SIGKILL for every process whose command line is meant; how many there were. */
export function killProcesses(meant: (words: readonly string[]) => boolean): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && meant(wordsOf(name)));
  for (const pid of pids) process.kill(Number(pid), "SIGKILL");
  return pids.length;
}

function wordsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
