// A moment: milliseconds since the epoch from the operator's one clock, and their text. The core
// has no clock; it formats what it was given.

export type Millis = number;

/**
 * RFC 3339 with whole seconds. Messages hold moments, never countdowns, or every look would write
 * a status.
 */
export function timeText(at: Millis): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

/** No count of anything is that large, and no time before September 2001 is of interest. */
const firstTime = 1_000_000_000_000;

/** Long, and without a time of ours: what users wrote, and lines of fragments. */
const timeless: ReadonlySet<string> = new Set(["spec", "lines", "instead", "read"]);

/** Of a state that was looked at before only its latest time is asked. */
const latestOf = new WeakMap<object, Millis>();

/**
 * Times of a state that lie in the future, as the clock of a former leader wrote them: they count
 * as now, so that whatever counts from them begins, and is written down, at once.
 */
export function notAhead<State extends object>(state: State, now: Millis): State {
  const latest = latestOf.get(state) ?? latestIn(state);
  latestOf.set(state, latest);
  return latest <= now ? state : (capped(state, now) as State);
}

function latestIn(value: unknown): Millis {
  if (typeof value === "number") return value >= firstTime ? value : 0;
  if (typeof value !== "object" || value === null) return 0;
  let latest = 0;
  for (const [key, item] of Object.entries(value)) {
    if (!timeless.has(key)) latest = Math.max(latest, latestIn(item));
  }
  return latest;
}

/** What holds no such time stays the same value. */
function capped(value: unknown, now: Millis): unknown {
  if (typeof value === "number") return value >= firstTime && value > now ? now : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => capped(item, now));
  let changed = false;
  const next = Object.entries(value).map(([key, item]) => {
    const own: unknown = timeless.has(key) ? item : capped(item, now);
    changed ||= own !== item;
    return [key, own] as const;
  });
  return changed ? Object.fromEntries(next) : value;
}
