// The status of a PciFlavor: its id in Nova, who can take it, how many fit.

import type { FlavorStatus } from "../../api/statuses.ts";
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

/** Aliases that a person has to see to, by their names in Nova, each with what it says. */
export type StalledAliases = ReadonlyMap<string, string>;

export function flavorStatus(
  object: Snapshot["objects"]["flavors"][number],
  decision: Decision,
  { seen }: StatusContext,
  stalled: StalledAliases,
): FlavorStatus {
  const verdict = verdictOf(decision, "PciFlavor", object.metadata.name)!;
  const outcome = decision.flavors.outcomes.find(
    (flavorOutcome) => flavorOutcome.object === object.metadata.name,
  );
  const accepted = acceptance({
    ...verdict,
    rejections: [...verdict.rejections, ...(outcome?.conflicts ?? [])],
  });
  const gate: Gate | undefined =
    outcome?.gate === undefined
      ? undefined
      : { waits: { on: "flavor", flavor: object.metadata.name }, ...outcome.gate };
  const behind = behindOf(gate, stalled);
  const live = behind ?? liveness(outcome, accepted, gate);
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(
      trio({ accepted, live, gate, lacks: behind !== undefined }, seen.namespace),
      object,
      seen.now,
    ),
    ...(outcome?.flavorId === undefined ? {} : { flavorId: outcome.flavorId }),
    ...hostsOf(outcome),
    warnings: warnings([...verdict.warnings, ...(outcome?.warnings ?? [])]),
  };
}

/** What waits for something that waits for a person waits for that person, too. */
function behindOf(gate: Gate | undefined, stalled: StalledAliases): Draft | undefined {
  if (gate?.gate !== "AliasNotLive") return undefined;
  const name = gate.aliases.find((alias) => stalled.has(alias));
  if (name === undefined) return undefined;
  const message = `alias ${name} is not live: ${stalled.get(name)!}`;
  return { type: "Live", status: "False", reason: gate.gate, message };
}

/**
 * Only what is under way is said to be: a person who waits for a write that waits looks in vain.
 */
function liveness(
  outcome: FlavorOutcome | undefined,
  accepted: Draft,
  gate: Gate | undefined,
): Draft {
  const draft = (reason: Draft["reason"], message: string): Draft => ({
    ...{ type: "Live", status: reason === "Live" ? "True" : "False", reason, message },
  });
  if (outcome?.live === true) return draft("Live", "Nova has the flavor with these aliases");
  if (accepted.status !== "True")
    return draft(accepted.reason, "nothing is written to Nova before it is accepted");
  if (gate !== undefined)
    return draft(gate.gate, "Nova does not have it like this; Ready says why");
  return draft("Progressing", "the flavor is being written");
}

function hostsOf(outcome: FlavorOutcome | undefined): Pick<FlavorStatus, "hosts" | "instancesFit"> {
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
