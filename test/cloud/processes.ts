// Answers "how does the test run other programs?": to their end with their last words in the
// error, or in the background with a log file. Ending them is the namespace's business.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

export type Surroundings = {
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

export type Background = { readonly name: string; readonly child: ChildProcess; ended(): boolean };

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

export type Patience = {
  readonly seconds?: number;
  readonly everyMs?: number;
  /** Ends the wait at once, with these words. */
  readonly hopeless?: () => string | undefined;
};

/** Polls until the answer is neither undefined nor false; a thrown error counts as "not yet". */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  patience: Patience = {},
): Promise<T> {
  const { seconds = 60, everyMs = 100 } = patience;
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    const hopeless = patience.hopeless?.();
    if (hopeless !== undefined) throw new Error(`waiting for ${what}: ${hopeless}`);
    if (Date.now() > end)
      throw new Error(`waited ${seconds} s in vain for ${what}`, { cause: last });
    await pause(everyMs);
  }
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

export function tail(file: string, count = 15): string {
  try {
    return lastLines(readFileSync(file, "utf8"), count);
  } catch {
    return "(no log)";
  }
}
