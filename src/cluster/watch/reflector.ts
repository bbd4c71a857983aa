// The reflector of one resource: list, then watch, for ever. Survives resets, 429, 410, 5xx,
// truncated lines, half-open and silent streams, and streams that end without a word. The store is
// replaced at once, never seen half full. Decides nothing.
//
//   list (watch-list, or pages where the server has none) -> watch -> watch -> ...
//     ^------------------ 410, in HTTP or in the stream -----'

import { Failure } from "../../api/failure.ts";
import { retryDelay, type Optional } from "./backoff.ts";
import { pause, realClock, type Clock } from "../wire/clock.ts";
import { ApiFailure, missingRight, networkFailure, streamFailure } from "../wire/failures.ts";
import { isNewer, isRaw, type Raw, type RawList } from "../views/kube-object.ts";
import type { Requests, WatchEvent } from "../wire/requests.ts";
import { makeStore, type Store, type StoreOptions, type Taken } from "./store.ts";
import type { MissingRight } from "../../plan/terms/snapshot.ts";

export type Seen =
  /** No complete list yet. */
  | { readonly is: "syncing"; readonly why?: string }
  | { readonly is: "synced" }
  /** The kind is not served. */
  | { readonly is: "absent" }
  | { readonly is: "denied"; readonly message: string; readonly right: MissingRight | undefined };

export type Reflector<T> = {
  readonly store: Store<T>;
  readonly seen: () => Seen;
  /** Resolves when there is a complete list, or a reason why there is none. */
  readonly settled: () => Promise<void>;
  /** Lists and watches that were opened, for metrics and tests. */
  readonly opened: () => { readonly lists: number; readonly watches: number };
  readonly stop: () => void;
};

export type Timing = {
  readonly random: () => number;
  /**
   * Longer than the minute in which the server sends a bookmark. Of a kind that did not change
   * since the server started, the first comes after two (measured, 1.36): after a silence it is
   * waited twice as long.
   */
  readonly silenceMillis: number;
  readonly pageSize: number;
  readonly delay: typeof retryDelay;
  /** The process's own if absent. */
  readonly clock?: Clock;
};

export const usualTiming: Timing = {
  random: Math.random,
  silenceMillis: 75_000,
  pageSize: 500,
  delay: retryDelay,
};

type ReflectorOptions<T> = StoreOptions<T> & {
  readonly rest: Requests;
  /** Such as /api/v1/pods. */
  readonly path: string;
  readonly labelSelector?: string;
  /** Only metadata crosses the wire. */
  readonly metadataOnly?: boolean;
  readonly need?: Optional;
  readonly timing?: Timing;
  /** Told when `seen` changes, and of what went wrong on the way. */
  readonly turned?: (seen: Seen, error?: unknown) => void;
};

const asMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const asMetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

export function startReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const ended = new AbortController();
  const timing = options.timing ?? usualTiming;
  const clock = timing.clock ?? realClock;
  const life: Life<T> = {
    options,
    timing,
    clock,
    store: makeStore({ ...options, now: clock.now }),
    signal: ended.signal,
    seen: { is: "syncing" },
    streams: true,
    version: undefined,
    attempt: 0,
    wasSilent: false,
    lists: 0,
    watches: 0,
    waiting: [],
  };
  void follow(life);
  return {
    store: life.store,
    seen: () => life.seen,
    settled: () =>
      life.seen.is !== "syncing" || ended.signal.aborted
        ? Promise.resolve()
        : new Promise((resolve) => life.waiting.push(resolve)),
    opened: () => ({ lists: life.lists, watches: life.watches }),
    stop: () => {
      ended.abort();
      for (const item of life.waiting.splice(0)) item();
    },
  };
}

type Life<T> = {
  readonly options: ReflectorOptions<T>;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly store: Store<T>;
  readonly signal: AbortSignal;
  seen: Seen;
  /** The server streams the first list; false after it refused to. */
  streams: boolean;
  /** Up to where everything is known; undefined = list again. */
  version: string | undefined;
  attempt: number;
  /** The last stream ended by silence, and no bookmark came since. */
  wasSilent: boolean;
  lists: number;
  watches: number;
  readonly waiting: (() => void)[];
};

async function follow<T>(life: Life<T>): Promise<void> {
  while (!life.signal.aborted) {
    const began = life.clock.now();
    try {
      if (life.version === undefined && !life.streams) await listPages(life);
      else await watch(life);
      // A stream that ends as soon as it began must not be opened in a tight circle.
      if (life.clock.now() - began > 1000) life.attempt = 0;
      else await rest(life, undefined);
    } catch (error) {
      if (life.signal.aborted) return;
      await fail(life, error);
    }
  }
}

async function fail<T>(life: Life<T>, error: unknown): Promise<void> {
  const failure = error instanceof Failure ? error : networkFailure(life.options.path, error);
  const status = failure instanceof ApiFailure ? failure.status : 0;
  if (status === 410) life.version = undefined;
  if (life.streams && life.version === undefined && (status === 400 || status === 422)) {
    life.streams = false;
    return;
  }
  if (failure.kind === "missing") {
    life.version = undefined;
    life.store.replace([], undefined);
    turn(life, { is: "absent" }, failure);
  } else if (failure.kind === "denied") {
    turn(life, { is: "denied", message: failure.message, right: missingRight(failure) }, failure);
  } else {
    life.options.turned?.(life.seen, failure);
  }
  await rest(life, failure);
}

async function rest<T>(life: Life<T>, error: Failure | undefined): Promise<void> {
  const { random, delay: delayOf } = life.timing;
  const delay = delayOf(error, life.attempt, random(), life.options.need);
  life.attempt += 1;
  // The first new try of a stream that merely ended is free.
  if (error === undefined && life.attempt === 1) return;
  await pause(life.clock, delay, life.signal);
}

function turn<T>(life: Life<T>, seen: Seen, error?: unknown): void {
  const before = life.seen;
  life.seen = seen;
  if (before.is !== seen.is) life.options.turned?.(seen, error);
  for (const item of life.waiting.splice(0)) item();
}

// --- list ---------------------------------------------------------------------------------------

async function listPages<T>(life: Life<T>): Promise<void> {
  const { rest: client, path, metadataOnly } = life.options;
  const objects: Taken<T>[] = [];
  let after: string | undefined;
  let version: string | undefined;
  do {
    const query = { limit: String(life.timing.pageSize), ...(after ? { continue: after } : {}) };
    life.lists += 1;
    const page = (await client.ask({
      method: "GET",
      path: withQuery(life, path, query),
      ...(metadataOnly === true ? { accept: asMetadataList } : {}),
    })) as RawList;
    for (const item of page.items ?? []) objects.push(life.store.take(item));
    version ??= page.metadata?.resourceVersion;
    after = page.metadata?.continue;
  } while (after !== undefined && after !== "" && !life.signal.aborted);
  complete(life, objects, version);
}

function complete<T>(
  life: Life<T>,
  objects: readonly Taken<T>[],
  version: string | undefined,
): void {
  life.store.replace(objects, version);
  life.version = version;
  life.attempt = 0;
  turn(life, { is: "synced" });
}

/** Why a stream of ours ends: made once, or each end would be an exception with its stack. */
const over = new DOMException("the stream is over", "AbortError");

// --- watch --------------------------------------------------------------------------------------

/** 5 to 10 minutes, so that many watchers do not come back together. */
function seconds<T>(life: Life<T>): string {
  return String(300 + Math.floor(300 * life.timing.random()));
}

function watchQuery<T>(life: Life<T>): Readonly<Record<string, string>> {
  const query = { watch: "1", allowWatchBookmarks: "true", timeoutSeconds: seconds(life) };
  if (life.version !== undefined) return { ...query, resourceVersion: life.version };
  return { ...query, sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" };
}

async function watch<T>(life: Life<T>): Promise<void> {
  const { rest: client, path, metadataOnly } = life.options;
  const mine = new AbortController();
  const abort = (): void => mine.abort(over);
  life.signal.addEventListener("abort", abort, { once: true });
  const opened = life.clock.after(life.timing.silenceMillis, abort);
  const silent = (): void => {
    life.wasSilent = true;
    abort();
  };
  try {
    if (life.version === undefined) life.lists += 1;
    life.watches += 1;
    const accept = metadataOnly === true ? asMetadata : "application/json";
    const events = await client.watch({
      path: withQuery(life, path, watchQuery(life)),
      accept,
      signal: mine.signal,
      silenceMillis: life.timing.silenceMillis * (life.wasSilent ? 2 : 1),
      silent,
    });
    opened();
    await take(life, events);
  } finally {
    opened();
    life.signal.removeEventListener("abort", abort);
    abort();
  }
}

/** Until `initial-events-end` the objects of a streamed list are gathered, then shown at once. */
async function take<T>(life: Life<T>, events: AsyncIterable<WatchEvent>): Promise<void> {
  let gathering: Taken<T>[] | undefined = life.version === undefined ? [] : undefined;
  if (gathering === undefined) turn(life, { is: "synced" });
  for await (const { type, object } of events) {
    if (type === "ERROR") throw streamFailure(`GET ${life.options.path}`, object);
    const version = versionOf(object);
    if (type === "BOOKMARK") {
      if (gathering !== undefined && endsTheList(object)) {
        complete(life, gathering, version);
        gathering = undefined;
      } else if (gathering === undefined) {
        life.wasSilent = false;
        advance(life, version);
      }
      continue;
    }
    if (!isRaw(object)) continue;
    if (gathering !== undefined) {
      if (type !== "DELETED") gathering.push(life.store.take(object));
      continue;
    }
    if (type === "DELETED") life.store.remove(object);
    else life.store.put(object);
    advance(life, version);
  }
}

/** News came, so the stream is alive; the version never goes back. */
function advance<T>(life: Life<T>, version: string): void {
  life.attempt = 0;
  if (version !== "" && (life.version === undefined || isNewer(version, life.version)))
    life.version = version;
}

function versionOf(object: unknown): string {
  const { metadata } = (object ?? {}) as {
    readonly metadata?: { readonly resourceVersion?: string };
  };
  return metadata?.resourceVersion ?? "";
}

function endsTheList(object: unknown): boolean {
  const { metadata } = (object ?? {}) as Partial<Raw>;
  return metadata?.annotations?.["k8s.io/initial-events-end"] === "true";
}

function withQuery<T>(
  life: Life<T>,
  path: string,
  query: Readonly<Record<string, string>>,
): string {
  const { labelSelector } = life.options;
  const all = new URLSearchParams(
    labelSelector === undefined ? query : { ...query, labelSelector },
  );
  return `${path}?${all.toString()}`;
}
