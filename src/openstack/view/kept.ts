// One value that is read at most once per period, by however many ask at the same time. A failure
// is kept too, for a shorter while, so that a broken service is not asked in a storm. It must not
// know what is read.

export type Kept<T> = {
  readonly get: () => Promise<T>;
  readonly forget: () => void;
};

const failureKeptMillis = 2000;

export function keep<T>(
  nowMillis: () => number,
  /** May depend on what was read. */
  keepMillis: (value: T) => number,
  read: () => Promise<T>,
): Kept<T> {
  let kept: { readonly value: Promise<T>; until: number } | undefined;

  function start(): Promise<T> {
    // Until it ends the value under way serves everybody.
    const entry = { value: read(), until: Number.POSITIVE_INFINITY };
    kept = entry;
    entry.value.then(
      (value) => (entry.until = nowMillis() + keepMillis(value)),
      () => (entry.until = nowMillis() + failureKeptMillis),
    );
    return entry.value;
  }

  return {
    get: () => (kept !== undefined && nowMillis() < kept.until ? kept.value : start()),
    forget: () => (kept = undefined),
  };
}
