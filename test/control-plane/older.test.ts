// Which patch release is taken when one is asked for by its first two numbers.
import { expect, test } from "@jest/globals";
import { newestOf, wholeRelease } from "./older.ts";

function chosen(newest: string, has: readonly string[]) {
  const said: string[] = [];
  const tried: string[] = [];
  const resolved = (release: string): void => {
    tried.push(release);
    if (!has.includes(release)) throw new Error(`no modules of ${release}`);
  };
  const release = newestOf(newest, resolved, (line) => said.push(line));
  return { release, said, tried };
}

test("the newest, when all of its modules can be had; nothing is said", () => {
  const found = chosen("1.31.13", ["1.31.12", "1.31.13"]);
  expect(found).toEqual({ release: "1.31.13", said: [], tried: ["1.31.13"] });
});

test("else the next before it that has them, by number and not by letters, in one line", () => {
  const { release, said, tried } = chosen("1.32.11", ["1.32.2", "1.32.9"]);
  expect([release, tried]).toEqual(["1.32.9", ["1.32.11", "1.32.10", "1.32.9"]]);
  expect(said).toEqual([
    "Kubernetes 1.32.11 lacks modules here: 1.32.9 is the newest that has them all",
  ]);
});

test("none at all: why the newest cannot be had", () => {
  expect(() => chosen("1.32.2", [])).toThrow("no modules of 1.32.2");
});

test("a whole release is taken by its word", () => {
  const nothing = (): void => undefined;
  expect(wholeRelease("1.32.9", "/nowhere", nothing)).toBe("1.32.9");
});
