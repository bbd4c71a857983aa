// npm run simulate:mutants -- [--schedules N] [--only TEXT] [--workers W]
// Breaks the machine on purpose, one way at a time, and lets the simulation look for it: each
// mutant must be caught by an invariant, and the unbroken machine must pass the same schedules.
// The last line is "N of N caught".

import { fork } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mutants, type Mutant, type Patch } from "./mutants/list.ts";
import type { StageName } from "./mutants/stages.ts";
import type { Report } from "./worker.ts";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "150" },
    only: { type: "string", default: "" },
    workers: { type: "string", default: "2" },
  },
});
const most = Number(values.schedules);
const root = fileURLToPath(new URL("../../", import.meta.url));

type Trial = {
  readonly name: string;
  /** The invariant that broke, or why the trial is worth nothing. */
  readonly caughtBy: string | undefined;
  readonly trouble: string | undefined;
  readonly schedules: number;
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const trials = await inTemporaryFolder(async (folder) => {
  const base = join(folder, "control");
  await copy(root, base);
  const chosen = mutants.filter((one) => one.name.includes(values.only));
  const width = Math.max(...chosen.map((one) => one.name.length));
  say(`${"mutant".padEnd(width)} | caught by | schedules`);
  const done = await atOnce(chosen, async (one, index) => {
    const trial = await tryMutant(one, base, join(folder, `mutant-${index}`));
    const verdict = trial.caughtBy ?? trial.trouble ?? "NOT CAUGHT";
    say(`${trial.name.padEnd(width)} | ${verdict} | ${trial.schedules}`);
    return trial;
  });
  return { done, control: await tryControl(base, chosen, done) };
});
const caught = trials.done.filter((one) => one.caughtBy !== undefined).length;
for (const one of trials.control) say(one);
say(`${caught} of ${trials.done.length} caught`);
process.exitCode = caught === trials.done.length && trials.control.length === 0 ? 0 : 1;

async function inTemporaryFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "nova-pci-mutants-"));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(join(to, "test"), { recursive: true });
  for (const part of ["package.json", "src", "test/simulation"]) {
    await cp(join(from, part), join(to, part), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(to, "node_modules"));
}

/** Copied from one copy, so that all mutants are mutants of the same source. */
async function tryMutant(mutant: Mutant, base: string, folder: string): Promise<Trial> {
  await copy(base, folder);
  for (const one of mutant.patches) {
    const trouble = await applyTo(folder, one);
    if (trouble !== undefined) {
      return { name: mutant.name, caughtBy: undefined, trouble, schedules: 0 };
    }
  }
  const { reports, trouble } = await runIn(folder, mutant.stage, most);
  const first = reports.at(-1)?.result.violations[0];
  // A mutant that throws is a bad patch: it says nothing about the invariants.
  const bug = first?.invariant === "no-bug" ? `does not run: ${first.message}` : undefined;
  return {
    name: mutant.name,
    caughtBy: bug === undefined ? first?.invariant : undefined,
    trouble: bug?.split("\n", 1)[0] ?? trouble,
    schedules: reports.length,
  };
}

/** Why a patch cannot be applied; it must fit exactly once. */
async function applyTo(folder: string, patch: Patch): Promise<string | undefined> {
  const path = join(folder, patch.file);
  const pieces = (await readFile(path, "utf8")).split(patch.search);
  if (pieces.length !== 2) {
    return `its patch fits ${patch.file} ${pieces.length - 1} times, not once`;
  }
  await writeFile(path, pieces.join(patch.replace));
  return undefined;
}

/** The unbroken machine over every schedule that a mutant was caught on. */
async function tryControl(
  folder: string,
  chosen: readonly Mutant[],
  done: readonly Trial[],
): Promise<readonly string[]> {
  const needed = new Map<StageName, number>();
  for (const [index, { stage }] of chosen.entries()) {
    needed.set(stage, Math.max(needed.get(stage) ?? 0, done[index]!.schedules));
  }
  const found = await atOnce([...needed], async ([stage, count]) => {
    const { reports, trouble } = await runIn(folder, stage, count);
    const first = reports.at(-1)?.result.violations[0];
    if (first === undefined && trouble === undefined) return [];
    const why = trouble ?? `${first!.invariant}: ${first!.message}`;
    return [`the unbroken machine fails, stage ${stage}, seed ${reports.at(-1)?.seed}: ${why}`];
  });
  return found.flat();
}

type Ran = { readonly reports: readonly Report[]; readonly trouble: string | undefined };

/** Runs schedules until the first violation. */
function runIn(folder: string, stage: StageName, count: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const path = join(folder, "test/simulation/mutants/worker.ts");
    const child = fork(path, [stage, "1", String(count)], { stdio: ["ignore", 1, 2, "ipc"] });
    const reports: Report[] = [];
    let ended = false;
    child.on("message", (message) => {
      if (ended) return;
      const report = message as Report;
      reports.push(report);
      if (report.result.violations.length === 0) return;
      ended = true;
      child.kill();
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      const trouble = ended || code === 0 ? undefined : `its process ended with code ${code}`;
      resolve({ reports, trouble });
    });
  });
}

/** As many at a time as there are workers; answers in the order of the list. */
async function atOnce<T, R>(
  list: readonly T[],
  act: (one: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const answers: R[] = [];
  let next = 0;
  const take = async (): Promise<void> => {
    for (let index = next++; index < list.length; index = next++) {
      answers[index] = await act(list[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, take));
  return answers;
}
