// The verdicts offline, of the same tables that test/api/crd puts before a real API server.
import { describe, expect, test } from "@jest/globals";
import { problemsOf, withDefaults } from "../../src/api/parse.ts";
import { brokenTransitions } from "../../src/api/transitions.ts";
import { allShapes } from "./shapes/all.ts";
import { notLookedAt, objectOf, type Refusal } from "./shapes/shape.ts";

type Said = { readonly path: string; readonly message: string };

/** Order is no matter; a problem is where it is and what it says. */
function said(all: readonly (Refusal | Said)[] = []): readonly string[] {
  return all.map((file) => `${file.path}: ${file.message}`).sort();
}

describe.each(allShapes)("$kind", ({ kind, created, changed, defaults }) => {
  test.each(created)("created with $it", ({ spec, name, refused }) => {
    expect(said(problemsOf(kind, objectOf(kind, spec, name)))).toEqual(said(refused));
  });

  test.each(changed)("changed: $it", ({ before, after, refused }) => {
    const [old, young] = [before, after].map((spec) => withDefaults(kind, objectOf(kind, spec)));
    expect(said([...problemsOf(kind, old!), ...problemsOf(kind, young!)])).toEqual([]);
    expect(said(brokenTransitions(kind, old!, young!))).toEqual(said(refused));
  });

  test.each(defaults)("default: $it", ({ spec, stored }) => {
    expect(withDefaults(kind, objectOf(kind, spec))).toEqual({
      ...objectOf(kind, stored),
      status: notLookedAt,
    });
  });
});
