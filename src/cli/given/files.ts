// The objects that the user named with -f or -k: files, folders, kustomizations and standard input,
// read as Kubernetes reads them. Problems are counted, not thrown; what is skipped is said.

import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { group, plurals, type Kind } from "../../api/names.ts";
import {
  describeProblem,
  readYaml,
  worldKinds,
  type FileObject,
  type FileProblem,
} from "../../api/read-yaml.ts";
import { reading, readText } from "../terminal/arguments.ts";
import { ReadingProblem, UsageProblem } from "../terminal/problems.ts";
import { errorCode, type Io } from "../terminal/io.ts";
import { fileStart } from "../../api/yaml-places.ts";
import { builtBy } from "./kustomize.ts";

export type Files = {
  readonly objects: readonly FileObject[];
  readonly problems: readonly FileProblem[];
  /** What was not judged, in a sentence each. */
  readonly notes: readonly string[];
  readonly count: number;
  /** What named files look like that hold no object at all. */
  readonly foreign: readonly string[];
};

export type Named = {
  readonly filename: readonly string[];
  /** Folders at every depth, whatever their own files hold. */
  readonly recursive?: boolean;
  readonly kustomize?: readonly string[];
};

/**
 * Every YAML file of the paths. A folder with objects of ours gives its own files, as for kubectl;
 * one without gives those at every depth, as GitOps repositories have them.
 */
export async function readNamed(named: Named, io: Io): Promise<Files> {
  const { filename, kustomize = [] } = named;
  if (filename.length + kustomize.length === 0)
    throw new UsageProblem(
      "-f is missing: name files, folders, or - for standard input (-k for a kustomization)",
    );
  const heap: Heap = {
    objects: [],
    problems: [],
    foreign: 0,
    notYaml: 0,
    templates: 0,
    patched: [],
    patches: new Set(),
    unread: [],
    linked: [],
    looks: [],
    count: 0,
  };
  for (const path of filename) {
    for (const file of await filesAt(path, named.recursive === true, io, heap)) {
      take(heap, file.path, await readText(file.path, io), file.named);
    }
  }
  for (const folder of kustomize)
    take(heap, join(folder, "kustomization.yaml"), await builtBy(folder, io), true);
  return {
    objects: heap.objects,
    problems: [...heap.problems, ...repeated(heap.objects)],
    notes: notesOf(heap),
    count: heap.count,
    foreign: heap.looks,
  };
}

/** Nothing of ours is no success: a wrong folder looks like a right one. */
export function needOurs({ objects, problems, count, foreign }: Files): void {
  if (problems.length > 0 || objects.some(isOurs)) return;
  const kinds = Object.keys(plurals).join(", ");
  throw new ReadingProblem(
    `found no ${kinds} in ${count} ${count === 1 ? "file" : "files"}${foreign.length === 0 ? "" : `: ${foreign.join("; ")}`}`,
  );
}

/** Files of which nothing can be read or taken leave nothing to answer about. */
export function nothingLeft({ objects, problems }: Files): boolean {
  return problems.length > 0 && !objects.some(isOurs);
}

export function isOurs(object: Pick<FileObject, "kind">): object is FileObject & { kind: Kind } {
  return Object.hasOwn(plurals, object.kind);
}

type Heap = {
  readonly objects: FileObject[];
  readonly problems: FileProblem[];
  foreign: number;
  notYaml: number;
  templates: number;
  readonly patched: string[];
  /** They may lie in another folder than the kustomization that names them. */
  readonly patches: Set<string>;
  readonly unread: string[];
  readonly linked: string[];
  readonly looks: string[];
  count: number;
};

/** A file that somebody named is judged; one that merely lies in a folder may be anything. */
function take(heap: Heap, file: string, text: string, named: boolean): void {
  heap.count += 1;
  const isCounted = named || text.includes(group);
  const wrong = encodingProblem(file, text) ?? commentedJson(file, text);
  if (wrong !== undefined) {
    if (isCounted) heap.problems.push(wrong);
    else heap.notYaml += 1;
    return;
  }
  const read = readYaml(file, text);
  const broken = isBroken(read);
  if (broken && text.includes("{{")) {
    if (!named) {
      heap.templates += 1;
      return;
    }
    const message =
      "a template of Helm, not YAML: judge what it renders to, helm template CHART | nova-pci lint -f -";
    heap.problems.push(...read.problems.map((problem) => ({ ...problem, message })));
    return;
  }
  if (broken && !isCounted) {
    heap.notYaml += 1;
    return;
  }
  const look = named ? looksLike(text) : undefined;
  if (broken && look !== undefined) {
    heap.problems.push(...read.problems.map((problem) => ({ ...problem, message: look })));
    return;
  }
  if (look !== undefined && read.objects.length + read.problems.length === 0)
    heap.looks.push(`${file} ${look}`);
  heap.objects.push(
    ...read.objects.filter((object) => isOurs(object) || worldKinds.has(object.kind)),
  );
  heap.foreign +=
    read.foreign +
    read.objects.filter((object) => !isOurs(object) && !worldKinds.has(object.kind)).length;
  heap.problems.push(...read.problems);
}

/** Where other documents of the file hold objects of ours, it was meant as what it is. */
function isBroken({ objects, problems }: ReturnType<typeof readYaml>): boolean {
  const unread = problems.some((problem) => problem.object === "" && problem.field === "");
  return unread && !objects.some(isOurs);
}

/** What reading as UTF-8 leaves of another encoding; undefined for a text that is one. */
function encodingProblem(file: string, text: string): FileProblem | undefined {
  const at = text.search(/[\0\ufffd]/);
  if (at < 0) return undefined;
  const line = text.slice(0, at).split("\n").length;
  const column = at - text.lastIndexOf("\n", at - 1);
  const region = { line, column, endLine: line, endColumn: column };
  const message = text.includes("\0")
    ? "is UTF-16 or no text at all: save it as UTF-8"
    : "has a byte that is not UTF-8: save the file as UTF-8";
  return { file, ...region, object: "", field: "", message };
}

/** YAML takes a comment of JavaScript for a part of the key behind it. */
function commentedJson(file: string, text: string): FileProblem | undefined {
  const at = /^\s*[{[]/.test(text) ? text.search(/^[ \t]*\/[/*]/m) : -1;
  if (at < 0) return undefined;
  const line = text.slice(0, at).split("\n").length;
  const message = "has a comment of JavaScript, which neither JSON nor YAML has: remove it";
  const region = { line, column: 1, endLine: line, endColumn: 1 };
  return { file, ...region, object: "", field: "", message };
}

/** What people name by mistake, and the command that takes it. */
const others: readonly (readonly [RegExp, string])[] = [
  [
    /^\[(pci|DEFAULT|filter_scheduler)\]\s*$/m,
    "looks like nova.conf: nova-pci check judges it, nova-pci import makes objects of it",
  ],
  [
    /^\s*(\/\/|\/\*)/,
    "begins with a comment of JavaScript: JSON has none, and YAML's begin with #",
  ],
  [/^\s*<[?!a-z]/i, "looks like XML or HTML"],
  [
    /^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] /m,
    "looks like output of lspci, which is for: nova-pci match --inventory",
  ],
];

function looksLike(text: string): string | undefined {
  if (text.trim() === "") return "is empty";
  if (text.split("\n").every((line) => /^\s*(#.*|---.*)?$/.test(line)))
    return "holds only comments";
  return others.find(([form]) => form.test(text))?.[1];
}

function notesOf(heap: Heap): readonly string[] {
  const many = (count: number, text: string, more: string): string =>
    count === 1 ? `1 ${text}` : `${count} ${more}`;
  return [
    ...(heap.foreign === 0
      ? []
      : [`${many(heap.foreign, "document", "documents")} of other kinds ignored`]),
    ...(heap.templates === 0
      ? []
      : [
          `${many(heap.templates, "template", "templates")} of Helm not read: helm template CHART | nova-pci lint -f - judges what they render to`,
        ]),
    ...(heap.notYaml === 0
      ? []
      : [`${many(heap.notYaml, "file", "files")} that Kubernetes could not read ignored`]),
    ...heap.linked.map(
      (folder) => `${folder} is a link to a folder and is not followed: name it with -f`,
    ),
    ...heap.unread.map((folder) => `folders below ${folder} are not read: -R reads them`),
    ...heap.patched.map(
      (folder) =>
        `the patches of ${folder} are not applied here: -k ${folder} judges what is built from it`,
    ),
  ];
}

type FoundFile = { readonly path: string; readonly named: boolean };

async function filesAt(
  path: string,
  recursive: boolean,
  io: Io,
  heap: Heap,
): Promise<readonly FoundFile[]> {
  if (path === "-") return [{ path, named: true }];
  const names = await namesIn(path, io);
  if (names === undefined) return [{ path, named: true }];
  const found = await below(path, names, io, heap);
  const all = found.filter((text) => !heap.patches.has(text));
  const own = all.filter((text) => dirname(text) === dirname(join(path, "x")));
  const flat = !recursive && own.length < all.length && (await anyOfOurs(own, io));
  if (flat) heap.unread.push(path);
  const files = flat ? own : all;
  if (files.length === 0) throw new ReadingProblem(`${path}: holds no .yaml, .yml or .json file`);
  return files.map((file) => ({ path: file, named: false }));
}

async function anyOfOurs(files: readonly string[], io: Io): Promise<boolean> {
  for (const file of files) if ((await readText(file, io)).includes(group)) return true;
  return false;
}

const skipped = /^(\..*|node_modules)$/;
const yamlName = /\.(ya?ml|json)$/;
const kustomizationName = /^(kustomization\.ya?ml|Kustomization)$/;

async function below(
  folder: string,
  names: readonly string[],
  io: Io,
  heap: Heap,
): Promise<readonly string[]> {
  const patches = await patchesOf(folder, names, io);
  if (patches.size > 0) heap.patched.push(folder);
  for (const patch of patches) heap.patches.add(patch);
  const found: string[] = [];
  for (const name of [...names].sort()) {
    const path = join(folder, name);
    if (await leadsNowhere(path, io)) {
      if (yamlName.test(name)) heap.problems.push(lostLink(path));
    } else if (yamlName.test(name)) found.push(path);
    else if (!skipped.test(name)) {
      const inside = await namesIn(path, io);
      if (inside === undefined) continue;
      // As kubectl does: a link may lead back to a folder above it.
      if (await io.isLink(path)) heap.linked.push(path);
      else found.push(...(await below(path, inside, io, heap)));
    }
  }
  return found;
}

/** Of all links only those that can be followed are files. */
async function leadsNowhere(path: string, io: Io): Promise<boolean> {
  if (!(await io.isLink(path))) return false;
  try {
    await io.readBytes(path);
    return false;
  } catch (error) {
    return errorCode(error) === "ENOENT" || errorCode(error) === "ELOOP";
  }
}

function lostLink(file: string): FileProblem {
  const message = "is a link that leads nowhere, at which kubectl and kustomize stop: remove it";
  return { file, ...fileStart, object: "", field: "", message };
}

/** Undefined for what is no folder. */
async function namesIn(path: string, io: Io): Promise<readonly string[] | undefined> {
  try {
    return await io.readFolder(path);
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return undefined;
    return reading(path, () => Promise.reject(error as Error));
  }
}

/** Files that are parts of objects: kustomize lays them over others. */
async function patchesOf(
  folder: string,
  names: readonly string[],
  io: Io,
): Promise<ReadonlySet<string>> {
  const name = names.find((text) => kustomizationName.test(text));
  if (name === undefined) return new Set();
  const raw = kustomizationIn(await readText(join(folder, name), io));
  const listed = [raw.patches, raw.patchesStrategicMerge, raw.patchesJson6902].flatMap((item) =>
    Array.isArray(item) ? (item as unknown[]) : [],
  );
  const paths = listed.flatMap((item) => {
    const path =
      typeof item === "string" ? item : (item as { readonly path?: unknown } | null)?.path;
    return typeof path === "string" && !path.includes("\n") ? [join(folder, path)] : [];
  });
  return new Set(paths);
}

function kustomizationIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = load(text);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const clusterWide: ReadonlySet<string> = new Set(["Node", "NodeFeature"]);

/** The same object twice: kubectl would let the last one win, silently. */
function repeated(objects: readonly FileObject[]): readonly FileProblem[] {
  const first = new Map<string, FileObject>();
  return objects.flatMap((fileObject) => {
    const object = `${fileObject.kind}/${fileObject.name}`;
    const key = clusterWide.has(fileObject.kind)
      ? object
      : `${fileObject.namespace ?? ""} ${object}`;
    const before = first.get(key);
    first.set(key, before ?? fileObject);
    if (before === undefined) return [];
    const message = `is already in ${before.file}:${before.line}; keep one of the two`;
    const field = "metadata.name";
    return [{ file: fileObject.file, ...fileObject.at(field), object, field, message }];
  });
}

export function printProblems(problems: readonly FileProblem[], io: Io): void {
  for (const problem of problems) io.stderr(`${describeProblem(problem)}\n`);
}
