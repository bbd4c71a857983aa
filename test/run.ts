// The lanes of the tests, run one after the other: counts, and prints `N passed, N failed` last.
// `npm test` runs all of them; names of lanes select some.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordProved } from "./control-plane/proved.ts";

type Count = { readonly passed: number; readonly failed: number };

type Lane = {
  readonly name: string;
  readonly about: string;
  readonly run: () => Promise<Count>;
};

const node = process.execPath;
const root = join(import.meta.dirname, "..");

/**
 * Test files that need more than npm, by folder, and those that play many worlds through minutes of
 * virtual time, by name. Everything else is the fast lane.
 */
const heavy = {
  worlds: ["\\.worlds\\.test"],
  "control-plane": [
    "test/control-plane/",
    "test/api/crd/",
    "test/cluster/real/",
    "test/operator/(?!fast/)",
    "test/release/real/",
  ],
  nova: [
    "test/nova/exclude.test",
    "test/nova/oracle.test",
    "test/nova/differential.test",
    "test/nova/conf-files.test",
    "test/nova/reading-order.test",
    "test/nova/real/",
    "test/cli/import/property",
  ],
  openstack: ["test/openstack/(?!fast/)"],
  ui: ["test/ui/real/"],
} as const;

const lanes: readonly Lane[] = [
  {
    name: "lint",
    about: "types, lint and format",
    run: () => steps([[npm(), ["run", "-s", "lint"]]]),
  },
  {
    name: "fast",
    about: "the loop: needs only npm, plays no long worlds",
    run: () => jest({ without: Object.values(heavy).flat() }),
  },
  {
    name: "worlds",
    about: "worlds in memory, through minutes of virtual time",
    run: () => jest({ only: heavy.worlds, alone: true }),
  },
  {
    name: "corpus",
    about: "measured verdicts of Nova",
    run: () => script("test/nova/corpus.ts", /(\d+) agree, (\d+) disagree/),
  },
  {
    name: "simulation",
    // Schedules that broke a sentence are mended and stand in seeds.test.ts.
    about: "the machine under faults, 422 schedules",
    run: () =>
      script("test/simulation/run.ts", /(\d+) schedules, (\d+) violations/, [
        ...["--seed", "600", "--schedules", "422"],
      ]),
  },
  {
    name: "mutants",
    about: "broken variants of the machine",
    run: () => caught("test/simulation/mutants.ts"),
  },
  {
    name: "nova",
    about: "the model against real Nova",
    run: () => jest({ only: heavy.nova, workers: 1 }),
  },
  {
    name: "control-plane",
    about: "a real kube-apiserver",
    // Two at a time: most of it is waiting, and each file has a control plane of its own.
    run: () => jest({ only: heavy["control-plane"], workers: 2, ended: recordProved }),
  },
  {
    name: "openstack",
    about: "real Keystone, Nova and Placement",
    run: () => jest({ only: heavy.openstack, workers: 1 }),
  },
  {
    name: "ui",
    about: "the page in a real browser",
    run: () => jest({ only: heavy.ui, workers: 1 }),
  },
  {
    name: "cloud",
    about: "a whole cloud on real nodes",
    run: () => script("test/cloud/run.ts", /(\d+) passed, (\d+) failed/),
  },
];

function npm(): string {
  return process.platform === "win32" ? "npm.cmd" : "npm";
}

type Output = { readonly code: number; readonly text: string };

/** Runs a program, shows what it says, and keeps the end of it. */
function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const keep = (chunk: string): void => {
      process.stdout.write(chunk);
      text = (text + chunk).slice(-20_000);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, text });
    });
  });
}

async function steps(all: readonly (readonly [string, readonly string[]])[]): Promise<Count> {
  let failed = 0;
  for (const [program, args] of all) if ((await run(program, args)).code !== 0) failed += 1;
  return { passed: all.length - failed, failed };
}

type JestChoice = {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly workers?: number;
  /** Starts no server: what fails once has failed. */
  readonly alone?: true;
  /** Is given the file with what Jest says of the run. */
  readonly ended?: (file: string) => void;
};

async function jest({ only, without, workers = 2, alone, ended }: JestChoice): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-jest-"));
  const file = join(folder, "result.json");
  const args = [
    "--experimental-vm-modules",
    "--no-warnings",
    join(root, "node_modules/jest/bin/jest.js"),
    "--json",
    `--outputFile=${file}`,
    `--maxWorkers=${workers}`,
    // Real servers on a machine of two cores: see the file.
    ...(only === undefined || alone
      ? []
      : [`--setupFilesAfterEnv=${join(root, "test/support/once-more.js")}`]),
    ...(without === undefined ? [] : [`--testPathIgnorePatterns=${without.join("|")}`]),
    ...(only === undefined ? [] : [`--testPathPatterns=${only.join("|")}`]),
  ];
  try {
    const { code } = await run(node, args, { NODE_OPTIONS: "" });
    ended?.(file);
    const result = JSON.parse(readFileSync(file, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
      numRuntimeErrorTestSuites: number;
    };
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed: Math.max(failed, code === 0 ? 0 : 1) };
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A script that says its own numbers in its last lines. */
async function script(file: string, numbers: RegExp, args: readonly string[] = []): Promise<Count> {
  const { code, text } = await run(node, ["--no-warnings", join(root, file), ...args]);
  const found = [...text.matchAll(new RegExp(numbers, "g"))].at(-1);
  if (found === undefined) return { passed: 0, failed: code === 0 ? 0 : 1 };
  const failed = Number(found[2]);
  return { passed: Number(found[1]), failed: Math.max(failed, code === 0 ? 0 : 1) };
}

async function caught(file: string): Promise<Count> {
  const { code, text } = await run(node, ["--no-warnings", join(root, file)]);
  const found = [...text.matchAll(/(\d+) of (\d+) caught/g)].at(-1);
  if (found === undefined) return { passed: 0, failed: 1 };
  const [passed, all] = [Number(found[1]), Number(found[2])];
  return { passed, failed: Math.max(all - passed, code === 0 ? 0 : 1) };
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !lanes.some((lane) => lane.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `unknown lane ${unknown.join(", ")}; there are ${lanes.map((lane) => lane.name).join(", ")}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const chosen = asked.length === 0 ? lanes : lanes.filter((lane) => asked.includes(lane.name));
  const rows: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const [index, lane] of chosen.entries()) {
    process.stdout.write(`\n=== ${index + 1}/${chosen.length} ${lane.name}: ${lane.about}\n`);
    const began = Date.now();
    const count = await lane.run();
    const seconds = Math.round((Date.now() - began) / 1000);
    rows.push(
      `${lane.name.padEnd(14)} ${String(count.passed).padStart(7)} passed ${String(count.failed).padStart(5)} failed ${String(seconds).padStart(6)} s`,
    );
    passed += count.passed;
    failed += count.failed;
  }
  process.stdout.write(`\n${rows.join("\n")}\n\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

await main();
