// Who owns which field of an object: managedFields as the API server keeps them for updates and for
// server-side apply. A list is one field here, as the lists that we apply are one value to us.

import type { ManagedFields } from "../store/objects.ts";

type Tree = Readonly<Record<string, unknown>>;
/** Fields by their path, its keys joined. */
type Fields = ReadonlySet<string>;

export type Writer = Pick<ManagedFields, "manager" | "operation" | "subresource">;

const joint = "\n";
/** What names or versions an object is nobody's. */
const identity =
  /^(apiVersion|kind|metadata\n(name|namespace|uid|resourceVersion|generation|creationTimestamp|deletionTimestamp|managedFields(\n.*)?))$/s;

export function fieldsOf(object: Tree): Fields {
  const found = new Set<string>();
  const visit = (value: unknown, path: string): void => {
    if (isTree(value) && Object.keys(value).length > 0) {
      for (const [key, item] of Object.entries(value))
        visit(item, path === "" ? key : `${path}${joint}${key}`);
    } else if (!identity.test(path)) found.add(path);
  };
  visit(object, "");
  return found;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(object: Tree, path: string): unknown {
  let at: unknown = object;
  for (const key of path.split(joint)) at = isTree(at) ? at[key] : undefined;
  return at;
}

/** Without this field, and without what it leaves empty. */
export function without(object: Tree, path: string): Tree {
  const [key = "", ...rest] = path.split(joint);
  const below = object[key];
  const next = rest.length > 0 && isTree(below) ? without(below, rest.join(joint)) : undefined;
  const { [key]: _gone, ...others } = object;
  return next === undefined || Object.keys(next).length === 0 ? others : { ...object, [key]: next };
}

/** ".spec.template.metadata.annotations.a.b/c". */
export function fieldName(path: string): string {
  return `.${path.split(joint).join(".")}`;
}

function encode(fields: Fields): object {
  const root: Record<string, unknown> = {};
  for (const path of fields) {
    let at = root;
    for (const key of path.split(joint)) {
      at[`f:${key}`] ??= {};
      at = at[`f:${key}`] as Record<string, unknown>;
    }
  }
  return root;
}

function decode(fieldsV1: unknown): Fields {
  const found = new Set<string>();
  const visit = (value: unknown, path: readonly string[]): void => {
    const entries = Object.entries((value ?? {}) as Tree);
    if (entries.length === 0 && path.length > 0) found.add(path.join(joint));
    for (const [key, item] of entries) visit(item, [...path, key.slice(2)]);
  };
  visit(fieldsV1, []);
  return found;
}

export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

function isWriter(entry: ManagedFields, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.subresource === writer.subresource
  );
}

/** What this writer applied last. */
export function appliedBefore(all: readonly ManagedFields[], writer: Writer): Fields {
  return decode(all.find((item) => isWriter(item, writer))?.fieldsV1);
}

export function ownersBeside(
  all: readonly ManagedFields[],
  writer: Writer,
): readonly (readonly [string, Fields])[] {
  return all
    .filter((item) => !isWriter(item, writer))
    .map((item) => [item.manager, decode(item.fieldsV1)] as const);
}

/** The writer owns these, and of `taken` nobody else does any more. */
export function owning(
  all: readonly ManagedFields[],
  writer: Writer,
  fields: Fields,
  taken: Fields,
): readonly ManagedFields[] {
  const others = all.flatMap((item) => {
    if (isWriter(item, writer)) return [];
    const before = decode(item.fieldsV1);
    const left = new Set([...before].filter((path) => !taken.has(path)));
    if (left.size === before.size) return [item];
    return left.size === 0 ? [] : [{ ...item, fieldsV1: encode(left) }];
  });
  return fields.size === 0 ? others : [...others, { ...writer, fieldsV1: encode(fields) }];
}

/** After an update: what it changed is the writer's, what it took away is nobody's. */
export function afterUpdate(
  all: readonly ManagedFields[],
  writer: Writer,
  [before, after]: readonly [Tree, Tree],
): readonly ManagedFields[] {
  const was = fieldsOf(before);
  const is = fieldsOf(after);
  const changed = new Set(
    [...is].filter((path) => !isSame(valueAt(before, path), valueAt(after, path))),
  );
  const gone = [...was].filter((path) => !is.has(path));
  if (changed.size === 0 && gone.length === 0) return all;
  const own = [...appliedBefore(all, writer), ...changed].filter((path) => is.has(path));
  return owning(all, writer, new Set(own), new Set([...changed, ...gone]));
}
