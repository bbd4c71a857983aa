// The control plane that the tests of one worker of Jest share, started by the first file that asks.
// A process of its own (this file, run alone) keeps it, and ends it when the worker is gone, however
// that ended.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { attach, type ControlPlane, type Coordinates } from "./attach.ts";
import { controlPlaneBinaries } from "./build.ts";
import { isAlive, withLock } from "./lock.ts";
import { lastLines, until } from "./processes.ts";
import { startControlPlane } from "./start.ts";

/** Tests use namespaces of their own, and names of their own for what has no namespace. */
export async function sharedControlPlane(): Promise<ControlPlane> {
  await controlPlaneBinaries();
  // A worker of Jest has its own: there is one Lease, and an operator serves every namespace, so
  // files that run side by side would take the lead, and the work, from each other.
  const run = process.pid;
  const folder = join(tmpdir(), `nova-pci-shared-${run}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "coordinates.json");
  if (!existsSync(file)) {
    await withLock(join(folder, "lock"), async () => {
      if (!existsSync(file)) await startKeeper(run, folder, file);
    });
  }
  return attach(JSON.parse(readFileSync(file, "utf8")) as Coordinates);
}

async function startKeeper(run: number, folder: string, file: string): Promise<void> {
  const logFile = join(folder, "keeper.log");
  const log = openSync(logFile, "a");
  const keeper = spawn(process.execPath, [import.meta.filename, String(run), file], {
    stdio: ["ignore", log, log],
    detached: true,
  });
  keeper.unref();
  await until("the shared control plane", () => existsSync(file), {
    seconds: 180,
    hopeless: () => (keeper.exitCode === null ? undefined : lastLines(logFile, 40)),
  });
}

async function keep(run: number, file: string): Promise<void> {
  const plane = await startControlPlane();
  const { url, caFile, adminToken, kubeconfig, folder, bin } = plane;
  const coordinates: Coordinates = { url, caFile, adminToken, kubeconfig, folder, bin };
  writeFileSync(`${file}.new`, JSON.stringify(coordinates), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  while (isAlive(run)) await pause(500);
  await plane.stop();
  rmSync(join(file, ".."), { recursive: true, force: true });
}

if (process.argv[1] === import.meta.filename) {
  await keep(Number(process.argv[2]), process.argv[3]!);
}
