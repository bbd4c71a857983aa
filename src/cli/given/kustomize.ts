// What a kustomization builds: kustomize or kubectl of the machine, whichever is there.

import { ReadingProblem } from "../terminal/problems.ts";
import type { Io } from "../terminal/io.ts";

const programs = [
  ["kustomize", "build"],
  ["kubectl", "kustomize"],
] as const;

export async function builtBy(folder: string, io: Io): Promise<string> {
  for (const [program, verb] of programs) {
    const ran = await io.runProgram(program, [verb, folder]);
    if (ran === undefined) continue;
    if (ran.code === 0) return ran.stdout;
    const first = ran.stderr.trim().split("\n")[0] ?? "";
    throw new ReadingProblem(`-k ${folder}: ${program} ${verb} ends with ${ran.code}: ${first}`);
  }
  throw new ReadingProblem(
    `-k ${folder}: neither kustomize nor kubectl is on the PATH: install one, or pipe what it builds elsewhere into -f -`,
  );
}
