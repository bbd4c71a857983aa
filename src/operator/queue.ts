// Answers "which namespace is looked at next, and when?": keys that wait, each once, each worked on by
// one round at a time, with growing pauses after failures. Knows no namespace and no plan.

export type Queue = {
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
  /** Rounds that follow each other at once are spread out to this. */
  readonly spreadMillis: number;
  readonly firstRetryMillis: number;
  readonly maxRetryMillis: number;
  readonly random?: () => number;
  readonly watched?: QueueWatch;
};

/** For metrics, in the words of client-go's workqueue. */
export type QueueWatch = {
  readonly added: (depth: number) => void;
  readonly started: (waitedSeconds: number, depth: number) => void;
  readonly ended: (seconds: number) => void;
  readonly retried: () => void;
};

type Item = {
  timer: NodeJS.Timeout | undefined;
  /** Monotonic time of the wish that the timer serves. */
  at: number;
  addedAt: number;
  working: Promise<void> | undefined;
  /** A wish that came while it was worked on. */
  next: number | undefined;
  failures: number;
  /** End of the last round, and how many followed each other closely. */
  endedAt: number;
  streak: number;
};

export function makeQueue(options: QueueOptions): Queue {
  const items = new Map<string, Item>();
  let stopped = false;

  function depth(): number {
    return [...items.values()].filter((one) => one.timer !== undefined).length;
  }

  function schedule(key: string, item: Item, at: number): void {
    if (stopped || (item.timer !== undefined && item.at <= at)) return;
    clearTimeout(item.timer);
    if (item.timer === undefined) item.addedAt = performance.now();
    item.at = at;
    item.timer = setTimeout(
      () => {
        item.timer = undefined;
        item.working = run(key, item).finally(() => {
          item.working = undefined;
        });
      },
      Math.max(0, at - performance.now()),
    );
    options.watched?.added(depth());
  }

  async function run(key: string, item: Item): Promise<void> {
    const began = performance.now();
    options.watched?.started((began - item.addedAt) / 1000, depth());
    item.streak = began - item.endedAt < options.spreadMillis * 2 ? item.streak + 1 : 0;
    const outcome = await options.work(key);
    item.endedAt = performance.now();
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
    if (wish !== undefined) schedule(key, item, Math.max(wish, item.endedAt + spread(item)));
    if (outcome.againMillis !== undefined) schedule(key, item, item.endedAt + outcome.againMillis);
  }

  /** The first few rounds follow at once; a storm of changes is planned a few times, not each. */
  function spread(item: Item): number {
    return Math.min(options.spreadMillis, options.gatherMillis * 2 ** Math.min(item.streak, 12));
  }

  return {
    add: (key, millis = options.gatherMillis) => {
      const item = items.get(key) ?? newItem();
      items.set(key, item);
      const at = performance.now() + millis;
      if (item.working === undefined) {
        // After a failure a change does not shorten the pause to nothing.
        const earliest = item.failures > 0 ? item.endedAt + options.firstRetryMillis : at;
        schedule(key, item, Math.max(at, earliest, item.endedAt + spreadNow(item)));
      } else item.next = Math.min(item.next ?? at, at);
    },
    stop: async () => {
      stopped = true;
      for (const item of items.values()) clearTimeout(item.timer);
      for (const item of items.values()) await item.working;
    },
  };

  function spreadNow(item: Item): number {
    const quiet = performance.now() - item.endedAt > options.spreadMillis * 2;
    return quiet ? 0 : spread(item);
  }
}

function newItem(): Item {
  return {
    timer: undefined,
    at: 0,
    addedAt: 0,
    working: undefined,
    next: undefined,
    failures: 0,
    endedAt: Number.NEGATIVE_INFINITY,
    streak: 0,
  };
}

/** Doubled from the first to the longest, with jitter, so that two operators do not march in step. */
function retryMillis(failures: number, options: QueueOptions): number {
  const { random = Math.random } = options;
  const grown = options.firstRetryMillis * 2 ** Math.min(failures, 20);
  return Math.min(grown, options.maxRetryMillis) * (0.75 + random() / 2);
}
