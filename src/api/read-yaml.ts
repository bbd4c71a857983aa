// The objects of one file: YAML as Kubernetes reads it (an unquoted 8086, 0x10de, 0755 or 1e49 is a
// number), several documents, and lists. Problems are data with file, object, field, what was found
// and what to write instead. Documents that are nothing of ours are counted. Touches no disk.

import { constructFromEvents, parseEvents, YAMLException } from "js-yaml";
import { kubernetesYaml } from "./kubernetes-yaml.ts";
import { apiVersion, group, plurals, type Kind } from "./names.ts";
import { nearestName } from "./nearest-name.ts";
import { problemsOf, withDefaults, type Problem } from "./parse.ts";
import { documentTexts } from "./yaml-documents.ts";
import { fileStart, nearest, placesOf, type Places, type Region } from "./yaml-places.ts";

/** Where the field stands, or what is nearest to it. */
export type FileProblem = Region & {
  readonly file: string;
  /** Kind/name; empty when the file could not be read so far. */
  readonly object: string;
  readonly field: string;
  readonly message: string;
};

export type FileObject = {
  readonly file: string;
  /** First line of the object, from 1. */
  readonly line: number;
  readonly kind: string;
  readonly name: string;
  /** Absent in the file: whoever applies it chooses. */
  readonly namespace?: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Where a field of it stands, or what is nearest to that. */
  readonly at: (path: string) => Region;
};

type ReadFiles = {
  readonly objects: readonly FileObject[];
  readonly problems: readonly FileProblem[];
  /** Documents that are no object, such as values of a chart. */
  readonly foreign: number;
};

type Raw = Readonly<Record<string, unknown>>;

/** One object as it stands in a file; `prefix` is its path in the document. */
type Item = {
  readonly file: string;
  readonly value: unknown;
  readonly places: Places | undefined;
  readonly prefix: string;
};

/** Every object of one file, ours judged by schema and rules and with defaults filled in. */
export function readYaml(file: string, text: string): ReadFiles {
  const { items, problems } = parse(file, text);
  const read = items.flatMap(itemsOf).map(readItem);
  return {
    objects: read.flatMap((item) => item.object ?? []),
    problems: [...problems, ...read.flatMap((item) => item.problems)],
    foreign: read.filter((item) => item.object === undefined && item.problems.length === 0).length,
  };
}

/** Enough for any honest file; each alias of YAML repeats what it names. */
const maxAliases = 1000;

type Parsed = { readonly items: readonly Item[]; readonly problems: readonly FileProblem[] };

/** A document that is broken says nothing against the others. */
function parse(file: string, text: string): Parsed {
  const whole = parseOne(file, text);
  const texts = whole.problems.length === 0 ? [] : documentTexts(text);
  if (texts.length < 2) return whole;
  const each = texts.map((word) => parseOne(file, word));
  return {
    items: each.flatMap((parsed) => parsed.items),
    problems: each.flatMap((parsed) => parsed.problems),
  };
}

function parseOne(file: string, text: string): Parsed {
  try {
    return { items: documentsIn(file, text), problems: [] };
  } catch (error) {
    return { items: [], problems: [syntaxProblem(file, text, error)] };
  }
}

function documentsIn(file: string, text: string): readonly Item[] {
  const events = parseEvents(text, {});
  const places = placesOf(text, events);
  return constructFromEvents(events, { source: text, schema: kubernetesYaml, maxAliases })
    .map((value, index) => ({ file, value, places: places[index], prefix: "" }))
    .filter(({ value }) => value !== null && value !== undefined);
}

/** What the parser found, with the word that stands there. */
function named(reason: string, rest: string): string {
  const key = /^\s*["']?([\w./-]+)["']?\s*:/.exec(rest)?.[1];
  if (reason.startsWith("duplicated mapping key") && key !== undefined)
    return `${key} stands twice: keep one of the two`;
  return /^\s*(\/\/|\/\*)/.test(rest)
    ? `${reason}; a comment of JavaScript stands here, and YAML's begin with #`
    : reason;
}

function syntaxProblem(file: string, text: string, error: unknown): FileProblem {
  const known = error instanceof YAMLException ? error : undefined;
  const mark = known?.mark as { readonly line?: number; readonly column?: number } | undefined;
  const reason = known?.reason ?? (error instanceof Error ? error.message : String(error));
  const line = (mark?.line ?? 0) + 1;
  const column = (mark?.column ?? 0) + 1;
  const region = { line, column, endLine: line, endColumn: column };
  const rest = text.split("\n")[line - 1]?.slice(column - 1) ?? "";
  return { file, ...region, object: "", field: "", message: `not YAML: ${named(reason, rest)}` };
}

function itemsOf(document: Item): readonly Item[] {
  const raw = document.value as Raw;
  const isList = typeof raw.kind === "string" && raw.kind.endsWith("List");
  if (!isList || !Array.isArray(raw.items)) return [document];
  // kubectl gives the items of a PciAliasList what they leave out.
  const known = { apiVersion: raw.apiVersion, kind: String(raw.kind).replace(/List$/, "") };
  const isTyped = known.kind !== "" && isOurs(raw);
  return (raw.items as unknown[]).map((value, index) => ({
    ...document,
    value: isTyped && isMap(value) ? { ...known, ...value } : value,
    prefix: `items[${index}]`,
  }));
}

function isMap(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Read = { readonly object?: FileObject; readonly problems: readonly FileProblem[] };

function readItem(item: Item): Read {
  const { value } = item;
  if (Array.isArray(value) && (value as unknown[]).some((row) => isMap(row) && isOurs(row))) {
    const message =
      "a list is not an object of Kubernetes, and kubectl refuses it: write the objects as documents, or as items of kind: List";
    return refused(item, "", [{ path: "kind", message }]);
  }
  // Lists and texts are no objects of Kubernetes at all; values of a chart have no kind.
  if (!isMap(value)) return { problems: [] };
  const raw = value;
  const ours = isOurs(raw);
  if (typeof raw.kind !== "string") {
    return ours
      ? refused(item, "", [{ path: "kind", message: `is missing: write one of ${kindsText}` }])
      : { problems: [] };
  }
  if (ours && !Object.hasOwn(plurals, raw.kind)) return refused(item, raw.kind, [kindProblem(raw)]);
  const { name, namespace } = (raw.metadata ?? {}) as Raw;
  if (typeof name !== "string") {
    const counts = ours || worldKinds.has(raw.kind);
    return counts ? refused(item, raw.kind, [nameProblem(name)]) : { problems: [] };
  }
  const identity = {
    file: item.file,
    line: placed(item, "").line,
    kind: raw.kind,
    name,
    ...(typeof namespace === "string" ? { namespace } : {}),
    at: (path: string): Region => placed(item, path),
  };
  if (!ours) return { object: { ...identity, value: raw }, problems: [] };
  const kind = raw.kind as Kind;
  const problems = [...versionProblem(raw), ...problemsOf(kind, raw)];
  if (problems.length > 0) return refused(item, `${kind}/${name}`, problems);
  return { object: { ...identity, value: withDefaults(kind, raw) }, problems: [] };
}

/** Kinds of others that describe the world in which ours are judged. */
export const worldKinds: ReadonlySet<string> = new Set([
  "Node",
  "NodeFeature",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ConfigMap",
  "Secret",
]);

const kindsText = Object.keys(plurals).join(", ");

function kindProblem(raw: Raw): Problem {
  const kind = raw.kind as string;
  const near = nearestName(kind, Object.keys(plurals));
  const advice = near === undefined ? `write one of ${kindsText}` : `write ${near}`;
  return { path: "kind", message: `there is no kind ${kind} in ${group}: ${advice}` };
}

function refused(item: Item, object: string, problems: readonly Problem[]): Read {
  return {
    problems: problems.map((problem) => {
      const { unquoted, ...place } = placed(item, problem.path);
      const message =
        problem.misread === undefined || unquoted === undefined
          ? problem.message
          : `found ${unquoted}, which YAML reads as a ${problem.misread}: write ${quoted(unquoted, problem.path)}`;
      return { file: item.file, ...place, object, field: problem.path, message };
    }),
  };
}

/** Text in quotes; ids are hex digits without 0x. */
function quoted(unquoted: string, path: string): string {
  const isId = /\.(vendorId|productId)$/.test(path);
  return JSON.stringify(isId ? unquoted.replace(/^0[xX]/, "") : unquoted);
}

function placed(item: Item, path: string): Region & { readonly unquoted?: string } {
  const whole = [item.prefix, path].filter((part) => part !== "").join(".");
  return nearest(item.places, whole) ?? fileStart;
}

function nameProblem(found: unknown): Problem {
  if (found === undefined || found === null) {
    return { path: "metadata.name", message: "is missing: write a name for the object" };
  }
  const message = `found ${JSON.stringify(found)}, write text: quote it`;
  return typeof found === "object"
    ? { path: "metadata.name", message }
    : { path: "metadata.name", message, misread: typeof found };
}

/** By its group, or by a kind that nobody else has. */
function isOurs(raw: Raw): boolean {
  const version = typeof raw.apiVersion === "string" ? raw.apiVersion : "";
  if (version === group || version.startsWith(`${group}/`)) return true;
  return typeof raw.kind === "string" && Object.hasOwn(plurals, raw.kind);
}

function versionProblem(raw: Raw): readonly Problem[] {
  return raw.apiVersion === undefined
    ? [{ path: "apiVersion", message: `is missing: write ${apiVersion}` }]
    : [];
}

/** One line for people: file, object, field, what was found and what to write. */
export function describeProblem(fileProblem: FileProblem): string {
  return `${fileProblem.file}:${fileProblem.line}: ${aboutText(fileProblem)}${fileProblem.message}`;
}

/** What a message is about; empty for a whole file. */
export function aboutText(item: { readonly object: string; readonly field: string }): string {
  const about = [item.object, item.field].filter((part) => part !== "").join(" ");
  return about === "" ? "" : `${about}: `;
}
