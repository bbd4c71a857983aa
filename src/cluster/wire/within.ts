// Waits for a promise, but no longer than a time.

import { realClock, type Clock } from "./clock.ts";

export async function within(
  millis: number,
  work: Promise<unknown> | undefined,
  clock: Clock = realClock,
): Promise<void> {
  let cancel: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(millis, resolve);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    cancel();
  }
}
