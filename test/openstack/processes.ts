// Processes of a cloud: starts them with a log file each, waits for what they promise, and ends
// exactly those it started. A process whose parent is killed dies with it, as far as the machine
// has setpriv.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

type Environment = Readonly<Record<string, string>>;

export type Started = {
  readonly name: string;
  readonly pid: number;
  readonly log: () => string;
  readonly hasEnded: () => boolean;
};

export type Processes = {
  readonly start: (name: string, command: readonly string[], env?: Environment) => Started;
  /** Runs to its end; its output is in the error when it fails. */
  readonly run: (name: string, command: readonly string[], env?: Environment) => Promise<string>;
  readonly waitFor: (what: string, from: Started, ready: () => Ready) => Promise<void>;
  /** SIGTERM for those that write files (databases), SIGKILL for the others. */
  readonly stop: (name?: string) => Promise<void>;
};

type Ready = boolean | Promise<boolean>;

const waitSeconds = 240;
const setpriv = "/usr/bin/setpriv";
/** Ended politely, or what they wrote is of no use later. */
const polite = new Set(["mariadb", "rabbitmq"]);

export function openProcesses(folder: string, base: Environment): Processes {
  const logs = join(folder, "log");
  mkdirSync(logs, { recursive: true });
  const running = new Map<string, { readonly child: ChildProcess; readonly started: Started }>();
  const killAll = () => running.forEach(({ child }) => signal(child, "SIGKILL"));
  process.on("exit", killAll);

  function start(name: string, command: readonly string[], env: Environment = {}): Started {
    const file = join(logs, `${name}.log`);
    const output = openSync(file, "a");
    const bound = existsSync(setpriv)
      ? [setpriv, "--pdeathsig", "KILL", "--", ...command]
      : command;
    const child = spawn(bound[0]!, bound.slice(1), {
      cwd: folder,
      env: { ...base, ...env },
      stdio: ["ignore", output, output],
      detached: true,
    });
    closeSync(output);
    let failed = false;
    child.on("error", () => (failed = true));
    const hasEnded = () => failed || child.exitCode !== null || child.signalCode !== null;
    const started = { name, pid: child.pid ?? 0, log: () => tail(file), hasEnded };
    running.set(name, { child, started });
    return started;
  }

  async function stopOne(name: string): Promise<void> {
    const found = running.get(name);
    running.delete(name);
    if (found === undefined || found.started.hasEnded()) return;
    signal(found.child, polite.has(name) ? "SIGTERM" : "SIGKILL");
    for (let waited = 0; waited < 15_000 && !found.started.hasEnded(); waited += 50)
      await pause(50);
    signal(found.child, "SIGKILL");
  }

  return {
    start,
    run: async (name, command, env) => {
      const started = start(name, command, env);
      const { child } = running.get(name)!;
      while (!started.hasEnded()) await pause(20);
      running.delete(name);
      if (child.exitCode === 0) return started.log();
      throw new Error(`${name} failed (${child.exitCode ?? "killed"}):\n${started.log()}`);
    },
    waitFor: async (what, from, ready) => {
      for (const until = Date.now() + waitSeconds * 1000; !(await ready()); await pause(100)) {
        if (from.hasEnded()) throw new Error(`${from.name} ended before ${what}:\n${from.log()}`);
        if (Date.now() > until) throw new Error(`${what} did not come:\n${from.log()}`);
      }
    },
    stop: async (name) => {
      // In the reverse order of their start, servers of others last.
      const names = name === undefined ? [...running.keys()].reverse() : [name];
      for (const text of names.filter((each) => !polite.has(each))) await stopOne(text);
      await Promise.all(names.filter((each) => polite.has(each)).map(stopOne));
      if (name === undefined) process.off("exit", killAll);
    },
  };
}

/** The whole group: a service has workers. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // Already gone.
  }
}

function tail(file: string): string {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text.slice(-6000);
}

export function listens(port: number, address = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

/** Ends the port mapper that RabbitMQ leaves behind: it is ours, known by its port. */
export function endPortMapper(port: number): void {
  spawnSync("epmd", ["-port", `${port}`, "-kill"], {
    stdio: "ignore",
    env: { ...process.env, ERL_EPMD_ADDRESS: "127.0.0.1" },
  });
}
