// Chance: one seeded source of numbers, so that a seed is a whole run.

export type Chance = {
  /** At least 0, below 1. */
  readonly next: () => number;
  /** At least `from`, at most `to`. */
  readonly between: (from: number, to: number) => number;
  readonly yes: (probability: number) => boolean;
  readonly pick: <T>(list: readonly T[]) => T;
  /** An independent source, so that one consumer never shifts what another one sees. */
  readonly fork: (salt: number) => Chance;
};

/** mulberry32: 32 bits of state are plenty for schedules, and it is the same everywhere. */
export function makeChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    yes: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)]!,
    fork: (salt) => makeChance(Math.imul(seed ^ (salt + 0x9e3779b9), 0x85ebca6b)),
  };
}
