// Answers "what is decided in this round?": from accepted objects to records, effects and gates.
// The order of its paragraphs is the order of the design: computes before nova-api on an addition,
// nova-api before computes on a removal (through what each holds), flavors last.

import { fragmentKey, fragmentNamePattern, services, type Service } from "../api/names.ts";
import { digestOf as digestOfText } from "../nova/digest.ts";
import { settleContradictions } from "./contradictions.ts";
import { baseFacts, type BaseFacts } from "./adoption.ts";
import { modelContext, type Candidates, type Verdict } from "./accept.ts";
import { planComputes, type ComputesOutput, type NodeTarget } from "./computes.ts";
import * as delivery from "./delivery.ts";
import { placementGate, wantedFilters, type FilterAnswer } from "./scheduler.ts";
import { planFlavors, type FlavorsOutput } from "./flavors.ts";
import type { Gate, Reason } from "./gates.ts";
import { hardwareKey } from "./hardware.ts";
import { holdApi, holdNode, holdOptions, isDevice, type Held, type HoldContext } from "./hold.ts";
import { aliasEntry, byEntry, declarationOf, includesLines, placementLine } from "./lines.ts";
import * as memory from "./memory.ts";
import type { Ask, Effect, KubeEffect } from "./effects.ts";
import type { ComputeView } from "./compute-view.ts";
import { preflight } from "./preflight.ts";
import { ownerOf, type RemovalContext } from "./removal.ts";
import { none, renderCache, emptyDigest, type Fragment } from "./render.ts";
import { resolve, type Wanted } from "./resolve.ts";
import { computeNodes, type ComputeNode } from "./selection.ts";
import { firstRecord, planService, type ServiceOutput, type SingleService } from "./services.ts";
import type { Settings } from "./settings.ts";
import { look, sightContext, type Sight } from "./sight.ts";
import type { Millis, Snapshot } from "./snapshot.ts";
import {
  stateVersion,
  type HistoryRecord,
  type Line,
  type NodeRecord,
  type ServiceRecord,
  type State,
} from "./state.ts";

export type DecideInput = {
  readonly seen: Snapshot;
  readonly settings: Settings;
  readonly before: State;
  readonly state: State;
  readonly candidates: Candidates;
};

/** Everything that status, events and metrics are made from. */
export type Decision = {
  readonly before: State;
  readonly state: State;
  readonly verdicts: readonly Verdict[];
  readonly wanted: Wanted;
  readonly delivery: delivery.Delivery | undefined;
  readonly blockers: readonly Reason[];
  readonly nodes: readonly ComputeView[];
  readonly serviceWanted: Readonly<Partial<Record<SingleService, Fragment>>>;
  readonly filters: FilterAnswer;
  readonly base: BaseFacts;
  readonly flavors: FlavorsOutput;
  readonly liveAliases: ReadonlySet<string>;
  readonly linesOf: (fragment: string) => readonly Line[];
  readonly effects: readonly Effect[];
  readonly gates: readonly Gate[];
  readonly wakes: readonly Millis[];
  readonly ask: Ask;
};

const singles = services.filter((one): one is SingleService => one !== "compute");

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

type Round = DecideInput & {
  readonly base: BaseFacts;
  readonly wanted: Wanted;
  readonly chosen: delivery.Delivery | undefined;
  readonly linesOf: (fragment: string) => readonly Line[];
  readonly blockers: readonly Reason[];
  readonly changedAt: Millis;
  readonly verdicts: readonly Verdict[];
  readonly context: HoldContext;
  readonly draw: ReturnType<typeof renderCache>;
  readonly nodes: readonly ComputeView[];
};

// --- what blocks everything -----------------------------------------------------------------------

function changeTime({ seen, state }: DecideInput): Millis {
  return memory.wantedFingerprint(seen) === state.wanted ? state.changedAt : seen.now;
}

function blockersOf(
  { seen, settings }: DecideInput,
  chosen: delivery.Delivery | undefined,
  base: BaseFacts,
  changedAt: Millis,
  nodes: number,
): readonly Reason[] {
  const reasons: Reason[] = [];
  if (seen.state.is === "unreadable")
    reasons.push({ gate: "StateUnreadable", why: seen.state.reason });
  if (seen.state.is === "read" && seen.state.bytes > delivery.stateLimit) {
    reasons.push({ gate: "StateTooLarge", bytes: seen.state.bytes, limit: delivery.stateLimit });
  }
  if (nodes > delivery.nodeLimit) {
    reasons.push({ gate: "TooManyNodes", nodes, limit: delivery.nodeLimit });
  }
  for (const right of seen.missingRights) {
    reasons.push({ gate: "MissingRight", right: `${right.verb} ${right.resource}` });
  }
  reasons.push(...delivery.deliveryGates(seen, chosen));
  if (base.unconfirmed) reasons.push({ gate: "AdoptionUnconfirmed" });
  if (settings.rollout.paused) reasons.push({ gate: "Paused" });
  const settled = changedAt + settings.rollout.settleMillis;
  if (settled > seen.now) reasons.push({ gate: "Settling", until: settled });
  return reasons;
}

/** Gates that also stop pods from being replaced by work under way. */
const stopsReplacing = new Set([
  "Paused",
  "PolicyMissing",
  "PolicyOutdated",
  "NamespaceNotLabelled",
  "StateUnreadable",
  "MissingRight",
]);
const stopsRollback = new Set([
  "PolicyMissing",
  "PolicyOutdated",
  "NamespaceNotLabelled",
  "StateUnreadable",
  "MissingRight",
]);

// --- computes: what each may have -----------------------------------------------------------------

function holdContext(
  { seen, settings, state }: DecideInput,
  wanted: Wanted,
  base: BaseFacts,
  linesOf: (fragment: string) => readonly Line[],
): HoldContext {
  const api = state.services.api;
  const apiLines = api === undefined ? [] : linesOf(api.good);
  const groups = byEntry(apiLines);
  const apiAliases = new Map<string, readonly Line[]>();
  for (const [entry, lines] of groups) {
    if (entry.startsWith("alias/")) apiAliases.set(entry.slice("alias/".length), lines);
  }
  return {
    seen,
    settings,
    state,
    aliases: new Map(wanted.aliases.map((one) => [one.name, one] as const)),
    apiAliases,
    apiInPlacement: apiLines.some((line) => line.option === placementLine.option),
    throughBase: base.throughBase,
    baseDevices: base.devices,
  };
}

/** Computes known to us: those that exist now, and those whose assignment outlives them. */
function viewNodes(round: Round, nodes: readonly ComputeNode[]): readonly ComputeView[] {
  const sights = sightContext(round.seen, round.chosen ?? "Injected");
  const memo = new Map<string, { readonly held: Held; readonly wanted: Fragment }>();
  return nodes.map((node) => {
    const known = round.state.nodes[node.name];
    const sight = look(node.name, known, sights);
    const record = known ?? joining(round, node, sight);
    return { node, sight, record, ...targetOf(round, node, record, sight, memo) };
  });
}

/**
 * A node without a record. Before the first assignment, and wherever a pod runs without us, what
 * runs now is what it is assigned: wiring an installation restarts nothing.
 */
function joining(round: Round, node: ComputeNode, sight: Sight): NodeRecord {
  const { seen } = round;
  const recorded = seen.assignment?.data[node.name];
  const reads =
    sight.reads !== undefined && fragmentNamePattern.test(sight.reads) ? sight.reads : none;
  const runs = recorded !== undefined && fragmentNamePattern.test(recorded) ? recorded : reads;
  return { assigned: runs, good: runs, phase: "idle", since: seen.now, assignedAt: seen.now };
}

function targetOf(
  round: Round,
  node: ComputeNode,
  record: NodeRecord,
  sight: Sight,
  memo: Map<string, { readonly held: Held; readonly wanted: Fragment }>,
): { readonly held: Held; readonly wanted: Fragment } {
  const pool = round.wanted.pools.get(round.wanted.poolOf.get(node.name) ?? "")!;
  const key = `${pool.key}\n${record.assigned}\n${record.reports === true}`;
  const known = memo.get(key);
  if (known !== undefined && record.leaving === undefined) return known;
  const held = holdNode(
    pool,
    {
      node: node.name,
      novaHost: sight.service?.host,
      current: round.linesOf(record.assigned),
      leaving: record.leaving,
      reports: record.reports === true,
    },
    round.context,
  );
  const drawn = round.draw("compute", held.lines);
  const wanted = sameMeaning(round, record.assigned, drawn)
    ? { ...drawn, name: record.assigned }
    : drawn;
  const target = { held, wanted };
  if (held.leaving === undefined) memo.set(key, target);
  return target;
}

/** An operator upgrade that writes the same meaning differently keeps the name: no restart. */
function sameMeaning(round: Pick<Round, "state">, name: string, fragment: Fragment): boolean {
  return digestOf(round, name) === fragment.digest;
}

function digestOf(round: Pick<Round, "state">, name: string): string {
  if (name === none) return emptyDigest;
  return round.state.fragments[name]?.digest ?? name;
}

// --- the round ------------------------------------------------------------------------------------

function finish(round: Round): Decision {
  const computes = planNodes(round);
  const placement = placementGate(
    round.seen,
    round.settings,
    round.nodes,
    round.context.apiInPlacement,
  );
  const filters = wantedFilters(round.settings, round.base, round.wanted.aliases);
  const singlesPlanned = planSingles(round, computes, placement, filters);
  const liveAliases = aliasesLive(round, singlesPlanned);
  const flavors = planFlavors({
    seen: round.seen,
    flavors: round.candidates.flavors,
    records: round.state.flavors,
    liveAliases,
    aliases: new Map(round.wanted.aliases.map((one) => [one.name, one.declaration] as const)),
    offers: offersOf(round),
  });
  return conclude(round, { computes, singlesPlanned, filters, flavors, liveAliases });
}

function targets(round: Round): readonly NodeTarget[] {
  const checked = new Map<string, Reason | undefined>();
  return round.nodes.map(({ node, sight, record, wanted }) => {
    if (!checked.has(wanted.name)) checked.set(wanted.name, preflight("compute", wanted, round));
    const refused = checked.get(wanted.name);
    return {
      node,
      sight,
      record,
      wanted,
      present: isPresent(round, "compute", wanted),
      hardware: hardwareKey(round.seen.hardware?.[node.name], wanted.lines),
      ...(refused === undefined ? {} : { refused }),
    };
  });
}

/** Read back with the right meaning; for a mounted file also old enough for kubelet to have it. */
function isPresent(round: Round, service: Service, fragment: Fragment): boolean {
  if (round.chosen === "Mounted") return mountedReady(round, service, fragment);
  if (fragment.name === none) return true;
  const stored = round.seen.configMaps[fragment.name]?.data[fragmentKey];
  return (
    stored !== undefined && (stored === fragment.text || digestOfText(stored) === fragment.digest)
  );
}

function mountedReady(round: Round, service: Service, fragment: Fragment): boolean {
  const file = service === "compute" ? unionOf(round) : fragment;
  if (delivery.mountedEffect(service, file, round.seen) !== undefined) return false;
  const written = round.state.mounted[service];
  return written !== undefined && round.seen.now >= written.at + delivery.propagationMillis;
}

/** The one file that all nova-computes mount. */
function unionOf(round: Round): Fragment {
  return round.draw(
    "compute",
    round.nodes.flatMap((one) => one.wanted.lines),
  );
}

/** Text of each mounted file; what is blocked keeps the text that was assigned. */
function mountedFiles(round: Round, planned: Planned): readonly (readonly [Service, Fragment])[] {
  const blocked = round.blockers.some((one) => one.gate !== "Settling");
  return services.map((service) => {
    if (service === "compute") {
      const assigned = round.nodes.flatMap((one) => round.linesOf(one.record.assigned));
      return [service, blocked ? round.draw(service, assigned) : unionOf(round)] as const;
    }
    const { out, wanted } = planned.singlesPlanned[service];
    return [
      service,
      blocked ? round.draw(service, round.linesOf(out.record.assigned)) : wanted,
    ] as const;
  });
}

function planNodes(round: Round): ComputesOutput {
  const { seen, settings } = round;
  const union =
    round.chosen === "Mounted"
      ? delivery.unionGate(round.nodes.map((one) => one.wanted))
      : undefined;
  const select = round.chosen === "Injected" ? delivery.selectionGate(seen, "compute") : undefined;
  const surge = surgeGate(seen);
  const own = [union, select, surge].filter((one): one is Reason => one !== undefined);
  return planComputes({
    targets: targets(round),
    linesOf: round.linesOf,
    digestOf: (name) => digestOf(round, name),
    blockers: [...round.blockers, ...own],
    canaryPossible: round.chosen !== "Mounted" && settings.services.compute.restart === "Auto",
    rollout: round.state.rollouts.compute,
    removal: round.context,
    step: {
      seen,
      settings,
      noReplacing: [...round.blockers, ...own].find((one) => stopsReplacing.has(one.gate)) ?? surge,
      noRollback: round.blockers.find((one) => stopsRollback.has(one.gate)),
      evictBudget: (sight) => budgetOver(sight, seen),
    },
  });
}

/** Two nova-computes on one host would fight over it: a DaemonSet with maxSurge is not touched. */
function surgeGate(seen: Snapshot): Reason | undefined {
  const surging = seen.workloads.find(
    (one) =>
      one.service === "compute" &&
      one.maxSurge !== undefined &&
      one.maxSurge !== "0" &&
      one.maxSurge !== "0%",
  );
  return surging === undefined
    ? undefined
    : { gate: "MaxSurge", workload: `DaemonSet/${surging.name}` };
}

function budgetOver(
  sight: Sight,
  seen: Snapshot,
): { readonly by: "delete" | "evict"; readonly gate?: Reason } {
  const pod = sight.pod;
  if (pod === undefined) return { by: "delete" };
  const covering = seen.budgets.find((one) => delivery.holdsLabels(pod.labels, one.selector));
  if (covering === undefined) return { by: "delete" };
  if (covering.broken !== undefined) {
    return {
      by: "evict",
      gate: { gate: "DisruptionBudget", budget: covering.name, why: covering.broken },
    };
  }
  if (covering.allowed < 1 && pod.ready) {
    return {
      by: "evict",
      gate: { gate: "DisruptionBudget", budget: covering.name, why: "it allows no disruption now" },
    };
  }
  return { by: "evict" };
}

// --- nova-api, nova-scheduler, nova-conductor -----------------------------------------------------

type Singles = Readonly<
  Record<
    SingleService,
    { readonly out: ServiceOutput; readonly held: Held; readonly wanted: Fragment }
  >
>;

function planSingles(
  round: Round,
  computes: ComputesOutput,
  placement: Reason | undefined,
  filters: FilterAnswer,
): Singles {
  const planned = singles.map((service) => {
    const record = round.state.services[service] ?? firstRecord(service, round.seen);
    const facts = { current: round.linesOf(record.assigned), leaving: record.leaving };
    const held =
      service === "api"
        ? holdApi(
            facts,
            round.context,
            {
              of: (name, lines) => behind(round, computes, name, lines),
              moving: isMoving(computes),
            },
            placement,
          )
        : holdOptions(service, filters.lines, facts, round.context, placement);
    const drawn = round.draw(service, held.lines);
    const wanted = sameMeaning(round, record.assigned, drawn)
      ? { ...drawn, name: record.assigned }
      : drawn;
    return [
      service,
      { out: planSingle(round, service, withLeaving(record, held), wanted), held, wanted },
    ] as const;
  });
  return Object.fromEntries(planned) as Singles;
}

function withLeaving(record: ServiceRecord, held: Held): ServiceRecord {
  const { leaving, ...rest } = record;
  void leaving;
  return held.leaving === undefined ? rest : { ...rest, leaving: held.leaving };
}

function planSingle(
  round: Round,
  service: SingleService,
  record: ServiceRecord,
  wanted: Fragment,
): ServiceOutput {
  const refused = preflight(service, wanted, round);
  const select =
    round.chosen === "Injected" ? delivery.selectionGate(round.seen, service) : undefined;
  return planService({
    service,
    seen: round.seen,
    settings: round.settings,
    delivery: round.chosen ?? "Injected",
    record,
    wanted,
    present: isPresent(round, service, wanted),
    ...(refused === undefined ? {} : { refused }),
    blockers: select === undefined ? round.blockers : [...round.blockers, select],
    linesOf: round.linesOf,
    digestOf: (name) => digestOf(round, name),
    removal: round.context,
  });
}

/** Compute nodes that should carry these alias lines, are not skipped, and were not verified with them. */
function behind(
  round: Round,
  computes: ComputesOutput,
  name: string,
  lines: readonly Line[],
): readonly string[] {
  const cache = new Map<string, boolean>();
  const carries = (fragment: string): boolean => {
    const known = cache.get(fragment);
    if (known !== undefined) return known;
    const has = includesLines(byEntry(round.linesOf(fragment)).get(aliasEntry(name)) ?? [], lines);
    cache.set(fragment, has);
    return has;
  };
  return round.nodes
    .filter(({ node, wanted }) => {
      const record = computes.records[node.name]!;
      if (record.phase === "skipped") return false;
      if (!wanted.lines.some((line) => line.entry === aliasEntry(name))) return false;
      return !carries(record.good);
    })
    .map((one) => one.node.name);
}

/** A rollout of computes that gets on by itself. */
function isMoving({ rollout }: ComputesOutput): boolean {
  return rollout !== undefined && ["Canary", "Verify", "Promote"].includes(rollout.phase);
}

/** Live: verified on every nova-api pod with the content that is wanted, or through the base. */
function aliasesLive(round: Round, planned: Singles): ReadonlySet<string> {
  const record = planned.api.out.record;
  const good = byEntry(round.linesOf(record.good));
  const now = byEntry(round.linesOf(record.assigned));
  const live = round.wanted.aliases.filter((alias) => {
    if (round.base.throughBase.has(alias.name)) return true;
    const entry = aliasEntry(alias.name);
    return [good, now].every(
      (groups) => includesLines(groups.get(entry) ?? [], alias.lines) && alias.lines.length > 0,
    );
  });
  return new Set(live.map((one) => one.name));
}

function offersOf(round: Round): Parameters<typeof planFlavors>[0]["offers"] {
  const inventories = round.seen.cloud.is === "read" ? round.seen.cloud.inventories : undefined;
  return round.nodes.map(({ node, sight, wanted }) => {
    const hardware = round.seen.hardware?.[node.name];
    const providers = sight.service === undefined ? undefined : inventories?.[sight.service.host];
    return {
      node: node.name,
      devices: [
        ...wanted.lines.filter(isDevice).map((line) => declarationOf(line.value)),
        ...round.base.devices,
      ],
      ...(hardware === undefined ? {} : { hardware }),
      ...(providers === undefined ? {} : { providers }),
    };
  });
}

// --- what is remembered and done ------------------------------------------------------------------

type Planned = {
  readonly computes: ComputesOutput;
  readonly singlesPlanned: Singles;
  readonly filters: FilterAnswer;
  readonly flavors: FlavorsOutput;
  readonly liveAliases: ReadonlySet<string>;
};

function conclude(round: Round, planned: Planned): Decision {
  const { seen, settings } = round;
  const state = nextState(round, planned);
  const blocked = round.blockers.some(
    (one) => one.gate === "StateUnreadable" || one.gate === "StateTooLarge",
  );
  const effects = blocked ? [] : effectsOf(round, planned, state);
  const outs = singles.map((one) => planned.singlesPlanned[one].out);
  const gates: Gate[] = [
    ...round.blockers.map((one): Gate => ({ waits: { on: "installation" }, ...one })),
    ...planned.computes.gates,
    ...outs.flatMap((one) => one.gates),
    ...singles.flatMap((one) => planned.singlesPlanned[one].held.gates),
    ...entryGates(round),
    ...planned.flavors.outcomes.flatMap((one): Gate[] =>
      one.gate === undefined ? [] : [{ waits: { on: "flavor", flavor: one.object }, ...one.gate }],
    ),
  ];
  const serviceWanted = Object.fromEntries(
    singles.map((one) => [one, planned.singlesPlanned[one].wanted]),
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
    liveAliases: planned.liveAliases,
    linesOf: memory.linesFinder(state, seen),
    effects,
    gates: unique(gates),
    wakes: wakesOf(round, planned),
    ask: asks(round, planned, settings),
  };
}

/** Gates of entries, once for each entry and reason however many nodes wait. */
function entryGates(round: Round): readonly Gate[] {
  return round.nodes.flatMap((one) => one.held.gates);
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

function nextState(round: Round, planned: Planned): State {
  const { seen, state } = round;
  const nodes = nextNodes(round, planned.computes);
  const serviceRecords = Object.fromEntries(
    singles.map((one) => [one, planned.singlesPlanned[one].out.record] as const),
  ) as Record<SingleService, ServiceRecord>;
  const wantedFragments = fragmentsWanted(round, planned);
  const names = delivery.referencedNames(seen, { nodes, services: serviceRecords });
  const fragments = delivery.fragmentRecords(state.fragments, wantedFragments, names, seen);
  const history: HistoryRecord[] = [
    ...state.history,
    ...singles.flatMap((one) => planned.singlesPlanned[one].out.history),
    ...finishedRollout(round, planned.computes),
  ];
  const rollouts =
    planned.computes.rollout === undefined ? {} : { compute: planned.computes.rollout };
  return {
    version: stateVersion,
    crds: state.crds,
    ...(round.chosen === undefined ? {} : { delivery: round.chosen }),
    changedAt: round.changedAt,
    wanted: memory.wantedFingerprint(seen),
    accepted: memory.remember(
      seen,
      round.verdicts,
      state.accepted,
      carriedObjects(round, nodes, serviceRecords, planned),
    ),
    quarantined: mergeQuarantine(round, planned),
    fragments,
    services: keepEqual(state.services, serviceRecords),
    nodes,
    rollouts,
    flavors: planned.flavors.records,
    history: history.slice(-10),
    mounted: mountedRecords(round, planned),
  };
}

/** Unchanged records keep their identity, so that an idle round compares in no time. */
function keepEqual<T extends object>(before: T, after: T): T {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function mergeQuarantine(round: Round, planned: Planned): State["quarantined"] {
  const added = {
    ...planned.computes.quarantined,
    ...Object.assign({}, ...singles.map((one) => planned.singlesPlanned[one].out.quarantined)),
  } as State["quarantined"];
  return Object.keys(added).length === 0
    ? round.state.quarantined
    : { ...round.state.quarantined, ...added };
}

function finishedRollout(round: Round, computes: ComputesOutput): readonly HistoryRecord[] {
  const rollout = round.state.rollouts.compute;
  if (computes.finished === undefined || rollout === undefined) return [];
  return [
    {
      id: rollout.id,
      service: "compute",
      result: computes.finished.result,
      from: rollout.from,
      to: rollout.to,
      startedAt: rollout.startedAt,
      finishedAt: round.seen.now,
      message: computes.finished.message,
    },
  ];
}

const outlivesMillis = 24 * 60 * 60 * 1000;

/** Records of nodes that exist, and of gone ones for a day and while anything still holds them. */
function nextNodes(round: Round, computes: ComputesOutput): State["nodes"] {
  const next: Record<string, NodeRecord> = {};
  const held = new Map(round.nodes.map((one) => [one.node.name, one.held] as const));
  let changed = false;
  for (const [name, record] of Object.entries(computes.records)) {
    const leaving = held.get(name)?.leaving;
    const made = nodeRecord(record, leaving, round);
    const before = round.state.nodes[name];
    next[name] = before !== undefined && sameRecord(before, made) ? before : made;
    changed ||= next[name] !== before;
  }
  for (const [name, record] of Object.entries(round.state.nodes)) {
    if (next[name] !== undefined) continue;
    const since = record.goneSince ?? round.seen.now;
    if (round.seen.now - since >= outlivesMillis && !stillHeld(name, round.seen)) {
      changed = true;
      continue;
    }
    next[name] = record.goneSince === undefined ? { ...record, goneSince: since } : record;
    changed ||= next[name] !== record;
  }
  return changed ? next : round.state.nodes;
}

function sameRecord(a: NodeRecord, b: NodeRecord): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function nodeRecord(record: NodeRecord, leaving: NodeRecord["leaving"], round: Round): NodeRecord {
  const { leaving: old, goneSince, ...rest } = record;
  void [old, goneSince];
  const reports = rest.reports === true || reportsNow(rest, round);
  return {
    ...rest,
    ...(leaving === undefined ? {} : { leaving }),
    ...(reports ? { reports } : {}),
  };
}

/** report_in_placement counts from its assignment on: nova-compute may have read it since. */
function reportsNow(record: NodeRecord, round: Round): boolean {
  return round.linesOf(record.good).some((line) => line.option === "report_in_placement");
}

function stillHeld(node: string, seen: Snapshot): boolean {
  if (seen.pods.some((one) => one.node === node)) return true;
  return (
    seen.cloud.is === "read" &&
    seen.cloud.services.some((one) => one.host.split(".", 1)[0] === node)
  );
}

function fragmentsWanted(round: Round, planned: Planned): readonly Fragment[] {
  const made = new Map<string, Fragment>();
  for (const { wanted } of round.nodes) made.set(wanted.name, wanted);
  for (const service of singles) {
    const { wanted } = planned.singlesPlanned[service];
    made.set(wanted.name, wanted);
  }
  made.delete(none);
  return [...made.values()];
}

function carriedObjects(
  round: Round,
  nodes: State["nodes"],
  serviceRecords: Record<SingleService, ServiceRecord>,
  planned: Planned,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const record of [...Object.values(nodes), ...Object.values(serviceRecords)]) {
    names.add(record.assigned);
    names.add(record.good);
  }
  const keys = memory.carriedBy([...names].map(round.linesOf), (line) =>
    ownerOf(line, round.context as RemovalContext),
  );
  const flavors = Object.keys(planned.flavors.records).map((name) => `PciFlavor/${name}`);
  return new Set([...keys, ...flavors]);
}

function mountedRecords(round: Round, planned: Planned): State["mounted"] {
  if (round.chosen !== "Mounted") return round.state.mounted;
  const next: Record<string, { readonly digest: string; readonly at: Millis }> = {};
  for (const [service, fragment] of mountedFiles(round, planned)) {
    const before = round.state.mounted[service];
    const written = delivery.mountedEffect(service, fragment, round.seen) === undefined;
    const same = before?.digest === fragment.digest && written;
    next[service] = same ? before : { digest: fragment.digest, at: round.seen.now };
  }
  return keepEqual(round.state.mounted, next as State["mounted"]);
}

function effectsOf(round: Round, planned: Planned, state: State): readonly Effect[] {
  const { seen, settings } = round;
  const record: Effect[] =
    memory.sameState(round.before, state) && seen.state.is === "read"
      ? []
      : [
          {
            do: "write-state",
            state,
            ...(seen.state.is === "read" ? { resourceVersion: seen.state.resourceVersion } : {}),
          },
        ];
  const idle =
    Object.keys(state.accepted).length === 0 && seen.assignment === undefined && !hasObjects(seen);
  if (idle) return [];
  const config: KubeEffect[] = [
    ...(seen.objects.passthrough === undefined && hasObjects(seen)
      ? [{ do: "create-passthrough" } as const]
      : []),
  ];
  if (round.chosen === "Injected") {
    config.push(
      ...delivery.fragmentEffects(fragmentsWanted(round, planned), state.fragments, seen),
    );
    if (hasPolicy(round)) config.push(...delivery.assignmentEffects(seen, settings, state.nodes));
  }
  if (round.chosen === "Mounted") {
    for (const [service, fragment] of mountedFiles(round, planned)) {
      const effect = delivery.mountedEffect(service, fragment, seen);
      if (effect !== undefined) config.push(effect);
    }
  }
  const restarts = [
    ...planned.computes.effects,
    ...singles.flatMap((one) => planned.singlesPlanned[one].out.effects),
  ];
  const garbage = delivery.garbage(seen, state.fragments).effects;
  return [...record, ...config, ...restarts, ...planned.flavors.effects, ...garbage];
}

function hasPolicy(round: Round): boolean {
  return round.seen.injection.mutating.is === "installed";
}

function hasObjects(seen: Snapshot): boolean {
  const { aliases, whitelists, flavors, passthrough } = seen.objects;
  return aliases.length + whitelists.length + flavors.length > 0 || passthrough !== undefined;
}

function wakesOf(round: Round, planned: Planned): readonly Millis[] {
  const { seen, settings } = round;
  const wakes = [
    ...planned.computes.wakes,
    ...singles.flatMap((one) => planned.singlesPlanned[one].out.wakes),
    ...planned.flavors.wakes,
  ];
  const settle = round.changedAt + settings.rollout.settleMillis;
  if (settle > seen.now) wakes.push(settle);
  const leaving = [
    ...round.nodes.map((one) => one.held.leaving),
    ...singles.map((one) => planned.singlesPlanned[one].held.leaving),
  ];
  for (const one of leaving) {
    for (const since of Object.values(one ?? {})) {
      const due = since + settings.rollout.removalGraceMillis;
      if (due > seen.now) wakes.push(due);
    }
  }
  if (round.chosen === "Mounted") {
    for (const one of Object.values(mountedRecords(round, planned))) {
      const due = one.at + delivery.propagationMillis;
      if (due >= seen.now) wakes.push(due);
    }
  }
  const collect = delivery.garbage(seen, round.state.fragments).wake;
  return collect === undefined ? wakes : [...wakes, collect];
}

function asks(round: Round, planned: Planned, settings: Settings): Ask {
  const usage = new Set(planned.computes.askUsage);
  for (const { held, sight } of round.nodes) {
    const guarded = held.gates.some((one) => one.gate === "UsageUnknown" || one.gate === "InUse");
    if (guarded && sight.service !== undefined) usage.add(sight.service.host);
  }
  const aliasUse = new Set<string>();
  for (const gate of planned.singlesPlanned.api.held.gates) {
    if (gate.waits.on === "entry" && (gate.gate === "UsageUnknown" || gate.gate === "InUse")) {
      aliasUse.add(gate.waits.entry.slice("alias/".length));
    }
  }
  return {
    usageOf: [...usage].sort(),
    aliasUse: [...aliasUse].sort(),
    inventories: settings.reportInPlacement && round.candidates.flavors.length > 0,
    placement: settings.pciInPlacement && round.context.apiInPlacement === false,
    logsOf: [
      ...planned.computes.askLogs,
      ...singles.flatMap((one) => planned.singlesPlanned[one].out.askLogs),
    ],
  };
}
