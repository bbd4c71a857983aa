// The words of status: nothing else invents one, and none is left over.
import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { conditionTypes, phases, reasons } from "../../../src/plan/terms/reasons.ts";
import { gateTable } from "../../../src/plan/terms/gate-table.ts";
import { policies } from "../../../src/nova/terms/policies.ts";

const plan = join(import.meta.dirname, "../../../src/plan");
const sources = readdirSync(plan, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(plan, file), "utf8"))
  .join("\n");

function literals(key: string): readonly string[] {
  const found = sources.matchAll(new RegExp(`\\b${key}: "([A-Z][A-Za-z]+)"`, "g"));
  return [...new Set([...found].map((one) => one[1]!))].sort();
}

/** Types of Events, which Kubernetes knows. */
const ofEvents = ["Normal", "Warning"];

describe("the core", () => {
  test("waits at every gate of the table, and at no other", () => {
    const used = literals("gate").filter((gate) => gate !== "Settling");
    expect(used).toEqual(
      Object.keys(gateTable)
        .filter((gate) => gate !== "Settling")
        .sort(),
    );
  });

  test("gives reasons that are here or policies", () => {
    const given = [...literals("reason"), ...literals("policy")];
    expect(given).toContain("Contradiction");
    const known = (one: string): boolean =>
      Object.hasOwn(reasons, one) || Object.hasOwn(policies, one);
    expect(given.filter((one) => !known(one))).toEqual([]);
  });

  test("is in phases and sets conditions that are here", () => {
    expect(literals("phase").filter((one) => !Object.hasOwn(phases, one))).toEqual([]);
    const types = literals("type").filter((one) => !ofEvents.includes(one));
    expect(types).toContain("Ready");
    expect(types.filter((one) => !Object.hasOwn(conditionTypes, one))).toEqual([]);
  });
});

test("every word is PascalCase and has one sentence", () => {
  const all = Object.entries({ ...conditionTypes, ...reasons, ...phases });
  const wrong = all.filter(
    ([name, sentence]) =>
      !/^([A-Z][a-z]+)+$/.test(name) || sentence.length < 10 || /[.!]$/.test(sentence),
  );
  expect(wrong).toEqual([]);
});

test("no reason has the name of a policy", () => {
  const both = Object.keys(reasons).filter((one) => Object.hasOwn(policies, one));
  expect(both).toEqual([]);
});
