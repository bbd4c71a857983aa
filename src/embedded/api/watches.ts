// The streams of the API server in memory: what happened since a version, then what happens, in the
// order of the store, with bookmarks and an end. What is too old to be told is answered with 410.

import type { WatchCall, WatchEvent } from "../../cluster/wire/requests.ts";
import type { Clock } from "../store/clock.ts";
import type { AnyObject, ObjectKind } from "../store/objects.ts";
import type { Change, Store } from "../store/store.ts";

type Selected = {
  readonly kind: ObjectKind;
  readonly selects: (object: AnyObject) => boolean;
  readonly shown: (object: AnyObject) => unknown;
  /** Absent = begin with everything that is there. */
  readonly since?: string;
  readonly seconds: number;
};

export type Watches = {
  readonly open: (call: Pick<WatchCall, "signal">, selected: Selected) => AsyncIterable<WatchEvent>;
  /** Forgets what happened until now. */
  readonly compact: () => void;
};

type Stream = {
  readonly selected: Selected;
  readonly queue: WatchEvent[];
  wake: () => void;
  over: boolean;
};

/** As many changes as the watch cache of a server holds, about. */
const remembered = 2000;

export function makeWatches(store: Store, clock: Clock): Watches {
  const streams = new Set<Stream>();
  const history: Change[] = [];
  let compacted = 0;

  store.watch((change) => {
    history.push(change);
    if (history.length > remembered) compacted = versionOf(history.shift()!);
    for (const stream of streams) tell(stream, change);
    const { kind, type, object } = change;
    if (kind !== "CustomResourceDefinition" || type !== "deleted") return;
    for (const stream of streams) if (stream.selected.kind === object.metadata.name) end(stream);
  });

  function begin(stream: Stream): void {
    const { kind, selects, shown, since } = stream.selected;
    if (since === undefined) {
      for (const object of store.list(kind))
        if (selects(object)) send(stream, "ADDED", shown(object));
      const annotations = { "k8s.io/initial-events-end": "true" };
      send(stream, "BOOKMARK", bookmark(store, { annotations }));
    } else if (Number(since) < compacted) {
      const message = `too old resource version: ${since} (${compacted})`;
      const status = { kind: "Status", status: "Failure", code: 410, reason: "Expired", message };
      send(stream, "ERROR", status);
      end(stream);
    } else {
      for (const change of history) if (versionOf(change) > Number(since)) tell(stream, change);
    }
  }

  return {
    open: ({ signal }, selected) => {
      const stream: Stream = { selected, queue: [], wake: () => undefined, over: false };
      streams.add(stream);
      begin(stream);
      const cancel = clock.after(selected.seconds * 1000, () => {
        send(stream, "BOOKMARK", bookmark(store));
        end(stream);
      });
      const abort = (): void => {
        stream.queue.length = 0;
        end(stream);
      };
      signal.addEventListener("abort", abort, { once: true });
      return drain(stream, () => {
        cancel();
        streams.delete(stream);
      });
    },
    compact: () => {
      history.length = 0;
      compacted = Number(store.version());
    },
  };
}

function versionOf({ object }: Change): number {
  return Number(object.metadata.resourceVersion);
}

function bookmark(store: Store, more: object = {}): object {
  return { metadata: { resourceVersion: store.version(), ...more } };
}

/** An object whose labels change comes into a selection, or goes from it. */
function tell(stream: Stream, { kind, type, object, old }: Change): void {
  const { selected } = stream;
  if (kind !== selected.kind) return;
  const is = type !== "deleted" && selected.selects(object);
  const was =
    type === "deleted" ? selected.selects(object) : old !== undefined && selected.selects(old);
  if (!is && !was) return;
  send(stream, is ? (was ? "MODIFIED" : "ADDED") : "DELETED", selected.shown(object));
}

function send(stream: Stream, type: string, object: unknown): void {
  if (stream.over) return;
  stream.queue.push({ type, object });
  stream.wake();
}

function end(stream: Stream): void {
  stream.over = true;
  stream.wake();
}

async function* drain(stream: Stream, ended: () => void): AsyncGenerator<WatchEvent> {
  try {
    for (;;) {
      for (let next = stream.queue.shift(); next !== undefined; next = stream.queue.shift())
        yield next;
      if (stream.over) return;
      await new Promise<void>((resolve) => {
        stream.wake = resolve;
      });
    }
  } finally {
    ended();
  }
}
