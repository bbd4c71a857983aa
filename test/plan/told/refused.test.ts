// A write that is refused needs a person, so it is what an object says, whatever else it waits for that
// seems to come by itself.
import { expect, test } from "@jest/globals";
import { orRefused } from "../../../src/plan/told/standing.ts";
import type { Decision } from "../../../src/plan/round/decision.ts";
import type { Gate } from "../../../src/plan/terms/gates.ts";

const refusal = { gate: "WriteRefused", what: "create x", words: "no", advice: "do" } as const;
const everywhere: Gate = { waits: { on: "installation" }, ...refusal };
const ofApi: Gate = { waits: { on: "service", service: "api" }, ...refusal };
const ofFlavor: Gate = { waits: { on: "flavor", flavor: "f" }, ...refusal };
const ofNode: Gate = { waits: { on: "node", node: "c1" }, ...refusal };
const pending: Gate = { waits: { on: "node", node: "c1" }, gate: "FragmentPending", fragment: "x" };
const first: Gate = {
  waits: { on: "entry", entry: "alias/a" },
  ...{ gate: "ComputesFirst", behind: 1, nodes: ["c1"] },
};
const paused: Gate = { waits: { on: "installation" }, gate: "Paused" };

test.each([
  ["what is being written, and cannot be", pending, [pending, everywhere], "WriteRefused"],
  ["a turn that never comes", first, [first, ofApi], "WriteRefused"],
  ["nothing else", undefined, [everywhere], "WriteRefused"],
  ["what a person opens already", paused, [paused, everywhere], "Paused"],
  ["a write to somebody else's flavor", pending, [pending, ofFlavor], "FragmentPending"],
  ["a write to another node", first, [first, ofNode], "ComputesFirst"],
  ["no refusal", undefined, [paused], undefined],
])("beside %s", (_name, gate, gates, told) => {
  expect(orRefused(gate, { gates } as unknown as Decision)?.gate).toBe(told);
});
