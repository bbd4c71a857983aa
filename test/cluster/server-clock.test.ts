// Every replica counts by the API server's clock, whatever its own shows.
import { expect, test } from "@jest/globals";
import { openRest } from "../../src/cluster/wire/rest.ts";
import { makeServerClock } from "../../src/cluster/wire/server-clock.ts";
import { answerJson, answerStatus, startFaultServer, type Answer } from "./fault-server.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 10, 27, 12);

/** A machine whose clock is ahead, an API server whose answers take a while, and true time. */
function scene(aheadMillis: number) {
  let passed = 0;
  let stepped = 0;
  const clock = makeServerClock({
    wall: () => noon + passed + aheadMillis + stepped,
    steady: () => 1234 + passed,
  });
  return {
    clock,
    /** What the clock shows too much. */
    wrong: () => clock.now() - (noon + passed),
    pass: (millis: number) => void (passed += millis),
    step: (millis: number) => void (stepped += millis),
    answer: ({ ahead = 0, there = 5, back = 5 } = {}) => {
      const sentAt = 1234 + passed;
      passed += there;
      const date = new Date(noon + passed + ahead).toUTCString();
      passed += back;
      clock.heard(date, sentAt, 1234 + passed);
    },
  };
}

test.each([-10 * minute, -minute, -5_000, 5_000, minute, 10 * minute, 400 * 24 * 60 * minute])(
  "a machine that is %d ms ahead is right to the second after one answer",
  (ahead) => {
    const { answer, wrong, clock } = scene(ahead);
    expect(wrong()).toBe(ahead);
    answer();
    expect(Math.abs(wrong())).toBeLessThanOrEqual(1010);
    expect(Math.abs(clock.aheadMillis() - ahead)).toBeLessThanOrEqual(1010);
  },
);

test("two machines twenty minutes apart agree to two seconds, for as long as they are asked", () => {
  const [early, late] = [scene(-10 * minute), scene(10 * minute)];
  for (let round = 0; round < 500; round += 1) {
    for (const item of [early, late]) {
      item.answer({ there: (round * 7) % 400, back: (round * 13) % 400 });
      item.pass(1000 - ((round * 20) % 800));
    }
    expect(Math.abs(early.wrong())).toBeLessThanOrEqual(1500);
    expect(Math.abs(late.wrong())).toBeLessThanOrEqual(1500);
  }
});

test("a machine that is right is left alone: its milliseconds stay", () => {
  const { answer, pass, wrong } = scene(0);
  for (let round = 0; round < 100; round += 1) {
    answer({ there: round, back: 100 - round });
    pass(937);
    expect(wrong()).toBe(0);
  }
});

test("a step of the machine's own clock is none here", () => {
  const { answer, step, wrong } = scene(0);
  answer();
  step(-10 * minute);
  expect(wrong()).toBe(0);
  answer();
  expect(wrong()).toBe(0);
});

test("of several API servers the one that differs is outvoted", () => {
  const { answer, pass, wrong } = scene(0);
  for (let round = 0; round < 60; round += 1) {
    answer(round % 3 === 2 ? { ahead: 10 * minute } : {});
    pass(500);
    expect(Math.abs(wrong())).toBeLessThanOrEqual(1010);
  }
});

test.each([
  ["no Date", undefined],
  ["something else in its place", "yesterday"],
])("an answer with %s says nothing", (_name, date) => {
  const { clock, wrong } = scene(minute);
  clock.heard(date, 0, 1);
  expect(wrong()).toBe(minute);
});

test("nor does one that was on its way for a minute", () => {
  const { answer, wrong } = scene(minute);
  answer({ there: 30_000, back: 30_000 });
  expect(wrong()).toBe(minute);
});

/** An API server of that time, whatever it answers. */
const dated =
  (at: () => number, answer: Answer): Answer =>
  (asked, response, request) => {
    response.setHeader("date", new Date(at()).toUTCString());
    answer(asked, response, request);
  };

test.each([
  ["two replicas behind and ahead", -10 * minute, 10 * minute],
  ["two replicas ahead and behind", 10 * minute, -10 * minute],
])("%s of the server learn its time from any answer, refusals too", async (_name, ...ahead) => {
  const server = await startFaultServer();
  const fine: Answer = (_asked, response) => answerJson(response, 200, {});
  const refused: Answer = (_asked, response) => answerStatus(response, 403, "no");
  const clocks = [];
  for (const [index, by] of ahead.entries()) {
    const clock = makeServerClock({
      wall: () => Date.now() + by,
      steady: () => performance.now(),
    });
    const rest = openRest(server.access, { dated: clock.heard });
    server.next(() => true, dated(Date.now, index === 0 ? fine : refused));
    await rest.ask({ method: "GET", path: "/x" }).catch(() => undefined);
    await rest.close();
    clocks.push(clock);
  }
  await server.close();
  const [number = 0, other = 0] = clocks.map((clock) => clock.now() - Date.now());
  // Half the distance is far more than an answer may take, and far less than what they differ by.
  expect(Math.abs(number - other)).toBeLessThan(10 * minute);
  expect(Math.abs(number)).toBeLessThan(5 * minute);
  expect(Math.abs(other)).toBeLessThan(5 * minute);
});
