// Answers "which objects are in this file?": YAML as Kubernetes reads it (an unquoted 8086, 0x10de,
// 0755 or 1e49 is a number), several documents, and lists. Problems are data with file, object,
// field, what was found and what to write instead. Touches no disk.

import { constructFromEvents, parseEvents, YAMLException } from "js-yaml";
import { kubernetesYaml } from "./kubernetes-yaml.ts";
import { apiVersion, group, plurals, type Kind } from "./names.ts";
import { problemsOf, withDefaults, type Problem } from "./parse.ts";
import { nearest, placesOf, type Places } from "./yaml-places.ts";

export type FileProblem = {
  readonly file: string;
  /** Of the field, or of what is nearest to it, from 1. */
  readonly line: number;
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
  readonly value: Readonly<Record<string, unknown>>;
};

export type ReadFiles = {
  readonly objects: readonly FileObject[];
  readonly problems: readonly FileProblem[];
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
  const documents = parse(file, text);
  if ("message" in documents) return { objects: [], problems: [documents] };
  const read = documents.flatMap(itemsOf).map(readItem);
  return {
    objects: read.flatMap((one) => one.object ?? []),
    problems: read.flatMap((one) => one.problems),
  };
}

/** Enough for any honest file; each alias of YAML repeats what it names. */
const maxAliases = 1000;

function parse(file: string, text: string): readonly Item[] | FileProblem {
  try {
    const events = parseEvents(text, {});
    const places = placesOf(text, events);
    return constructFromEvents(events, { source: text, schema: kubernetesYaml, maxAliases })
      .map((value, index) => ({ file, value, places: places[index], prefix: "" }))
      .filter(({ value }) => value !== null && value !== undefined);
  } catch (error) {
    return syntaxProblem(file, error);
  }
}

function syntaxProblem(file: string, error: unknown): FileProblem {
  const known = error instanceof YAMLException ? error : undefined;
  const mark = known?.mark as { readonly line?: number } | undefined;
  const reason = known?.reason ?? (error instanceof Error ? error.message : String(error));
  const line = (mark?.line ?? 0) + 1;
  return { file, line, object: "", field: "", message: `not YAML: ${reason}` };
}

function itemsOf(document: Item): readonly Item[] {
  const raw = document.value as Raw;
  const isList = typeof raw.kind === "string" && raw.kind.endsWith("List");
  if (!isList || !Array.isArray(raw.items)) return [document];
  return (raw.items as unknown[]).map((value, index) => ({
    ...document,
    value,
    prefix: `items[${index}]`,
  }));
}

type Read = { readonly object?: FileObject; readonly problems: readonly FileProblem[] };

function readItem(item: Item): Read {
  const { value } = item;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refused(item, "", [
      { path: "", message: "not an object: write apiVersion, kind, metadata and spec" },
    ]);
  }
  const raw = value as Raw;
  if (typeof raw.kind !== "string") {
    return refused(item, "", [
      { path: "kind", message: "is missing: write the kind of the object" },
    ]);
  }
  const name = (raw.metadata as Raw | undefined)?.name;
  if (typeof name !== "string") return refused(item, raw.kind, [nameProblem(name)]);
  const line = placed(item, "")?.line ?? 1;
  const identity = { file: item.file, line, kind: raw.kind, name };
  if (!isOurs(raw)) return { object: { ...identity, value: raw }, problems: [] };
  const kind = raw.kind as Kind;
  const problems = [...versionProblem(raw), ...problemsOf(kind, raw)];
  if (problems.length > 0) return refused(item, `${kind}/${name}`, problems);
  return { object: { ...identity, value: withDefaults(kind, raw) }, problems: [] };
}

function refused(item: Item, object: string, problems: readonly Problem[]): Read {
  return {
    problems: problems.map((one) => {
      const place = placed(item, one.path);
      const message =
        one.misread === undefined || place?.unquoted === undefined
          ? one.message
          : `found ${place.unquoted}, which YAML reads as a ${one.misread}: write ${quoted(place.unquoted, one.path)}`;
      return { file: item.file, line: place?.line ?? 1, object, field: one.path, message };
    }),
  };
}

/** Text in quotes; ids are hex digits without 0x. */
function quoted(unquoted: string, path: string): string {
  const isId = /\.(vendorId|productId)$/.test(path);
  return JSON.stringify(isId ? unquoted.replace(/^0[xX]/, "") : unquoted);
}

function placed(item: Item, path: string): ReturnType<typeof nearest> {
  const whole = [item.prefix, path].filter((part) => part !== "").join(".");
  return nearest(item.places, whole);
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

function isOurs(raw: Raw): boolean {
  const version = typeof raw.apiVersion === "string" ? raw.apiVersion : "";
  const known = Object.hasOwn(plurals, raw.kind as string);
  return known && (version === "" || version.startsWith(`${group}/`));
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
