// Targets of the compute nodes: what each should read, from pools to fragments, node by node, and
// whether that file is there. Computed once for nodes that are alike.

import {
  type Service,
  fragmentKey,
  fragmentNamePattern,
  services,
  unassignedName,
} from "../../api/names.ts";
import { digestOf as digestOfText } from "../../nova/text/digest.ts";
import type { BaseFacts } from "../wanted/adoption.ts";
import { wiringGate } from "../gates/wiring.ts";
import type { NodeOffer } from "../flavors/capacity.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { NodeTarget } from "../computes/draft.ts";
import type { DecideInput, Planned, Round } from "./decision.ts";
import * as delivery from "../gates/delivery.ts";
import type { FlavorsInput } from "../flavors/draft.ts";
import type { Reason } from "../terms/gates.ts";
import { hardwareKey } from "../wanted/hardware.ts";
import type { Held, HoldContext } from "../gates/held.ts";
import { byEntry, declaredBy, isDevice, lineText, placementLine } from "../wanted/lines.ts";
import { preflight } from "../gates/preflight.ts";
import { type Fragment, emptyDigest, none } from "../wanted/render.ts";
import { targetOfPool } from "../gates/pool-targets.ts";
import { onceForAll } from "../terms/recent.ts";
import type { AliasEntry, Pool, Wanted } from "../wanted/resolve.ts";
import type { ComputeNode } from "../wanted/selection.ts";
import { type Sight, look, sightContext } from "../gates/sight.ts";
import type { DeviceBase } from "../wanted/device-bases.ts";
import type { Line, NodeRecord } from "../terms/state.ts";

/** The same value as long as no alias changes. */
const aliasesByName = onceForAll<AliasEntry, HoldContext["aliases"]>();

export function holdContext(
  { seen, settings, state }: DecideInput,
  wanted: Wanted,
  base: BaseFacts,
  linesOf: (fragment: string) => readonly Line[],
): HoldContext {
  const api = state.services.api;
  const apiLines = api === undefined ? [] : linesOf(api.good);
  const apiAliases = aliasesIn(apiLines);
  const isTurning = api !== undefined && api.assigned !== api.good;
  return {
    seen,
    settings,
    state,
    aliases: aliasesByName(
      wanted.aliases,
      () => new Map(wanted.aliases.map((alias) => [alias.name, alias] as const)),
    ),
    apiAliases,
    apiNext: isTurning ? aliasesIn(linesOf(api.assigned)) : apiAliases,
    apiInPlacement: apiLines.some((line) => line.option === placementLine.option),
    throughBase: base.throughBase,
    inSomeBase: base.inSomeBase,
  };
}

function aliasesIn(lines: readonly Line[]): ReadonlyMap<string, readonly Line[]> {
  const found = new Map<string, readonly Line[]>();
  for (const [entry, own] of byEntry(lines)) {
    if (entry.startsWith("alias/")) found.set(entry.slice("alias/".length), own);
  }
  return found;
}

/** Computes known to us: those that exist now, and those whose assignment outlives them. */
export function viewNodes(round: Round, nodes: readonly ComputeNode[]): readonly ComputeView[] {
  const sights = sightContext(round.seen, round.chosen ?? "Injected");
  const memo = new Map<Pool, Map<string, Target>>();
  return nodes.map((node) => {
    const known = round.state.nodes[node.name];
    const seen = look(node.name, known, sights);
    const sight = joins(round, known, seen) ? { ...seen, reads: unassignedName } : seen;
    const record = known ?? joining(round, node, sight);
    return { node, sight, record, ...targetOf(round, node, record, sight, memo) };
  });
}

/** New, and its pod is still to come: as good as held, so its first assignment restarts nothing. */
function joins(round: Round, known: NodeRecord | undefined, sight: Sight): boolean {
  return known === undefined && round.seen.assignment !== undefined && sight.pod === undefined;
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

type Target = { readonly held: Held; readonly wanted: Fragment };

function targetOf(
  round: Round,
  node: ComputeNode,
  record: NodeRecord,
  sight: Sight,
  memo: Map<Pool, Map<string, Target>>,
): Target {
  const pool = round.wanted.pools.get(round.wanted.poolOf.get(node.name) ?? "")!;
  const enforced = round.settings.hardwareCheck === "Enforce" ? node.name : "";
  const alike = memo.get(pool) ?? new Map<string, Target>();
  memo.set(pool, alike);
  const reports = record.reports === true;
  const own = isUnread(record) ? record.good : "";
  const base = round.base.deviceBases(node);
  const key =
    reports || enforced !== "" || own !== "" || base.workload !== ""
      ? `${record.assigned} ${reports} ${enforced} ${own} ${base.workload}`
      : record.assigned;
  const known = alike.get(key);
  if (known !== undefined && record.leaving === undefined) return known;
  const { held, drawn } = targetOfPool(
    pool,
    {
      node: node.name,
      novaHost: sight.service?.host,
      current: runningLines(round, record, sight),
      leaving: record.leaving,
      reports,
      base,
      hardware: round.seen.hardware?.[node.name],
    },
    round.context,
    (lines) => round.draw("compute", lines),
  );
  const renamed = drawn.name !== record.assigned && sameMeaning(round, record.assigned, drawn);
  const wanted = renamed ? { ...drawn, name: record.assigned } : drawn;
  const target = { held, wanted };
  if (held.leaving === undefined) alike.set(key, target);
  return target;
}

/**
 * What a skipped node was given never ran there: what failed elsewhere meanwhile is not its own,
 * and last-good stands in its place.
 */
function runningLines(round: Round, record: NodeRecord, sight: Sight): readonly Line[] {
  const assigned = round.linesOf(record.assigned);
  if (!isUnread(record) || sight.reads === record.assigned) return assigned;
  const good = round.linesOf(record.good);
  const kept = new Set(good.map(lineText));
  const failed = new Set(
    assigned
      .filter((line) => !kept.has(lineText(line)))
      .filter((line) => round.state.quarantined[`add ${lineText(line)}`] !== undefined)
      .map((line) => line.entry),
  );
  if (failed.size === 0) return assigned;
  const stays = assigned.filter((line) => !failed.has(line.entry));
  return [...stays, ...good.filter((line) => failed.has(line.entry))];
}

function isUnread({ phase, assigned, good }: NodeRecord): boolean {
  return (phase === "skipped" || phase === "quiescing") && assigned !== good;
}

/** An operator upgrade that writes the same meaning differently keeps the name: no restart. */
export function sameMeaning(
  round: Pick<Round, "state">,
  name: string,
  fragment: Fragment,
): boolean {
  return digestOf(round, name) === fragment.digest;
}

export function digestOf(round: Pick<Round, "state">, name: string): string {
  if (name === none) return emptyDigest;
  return round.state.fragments[name]?.digest ?? name;
}

export function targets(round: Round): readonly NodeTarget[] {
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
export function isPresent(round: Round, service: Service, fragment: Fragment): boolean {
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

/** A pod that goes back must not start before kubelets have the file that it goes back to. */
export function mountedPending(round: Round): Reason | undefined {
  if (round.chosen !== "Mounted") return undefined;
  const file = unionOf(round);
  if (mountedReady(round, "compute", file)) return undefined;
  const written = round.state.mounted.compute?.at ?? round.seen.now;
  return { gate: "Propagation", until: written + delivery.propagationMillis };
}

/**
 * The one file that all nova-computes mount. While one goes back, it is what was assigned: a pod
 * that starts now must find last-good, not the next change.
 */
function unionOf(round: Round): Fragment {
  const back = round.nodes.some((node) => node.record.phase === "rolling-back");
  if (back) return assignedUnion(round);
  return round.draw(
    "compute",
    round.nodes.flatMap((node) => node.wanted.lines),
  );
}

function assignedUnion(round: Round): Fragment {
  const lines = round.nodes.flatMap((node) => round.linesOf(node.record.assigned));
  return round.draw("compute", lines);
}

/**
 * The one file of all computes would say what some of them must not read, or too much, or would be
 * read by pods that the chart's own change is still making: all of them, without a proof.
 */
export function mountedRefused(round: Round): Reason | undefined {
  return (
    delivery.chartRolls(round.seen) ??
    delivery.unionGate(round.nodes.map((node) => node.wanted)) ??
    delivery.sizeGate(unionOf(round))
  );
}

/**
 * Text of each mounted file; what is blocked keeps the text that was assigned. So does a service
 * whose chart does not mount it yet: the change of the chart rolls all computes at once, without a
 * proof.
 */
export function mountedFiles(
  round: Round,
  planned: Planned,
): readonly (readonly [Service, Fragment])[] {
  const { seen, settings, blockers } = round;
  const isBlocked = blockers.some((blocker) => blocker.gate !== "Settling");
  return services.map((service) => {
    const own =
      wiringGate(service, "Mounted", seen, settings) ??
      (service === "compute" ? mountedRefused(round) : undefined);
    const blocked = isBlocked || own !== undefined;
    if (service === "compute") {
      return [service, blocked ? assignedUnion(round) : unionOf(round)] as const;
    }
    const { out, wanted } = planned.singlesPlanned[service];
    return [
      service,
      blocked ? round.draw(service, round.linesOf(out.record.assigned)) : wanted,
    ] as const;
  });
}

export function offersOf(round: Round): FlavorsInput["offers"] {
  if (round.candidates.flavors.length === 0) return [];
  const inventories = round.seen.cloud.is === "read" ? round.seen.cloud.inventories : undefined;
  const known = new Map<DeviceBase, Map<readonly Line[], NodeOffer["devices"]>>();
  return round.nodes.map(({ node, sight, wanted, record }) => {
    const base = round.base.deviceBases(node);
    const devices = known.get(base) ?? new Map<readonly Line[], NodeOffer["devices"]>();
    known.set(base, devices);
    const own = devices.get(wanted.lines) ?? [
      ...wanted.lines.filter(isDevice).map(declaredBy),
      ...base.devices,
    ];
    devices.set(wanted.lines, own);
    const hardware = round.seen.hardware?.[node.name];
    const providers = sight.service === undefined ? undefined : inventories?.[sight.service.host];
    return {
      node: node.name,
      devices: own,
      ...(hardware === undefined ? {} : { hardware }),
      ...(providers === undefined ? {} : { providers }),
      ...(record.phase === "idle" && record.good === wanted.name ? {} : { behind: true }),
    };
  });
}
