// A lock among processes of one machine: a folder is the lock, and a lock whose owner is gone is
// taken over.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      mkdirSync(folder);
      break;
    } catch {
      if (ownerIsGone(folder)) rmSync(folder, { recursive: true, force: true });
      else await pause(200);
    }
  }
  writeFileSync(join(folder, "pid"), String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ownerIsGone(folder: string): boolean {
  try {
    return !isAlive(Number(readFileSync(join(folder, "pid"), "utf8")));
  } catch {
    // Between mkdir and the write there is no pid yet; a crash in between leaves none for ever.
    try {
      return Date.now() - statSync(folder).mtimeMs > 5000;
    } catch {
      return false;
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
