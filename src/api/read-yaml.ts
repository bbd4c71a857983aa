// Answers "which objects are in these files?": YAML as Kubernetes reads it (YAML 1.1: an unquoted
// 8086, 0x10de, 0755 or 1e49 is a number), several documents, and lists. Problems are data with
// file, object, field, what was found and what to write instead.

import { loadAll, YAML11_SCHEMA, YAMLException } from "js-yaml";
import { apiVersion, group, plurals, type Kind } from "./names.ts";
import { problemsOf, withDefaults, type Problem } from "./parse.ts";

export type FileProblem = {
  readonly file: string;
  /** Line of the document, from 1; of the mistake itself where YAML tells. */
  readonly line: number;
  /** Kind/name; empty when the file could not be read so far. */
  readonly object: string;
  readonly field: string;
  readonly message: string;
};

export type FileObject = {
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
};

export type ReadFiles = {
  readonly objects: readonly FileObject[];
  readonly problems: readonly FileProblem[];
};

type Raw = Readonly<Record<string, unknown>>;

/** Every object of one file, ours judged by schema and rules and with defaults filled in. */
export function readYaml(file: string, text: string): ReadFiles {
  const documents: unknown[] = [];
  try {
    documents.push(...loadAll(text, { schema: YAML11_SCHEMA }));
  } catch (error) {
    return { objects: [], problems: [syntaxProblem(file, error)] };
  }
  const lines = documentLines(text);
  const objects: FileObject[] = [];
  const problems: FileProblem[] = [];
  for (const [index, document] of documents.entries()) {
    if (document === null || document === undefined) continue;
    for (const item of itemsOf(document)) {
      const read = readObject(file, lines[index] ?? 1, item);
      if ("object" in read) objects.push(read.object);
      problems.push(...read.problems);
    }
  }
  return { objects, problems };
}

function syntaxProblem(file: string, error: unknown): FileProblem {
  const known = error instanceof YAMLException ? error : undefined;
  const mark = known?.mark as { readonly line?: number } | undefined;
  const message = known?.reason ?? (error instanceof Error ? error.message : String(error));
  return { file, line: (mark?.line ?? 0) + 1, object: "", field: "", message: `not YAML: ${message}` };
}

/** First line of each document, counting documents as YAML does. */
function documentLines(text: string): readonly number[] {
  const starts: number[] = [];
  let open = false;
  for (const [index, line] of text.split("\n").entries()) {
    if (/^---(\s|$)/.test(line)) {
      open = false;
      continue;
    }
    if (!open && line.trim() !== "" && !line.startsWith("#")) {
      starts.push(index + 1);
      open = true;
    }
  }
  return starts;
}

function itemsOf(document: unknown): readonly unknown[] {
  const raw = document as Raw;
  const isList = typeof raw.kind === "string" && raw.kind.endsWith("List");
  return isList && Array.isArray(raw.items) ? (raw.items as unknown[]) : [document];
}

type ReadObject =
  | { readonly object: FileObject; readonly problems: readonly FileProblem[] }
  | { readonly problems: readonly FileProblem[] };

function readObject(file: string, line: number, item: unknown): ReadObject {
  const fault = (field: string, message: string): ReadObject => ({
    problems: [{ file, line, object: "", field, message }],
  });
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return fault("", "not an object: write apiVersion, kind, metadata and spec");
  }
  const raw = item as Raw;
  if (typeof raw.kind !== "string") return fault("kind", "is missing: write the kind of the object");
  const metadata = raw.metadata as Raw | undefined;
  if (typeof metadata?.name !== "string") {
    return fault("metadata.name", `${raw.kind} without a name, or with a name that is not text: write one, in quotes if it looks like a number`);
  }
  const identity = { file, line, kind: raw.kind, name: metadata.name };
  if (!isOurs(raw)) return { object: { ...identity, value: raw }, problems: [] };
  const kind = raw.kind as Kind;
  const found = [...versionProblem(raw), ...problemsOf(kind, raw)];
  const object = `${kind}/${metadata.name}`;
  const problems = found.map((one) => ({ file, line, object, field: one.path, message: one.message }));
  if (problems.length > 0) return { problems };
  return { object: { ...identity, value: withDefaults(kind, raw) }, problems: [] };
}

function isOurs(raw: Raw): boolean {
  const version = typeof raw.apiVersion === "string" ? raw.apiVersion : "";
  return Object.hasOwn(plurals, raw.kind as string) && (version === "" || version.startsWith(`${group}/`));
}

function versionProblem(raw: Raw): readonly Problem[] {
  return raw.apiVersion === undefined
    ? [{ path: "apiVersion", message: `is missing: write ${apiVersion}` }]
    : [];
}

/** One line for people: file, object, field, what was found and what to write. */
export function describeProblem(one: FileProblem): string {
  const where = [one.object, one.field].filter((part) => part !== "").join(" ");
  return `${one.file}:${one.line}: ${where}${where === "" ? "" : ": "}${one.message}`;
}
