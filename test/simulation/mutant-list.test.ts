// Every mutant still finds the node that it breaks, however the source is written.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import ts from "typescript";
import { mutants } from "./mutant-list.ts";
import { mutated, type Mutation } from "./mutation.ts";

describe("each mutant is a program, whatever the format of its source", () => {
  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s", (_name, mutant) => {
    const source = readFileSync(join(import.meta.dirname, "../..", mutant.file), "utf8");
    const broken = printed(mutated(source, mutant));
    expect(broken).not.toBe(printed(source));
    expect(printed(mutated(printed(source), mutant))).toBe(broken);
  });
});

const written = `
  export function gateOf(target: Target, budget: Budget): Gate | undefined {
    const spent = budget.allowed <= 0;
    if (target.unwell !== undefined && !spent) return { gate: "Unwell" };
    if (spent) return { gate: "Budget", of: [target.name, budget.name].map(shown) };
    return undefined;
  }`;
const renamed = `
  export function gateOf(node: Target, left: Budget): Gate | undefined {
    const none = left.allowed <= 0;
    if (
      node.unwell !== undefined &&
      !none
    ) {
      return { gate: "Unwell" };
    }
    if (none) return { gate: "Budget", of: [node.name, left.name].map(shown) };
    return undefined;
  }`;

type Case = readonly [Mutation["at"], Mutation["change"], string];

describe("a node is found by what a rewrite keeps", () => {
  test.each<Case>([
    [["if", "Budget"], "never", "if (false)"],
    [["if", "unwell"], "always", "if (true)"],
    [["&&", "unwell"], { keeps: [0] }, ".unwell !== undefined)"],
    [["value", "allowed"], { becomes: "$2.empty" }, ".empty;"],
    [["list", "map"], { keeps: [1] }, ".name].map(shown)"],
    [["call", "map"], "without", ".name] }"],
    [["if", "Unwell"], { then: "return;" }, "return;"],
  ])("%j %j", (at, change, then) => {
    for (const source of [written, renamed]) {
      const broken = mutated(source, { file: "gates.ts", in: "gateOf", at, change });
      expect(printed(broken)).toContain(then);
    }
  });

  test.each<readonly [Partial<Mutation>, string]>([
    [{ in: "gatesOf" }, "gates.ts: no function gatesOf"],
    [{ at: ["if", "Pause"] }, 'gates.ts: no "if" with Pause in gateOf'],
    [{ at: ["if", "spent"] }, 'gates.ts: no "if" with spent in gateOf'],
    [{ at: ["if", "gate"] }, 'gates.ts: 2 "if" with gate in gateOf'],
    [{ at: ["return", "Unwell"] }, 'gates.ts: "return" cannot be changed so: "never"'],
  ])("%j is refused", (other, why) => {
    const mutation: Mutation = { file: "gates.ts", in: "gateOf", at: ["if"], change: "never" };
    expect(() => mutated(written, { ...mutation, ...other })).toThrow(why);
  });
});

/** The program in the format of TypeScript's own printer; what does not parse fails. */
function printed(source: string): string {
  const { outputText, diagnostics } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ESNext, removeComments: true },
    reportDiagnostics: true,
  });
  expect(diagnostics).toEqual([]);
  return outputText;
}
