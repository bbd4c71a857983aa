// One answer kept for a while, one question at a time. Knows nothing of what is asked.

export type Kept<T> = {
  readonly get: () => Promise<T>;
  /** The next `get` asks. */
  readonly forget: () => void;
};

export function keepFor<T>(
  millis: number | ((value: T) => number),
  ask: () => Promise<T>,
  now: () => number = () => performance.now(),
): Kept<T> {
  let answer: { readonly value: T; readonly at: number } | undefined;
  let asking: Promise<T> | undefined;
  let age = 0;
  const lifeOf = typeof millis === "number" ? () => millis : millis;
  return {
    get: () => {
      if (answer !== undefined && now() - answer.at < lifeOf(answer.value))
        return Promise.resolve(answer.value);
      if (asking !== undefined) return asking;
      const began = age;
      const mine = ask()
        .then((value) => {
          // What was forgotten while it was asked is not kept.
          if (began === age) answer = { value, at: now() };
          return value;
        })
        .finally(() => {
          if (asking === mine) asking = undefined;
        });
      asking = mine;
      return mine;
    },
    forget: () => {
      age += 1;
      answer = undefined;
      asking = undefined;
    },
  };
}
