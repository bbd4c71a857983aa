// A status that the API server would not take is found before it is written.
import { expect, test } from "@jest/globals";
import { statusProblems } from "../../src/api/parse.ts";

test("a status with what it may hold is fine", () => {
  const status = { observedGeneration: 1, nodes: { selected: 1, names: ["node-1"] }, warnings: [] };
  expect(statusProblems("PciWhitelist", status)).toEqual([]);
});

test("an unknown field, too many names and too much text are found", () => {
  const status = {
    nodes: { selected: 11, names: Array.from({ length: 11 }, (_, index) => `node-${index}`) },
    warnings: [{ name: "UnpinnedAddress", message: "x".repeat(1025), path: "spec" }],
    pools: 3,
  };
  expect(statusProblems("PciWhitelist", status).map((statusProblem) => statusProblem.path)).toEqual(
    ["status.nodes.names", "status.pools", "status.warnings[0].message"],
  );
});
