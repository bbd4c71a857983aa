// Programs of the control plane: started in the background with a log file, ended by the pid that
// was started and by nothing else.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export type Program = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  ended(): boolean;
  /** Resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** For the last moment of this process: SIGKILL without waiting. */
  kill(): void;
};

export function startProgram(
  name: string,
  logFile: string,
  command: readonly [string, ...string[]],
): Program {
  const log = openSync(logFile, "a");
  const [file, ...args] = command;
  // Its own process group: Ctrl-C in a terminal ends the tests, and they end this in order.
  const child = spawn(file, args, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  child.unref();
  let failure: Error | undefined;
  const gone = new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
    child.on("error", (error) => {
      failure = error;
      resolve();
    });
  });
  const ended = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    pid: child.pid ?? -1,
    logFile,
    ended,
    kill: () => {
      if (!ended()) child.kill("SIGKILL");
    },
    end: async (signal) => {
      if (ended()) return;
      child.ref();
      child.kill(signal);
      await gone;
    },
  };
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.on("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            if (address !== null && typeof address === "object") resolve(address.port);
          });
        }),
    ),
  );
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  return ports;
}

type Patience = {
  readonly seconds?: number;
  readonly everyMillis?: number;
  /** Ends the wait at once, with these words. */
  readonly hopeless?: () => string | undefined;
};

/** Polls until the answer is neither undefined nor false; a thrown error counts as "not yet". */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  patience: Patience = {},
): Promise<T> {
  const { seconds = 60, everyMillis = 50 } = patience;
  const deadline = Date.now() + seconds * 1000;
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
    if (Date.now() > deadline)
      throw new Error(`waited ${seconds} s in vain for ${what}`, { cause: last });
    await pause(everyMillis);
  }
}

export function lastLines(file: string, count = 12): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  } catch {
    return "(no log)";
  }
}
