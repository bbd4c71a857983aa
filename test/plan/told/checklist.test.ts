// The list of all that waits for a person: numbered, each once, with the command that removes it.
import { expect, test } from "@jest/globals";
import type { Decision } from "../../../src/plan/round/decision.ts";
import { commandFor } from "../../../src/plan/told/gate-commands.ts";
import { gateTable } from "../../../src/plan/terms/gate-table.ts";
import { checklist, checklistText } from "../../../src/plan/told/checklist.ts";
import { personGates, withoutCommand } from "../../support/person-gates.ts";

const waiting = (gates: readonly object[]): Decision =>
  ({ gates: gates.map((gate) => ({ waits: { on: "installation" }, ...gate })) }) as never;

test("every gate that a person opens has a command, or is known to have none", () => {
  const wanted = Object.entries(gateTable)
    .filter(([, row]) => row.opens === "person")
    .map(([name]) => name);
  const known = [
    ...personGates.map((personGate) => personGate.gate),
    ...withoutCommand,
    "NoCredentials",
  ];
  expect(wanted.filter((name) => !known.includes(name as never))).toEqual([]);
});

test.each(personGates.map((personGate) => [personGate.gate, personGate] as const))(
  "%s",
  (_, gate) => {
    expect(commandFor(gate, "openstack")).toMatch(/^kubectl /);
  },
);

test("all at once, what passes by itself left out, the same said once", () => {
  const settling = { gate: "Settling", until: 0 };
  const tasks = checklist(waiting([...personGates, settling, ...personGates]), "openstack");
  expect(tasks.map((task) => task.gate)).toEqual(personGates.map((personGate) => personGate.gate));
});

test("numbered, with the command below", () => {
  const tasks = checklist(waiting([{ gate: "Paused" }, { gate: "NoWorkload" }]), "openstack");
  expect(checklistText(tasks)).toBe(`To do
  1. spec.rollout.paused is true: nothing is restarted until it is false
     kubectl patch pcipassthrough nova -n openstack --type merge -p '{"spec":{"rollout":{"paused":false}}}'
  2. ${tasks[1]!.message}
`);
  expect(checklistText([])).toBe("");
});
