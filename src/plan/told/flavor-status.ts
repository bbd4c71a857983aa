// Answers "what does the status of a PciFlavor say?": its id in Nova, who can take it, how many fit.

import type { Decision } from "../round/decision.ts";
import type { FlavorOutcome } from "../flavors/draft.ts";
import type { Gate } from "../terms/gates.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import {
  conditions,
  firstTen,
  trio,
  verdictOf,
  warnings,
  acceptance,
  type Draft,
  type StatusContext,
} from "./standing.ts";

export function flavorStatus(
  object: Snapshot["objects"]["flavors"][number],
  decision: Decision,
  { seen }: StatusContext,
): Record<string, unknown> {
  const verdict = verdictOf(decision, "PciFlavor", object.metadata.name)!;
  const outcome = decision.flavors.outcomes.find((one) => one.object === object.metadata.name);
  const accepted = acceptance({
    ...verdict,
    rejections: [...verdict.rejections, ...(outcome?.conflicts ?? [])],
  });
  const gate: Gate | undefined =
    outcome?.gate === undefined
      ? undefined
      : { waits: { on: "flavor", flavor: object.metadata.name }, ...outcome.gate };
  const live: Draft = {
    type: "Live",
    status: outcome?.live === true ? "True" : "False",
    reason: outcome?.live === true ? "Live" : "Progressing",
    message:
      outcome?.live === true
        ? "Nova has the flavor with these aliases"
        : "the flavor is being written",
  };
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(trio({ accepted, live, gate }, seen.namespace), object, seen.now),
    ...(outcome?.flavorId === undefined ? {} : { flavorId: outcome.flavorId }),
    ...hostsOf(outcome),
    warnings: warnings([...verdict.warnings, ...(outcome?.warnings ?? [])]),
  };
}

function hostsOf(outcome: FlavorOutcome | undefined): Record<string, unknown> {
  const capacity = outcome?.capacity;
  if (capacity === undefined) return {};
  return {
    hosts: { count: capacity.nodes.length, names: firstTen(capacity.nodes) },
    instancesFit:
      capacity.fit === undefined
        ? { bound: "Unknown" }
        : { bound: "UpperBound", value: capacity.fit },
  };
}
