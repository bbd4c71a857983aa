// Answers "what does one operator believe the API server holds?": its watch caches, each of which
// may lag, repeat itself, or lose events until its next list. A cache never invents anything: what
// it shows was true once.

import type { Millis } from "../plan/terms/time.ts";
import type { Clock } from "./clock.ts";
import type { AnyObject, ObjectKind, Objects } from "./objects.ts";
import type { Change, Store } from "./store.ts";

export type Cache = {
  readonly get: <K extends ObjectKind>(kind: K, name: string) => Objects[K] | undefined;
  readonly list: <K extends ObjectKind>(kind: K) => readonly Objects[K][];
  /** Events of a kind arrive only at `until`, in their order. */
  readonly stall: (kind: ObjectKind, until: Millis) => void;
  /** Events of a kind are lost until `until`; then the kind is listed again. */
  readonly lose: (kind: ObjectKind, until: Millis) => void;
  /** The newest event of a kind is delivered once more. */
  readonly repeat: (kind: ObjectKind) => void;
  /** The answer to a write of this operator: what the stream still says of the past is not believed. */
  readonly learn: (kind: ObjectKind, name: string) => void;
  readonly close: () => void;
};

type Watch = {
  readonly objects: Map<string, AnyObject>;
  readonly queue: Change[];
  stalledUntil: Millis;
  losesUntil: Millis;
  last: Change | undefined;
};

const watchedKinds = [
  "Pod",
  "Node",
  "ConfigMap",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "PodDisruptionBudget",
  "PciAlias",
  "PciWhitelist",
  "PciFlavor",
  "PciPassthrough",
  "CustomResourceDefinition",
] as const satisfies readonly ObjectKind[];

export function makeCache(store: Store, clock: Clock, changed: () => void): Cache {
  const watches = new Map<ObjectKind, Watch>();
  let open = true;

  for (const kind of watchedKinds) {
    const watch: Watch = {
      objects: new Map(),
      queue: [],
      stalledUntil: 0,
      losesUntil: 0,
      last: undefined,
    };
    list(kind, watch, store);
    watches.set(kind, watch);
  }

  function receive(change: Change): void {
    const watch = watches.get(change.kind);
    if (watch === undefined || !open) return;
    if (clock.now() < watch.losesUntil) return;
    if (clock.now() < watch.stalledUntil || watch.queue.length > 0) {
      watch.queue.push(change);
      return;
    }
    apply(watch, change);
    changed();
  }

  const unwatch = store.watch(receive);

  return {
    get: <K extends ObjectKind>(kind: K, name: string) =>
      watches.get(kind)?.objects.get(name) as Objects[K] | undefined,
    list: <K extends ObjectKind>(kind: K) =>
      [...(watches.get(kind)?.objects.values() ?? [])] as unknown as readonly Objects[K][],
    stall: (kind, until) => {
      const watch = watches.get(kind)!;
      watch.stalledUntil = Math.max(watch.stalledUntil, until);
      clock.after(until - clock.now(), () => {
        if (!open || clock.now() < watch.stalledUntil) return;
        for (const change of watch.queue.splice(0)) apply(watch, change);
        changed();
      });
    },
    lose: (kind, until) => {
      const watch = watches.get(kind)!;
      watch.losesUntil = Math.max(watch.losesUntil, until);
      clock.after(until - clock.now(), () => {
        if (!open || clock.now() < watch.losesUntil) return;
        watch.queue.length = 0;
        list(kind, watch, store);
        changed();
      });
    },
    repeat: (kind) => {
      const watch = watches.get(kind)!;
      if (watch.last !== undefined) apply(watch, watch.last);
      changed();
    },
    learn: (kind, name) => {
      const found = store.get(kind, name);
      if (open && found !== undefined) watches.get(kind)?.objects.set(name, found);
    },
    close: () => {
      open = false;
      unwatch();
    },
  };
}

function list(kind: ObjectKind, watch: Watch, store: Store): void {
  watch.objects.clear();
  for (const one of store.list(kind)) watch.objects.set(one.metadata.name, one);
}

function apply(watch: Watch, change: Change): void {
  watch.last = change;
  const { name } = change.object.metadata;
  const known = watch.objects.get(name)?.metadata;
  const { uid, resourceVersion } = change.object.metadata;
  if (known !== undefined && Number(known.resourceVersion) > Number(resourceVersion)) {
    if (change.type !== "deleted" || known.uid !== uid) return;
  }
  if (change.type === "deleted") watch.objects.delete(name);
  else watch.objects.set(name, change.object);
}
