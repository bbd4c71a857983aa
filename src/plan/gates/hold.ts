// The lines that each service may have now: wanted, less what is quarantined or must wait, plus
// what must stay. Gates act on entries, never on a whole fragment, so one alias that waits for a
// server delays nothing else. Knows no pod: only what is assigned and what was verified.

import { couldServe, includes } from "../../nova/device/covers.ts";
import { deviceMeaning } from "../../nova/device/meaning.ts";
import { checkDevice } from "../wanted/hardware.ts";
import { placementLine, reportLine, lineText, byEntry, includesLines } from "../wanted/lines.ts";
import { isDevice, aliasEntry, declarationOf, entryParts, sameLines } from "../wanted/lines.ts";
import { formerAlias } from "../wanted/lines.ts";
import type { Held, HoldContext, NodeFacts, ServiceFacts } from "./held.ts";
import { placementOption } from "./hold-options.ts";
import { failedOption, failedRemoval, quarantinedRemoval } from "./quarantined.ts";
import { hardwareHoldOf, stillHeld } from "../terms/still-held.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import { aliasGate, deviceGate, graceGate, leavingNow } from "./removal.ts";
import type { AliasEntry, DeviceEntry, Pool } from "../wanted/resolve.ts";
import { servedBy } from "../wanted/served-aliases.ts";
import type { Line } from "../terms/state.ts";

/** Lines of one nova-compute. Devices first: what stays decides which aliases it carries. */
export function holdNode(pool: Pool, facts: NodeFacts, context: HoldContext): Held {
  const devices = holdDevices(pool, facts, context);
  const declared = [...devices.lines.map((line) => line.declaration), ...facts.base.devices];
  const aliases = holdComputeAliases(declared, facts, context);
  // Before the first devices where one of them waits for it: they all come in the restart after it.
  const waited = devices.gates.some((gate) => gate.gate === "ReportFirst");
  const first = facts.current.some(isDevice) || waited;
  const wants = devices.lines.length > 0 || waited;
  const report = reporting(wants && first, facts, context);
  const lines = [...devices.lines.map((line) => line.line), ...aliases.lines, ...report];
  // A rollout of its own that changes nothing else: first what is there plus the option alone.
  const onlyReport = report.length > 0 && !facts.reports && first;
  return {
    lines: onlyReport ? withReport(facts.current) : lines,
    gates: [...devices.gates, ...aliases.gates],
    leaving: leavingNow([...devices.leaving, ...aliases.leaving], facts.leaving, context.seen.now),
  };
}

function withReport(current: readonly Line[]): readonly Line[] {
  return current.some((line) => line.option === reportLine.option)
    ? current
    : [...current, reportLine];
}

/** Given where it is its turn, or given once and so for ever. */
function reporting(isNext: boolean, facts: NodeFacts, context: HoldContext): readonly Line[] {
  if (facts.reports || facts.current.some((line) => line.option === reportLine.option)) {
    return [reportLine];
  }
  const wanted = context.settings.reportInPlacement && isNext;
  return wanted && failedOption(reportLine, context) === undefined ? [reportLine] : [];
}

type HeldDevices = {
  readonly lines: readonly {
    readonly line: Line;
    readonly declaration: DeviceEntry["declaration"];
  }[];
  readonly gates: readonly Gate[];
  readonly leaving: readonly Line[];
};

function holdDevices(pool: Pool, facts: NodeFacts, context: HoldContext): HeldDevices {
  const currentTexts = new Set(facts.current.map(lineText));
  const gates: Gate[] = [];
  const wanted = pool.devices.filter((device) => {
    const { meanings } = facts.base;
    if (meanings.size > 0 && meanings.has(deviceMeaning(device.line.value))) return false;
    if (currentTexts.has(lineText(device.line))) return true;
    const reason = additionGate(device, facts, context);
    if (reason !== undefined)
      gates.push({ waits: { on: "entry", entry: device.line.entry }, ...reason });
    return reason === undefined;
  });
  const wantedValues = new Set(wanted.map((entry) => entry.line.value));
  const stays = [...wanted.map((entry) => entry.declaration), ...facts.base.devices];
  const leaving = facts.current.filter((line) => isDevice(line) && !wantedValues.has(line.value));
  const why = new Map<Line, Reason>();
  const held = leaving.filter((line) => {
    const reason =
      graceGate(line, facts.leaving, context) ??
      quarantinedRemoval(line, context) ??
      deviceGate(line, facts, stays, context);
    if (reason === undefined) return false;
    why.set(line, reason);
    gates.push({ waits: { on: "entry", entry: line.entry }, ...reason });
    return true;
  });
  const useful = wanted.filter((entry) => {
    const first = currentTexts.has(lineText(entry.line)) ? undefined : firstOver(entry, held);
    if (first !== undefined)
      gates.push({ waits: { on: "entry", entry: entry.line.entry }, ...why.get(first)! });
    return first === undefined;
  });
  return { lines: inTheirPlaces(held, useful, facts.current), gates, leaving };
}

/**
 * What is held comes first, and the first match wins: an entry that finds no device behind it would
 * restart nova-compute for nothing, and once more when what is held goes. They change places at
 * once.
 */
function firstOver({ declaration }: DeviceEntry, held: readonly Line[]): Line | undefined {
  return held.find((line) => includes(declarationOf(line.value), declaration));
}

/**
 * Order is meaning, so a held line keeps its place among those that were there: holding alone
 * changes no fragment and restarts nothing. Before every new line it comes first: its devices keep
 * their tags until they may go.
 */
function inTheirPlaces(
  held: readonly Line[],
  wanted: readonly DeviceEntry[],
  current: readonly Line[],
): HeldDevices["lines"] {
  const places = new Map(current.map((line, place) => [lineText(line), place]));
  const placeOf = (line: Line) => places.get(lineText(line)) ?? Infinity;
  const rest = held.map((line) => ({ line, declaration: declarationOf(line.value) }));
  const lines = wanted.flatMap(({ line, declaration }) => {
    const next = rest.findIndex((item) => placeOf(item.line) > placeOf(line));
    return [...rest.splice(0, next < 0 ? rest.length : next), { line, declaration }];
  });
  return [...lines, ...rest];
}

function additionGate(
  entry: DeviceEntry,
  facts: NodeFacts,
  context: HoldContext,
): Reason | undefined {
  const quarantine = context.state.quarantined[`add ${lineText(entry.line)}`];
  if (quarantine !== undefined) return { gate: "Quarantined", error: quarantine.error };
  const needsReport = entry.declaration.oneTimeUse === true && context.settings.reportInPlacement;
  if (needsReport && !facts.reports) {
    return failedOption(reportLine, context) ?? { gate: "ReportFirst", nodes: [facts.node] };
  }
  return hardwareGate(entry, facts, context);
}

/** hardwareCheck: Enforce keeps an entry from a node whose own inventory contradicts it. */
function hardwareGate(
  entry: DeviceEntry,
  facts: NodeFacts,
  context: HoldContext,
): Reason | undefined {
  if (context.settings.hardwareCheck !== "Enforce") return undefined;
  if (facts.hardware === undefined) {
    const { key, rests } = hardwareHoldOf(facts.node, entry.line.entry, context);
    return stillHeld(context.state.holds, key, rests);
  }
  const found = checkDevice(facts.node, entry.declaration, facts.hardware);
  if (found === undefined) return undefined;
  return { gate: "HardwareContradicts", node: found.node, device: found.device, why: found.reason };
}

type HeldLines = {
  readonly lines: readonly Line[];
  readonly gates: readonly Gate[];
  readonly leaving: readonly Line[];
};

function holdComputeAliases(
  devices: readonly DeviceEntry["declaration"][],
  facts: NodeFacts,
  context: HoldContext,
): HeldLines {
  const wanted = new Map<string, readonly Line[]>();
  for (const alias of servedBy(devices, context.aliases)) {
    const have = currentOf(alias.name, facts.current);
    wanted.set(
      alias.name,
      context.inSomeBase.has(alias.name) ? [] : linesWanted(alias, context, have),
    );
  }
  return settleAliases(wanted, facts.current, (name, want, have) => {
    if (context.inSomeBase.has(name) || includesLines(want, have)) return undefined;
    const failed = failedRemoval(want, have, context);
    if (failed !== undefined) return failed;
    const before = formerAlias(name, have);
    if (!devices.some((device) => couldServe(before, device))) return undefined;
    // Removed or changed: nova-api first, so that no request meets a compute without it.
    const api = context.apiAliases.get(name) ?? [];
    const former = new Set(have.map(lineText));
    // What nova-api surely lacks, as after a kubectl rollout undo, comes to the computes first.
    const lacks = api.length === 0 && context.state.services.api?.phase === "idle";
    const waits =
      want.length === 0
        ? api.some((line) => former.has(lineText(line)))
        : !lacks && !sameLines(api, want);
    if (waits) return { gate: "ApiFirst", alias: name };
    // Where nova-api never had it, its grace is waited for here.
    return want.length === 0 ? graceGate(have[0]!, facts.leaving, context) : undefined;
  });
}

/** Lines of an alias unless they are quarantined. */
function linesWanted(
  alias: AliasEntry,
  context: HoldContext,
  have: readonly Line[],
): readonly Line[] {
  // What a class-only alias needs beside its own line is not its own: others ask for it, too.
  const quarantined = alias.lines.some(
    (line) =>
      line.option === "alias" && context.state.quarantined[`add ${lineText(line)}`] !== undefined,
  );
  return quarantined ? have : alias.lines;
}

function currentOf(name: string, current: readonly Line[]): readonly Line[] {
  return byEntry(current).get(aliasEntry(name)) ?? [];
}

/** For each alias name: take the wanted lines, or keep the current ones while `gate` is closed. */
function settleAliases(
  wanted: ReadonlyMap<string, readonly Line[]>,
  current: readonly Line[],
  gate: (name: string, want: readonly Line[], have: readonly Line[]) => Reason | undefined,
): HeldLines {
  const groups = byEntry(current.filter((line) => entryParts(line.entry).of === "alias"));
  const names = new Set(wanted.keys());
  for (const entry of groups.keys()) names.add(entryParts(entry).name);
  const lines: Line[] = [];
  const gates: Gate[] = [];
  const leaving: Line[] = [];
  for (const name of [...names].sort()) {
    const want = wanted.get(name) ?? [];
    const have = groups.get(aliasEntry(name)) ?? [];
    if (!includesLines(want, have)) leaving.push(...have);
    const reason = sameLines(want, have) ? undefined : gate(name, want, have);
    if (reason !== undefined) {
      gates.push({ waits: { on: "entry", entry: aliasEntry(name) }, ...reason });
    }
    lines.push(...(reason === undefined ? want : have));
  }
  return { lines, gates, leaving };
}

type BehindComputes = {
  /** For an alias: the compute nodes that should carry these lines and do not yet. */
  readonly of: (name: string, lines: readonly Line[]) => readonly string[];
  /** Computes are being changed right now: additions wait for each other and are one restart. */
  readonly moving: boolean;
};

/** Lines of nova-api. */
export function holdApi(
  facts: ServiceFacts,
  context: HoldContext,
  behind: BehindComputes,
  placement: Reason | undefined,
): Held {
  const wanted = new Map<string, readonly Line[]>();
  for (const alias of context.aliases.values()) {
    const have = currentOf(alias.name, facts.current);
    wanted.set(
      alias.name,
      context.throughBase.has(alias.name) ? [] : linesWanted(alias, context, have),
    );
  }
  const groups = byEntry(facts.current);
  const together = [...wanted].flatMap(([name, want]) => {
    const have = groups.get(aliasEntry(name)) ?? [];
    const adds = behind.moving && includesLines(want, have) && !sameLines(want, have);
    return adds ? behind.of(name, want) : [];
  });
  const aliases = settleAliases(wanted, facts.current, (name, want, have) => {
    if (includesLines(want, have)) {
      return additionToApi(want, placement, behind.moving ? together : behind.of(name, want));
    }
    const leaving = have[0]!;
    if (context.throughBase.has(name)) return undefined;
    return (
      graceGate(leaving, facts.leaving, context) ??
      failedRemoval(want, have, context) ??
      aliasGate(leaving, context)
    );
  });
  const option = placementOption(facts, context, placement);
  return {
    lines: [...aliases.lines, ...option.lines],
    gates: [...aliases.gates, ...option.gates],
    leaving: leavingNow([...aliases.leaving, ...option.leaving], facts.leaving, context.seen.now),
  };
}

function additionToApi(
  want: readonly Line[],
  placement: Reason | undefined,
  behind: readonly string[],
): Reason | undefined {
  const needsPlacement = want.some((line) => line.option === placementLine.option);
  if (needsPlacement && placement !== undefined) return placement;
  const nodes = [...new Set(behind)].sort();
  if (nodes.length === 0) return undefined;
  return { gate: "ComputesFirst", behind: nodes.length, nodes: nodes.slice(0, 10) };
}
