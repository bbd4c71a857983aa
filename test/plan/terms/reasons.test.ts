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
  return [...new Set([...found].map((match) => match[1]!))].sort();
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
    const known = (text: string): boolean =>
      Object.hasOwn(reasons, text) || Object.hasOwn(policies, text);
    expect(given.filter((text) => !known(text))).toEqual([]);
  });

  test("is in phases and sets conditions that are here", () => {
    expect(literals("phase").filter((literal) => !Object.hasOwn(phases, literal))).toEqual([]);
    const types = literals("type").filter((literal) => !ofEvents.includes(literal));
    expect(types).toContain("Ready");
    expect(types.filter((type) => !Object.hasOwn(conditionTypes, type))).toEqual([]);
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
  const both = Object.keys(reasons).filter((key) => Object.hasOwn(policies, key));
  expect(both).toEqual([]);
});
