// Fragments that nothing names any more: deleted after an hour, and never the last three of a service, so
// that a rollout can be undone.
import { expect, test } from "@jest/globals";
import { fragmentRecords, garbage } from "../../../src/plan/gates/delivery.ts";
import type { Snapshot } from "../../../src/plan/terms/snapshot.ts";
import type { State } from "../../../src/plan/terms/state.ts";

const minute = 60_000;
const now = 1_000 * minute;
type Fragments = State["fragments"];

/** Name of a fragment and for how many minutes nothing has named it; undefined = something does. */
const records = (
  unused: Readonly<Record<string, number | undefined>>,
  service: "api" | "compute" = "compute",
): Fragments =>
  Object.fromEntries(
    Object.entries(unused).map(([name, minutes]) => [
      name,
      {
        service,
        lines: [],
        digest: name,
        ...(minutes === undefined ? {} : { unusedSince: now - minutes * minute }),
      },
    ]),
  );

const stored = (names: readonly string[], at = now): Snapshot =>
  ({
    now: at,
    configMaps: Object.fromEntries(names.map((name) => [name, { uid: `uid of ${name}` }])),
  }) as unknown as Snapshot;

const deleted = (fragments: Fragments, seen = stored(Object.keys(fragments))): readonly string[] =>
  garbage(seen, fragments).effects.map((effect) =>
    effect.do === "delete-fragment" ? `${effect.name} ${effect.uid}` : effect.do,
  );

test.each<{
  readonly what: string;
  readonly unused: Readonly<Record<string, number | undefined>>;
  readonly gone: readonly string[];
  readonly wakesIn?: number;
}>([
  { what: "three of them, however old", unused: { a: 9000, b: 9000, c: 9000 }, gone: [] },
  {
    what: "the oldest of four, after an hour",
    unused: { a: 60, b: 3, c: 2, d: 1 },
    gone: ["a uid of a"],
  },
  {
    what: "the oldest of four, a minute before",
    unused: { a: 59, b: 3, c: 2, d: 1 },
    gone: [],
    wakesIn: 1,
  },
  {
    what: "two that are old enough, and one soon",
    unused: { a: 300, b: 60, c: 40, d: 3, e: 2, f: 1 },
    gone: ["b uid of b", "a uid of a"],
    wakesIn: 20,
  },
  {
    what: "what is named counts for nothing",
    unused: { a: undefined, b: 90, c: 80, d: 70 },
    gone: [],
  },
])("$what", ({ unused, gone, wakesIn }) => {
  const fragments = records(unused);
  expect(deleted(fragments)).toEqual(gone);
  const { wake } = garbage(stored(Object.keys(unused)), fragments);
  expect(wake).toBe(wakesIn === undefined ? undefined : now + wakesIn * minute);
});

test("each service keeps its own three", () => {
  const old = { a: 9000, b: 9000, c: 9000 };
  const others = { d: 9000, e: 9000, f: 9000 };
  expect(deleted({ ...records(old), ...records(others, "api") })).toEqual([]);
});

test("what somebody deleted is no garbage", () => {
  const fragments = records({ a: 90, b: 3, c: 2, d: 1 });
  expect(deleted(fragments, stored(["b", "c", "d"]))).toEqual([]);
});

test("the hour begins when the last name goes, and anew when one comes back", () => {
  const seen = stored(["a"]);
  const later = stored(["a"], now + minute);
  const unnamed = fragmentRecords(records({ a: undefined }), [], new Set(), seen);
  expect(unnamed["a"]!.unusedSince).toBe(now);
  expect(fragmentRecords(unnamed, [], new Set(), later)["a"]!.unusedSince).toBe(now);
  const named = fragmentRecords(unnamed, [], new Set(["a"]), later);
  expect(named["a"]!.unusedSince).toBeUndefined();
  expect(fragmentRecords(named, [], new Set(), later)["a"]!.unusedSince).toBe(now + minute);
});
