// What keeps a release from being made, in one sentence for the person who makes it.
import { spawnSync } from "node:child_process";

export class ReleaseProblem extends Error {}

/** Runs a program to its end and returns what it printed. */
export function ran(program: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, [...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stdout;
  const why = error === undefined ? stderr.trim() : error.message;
  throw new ReleaseProblem(`${program} ${args.join(" ")}: ${why}`);
}
