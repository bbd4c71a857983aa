// What is known of each gate, one row for each: its meaning as the reason of a condition, its
// sentence for people with what to do next, who opens it, what it stops. Conditions, messages,
// stalls, polls, metrics and the story derive from it; nothing else lists gates by name.

import { entryGates } from "./gate-rows/entry.ts";
import { installationGates } from "./gate-rows/installation.ts";
import { rolloutGates } from "./gate-rows/rollout.ts";
import type { Row, Rows } from "./gate-rows/row.ts";
import type { Gate, GateName, Reason } from "./gates.ts";

/** A gate without a row does not compile. */
export const gateTable: Rows = { ...installationGates, ...rolloutGates, ...entryGates };

type Numbers<Name extends GateName> = Extract<Reason, { readonly gate: Name }>;

function rowOf<Name extends GateName>(gate: Numbers<Name>): Row<Numbers<Name>> {
  return gateTable[gate.gate];
}

export function sentenceOf(gate: Reason, namespace = "NAMESPACE"): string {
  return rowOf(gate).says(gate, namespace);
}

/**
 * The same for one of a thousand objects that wait behind one gate: without what changes with every
 * step of the rollout, or each step would write a thousand statuses (measured: 900 at 500 nodes).
 */
export function sentenceForOne(gate: Reason, namespace?: string): string {
  if (gate.gate !== "BudgetSpent") return sentenceOf(gate, namespace);
  const at = gate.allowed === 1 ? "node is" : "nodes are";
  return `waits for its turn: at most ${gate.allowed} ${at} restarted at once; PciPassthrough says which`;
}

/** Whether a person has to open it; all others open by themselves. */
export function stalls(gate: Reason): boolean {
  const { opens } = rowOf(gate);
  return (typeof opens === "function" ? opens(gate) : opens) === "person";
}

export function keepsOut(gate: Reason): boolean {
  return rowOf(gate).keepsOut === true;
}

export function isBeside(gate: Reason): boolean {
  return rowOf(gate).beside === true;
}

export function unwires(gate: Reason): boolean {
  return rowOf(gate).unwires === true;
}

export function isRoutine(gate: Gate): boolean {
  return rowOf(gate).routine === true;
}

export function stopsReplacing(gate: Reason): boolean {
  return rowOf(gate).stops !== undefined;
}

export function stopsRollback(gate: Reason): boolean {
  return rowOf(gate).stops === "all";
}

/** How the loop learns that it opened, where no watch tells. */
export function askedOf(gate: Reason): "poll" | "look" | undefined {
  return rowOf(gate).asked;
}
