// npm run simulate -- [--schedules N] [--seed S] [--workers W] [--trace]
// Runs N schedules from seed S on; a failure prints its seed and a minimal trace. The last line is
// "N schedules, M violations".

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { atTheEnd, invariants } from "./invariants.ts";
import { realMachine } from "./machine.ts";
import { runSchedule } from "./schedule-run.ts";
import { makeSchedule } from "./generate.ts";
import { describeHappening } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import type { Report } from "./worker.ts";

/** Each worker has one core: threads of its collector would only wake each other. */
const flags = ["--single-threaded-gc", "--min-semi-space-size=16", "--max-semi-space-size=32"];

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
    trace: { type: "boolean", default: false },
  },
});
const schedules = Number(values.schedules);
const firstSeed = Number(values.seed);
const workers = Math.min(Number(values.workers), schedules);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (values.trace) {
  const result = await runSchedule(makeSchedule(firstSeed), realMachine, say);
  say(JSON.stringify({ setting: makeSchedule(firstSeed).setting, ...result }, undefined, 1));
} else {
  const failed = await runAll();
  say(`${schedules} schedules, ${failed} violations`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function runAll(): Promise<number> {
  const reports: Report[] = [];
  const before = performance.now();
  await Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const count = Math.floor((schedules - index - 1) / workers) + 1;
      return work(firstSeed + index, count, (report) => {
        reports.push(report);
        if (reports.length % 500 === 0 && reports.length < schedules) progress(reports);
      });
    }),
  );
  const sum = (pick: (report: Report) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  const elapsed = (performance.now() - before) / 1000;
  say(
    `${sum((report) => report.result.events)} events, ${sum((report) => report.result.rounds)} plans, ${sum((report) => report.result.effects)} effects, ${sum((report) => report.result.restarts)} restarts, ${Object.keys(invariants).length + Object.keys(atTheEnd).length} invariants, ${elapsed.toFixed(1)} s`,
  );
  const bad = reports.filter((report) => report.result.violations.length > 0);
  tally(bad);
  const explained = new Set<string>();
  for (const report of bad.sort((a, b) => a.seed - b.seed)) {
    const { invariant } = report.result.violations[0]!;
    if (explained.has(invariant)) continue;
    explained.add(invariant);
    await explain(report.seed, invariant);
  }
  return bad.length;
}

/** Minutes pass until the last line: how far it is, and what was found already. */
function progress(reports: readonly Report[]): void {
  const bad = reports.filter((report) => report.result.violations.length > 0).length;
  say(`${String(reports.length).padStart(6)} of ${schedules} schedules, ${bad} violations so far`);
}

function tally(bad: readonly Report[]): void {
  const counts = new Map<string, number[]>();
  for (const report of bad) {
    const { invariant } = report.result.violations[0]!;
    counts.set(invariant, [...(counts.get(invariant) ?? []), report.seed]);
  }
  for (const [invariant, seeds] of counts) {
    say(
      `${String(seeds.length).padStart(6)}  ${invariant}  seeds ${seeds
        .sort((a, b) => a - b)
        .slice(0, 8)
        .join(" ")}`,
    );
  }
}

async function explain(seed: number, invariant: string): Promise<void> {
  const schedule = await shrink(makeSchedule(seed), invariant, realMachine);
  const lines: string[] = [];
  const { violations } = await runSchedule(schedule, realMachine, (line) => lines.push(line));
  say("");
  say(`seed ${seed} breaks ${invariant}: ${violations[0]?.message ?? "?"}`);
  say(JSON.stringify(schedule.setting));
  for (const happening of schedule.happenings) say(`  ${describeHappening(happening)}`);
  say("  trace:");
  for (const line of lines.filter((each) => !/ {2}(status|event) /.test(each)).slice(-60))
    say(`  ${line}`);
}

function work(first: number, count: number, report: (item: Report) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL("worker.ts", import.meta.url));
    const args = [String(first), String(workers), String(count)];
    const child = fork(path, args, { execArgv: [...process.execArgv, ...flags] });
    child.on("message", (message) => report(message as Report));
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with code ${code ?? "none"}`));
    });
  });
}
