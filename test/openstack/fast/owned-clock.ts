// Time and chance in the hands of a test: waiting takes no time and is written down.
import type { Clock } from "../../../src/openstack/wire/sender.ts";

export type OwnedClock = Clock & {
  readonly slept: readonly number[];
  readonly pass: (millis: number) => void;
};

export function ownedClock(): OwnedClock {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    pass: (millis) => (now += millis),
    nowMillis: () => now,
    random: () => 0.5,
    sleep: (millis) => {
      slept.push(millis);
      now += millis;
      return Promise.resolve();
    },
  };
}
