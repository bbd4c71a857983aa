// The queue of namespaces to look at: keys that wait, each once, each worked on by one round at a
// time, with growing pauses after failures. Knows no namespace and no plan.

import { realClock, type Clock } from "../cluster/wire/clock.ts";

type Queue = {
  /** Work on this key in so many milliseconds; the earliest wish wins. */
  readonly add: (key: string, millis?: number) => void;
  readonly stop: () => Promise<void>;
};

export type Outcome =
  { readonly is: "done"; readonly againMillis?: number } | { readonly is: "failed" };

export type QueueOptions = {
  readonly work: (key: string) => Promise<Outcome>;
  /** Changes that come together are worked on once. */
  readonly gatherMillis: number;
  /** The pause between rounds while changes pour in; twice as long when they do not cease. */
  readonly spreadMillis: number;
  readonly firstRetryMillis: number;
  readonly maxRetryMillis: number;
  readonly random?: () => number;
  readonly watched?: QueueWatch;
  /** The process's own if absent. */
  readonly clock?: Clock;
};

/** For metrics, in the words of client-go's workqueue. */
export type QueueWatch = {
  readonly added: (depth: number) => void;
  readonly started: (waitedSeconds: number, depth: number) => void;
  readonly ended: (seconds: number) => void;
  readonly retried: () => void;
};

type Item = {
  /** Takes back what is scheduled; undefined = nothing is. */
  cancel: (() => void) | undefined;
  /** When it is scheduled, and the earliest wish: a storm comes between the two. */
  at: number;
  wish: number;
  addedAt: number;
  working: Promise<void> | undefined;
  /** A wish that came while it was worked on. */
  next: number | undefined;
  failures: number;
  /** End of the last round, and how many followed each other closely. */
  endedAt: number;
  streak: number;
  /** Changes since the last round began, and rounds in a row that began with many. */
  changes: number;
  storms: number;
};

/** More than one edit and what we write because of it. */
const stormChanges = 8;

export function makeQueue(options: QueueOptions): Queue {
  const { clock = realClock } = options;
  const items = new Map<string, Item>();
  let stopped = false;

  function depth(): number {
    return [...items.values()].filter((item) => item.cancel !== undefined).length;
  }

  function schedule(key: string, item: Item, wish: number): void {
    if (stopped) return;
    if (item.cancel === undefined) {
      item.addedAt = clock.now();
      item.wish = wish;
    }
    item.wish = Math.min(item.wish, wish);
    const at = Math.max(item.wish, calmAt(item));
    if (item.cancel !== undefined && item.at === at) return;
    item.cancel?.();
    item.at = at;
    item.cancel = clock.after(Math.max(0, at - clock.now()), () => {
      item.cancel = undefined;
      item.working = run(key, item).finally(() => {
        item.working = undefined;
      });
    });
    options.watched?.added(depth());
  }

  async function run(key: string, item: Item): Promise<void> {
    const began = clock.now();
    options.watched?.started((began - item.addedAt) / 1000, depth());
    item.streak = began - item.endedAt < options.spreadMillis * 2 ? item.streak + 1 : 0;
    item.storms = isStorm(item) ? item.storms + 1 : 0;
    item.changes = 0;
    const outcome = await options.work(key);
    item.endedAt = clock.now();
    options.watched?.ended((item.endedAt - began) / 1000);
    const wish = item.next;
    item.next = undefined;
    if (outcome.is === "failed") {
      options.watched?.retried();
      schedule(key, item, item.endedAt + retryMillis(item.failures, options));
      item.failures += 1;
      return;
    }
    item.failures = 0;
    if (wish !== undefined) schedule(key, item, Math.max(wish, earliest(item)));
    if (outcome.againMillis !== undefined) schedule(key, item, item.endedAt + outcome.againMillis);
  }

  /**
   * A lone change is worked on at once; when rounds follow each other, it waits a little longer.
   */
  function earliest({ endedAt, streak, failures }: Item): number {
    const { gatherMillis, spreadMillis, firstRetryMillis } = options;
    // After a failure a change does not shorten the pause to nothing.
    if (failures > 0) return endedAt + firstRetryMillis;
    return endedAt + Math.min(spreadMillis, gatherMillis * 2 ** Math.min(streak, 12));
  }

  /** A storm is worked on when it begins, in its middle and when it has passed. */
  function calmAt(item: Item): number {
    if (item.storms === 0 && !isStorm(item)) return 0;
    return item.endedAt + options.spreadMillis * (item.storms > 0 ? 2 : 1);
  }

  return {
    add: (key, millis = options.gatherMillis) => {
      const item = items.get(key) ?? newItem();
      items.set(key, item);
      item.changes += 1;
      const wish = clock.now() + millis;
      if (item.working === undefined) schedule(key, item, Math.max(wish, earliest(item)));
      else item.next = Math.min(item.next ?? wish, wish);
    },
    stop: async () => {
      stopped = true;
      for (const item of items.values()) item.cancel?.();
      for (const item of items.values()) await item.working;
    },
  };
}

function isStorm(item: Item): boolean {
  return item.changes >= stormChanges;
}

function newItem(): Item {
  return {
    cancel: undefined,
    at: 0,
    wish: 0,
    addedAt: 0,
    working: undefined,
    next: undefined,
    failures: 0,
    endedAt: Number.NEGATIVE_INFINITY,
    streak: 0,
    changes: 0,
    storms: 0,
  };
}

/**
 * Doubled from the first to the longest, with jitter, so that two operators do not march in step.
 */
function retryMillis(failures: number, options: QueueOptions): number {
  const { random = Math.random } = options;
  const grown = options.firstRetryMillis * 2 ** Math.min(failures, 20);
  return Math.min(grown, options.maxRetryMillis) * (0.75 + random() / 2);
}
