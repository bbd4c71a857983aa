// Answers "which objects did the user name with -f?": files, folders and standard input, read as
// Kubernetes reads them. Problems are counted, not thrown.

import { join } from "node:path";
import { describeProblem, readYaml, type FileObject, type FileProblem } from "../api/read-yaml.ts";
import { ReadingProblem, UsageProblem, reading, readText } from "./arguments.ts";
import { errorCode, type Io } from "./io.ts";

export type Files = {
  readonly objects: readonly FileObject[];
  readonly problems: readonly FileProblem[];
};

/** Every YAML file of the paths; a folder gives its .yaml, .yml and .json files, sorted. */
export async function readFiles(paths: readonly string[], io: Io): Promise<Files> {
  if (paths.length === 0)
    throw new UsageProblem("-f is missing: name files, folders, or - for standard input");
  const objects: FileObject[] = [];
  const problems: FileProblem[] = [];
  for (const path of paths) {
    for (const file of await filesAt(path, io)) {
      const read = readYaml(file, await readText(file, io));
      objects.push(...read.objects);
      problems.push(...read.problems);
    }
  }
  return { objects, problems: [...problems, ...repeated(objects)] };
}

async function filesAt(path: string, io: Io): Promise<readonly string[]> {
  if (path === "-") return [path];
  try {
    const names = await io.readFolder(path);
    const files = names.filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
    if (files.length === 0) throw new ReadingProblem(`${path}: holds no .yaml, .yml or .json file`);
    return files.map((name) => join(path, name));
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return [path];
    if (error instanceof ReadingProblem) throw error;
    return reading(path, () =>
      Promise.reject(error instanceof Error ? error : new Error(String(error))),
    );
  }
}

/** The same object twice: kubectl would let the last one win, silently. */
function repeated(objects: readonly FileObject[]): readonly FileProblem[] {
  const first = new Map<string, FileObject>();
  return objects.flatMap((one) => {
    const key = `${one.kind}/${one.name}`;
    const before = first.get(key);
    first.set(key, before ?? one);
    if (before === undefined) return [];
    const message = `is already in ${before.file}:${before.line}; keep one of the two`;
    return [{ file: one.file, line: one.line, object: key, field: "metadata.name", message }];
  });
}

export function printProblems(problems: readonly FileProblem[], io: Io): void {
  for (const one of problems) io.stderr(`${describeProblem(one)}\n`);
}
