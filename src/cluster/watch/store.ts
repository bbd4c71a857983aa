// The store of one resource: views by key, each with the resourceVersion it was made from. A view
// never goes back in time, our own writes are in it at once, and a full list takes its place in one
// step. Knows no network.

import { isNewer, keyOf, type Raw } from "../views/kube-object.ts";

type Entry<T> = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly view: T;
  /** Monotonic time at which the answer to a write of ours told it. */
  readonly learnedAt?: number;
};

export type Taken<T> = { readonly key: string; readonly entry: Entry<T> | undefined };

/** Told of every view that came, went or changed in meaning. */
type Changed<T> = (key: string, before: T | undefined, after: T | undefined) => void;

export type Store<T> = {
  readonly values: () => readonly T[];
  readonly get: (key: string) => T | undefined;
  readonly size: () => number;
  /** One object of a stream. */
  readonly put: (object: Raw) => void;
  /**
   * The answer to a write of ours: what a stream or a list still says of the past does not undo it.
   */
  readonly learn: (object: Raw) => void;
  readonly remove: (object: Raw) => void;
  /** The object is gone although no stream said so yet; older news of it is not believed. */
  readonly removeKnown: (key: string, uid: string) => void;
  /** Something is known of an object that the server will say in a moment. */
  readonly amend: (key: string, uid: string, change: (view: T) => T) => void;
  /** What would be kept of an object of a list: the rest of it can be let go at once. */
  readonly take: (object: Raw) => Taken<T>;
  /** A complete list, read at this resourceVersion; undefined = nothing is served any more. */
  readonly replace: (objects: readonly Taken<T>[], resourceVersion: string | undefined) => void;
  /** Views that ever went away, and lists that took the place of another. */
  readonly departures: () => number;
};

export type StoreOptions<T> = {
  /** Undefined = not ours to keep. */
  readonly view: (object: Raw) => T | undefined;
  /** Equal views are no news. */
  readonly same: (a: T, b: T) => boolean;
  /**
   * What we wrote ourselves is no news, unless the answer shows more than that. As `same` if
   * absent.
   */
  readonly asWritten?: (before: T, after: T) => boolean;
  readonly changed: Changed<T>;
  /** Monotonic. */
  readonly now?: () => number;
};

export function makeStore<T>(options: StoreOptions<T>): Store<T> {
  const { now = () => performance.now() } = options;
  let entries = new Map<string, Entry<T>>();
  const gone = new Set<string>();
  let departures = 0;
  let values: readonly T[] | undefined;

  function set(key: string, entry: Entry<T> | undefined, same = options.same): void {
    const before = entries.get(key)?.view;
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
    tell(key, before, entry?.view, same);
  }

  function tell(key: string, before?: T, after?: T, same = options.same): void {
    if (before === undefined && after === undefined) return;
    values = undefined;
    if (after === undefined) departures += 1;
    if (before !== undefined && after !== undefined && same(before, after)) return;
    options.changed(key, before, after);
  }

  function put(object: Raw): void {
    const { uid = "", resourceVersion = "" } = object.metadata;
    if (gone.has(uid)) return;
    const key = keyOf(object);
    const known = entries.get(key);
    if (known !== undefined && isPast(known, object.metadata, now())) return;
    const view = options.view(object);
    set(key, view === undefined ? undefined : { uid, resourceVersion, view });
  }

  function learn(object: Raw): void {
    const { uid = "", resourceVersion = "" } = object.metadata;
    const key = keyOf(object);
    const known = entries.get(key);
    if (known?.uid === uid && !isNewer(resourceVersion, known.resourceVersion)) return;
    const view = options.view(object);
    if (view === undefined) return;
    const learnedAt = now();
    set(key, { uid, resourceVersion, view, learnedAt }, options.asWritten);
  }

  function take(object: Raw): Taken<T> {
    const { uid = "", resourceVersion = "" } = object.metadata;
    const key = keyOf(object);
    const known = entries.get(key);
    if (known !== undefined && isPast(known, object.metadata, now())) return { key, entry: known };
    const view = options.view(object);
    return { key, entry: view === undefined ? undefined : { uid, resourceVersion, view } };
  }

  function replace(objects: readonly Taken<T>[], resourceVersion: string | undefined): void {
    const before = entries;
    const next = merged(before, objects, { resourceVersion, now: now() });
    entries = next;
    values = undefined;
    gone.clear();
    for (const [key, entry] of before) if (!next.has(key)) tell(key, entry.view);
    for (const [key, entry] of next) tell(key, before.get(key)?.view, entry.view);
  }

  return {
    values: () => (values ??= [...entries.values()].map((entry) => entry.view)),
    get: (key) => entries.get(key)?.view,
    size: () => entries.size,
    put,
    learn,
    take,
    remove: (object) => {
      const key = keyOf(object);
      const { uid = "" } = object.metadata;
      gone.delete(uid);
      if (entries.get(key)?.uid === uid) set(key, undefined);
    },
    removeKnown: (key, uid) => {
      gone.add(uid);
      if (entries.get(key)?.uid === uid) set(key, undefined);
    },
    amend: (key, uid, change) => {
      const known = entries.get(key);
      if (known?.uid === uid) set(key, { ...known, view: change(known.view) });
    },
    replace,
    departures: () => departures,
  };
}

/**
 * Longer than any list or stream lags behind. A server that was restored from a backup is believed.
 */
const learnedMillis = 30_000;

function isFresh<T>(known: Entry<T>, now: number): boolean {
  return known.learnedAt !== undefined && now - known.learnedAt < learnedMillis;
}

/** Nothing new, or older than what our own write was answered with. */
function isPast<T>(
  known: Entry<T>,
  { uid = "", resourceVersion = "" }: Partial<Pick<Entry<T>, "uid" | "resourceVersion">>,
  now: number,
): boolean {
  if (known.uid !== uid) return false;
  if (known.resourceVersion === resourceVersion) return true;
  return isFresh(known, now) && !isNewer(resourceVersion, known.resourceVersion);
}

/** The list, with what we wrote after it was made. */
function merged<T>(
  before: ReadonlyMap<string, Entry<T>>,
  objects: readonly Taken<T>[],
  { resourceVersion, now }: { readonly resourceVersion: string | undefined; readonly now: number },
): Map<string, Entry<T>> {
  const next = new Map<string, Entry<T>>();
  for (const { key, entry } of objects) {
    if (entry === undefined) continue;
    const known = before.get(key);
    const past = known !== undefined && isPast(known, entry, now);
    next.set(key, past ? known : entry);
  }
  if (resourceVersion === undefined) return next;
  for (const [key, entry] of before) {
    if (!next.has(key) && isFresh(entry, now) && isNewer(entry.resourceVersion, resourceVersion))
      next.set(key, entry);
  }
  return next;
}
