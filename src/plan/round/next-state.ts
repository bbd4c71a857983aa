// The state after this round: records, fragments, history, quarantine. What did not change keeps
// its identity, so that an idle round compares in no time.

import { isHeld } from "../gates/sight.ts";
import { hostFinder } from "../terms/nova-host.ts";
import type { ComputesOutput } from "../computes/draft.ts";
import { whileGone } from "../computes/redirect.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Planned, Round } from "./decision.ts";
import * as delivery from "../gates/delivery.ts";
import * as memory from "../wanted/departures.ts";
import { ownerOf } from "../gates/removal.ts";
import { rememberedBase } from "../wanted/known-base.ts";
import { type Fragment, none } from "../wanted/render.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import type { SingleService } from "../services/draft.ts";
import { singles } from "./singles.ts";
import { hardwareHoldOf, holdsAfter, type HeldNow } from "../terms/still-held.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";
import {
  type HistoryRecord,
  type NodeRecord,
  type ServiceRecord,
  type State,
  stateVersion,
} from "../terms/state.ts";
import { detectedRelease } from "../terms/settings.ts";
import { mountedFiles } from "./targets.ts";

export function nextState(round: Round, planned: Planned): State {
  const { seen, state } = round;
  const nodes = nextNodes(round, planned.computes);
  const serviceRecords = Object.fromEntries(
    singles.map((single) => [single, planned.singlesPlanned[single].out.record] as const),
  ) as Record<SingleService, ServiceRecord>;
  const wantedFragments = fragmentsWanted(round, planned);
  const names = delivery.referencedNames(seen, { nodes, services: serviceRecords });
  const fragments = delivery.fragmentRecords(state.fragments, wantedFragments, names, seen);
  const history: HistoryRecord[] = [
    ...state.history,
    ...singles.flatMap((single) => planned.singlesPlanned[single].out.history),
    ...finishedRollout(round, planned.computes),
  ];
  const detected = detectedRelease(seen);
  const base = rememberedBase(seen, state);
  const holds = holdsAfter(seen.now, state.holds, heldNow(round, planned));
  const rollouts =
    planned.computes.rollout === undefined ? {} : { compute: planned.computes.rollout };
  return {
    version: stateVersion,
    crds: state.crds,
    ...(detected === undefined ? {} : { detected }),
    ...(base === undefined ? {} : { base }),
    ...(holds === undefined ? {} : { holds }),
    ...(round.chosen === undefined ? {} : { delivery: round.chosen }),
    // Once confirmed it stays: a reader that is refused later has a gate of its own.
    ...(round.base.unconfirmed === undefined ? { adopted: true } : {}),
    ...(state.guarded === true || delivery.guardFault(seen) === undefined ? { guarded: true } : {}),
    changedAt: round.changedAt,
    wanted: memory.wantedFingerprint(seen, round.settings),
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
  return sameJson(before, after) ? before : after;
}

function mergeQuarantine(round: Round, planned: Planned): State["quarantined"] {
  const added = {
    ...planned.computes.quarantined,
    ...Object.assign(
      {},
      ...singles.map((single) => planned.singlesPlanned[single].out.quarantined),
    ),
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

function heldNow(round: Round, { flavors }: Planned): readonly HeldNow[] {
  const { seen } = round;
  const onNodes = round.nodes.flatMap(({ node, held }) =>
    held.gates.flatMap((other): HeldNow[] => {
      if (other.gate !== "HardwareContradicts" || other.waits.on !== "entry") return [];
      const { waits, ...gate } = other;
      const hold = hardwareHoldOf(node.name, waits.entry, round);
      return [{ ...hold, gate, heard: seen.hardware?.[node.name] !== undefined }];
    }),
  );
  return [...onNodes, ...flavors.outcomes.flatMap(({ held }) => held ?? [])];
}

const outlivesMillis = 24 * 60 * 60 * 1000;

/** Records of nodes that exist, and of gone ones for a day and while anything still holds them. */
function nextNodes(round: Round, computes: ComputesOutput): State["nodes"] {
  const next: Record<string, NodeRecord> = {};
  let changed = false;
  for (const view of round.nodes) {
    const { name } = view.node;
    const record = computes.records[name];
    const before = round.state.nodes[name];
    if (record === undefined || (before === undefined && waitsForItsFirst(view, record))) continue;
    const made = nodeRecord(record, view.held.leaving, round);
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
    const kept = whileGone(record, round.linesOf, round.state.quarantined);
    next[name] = record.goneSince === undefined ? goneNow(kept, since) : kept;
    changed ||= next[name] !== record;
  }
  return changed ? next : round.state.nodes;
}

/** When records of nodes that are gone may go, too. */
export function goneWakes({ seen, state }: Round): readonly Millis[] {
  return Object.values(state.nodes).flatMap(({ goneSince }) => {
    const due = (goneSince ?? -Infinity) + outlivesMillis;
    return due > seen.now ? [due] : [];
  });
}

/** What its absence cost counts no more: when it returns, its clock begins anew. */
function goneNow({ lost, ...record }: NodeRecord, goneSince: Millis): NodeRecord {
  return { ...record, goneSince };
}

/**
 * A joining node that cannot be served yet gets no record and so no key: kubelet holds its pod,
 * instead of starting a nova-compute without its devices.
 */
function waitsForItsFirst(view: ComputeView, record: NodeRecord): boolean {
  const served = record.phase !== "idle" || record.assigned !== none;
  return !served && isHeld(view.sight) && view.wanted.name !== none;
}

function sameRecord(a: NodeRecord, b: NodeRecord): boolean {
  return sameJson(a, b);
}

function nodeRecord(record: NodeRecord, leaving: NodeRecord["leaving"], round: Round): NodeRecord {
  const reports = record.reports === true || reportsNow(record, round);
  const same =
    leaving === undefined && record.leaving === undefined && record.goneSince === undefined;
  if (same && reports === (record.reports === true)) return record;
  const { leaving: old, goneSince, ...rest } = record;
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
  if (seen.pods.some((pod) => pod.node === node)) return true;
  // Who had a cloud once and cannot ask it now forgets no host of it.
  if (seen.cloud.is !== "read") return detectedRelease(seen) !== undefined;
  const computes = seen.cloud.services.filter((service) => service.binary === "nova-compute");
  // What may be its host keeps it too.
  return (
    hostFinder(
      seen.nodes,
      computes.map((compute) => compute.host),
    )(node).is !== "none"
  );
}

export function fragmentsWanted(round: Round, planned: Planned): readonly Fragment[] {
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
  const names = new Set(delivery.namesOfNodes(nodes));
  for (const record of Object.values(serviceRecords)) {
    names.add(record.assigned);
    names.add(record.good);
  }
  const keys = memory.carriedBy([...names].map(round.linesOf), (line) =>
    ownerOf(line, round.context),
  );
  const flavors = Object.keys(planned.flavors.records).map((name) => `PciFlavor/${name}`);
  return new Set([...keys, ...flavors]);
}

export function mountedRecords(round: Round, planned: Planned): State["mounted"] {
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
