// The status of a PciWhitelist: nodes selected, devices matched.

import type { WhitelistStatus } from "../../api/statuses.ts";
import { shadowedBy } from "../../nova/device/covers.ts";
import { deviceMeaning } from "../../nova/device/meaning.ts";
import { cleaningNotices, cleaningStatus } from "../cleaning/words.ts";
import { isBeside, keepsOut } from "../terms/gate-table.ts";
import type { Notice, Verdict } from "../wanted/accept.ts";
import { pickedBy } from "./bearers.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Decision } from "../round/decision.ts";
import { gatesBy } from "../round/gate-index.ts";
import type { Gate } from "../terms/gates.ts";
import { checkDevice, matching } from "../wanted/hardware.ts";
import { isDevice } from "../wanted/lines.ts";
import { declarationOf, declaredBy, entryParts, includesLines } from "../wanted/lines.ts";
import { foldedNames } from "../../api/folded-names.ts";
import type { Pool } from "../wanted/resolve.ts";
import { cardWarnings } from "./card-warnings.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import {
  allDown,
  conditions,
  firstTen,
  orRefused,
  mayStillCome,
  isServed,
  isVerified,
  serviceGate,
  startedWithout,
  trio,
  verdictOf,
  warnings,
  acceptance,
  type Draft,
  type StatusContext,
} from "./standing.ts";

export function whitelistStatus(
  object: Snapshot["objects"]["whitelists"][number],
  decision: Decision,
  { seen, settings }: StatusContext,
): WhitelistStatus {
  const { name } = object.metadata;
  const verdict = verdictOf(decision, "PciWhitelist", name)!;
  const selected = pickedBy(decision, name);
  const offering = selected.filter((compute) => entriesAt(compute, name, decision).length > 0);
  const offersAll = offersAllOf(name, decision);
  const behind = selected.filter(
    (compute) => !isVerified(compute, decision) || !offersAll(compute),
  );
  const waiting = behind.length > 0 ? behind : startedWithout(selected, decision);
  const gate = orRefused(gateOf(name, waiting, decision), decision);
  // An entry that is kept out is not offered, however well the nodes run without it.
  const keptOut = isKeptOut(gate, name, decision);
  const hardware = settings.hardwareCheck === "Off" ? [] : hardwareWarnings(selected, name, seen);
  const matched = matchedDevices(selected, name, seen);
  const looked = keptOut || settings.hardwareCheck === "Off" ? undefined : matched;
  const missing =
    verdict.rejections.length > 0
      ? undefined
      : missingOf(object, { selected, offering, matched: looked }, decision);
  const lacks = missing !== undefined && !mayStillCome(decision);
  const done = isOffered(selected, behind, decision) && !keptOut && missing === undefined;
  const live: Draft = refusedOf(verdict, selected.length) ?? {
    type: "Live",
    status: done ? "True" : "False",
    reason: done ? "Live" : lacks ? missing.reason : keptOut ? gate.gate : "Progressing",
    message: lacks
      ? missing.message
      : ((behind.length === 0 ? allDown(selected, decision) : undefined) ??
        offeredText(selected, offering, behind)),
  };
  const inUse = usedDevices(selected, seen);
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(
      trio({ accepted: acceptance(verdict), live, gate, lacks }, seen.namespace),
      object,
      seen.now,
    ),
    nodes: {
      selected: selected.length,
      names: firstTen(selected.map((compute) => compute.node.name)),
    },
    ...devicesOf(matched, inUse),
    ...cleaningStatus(name, decision.cleaning),
    warnings: warnings([
      ...verdict.warnings.filter((warning) => pertains(warning, selected.length)),
      ...cleaningNotices(name, decision.cleaning),
      ...(missing === undefined ? [] : [missing]),
      ...shadowed(selected, name, decision),
      ...hardware,
    ]),
  };
}

/** Refused, and nothing of it was accepted before. */
function refusedOf({ rejections }: Verdict, selected: number): Draft | undefined {
  const [first] = rejections;
  if (first === undefined || selected > 0) return undefined;
  const reason = first.reason as Draft["reason"];
  const message = "nothing of it is offered before it is accepted";
  return { type: "Live", status: "False", reason, message };
}

type Found = {
  readonly selected: readonly ComputeView[];
  readonly offering: readonly ComputeView[];
  /** Devices that inventories show; undefined = nobody knows. */
  readonly matched: number | undefined;
};

/** What it would need to be served by anybody. */
function missingOf(
  object: Snapshot["objects"]["whitelists"][number],
  { selected, offering, matched }: Found,
  decision: Decision,
): Missing | undefined {
  return (
    missingNodes(object.spec?.minNodes ?? 1, selected.length, decision) ??
    nothingLeft(object, offering.length, selected.length) ??
    (matched !== 0 || selected.length === 0 ? undefined : missingDevices(selected.length))
  );
}

type Entries = Pool["devices"];

/** Of the object on the nodes of one pool; exclusions may leave none. */
function entriesIn(pool: string, whitelist: string, wanted: Decision["wanted"]): Entries {
  return (wanted.pools.get(pool)?.devices ?? []).filter((device) => device.object === whitelist);
}

function entriesAt({ node }: ComputeView, whitelist: string, { wanted }: Decision): Entries {
  return entriesIn(wanted.poolOf.get(node.name) ?? "", whitelist, wanted);
}

/** Nodes of which exclusions leave nothing are told apart from those that are still to come. */
function offeredText(
  selected: readonly ComputeView[],
  offering: readonly ComputeView[],
  behind: readonly ComputeView[],
): string {
  if (selected.length === 0) return "none is wanted: it picks no compute node, and minNodes is 0";
  const offer = offering.filter((compute) => !behind.includes(compute)).length;
  const text = `${offer}/${offering.length} nodes offer these devices`;
  const bare = selected
    .filter((compute) => !offering.includes(compute))
    .map((compute) => compute.node.name);
  if (bare.length === 0) return text;
  return `${text}; spec.exclude leaves none on ${foldedNames(bare)}`;
}

/**
 * What was proved may have been decided before the entries came, or while they were held back. What
 * the chart's own nova.conf offers is in no fragment. Nodes that are alike are asked once.
 */
function offersAllOf(whitelist: string, decision: Decision): (view: ComputeView) => boolean {
  const { wanted, base, state, linesOf } = decision;
  const asked = new Map<string, boolean>();
  return ({ node }) => {
    const pool = wanted.poolOf.get(node.name) ?? "";
    const good = state.nodes[node.name]?.good ?? "";
    const { meanings, workload } = base.deviceBases(node);
    const key = `${good} ${workload} ${pool}`;
    const known = asked.get(key);
    if (known !== undefined) return known;
    const lines = entriesIn(pool, whitelist, wanted)
      .filter((entry) => meanings.size === 0 || !meanings.has(deviceMeaning(entry.line.value)))
      .map((entry) => entry.line);
    const offers = includesLines(linesOf(good), lines);
    asked.set(key, offers);
    return offers;
  };
}

function isOffered(
  selected: readonly ComputeView[],
  behind: readonly ComputeView[],
  decision: Decision,
): boolean {
  if (behind.length > 0) return false;
  return selected.length === 0 || selected.some((compute) => isServed(compute, decision));
}

type Missing = Notice & { readonly reason: "NoNodeSelected" | "NoMatchingDevice" };

/** Undefined = as many as the object wants, which may be none. */
export function missingNodes(
  wanted: number,
  found: number,
  decision: Decision,
): Missing | undefined {
  if (found >= wanted) return undefined;
  const all = decision.nodes.length;
  const message =
    all === 0
      ? "there is no compute node: no DaemonSet of nova-compute wants a pod on any node"
      : found === 0
        ? `spec.nodeSelector picks none of ${all} compute ${all === 1 ? "node" : "nodes"}: correct it, label the nodes, or write minNodes: 0 when none is meant`
        : `spec.nodeSelector picks ${found} compute ${found === 1 ? "node" : "nodes"}, minNodes is ${wanted}`;
  return { reason: "NoNodeSelected", message, path: "spec.nodeSelector" };
}

/** Every device of every node that it picks is excluded. */
function nothingLeft(
  { spec }: Snapshot["objects"]["whitelists"][number],
  offering: number,
  selected: number,
): Missing | undefined {
  if (selected === 0 || offering > 0 || spec?.minNodes === 0) return undefined;
  const where = selected === 1 ? "the node that it picks" : `any of the ${selected} nodes`;
  return {
    reason: "NoMatchingDevice",
    message: `spec.exclude leaves no device on ${where}: remove an exclusion, add devices, or write minNodes: 0 when none is meant`,
    path: "spec.exclude",
  };
}

function missingDevices(nodes: number): Missing {
  const where = nodes === 1 ? "the node" : `${nodes} nodes`;
  return {
    reason: "NoMatchingDevice",
    message: `the inventory of ${where} shows no device that these entries take`,
    path: "spec.devices",
  };
}

function gateOf(
  name: string,
  behind: readonly ComputeView[],
  decision: Decision,
): Gate | undefined {
  const own = ownGates(name, decision)[0];
  if (own !== undefined || behind.length === 0) return own;
  const by = gatesBy(decision.gates);
  const ofNodes = behind.flatMap(({ node }) => by.node.get(node.name) ?? []);
  return by.first(ofNodes) ?? serviceGate(decision, "compute", false);
}

function ownGates(whitelist: string, { gates }: Decision): readonly Gate[] {
  const own = gatesBy(gates).whitelist.get(whitelist) ?? [];
  return own.filter((gate) => !isBeside(gate));
}

/** What waits is kept out, or an entry that is asked for now, not one that is leaving. */
function isKeptOut(gate: Gate | undefined, whitelist: string, decision: Decision): gate is Gate {
  if (gate === undefined || keepsOut(gate)) return gate !== undefined;
  const waiting = new Set(
    ownGates(whitelist, decision).map((ownGate) => (ownGate.waits as EntryWaits).entry),
  );
  if (waiting.size === 0) return false;
  return [...decision.wanted.pools.values()].some(({ devices }) =>
    devices.some(({ line }) => waiting.has(line.entry)),
  );
}

type EntryWaits = Extract<Gate["waits"], { readonly on: "entry" }>;

/** An address without ids is a hazard only where it can mean another device on another node. */
function pertains(warning: Notice, nodes: number): boolean {
  return warning.reason !== "UnpinnedAddress" || nodes > 1;
}

/** Entries that can never match, because one before them takes every device of theirs. */
function shadowed(
  selected: readonly ComputeView[],
  whitelist: string,
  decision: Decision,
): readonly Notice[] {
  const found = new Map<string, string>();
  const pools = new Set(
    selected.map((compute) => decision.wanted.poolOf.get(compute.node.name) ?? ""),
  );
  for (const key of pools) {
    const devices = decision.wanted.pools.get(key)?.devices ?? [];
    if (devices.length > longestCompared) continue;
    for (const [index, entry] of devices.entries()) {
      if (entry.object !== whitelist) continue;
      const before = devices
        .slice(0, index)
        .filter((device) => device.line.value !== entry.line.value);
      const cover = shadowedBy(
        entry.declaration,
        before.map((deviceEntry) => deviceEntry.declaration),
      );
      const owner = before.find((deviceEntry) => deviceEntry.declaration === cover);
      if (owner !== undefined) found.set(entry.line.value, owner.object);
    }
  }
  return [...found].map(([value, owner]) => ({
    reason: "Shadowed",
    message: `${value} never matches: an entry of PciWhitelist ${owner} comes first and takes all its devices`,
    path: "spec.devices",
  }));
}

/** Every pair is compared; beyond this many entries on one node it is not looked for. */
const longestCompared = 64;

function devicesOf(
  matched: number | undefined,
  inUse: number | undefined,
): { readonly devices?: Readonly<Record<string, number>> } {
  const known = {
    ...(matched === undefined ? {} : { matched }),
    ...(inUse === undefined ? {} : { inUse }),
  };
  return Object.keys(known).length === 0 ? {} : { devices: known };
}

/** Known where the hosts report to Placement; counts every PCI device of these hosts. */
function usedDevices(selected: readonly ComputeView[], seen: Snapshot): number | undefined {
  const inventories = seen.cloud.is === "read" ? seen.cloud.inventories : undefined;
  if (inventories === undefined || selected.length === 0) return undefined;
  let total = 0;
  for (const { sight } of selected) {
    const providers = sight.service === undefined ? undefined : inventories[sight.service.host];
    if (providers === undefined) return undefined;
    total += providers.reduce((sum, provider) => sum + provider.used, 0);
  }
  return total;
}

function deviceLinesOf(view: ComputeView, whitelist: string): readonly string[] {
  return view.wanted.lines
    .filter((line) => isDevice(line) && entryParts(line.entry).name === whitelist)
    .map((line) => line.value);
}

function matchedDevices(
  selected: readonly ComputeView[],
  whitelist: string,
  seen: Snapshot,
): number | undefined {
  let total = 0;
  for (const view of selected) {
    const hardware = seen.hardware?.[view.node.name];
    if (hardware === undefined) return undefined;
    for (const value of deviceLinesOf(view, whitelist))
      total += matching(declarationOf(value), hardware).length;
  }
  return total;
}

function hardwareWarnings(
  selected: readonly ComputeView[],
  whitelist: string,
  seen: Snapshot,
): readonly Notice[] {
  const found = new Map<string, string[]>();
  for (const view of selected) {
    const hardware = seen.hardware?.[view.node.name];
    if (hardware === undefined) continue;
    for (const value of deviceLinesOf(view, whitelist)) {
      const finding = checkDevice(view.node.name, declarationOf(value), hardware);
      if (finding === undefined) continue;
      const key = `${finding.reason}\n${finding.device}`;
      found.set(key, [...(found.get(key) ?? []), finding.node]);
    }
  }
  const cards = new Map<string, Notice>();
  for (const view of selected) {
    const lines = view.wanted.lines.filter(
      (line) => isDevice(line) && entryParts(line.entry).name === whitelist,
    );
    for (const cardWarning of cardWarnings(
      view,
      lines.map(declaredBy),
      seen.hardware?.[view.node.name],
    ))
      cards.set(cardWarning.message, cardWarning);
  }
  const seenThere = [...found].map(([key, nodes]) => {
    const [reason, device] = key.split("\n") as [keyof typeof hardwareSentences, string];
    return {
      reason,
      message: `${device} on ${firstTen(nodes).join(", ")}: ${hardwareSentences[reason]}`,
      path: "spec.devices",
    };
  });
  return [...seenThere, ...cards.values()];
}

const hardwareSentences = {
  NoSuchDevice: "the node's inventory shows no such device",
  IdsSwapped: "vendor and product seem to be swapped: the node has the device the other way round",
  IommuMissing:
    "the device is in no IOMMU group: enable the IOMMU in firmware and kernel arguments",
} as const;
