// The store of the API server in memory: objects with uid, resourceVersion and generation,
// preconditions that lose with 409, immutable ConfigMaps, graceful and finalized deletion, and a
// stream of changes. Knows no controller and no kubelet.

import { Failure } from "../../api/failure.ts";
import type { Clock } from "./clock.ts";
import type { AnyObject, ConfigMap, Draft, Metadata, ObjectKind, Objects } from "./objects.ts";

export type Change = {
  readonly type: "added" | "modified" | "deleted";
  readonly kind: ObjectKind;
  readonly object: AnyObject;
  readonly old?: AnyObject;
};

type Preconditions = { readonly uid?: string; readonly resourceVersion?: string };

export type Store = {
  readonly get: <K extends ObjectKind>(kind: K, name: string) => Objects[K] | undefined;
  /** In the order of creation. */
  readonly list: <K extends ObjectKind>(kind: K) => readonly Objects[K][];
  readonly create: <K extends ObjectKind>(kind: K, draft: Draft<K>) => Objects[K];
  /** `edit` gives the new content, or the same value when nothing differs (nothing is written). */
  readonly edit: <K extends ObjectKind>(
    kind: K,
    name: string,
    edit: (old: Objects[K]) => Objects[K],
    only?: Preconditions,
  ) => void;
  /** Pods get a deletionTimestamp that their kubelet ends; an object with finalizers waits too. */
  readonly remove: (kind: ObjectKind, name: string, only?: Preconditions) => void;
  /** What a kubelet or the garbage collector does at the very end. */
  readonly erase: (kind: ObjectKind, name: string) => void;
  /** Of the newest change. */
  readonly version: () => string;
  /** Gives back how to stop listening. */
  readonly watch: (listener: (change: Change) => void) => () => void;
};

const clusterScoped: ReadonlySet<ObjectKind> = new Set([
  "Node",
  "Namespace",
  "CustomResourceDefinition",
]);

export function timestamp(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`;
}

type Tables = {
  readonly kinds: Map<ObjectKind, Map<string, AnyObject>>;
  readonly listeners: ((change: Change) => void)[];
  version: number;
  uids: number;
};

/** Writes are given to the listeners at once; what they do about it, they do through the clock. */
export function makeStore(clock: Clock, namespace: string): Store {
  const tables: Tables = { kinds: new Map(), listeners: [], version: 1000, uids: 0 };
  return {
    get: <K extends ObjectKind>(kind: K, name: string) =>
      table(tables, kind).get(name) as Objects[K] | undefined,
    list: <K extends ObjectKind>(kind: K) => [...table(tables, kind).values()] as Objects[K][],
    create: <K extends ObjectKind>(kind: K, draft: Draft<K>): Objects[K] => {
      const { name } = draft.metadata;
      if (table(tables, kind).has(name)) {
        throw new Failure("conflict", `${kind} ${name} already exists`);
      }
      tables.uids += 1;
      const metadata: Metadata = {
        ...draft.metadata,
        ...(clusterScoped.has(kind) ? {} : { namespace }),
        uid: draft.metadata.uid ?? `${kind.toLowerCase()}-uid-${tables.uids}`,
        resourceVersion: "",
        generation: 1,
        creationTimestamp: timestamp(clock.now()),
      };
      return put(tables, kind, { ...draft, metadata } as unknown as Objects[K], undefined);
    },
    edit: (kind, name, edit, only) => {
      const old = must(tables, kind, name, only);
      const next = edit(old);
      if (next !== old) replace(tables, kind, old, next);
    },
    remove: (kind, name, only) => {
      const found: AnyObject = must(tables, kind, name, only);
      const waits = kind === "Pod" || (found.metadata.finalizers ?? []).length > 0;
      if (!waits) return erase(tables, kind, name);
      if (found.metadata.deletionTimestamp !== undefined) return;
      const { generation } = found.metadata;
      const deletionTimestamp = timestamp(clock.now());
      const metadata = { ...found.metadata, deletionTimestamp, generation: generation + 1 };
      put(tables, kind, { ...found, metadata }, found);
    },
    erase: (kind, name) => erase(tables, kind, name),
    version: () => String(tables.version),
    watch: (listener) => {
      tables.listeners.push(listener);
      return () => {
        const at = tables.listeners.indexOf(listener);
        if (at >= 0) tables.listeners.splice(at, 1);
      };
    },
  };
}

function table(tables: Tables, kind: ObjectKind): Map<string, AnyObject> {
  const known = tables.kinds.get(kind);
  if (known !== undefined) return known;
  const made = new Map<string, AnyObject>();
  tables.kinds.set(kind, made);
  return made;
}

function put<T extends AnyObject>(
  tables: Tables,
  kind: ObjectKind,
  object: T,
  old: AnyObject | undefined,
): T {
  tables.version += 1;
  const metadata = { ...object.metadata, resourceVersion: String(tables.version) };
  const stored: T = { ...object, metadata };
  table(tables, kind).set(metadata.name, stored);
  if (old === undefined) emit(tables, { type: "added", kind, object: stored });
  else emit(tables, { type: "modified", kind, object: stored, old });
  return stored;
}

function replace<K extends ObjectKind>(
  tables: Tables,
  kind: K,
  old: Objects[K],
  next: Objects[K],
): void {
  refuseImmutable(kind, old, next);
  const changed = specOf(old) !== specOf(next);
  const generation = old.metadata.generation + (changed ? 1 : 0);
  put(tables, kind, { ...next, metadata: { ...next.metadata, generation } }, old);
  const leaves = next.metadata.deletionTimestamp !== undefined && kind !== "Pod";
  if (leaves && (next.metadata.finalizers ?? []).length === 0) {
    erase(tables, kind, next.metadata.name);
  }
}

function emit(tables: Tables, change: Change): void {
  for (const listener of [...tables.listeners]) listener(change);
}

function erase(tables: Tables, kind: ObjectKind, name: string): void {
  const found = table(tables, kind).get(name);
  if (found === undefined) return;
  tables.version += 1;
  table(tables, kind).delete(name);
  const metadata = { ...found.metadata, resourceVersion: String(tables.version) };
  emit(tables, { type: "deleted", kind, object: { ...found, metadata } });
}

function must<K extends ObjectKind>(
  tables: Tables,
  kind: K,
  name: string,
  only: Preconditions | undefined,
): Objects[K] {
  const found = table(tables, kind).get(name);
  if (found === undefined) throw new Failure("missing", `${kind} ${name} not found`);
  check(kind, found.metadata, only);
  return found as Objects[K];
}

function specOf(object: AnyObject): unknown {
  return "spec" in object ? object.spec : undefined;
}

function check(kind: ObjectKind, found: Metadata, only: Preconditions | undefined): void {
  if (only?.uid !== undefined && only.uid !== found.uid) {
    throw new Failure(
      "conflict",
      `${kind} ${found.name}: the UID in the precondition (${only.uid}) does not match`,
    );
  }
  if (only?.resourceVersion !== undefined && only.resourceVersion !== found.resourceVersion) {
    throw new Failure("conflict", `${kind} ${found.name}: the object has been modified`);
  }
}

function refuseImmutable(kind: ObjectKind, old: AnyObject, next: AnyObject): void {
  if (kind !== "ConfigMap") return;
  const before = old as ConfigMap;
  const after = next as ConfigMap;
  if (before.immutable !== true || before.data === after.data) return;
  throw new Failure("refused", `ConfigMap ${before.metadata.name}: field is immutable`);
}
