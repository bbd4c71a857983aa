// The oracle, real Nova of one release: starts its process and speaks with it in lines of JSON. It
// must not know what the cases are about.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, Case } from "./case.ts";
import { installNova, missingForOracle, type OracleRelease } from "./oracle-install.ts";

export type Loaded = {
  /** Why the files themselves could not be read. */
  readonly files: string | null;
  /** Why Nova refuses the aliases, or the device specs; null when it takes them. */
  readonly alias?: string | null;
  readonly device_spec?: string | null;
  /** Why a switch of Placement cannot be read, or the specs not be reported. */
  readonly placement?: string | null;
  /** Why nova-scheduler refuses the filters, when that was asked. */
  readonly filters?: string | null;
  readonly counts?: { readonly alias: number; readonly device_spec: number };
};

export type Oracle = {
  readonly release: OracleRelease;
  readonly judge: (cases: readonly Case[]) => Promise<readonly Answer[]>;
  readonly load: (files: readonly string[], filters: boolean) => Promise<Loaded>;
  /** What the API's validators say to each key and value; null = taken. */
  readonly extraSpecs: (
    pairs: readonly (readonly [string, string])[],
  ) => Promise<(string | null)[]>;
  readonly stop: () => Promise<void>;
};

/** Nova up to 21 patches modules in a way that newer Python libraries refuse. */
function needsNoPatching(release: OracleRelease): boolean {
  return Number(release.split(".")[0]) <= 21;
}

const script = join(dirname(fileURLToPath(import.meta.url)), "oracle.py");

export async function startOracle(release: OracleRelease): Promise<Oracle> {
  const { python, path } = await installNova(release);
  const child = spawn(python, [script], {
    env: {
      PATH: process.env["PATH"] ?? "",
      PYTHONPATH: path,
      PYTHONDONTWRITEBYTECODE: "1",
      ...(needsNoPatching(release) ? { OS_NOVA_DISABLE_EVENTLET_PATCHING: "1" } : {}),
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.on(
    "data",
    (text: Buffer) => (complaints = (complaints + text.toString()).slice(-4000)),
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // A write to a process that has died is reported by the answer that does not come.
  child.stdin.on("error", () => undefined);

  async function ask(question: unknown): Promise<unknown> {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const line = await lines.next();
    if (line.done === true) throw new Error(`nova ${release} ended:\n${complaints}`);
    return JSON.parse(line.value);
  }

  const hello = (await ask({ op: "hello" })) as { readonly release: string };
  if (hello.release !== release)
    throw new Error(`asked for nova ${release}, but ${hello.release} answers`);

  return {
    release,
    judge: async (cases) => {
      const answers = (await ask(cases)) as readonly Answer[];
      const lost = answers.find((answer) => answer.protocol_error !== undefined);
      if (lost !== undefined) throw new Error(`nova ${release}: ${lost.protocol_error}`);
      return answers;
    },
    load: async (files, filters) => (await ask({ op: "load", files, filters })) as Loaded,
    extraSpecs: async (pairs) => (await ask({ op: "extra_specs", pairs })) as (string | null)[],
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Those of the releases that run here. What is missing is said once, loudly, and where tests gate
 * a merge it is a failure: a comparison that does not happen proves nothing.
 */
export function releasesThatRun(wanted: readonly OracleRelease[]): readonly OracleRelease[] {
  const missing = new Map(wanted.map((release) => [release, missingForOracle(release)] as const));
  const without = wanted.filter((release) => missing.get(release) !== undefined);
  if (without.length > 0) {
    const reasons = [...new Set(without.map((release) => missing.get(release)))].join(", ");
    const said = `NOT COMPARED WITH REAL NOVA ${without.join(", ")}: this machine lacks ${reasons}`;
    if (process.env["CI"] === "true") throw new Error(said);
    process.stderr.write(`${said}\n`);
  }
  return wanted.filter((release) => missing.get(release) === undefined);
}
