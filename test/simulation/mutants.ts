// npm run simulate:mutants [-- --only WORDS] [--schedules N]
// Builds each mistake into a copy of the source and lets the simulation hunt it. Prints which
// invariant caught it; the last line is "N of N caught".

import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { mutants, type Mutant } from "./mutant-list.ts";
import { mutated } from "./mutation.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const workers = 2;

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    schedules: { type: "string", default: "600" },
    seed: { type: "string", default: "1" },
  },
});

type Verdict = { readonly mutant: Mutant; readonly invariant?: string; readonly detail: string };

const chosen = mutants.filter((mutant) => mutant.name.includes(values.only));
const verdicts = new Map<Mutant, Verdict>();
const waiting = [...chosen];
await Promise.all(Array.from({ length: workers }, work));
const caught = [...verdicts.values()].filter((verdict) => verdict.invariant !== undefined).length;
say(`${caught} of ${chosen.length} caught`);
process.exitCode = caught === chosen.length ? 0 : 1;

async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await hunt(mutant);
    verdicts.set(mutant, verdict);
    const mark = verdict.invariant === undefined ? "NOT CAUGHT" : verdict.invariant;
    say(`${mark.padEnd(26)} ${mutant.name}  (${verdict.detail})`);
  }
}

async function hunt(mutant: Mutant): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), "nova-pci-mutant-"));
  try {
    await copySource(folder);
    const path = join(folder, mutant.file);
    await writeFile(path, mutated(await readFile(path, "utf8"), mutant));
    const near = mutant.near === undefined ? undefined : await prey(folder, mutant.near, 1);
    const found = near ?? (await prey(folder, Number(values.seed), Number(values.schedules)));
    if (found === undefined) return { mutant, detail: `${values.schedules} schedules` };
    const message = found.message.split("\n")[0]!.slice(0, 90);
    return { mutant, invariant: found.invariant, detail: `seed ${found.seed}: ${message}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Found = { readonly seed: number; readonly invariant: string; readonly message: string };

/** The first schedule that the mutant breaks; it counts only where the source itself passes. */
async function prey(folder: string, seed: number, count: number): Promise<Found | undefined> {
  for (let first = seed; first < seed + count;) {
    const found = await huntIn(folder, first, seed + count - first);
    if (found === undefined || (await huntIn(root, found.seed, 1)) === undefined) return found;
    first = found.seed + 1;
  }
  return undefined;
}

async function huntIn(folder: string, first: number, count: number): Promise<Found | undefined> {
  const script = join(folder, "test/simulation/hunt.ts");
  const args = ["--no-warnings", script, String(first), String(count)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 24 });
  const found = JSON.parse(stdout) as Partial<Found>;
  return found.invariant === undefined ? undefined : (found as Found);
}

async function copySource(folder: string): Promise<void> {
  for (const part of ["src", "test/simulation", "package.json"]) {
    await cp(join(root, part), join(folder, part), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
