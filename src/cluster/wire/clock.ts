// The port of time: moments that never go back, and something to be done later. The process has its
// own, an embedded cluster a virtual one.

export type Clock = {
  /** Monotonic milliseconds, from wherever they are counted. */
  readonly now: () => number;
  /** Gives back how to take it back. */
  readonly after: (millis: number, run: () => void) => () => void;
};

export const realClock: Clock = {
  now: () => performance.now(),
  after: (millis, run) => {
    const timer = setTimeout(run, millis);
    return () => clearTimeout(timer);
  },
};

/** Ends early, without a failure, when the signal says so. */
export function pause(clock: Clock, millis: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(millis, end);
    signal.addEventListener("abort", end);
  });
}
