// Courses over time, each a file: of every gate the smallest installation in which it alone holds,
// and what opens it there: time, the world, or the person whom its sentence tells what to do.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { gateTable } from "../src/plan/terms/gate-table.ts";
import { expectRest, play, readCourse, type Course } from "./support/course.ts";

const scenarios = join(import.meta.dirname, "scenarios");

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
    // Its own last words wake nobody: somebody else does.
    stage.label("c2", { nudged: "at rest" });
    await stage.pass(5);
    expect(stage.waits()).not.toContain(name);
    expect(stage.ready("PciPassthrough", "nova")).toBe(course.rests ?? "True Live");
    expectRest(stage);
  });
});
