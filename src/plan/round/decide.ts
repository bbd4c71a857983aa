// The decision of a round: from accepted objects to records, effects and gates. The order of its
// paragraphs is the order of the design: computes before nova-api on an addition, nova-api before
// computes on a removal (through what each holds), flavors last.

import { hardwareKey } from "../wanted/hardware.ts";
import { accept, modelContext } from "../wanted/accept.ts";
import { baseFacts } from "../wanted/adoption.ts";
import { blockersOf, budgetOver, changeTime, surgeGate } from "./blockers.ts";
import { planCleaning, type CleaningNode } from "../cleaning/cleaning.ts";
import { type ComputesOutput } from "../computes/draft.ts";
import { planComputes } from "../computes/computes.ts";
import { settleContradictions } from "../wanted/contradictions.ts";
import { wiringGate } from "../gates/wiring.ts";
import { stopsReplacing, stopsRollback } from "../terms/gate-table.ts";
import type { DecideInput, Decision, Planned, Round } from "./decision.ts";
import * as delivery from "../gates/delivery.ts";
import { planFlavors } from "../flavors/flavors.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import { settingsOf } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import * as memory from "../wanted/departures.ts";
import { nextState } from "./next-state.ts";
import { renderCache } from "../wanted/render.ts";
import { resolve } from "../wanted/resolve.ts";
import { refusedGates, withRefusals } from "./refused.ts";
import { asks, effectsOf, wakesOf } from "./round-effects.ts";
import { placementGate, wantedFilters } from "../gates/scheduler.ts";
import { reportStaysOff } from "../gates/base-scalars.ts";
import type { Service } from "../../api/names.ts";
import { computeNodes } from "../wanted/selection.ts";
import { aliasesLive, planSingles, singles } from "./singles.ts";
import {
  digestOf,
  holdContext,
  mountedPending,
  offersOf,
  targets,
  viewNodes,
  mountedRefused,
} from "./targets.ts";

/** The decision on a snapshot as it stands, for those who only look. */
export function decisionOf(seen: Snapshot): Decision {
  const settings = settingsOf(seen);
  const before = memory.recall(seen);
  const state = memory.noteDepartures(seen, settings, before);
  return decide({ seen, settings, before, state, candidates: accept(seen, settings, state) });
}

export function decide(input: DecideInput): Decision {
  const { seen, settings, state } = input;
  const context = modelContext(settings);
  const nodes = computeNodes(seen);
  const settled = settleContradictions(
    input.candidates.whitelists,
    input.candidates.verdicts,
    nodes,
    context,
  );
  const base = baseFacts(seen, settings, input.candidates.aliases, settled.verdicts);
  const wanted = resolve({ aliases: base.aliases, whitelists: settled.whitelists }, nodes, context);
  const chosen = delivery.chooseDelivery(seen, settings, state);
  const linesOf = memory.linesFinder(state, seen);
  const changedAt = changeTime(input);
  const blockers = blockersOf(input, chosen, base, changedAt, nodes.length);
  const round: Round = {
    ...input,
    base: { ...base },
    wanted,
    chosen,
    linesOf,
    blockers,
    changedAt,
    verdicts: base.verdicts,
    context: holdContext(input, wanted, base, linesOf),
    draw: renderCache(),
    nodes: [],
  };
  return finish({ ...round, nodes: viewNodes(round, nodes) });
}

function finish(round: Round): Decision {
  const computes = planNodes(round);
  const placement = placementGate(
    round.seen,
    round.settings,
    round.nodes,
    round.context.apiInPlacement,
  );
  const filters = wantedFilters(round.seen, round.settings, round.base, round.wanted);
  const singlesPlanned = planSingles(round, computes, placement, filters);
  const liveAliases = aliasesLive(round, singlesPlanned);
  const flavors = planFlavors({
    seen: round.seen,
    flavors: round.candidates.flavors,
    records: round.state.flavors,
    liveAliases,
    aliases: new Map(round.wanted.aliases.map((alias) => [alias.name, alias.declaration] as const)),
    offers: offersOf(round),
    inPlacement: round.settings.pciInPlacement,
    holds: round.state.holds,
  });
  const cleaning = planCleaning(round.seen, cleaningNodes(round));
  return conclude(round, { computes, singlesPlanned, filters, flavors, cleaning, liveAliases });
}

function planNodes(round: Round): ComputesOutput {
  const { seen, settings } = round;
  const union = round.chosen === "Mounted" ? mountedRefused(round) : undefined;
  const select = round.chosen === "Injected" ? delivery.selectionGate(seen, "compute") : undefined;
  const wiring = wiringGate("compute", round.chosen, seen, settings);
  const surge = surgeGate(seen);
  const why = round.nodes.find((node) => node.sight.leftAlone !== undefined)?.sight.leftAlone;
  const alone: Reason | undefined = why === undefined ? undefined : { gate: "NotWired", why };
  const own = [union, select, wiring, alone, surge].filter(
    (reason): reason is Reason => reason !== undefined,
  );
  return planComputes({
    targets: targets(round),
    linesOf: round.linesOf,
    digestOf: (name) => digestOf(round, name),
    blockers: [...round.blockers, ...own],
    changedAt: round.changedAt,
    canaryPossible: round.chosen !== "Mounted" && settings.services.compute.restart === "Auto",
    rollout: round.state.rollouts.compute,
    removal: round.context,
    step: {
      seen,
      settings,
      noReplacing: [...round.blockers, ...own].find((reason) => stopsReplacing(reason)) ?? surge,
      noRollback: round.blockers.find((blocker) => stopsRollback(blocker)) ?? mountedPending(round),
      evictBudget: (sight) => budgetOver(sight, seen),
      expectsInventory: (node) => showsDevices(round, node),
    },
  });
}

/** The node's own inventory has devices that its entries match, and it reports to Placement. */
function showsDevices(round: Round, node: string): boolean {
  const hardware = round.seen.hardware?.[node];
  const record = round.state.nodes[node];
  if (hardware === undefined || record?.reports !== true) return false;
  return hardwareKey(hardware, round.linesOf(record.assigned)) !== "";
}

function cleaningNodes({ nodes, wanted }: Round): readonly CleaningNode[] {
  return nodes.map(({ node: { name }, sight }) => ({
    node: name,
    host: sight.service?.host,
    up: sight.service?.state === "up",
    entries: wanted.pools.get(wanted.poolOf.get(name) ?? "")?.devices ?? [],
  }));
}

function conclude(round: Round, all: Planned): Decision {
  const { seen, settings } = round;
  const { outcomes, effects: writes } = all.flavors;
  const planned: Planned = {
    ...all,
    flavors: { ...all.flavors, outcomes: withRefusals(outcomes, writes, seen) },
  };
  const state = nextState(round, planned);
  const blocked = round.blockers.some(
    (blocker) => blocker.gate === "StateUnreadable" || blocker.gate === "StateTooLarge",
  );
  const effects = blocked ? [] : effectsOf(round, planned, state);
  const outs = singles.map((single) => planned.singlesPlanned[single].out);
  const gates: Gate[] = [
    ...round.blockers.map((blocker): Gate => ({ waits: { on: "installation" }, ...blocker })),
    ...refusedGates(seen, round.nodes),
    ...planned.computes.gates,
    ...outs.flatMap((out) => out.gates),
    ...singles.flatMap((single) => planned.singlesPlanned[single].held.gates),
    ...entryGates(round),
    ...baseGates(round, planned),
    ...planned.flavors.outcomes.flatMap((outcome): Gate[] =>
      outcome.gate === undefined
        ? []
        : [{ waits: { on: "flavor", flavor: outcome.object }, ...outcome.gate }],
    ),
    ...planned.cleaning.gates,
  ];
  const serviceWanted = Object.fromEntries(
    singles.map((single) => [single, planned.singlesPlanned[single].wanted]),
  );
  return {
    before: round.before,
    state,
    verdicts: round.verdicts,
    wanted: round.wanted,
    delivery: round.chosen,
    blockers: round.blockers,
    nodes: round.nodes,
    serviceWanted,
    filters: planned.filters,
    base: round.base,
    flavors: planned.flavors,
    cleaning: planned.cleaning,
    liveAliases: planned.liveAliases,
    linesOf: memory.linesFinder(state, seen),
    effects,
    gates: unique(gates),
    wakes: wakesOf(round, planned),
    ask: asks(round, planned, settings),
  };
}

/** Scalars that the chart's own nova.conf decides, whatever we write. */
function baseGates({ seen, settings }: Round, { filters }: Planned): readonly Gate[] {
  const on = (service: Service, gate: Reason | undefined): readonly Gate[] =>
    gate === undefined ? [] : [{ waits: { on: "service", service }, ...gate }];
  return [...on("scheduler", filters.gate), ...on("compute", reportStaysOff(seen, settings))];
}

/** Gates of entries, once for each entry and reason however many nodes wait. */
function entryGates(round: Round): readonly Gate[] {
  return round.nodes.flatMap((node) => node.held.gates);
}

function unique(gates: readonly Gate[]): readonly Gate[] {
  const seen = new Set<string>();
  return gates.filter((gate) => {
    const key = JSON.stringify([gate.waits, gate.gate]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
