// Courses over time, each a file: of every gate the smallest installation in which it alone holds,
// and what opens it there: time, the world, or the person whom its sentence tells what to do.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { gateTable } from "../src/plan/terms/gate-table.ts";
import { reasons } from "../src/plan/terms/reasons.ts";
import { expectRest, play, readCourse, wordsExpected, type Course } from "./support/course.ts";
import { scenarioNames, scenarios } from "./support/scenario-world.ts";

function coursesIn(folder: string): readonly (readonly [string, Course])[] {
  const here = join(scenarios, folder);
  return readdirSync(here)
    .sort()
    .map((file) => {
      const course = readCourse(readFileSync(join(here, file), "utf8"));
      return [file.replace(/\.yaml$/, ""), course] as const;
    });
}

describe("a gate holds alone, and opens", () => {
  const gates = coursesIn("gates");

  test("each has a course of its name", () => {
    expect(gates.map(([name]) => name)).toEqual(Object.keys(gateTable).sort());
  });

  test.each(gates)("%s", async (name, course) => {
    expect(course.steps).toContainEqual(expect.objectContaining({ holds: name }));
    const stage = await play(course);
    stage.label("c2", { nudged: name });
    await stage.pass(3600);
    await expectRest(stage);
    expect(stage.waits()).not.toContain(name);
    expect(stage.ready("PciPassthrough", "nova")).toBe(course.rests ?? "True Live");
  });
});

const courses = coursesIn("courses");

describe("a course over time", () => {
  test.each(courses)("%s", async (_name, course) => {
    await expectRest(await play(course));
  });
});

test("every gate and every reason stands in a scenario", () => {
  const expected = [...courses, ...coursesIn("gates")].flatMap(([, course]) =>
    wordsExpected(course),
  );
  const ends = scenarioNames().flatMap((name) =>
    readFileSync(join(scenarios, name, "then.yaml"), "utf8").split(/\W+/),
  );
  const told = new Set([...expected, ...ends]);
  expect(Object.keys(reasons).filter((reason) => !told.has(reason))).toEqual([]);
});
