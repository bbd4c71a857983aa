// Keys that wait: once each, never twice at the same time, with pauses that grow.
import { expect, test } from "@jest/globals";
import { makeQueue, type Outcome, type QueueOptions } from "../../../src/operator/queue.ts";

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

function scene(
  work: (key: string, count: number) => Promise<Outcome>,
  more: Partial<QueueOptions> = {},
) {
  const worked: string[] = [];
  const perKey = new Map<string, number>();
  const queue = makeQueue({
    gatherMillis: 5,
    spreadMillis: 100,
    firstRetryMillis: 20,
    maxRetryMillis: 80,
    random: () => 0.5,
    ...more,
    work: async (key) => {
      worked.push(key);
      perKey.set(key, (perKey.get(key) ?? 0) + 1);
      return work(key, perKey.get(key)!);
    },
  });
  return { queue, worked };
}

const done: Outcome = { is: "done" };

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

test("many wishes at once are one round", async () => {
  const { queue, worked } = scene(() => Promise.resolve(done));
  for (let index = 0; index < 1000; index++) queue.add("n");
  await until(() => worked.length === 1);
  await pause(30);
  expect(worked).toEqual(["n"]);
  await queue.stop();
});

test("a wish during a round is one more round after it, never beside it", async () => {
  let inside = 0;
  let beside = false;
  const { queue, worked } = scene(async () => {
    inside += 1;
    beside ||= inside > 1;
    await pause(20);
    inside -= 1;
    return done;
  });
  queue.add("n");
  await until(() => worked.length === 1);
  queue.add("n");
  queue.add("n");
  await until(() => worked.length === 2);
  await queue.stop();
  expect({ worked, beside }).toEqual({ worked: ["n", "n"], beside: false });
});

test("keys do not wait for each other", async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { queue, worked } = scene(async (key) => {
    if (key === "slow") await gate;
    return done;
  });
  queue.add("slow");
  queue.add("fast");
  await until(() => worked.includes("fast"));
  open();
  await queue.stop();
  expect(worked.sort()).toEqual(["fast", "slow"]);
});

test("after a failure it comes again by itself, later each time, until it is done", async () => {
  const times: number[] = [];
  const { queue, worked } = scene((_key, count) => {
    times.push(performance.now());
    return Promise.resolve(count < 4 ? { is: "failed" } : done);
  });
  queue.add("n");
  await until(() => worked.length === 4);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  expect(gaps[1]!).toBeGreaterThan(gaps[0]!);
  expect(gaps[2]!).toBeGreaterThan(gaps[1]!);
  await pause(40);
  expect(worked.length).toBe(4);
  await queue.stop();
});

test("a plan that names its time is looked at then, and sooner when something happens", async () => {
  const { queue, worked } = scene((_key, count) =>
    Promise.resolve(
      count === 1
        ? { is: "done", againMillis: 40 }
        : count === 2
          ? { is: "done", againMillis: 60_000 }
          : done,
    ),
  );
  queue.add("n");
  await until(() => worked.length === 2);
  queue.add("n");
  await until(() => worked.length === 3);
  await queue.stop();
  expect(worked.length).toBe(3);
});

test("a storm of changes is worked on a few times, not once for each", async () => {
  const { queue, worked } = scene(() => Promise.resolve(done), { spreadMillis: 200 });
  const end = performance.now() + 400;
  let wishes = 0;
  while (performance.now() < end) {
    queue.add("n");
    wishes += 1;
    await pause(1);
  }
  await queue.stop();
  expect(wishes).toBeGreaterThan(worked.length * 4);
});

test("a storm is worked on when it begins, in its middle and when it has passed", async () => {
  const spreadMillis = 100;
  const { queue, worked } = scene(() => Promise.resolve(done), { spreadMillis });
  const began = performance.now();
  for (let wish = 0; wish < 250; wish++) {
    queue.add("n");
    if (wish % 4 === 0) await pause(4);
  }
  await pause(3 * spreadMillis);
  const spreads = (performance.now() - began) / spreadMillis;
  // At its beginning, after one spread, then after two each.
  expect(worked.length).toBeLessThanOrEqual(2 + spreads / 2);
  expect(worked.length).toBeGreaterThan(2);
  await queue.stop();
});

test("after a storm a lone change is worked on at once again", async () => {
  const { queue, worked } = scene(() => Promise.resolve(done), { spreadMillis: 200 });
  for (let wish = 0; wish < 20; wish++) queue.add("n");
  await until(() => worked.length === 1);
  for (let wish = 0; wish < 20; wish++) queue.add("n");
  await until(() => worked.length === 2);
  await pause(600);
  const added = performance.now();
  queue.add("n");
  await until(() => worked.length === 3);
  const alone = performance.now() - added;
  const again = performance.now();
  for (let wish = 0; wish < 20; wish++) queue.add("n");
  await until(() => worked.length === 4);
  expect(performance.now() - again).toBeGreaterThan(alone);
  await queue.stop();
});

test("stopped, it waits for the round under way and begins no other", async () => {
  let ended = false;
  const { queue, worked } = scene(async () => {
    await pause(30);
    ended = true;
    return done;
  });
  queue.add("n");
  await until(() => worked.length === 1);
  queue.add("n");
  await queue.stop();
  await pause(30);
  expect({ worked, ended }).toEqual({ worked: ["n"], ended: true });
});
