// Gates before the removal of a line: the grace that makes a revert free, the in-use guard, and the
// line in spec.removals that releases what nobody can prove. Inherently racy (Nova may hand a
// device out a moment later, or answer a request while it is learning another meaning of an alias);
// tolerable because Nova itself keeps an allocated device until its server leaves, from 31.2.0 on
// without harm (Launchpad 2115905).

import type { DeviceDeclaration } from "../../nova/terms/declare.ts";
import { couldServe, includes } from "../../nova/device/covers.ts";
import { mayBe, waitsForCleaning } from "../../nova/serving/one-time-use.ts";
import { atLeast } from "../../nova/terms/release.ts";
import { splitKey } from "../wanted/accept.ts";
import type { Reason } from "../terms/gates.ts";
import { declarationOf, entryParts, formerAlias, lineText } from "../wanted/lines.ts";
import type { DeviceUse, HostUsage, Millis, Snapshot } from "../terms/snapshot.ts";
import type { Removal, Settings } from "../terms/settings.ts";
import type { AliasEntry } from "../wanted/resolve.ts";
import type { Leaving, Line, State } from "../terms/state.ts";

export type RemovalContext = {
  readonly seen: Snapshot;
  readonly settings: Settings;
  readonly state: State;
  readonly aliases: ReadonlyMap<string, AliasEntry>;
  /** Lines of each alias as every nova-api pod was verified to have them; absent = not there. */
  readonly apiAliases: ReadonlyMap<string, readonly Line[]>;
  /** The same as some nova-api pod may have them already. */
  readonly apiNext: ReadonlyMap<string, readonly Line[]>;
};

/** Kind and object that owns a line, for spec.removals and for retained entries. */
export function ownerOf(
  line: Line,
  context: RemovalContext,
): { readonly kind: string; readonly name: string } {
  const { of, name } = entryParts(line.entry);
  if (of === "device") return { kind: "PciWhitelist", name };
  if (of === "option") return { kind: "PciPassthrough", name: "nova" };
  const alias = context.aliases.get(name);
  if (alias !== undefined) return { kind: "PciAlias", name: alias.object };
  for (const [key, accepted] of Object.entries(context.state.accepted)) {
    const [kind, object] = splitKey(key);
    if (kind !== "PciAlias") continue;
    const spec = accepted.spec as { readonly name?: string };
    if ((spec.name ?? object) === name) return { kind, name: object };
  }
  return { kind: "PciAlias", name };
}

export function releaseFor(line: Line, context: RemovalContext): Removal | undefined {
  const owner = ownerOf(line, context);
  return context.settings.removals.find(
    (removal) => removal.kind === owner.kind && removal.name === owner.name,
  );
}

/** Since when the line has been leaving; the grace that is still to wait. */
export function graceGate(
  line: Line,
  leaving: Leaving | undefined,
  context: RemovalContext,
): Reason | undefined {
  if (releaseFor(line, context) !== undefined) return undefined;
  const { now } = context.seen;
  const since = leaving?.[lineText(line)] ?? now;
  const until = since + context.settings.rollout.removalGraceMillis;
  return until <= now ? undefined : { gate: "RemovalGrace", until };
}

/** Which lines are leaving now, with the time each began to; undefined when none. */
export function leavingNow(
  lines: readonly Line[],
  before: Leaving | undefined,
  now: Millis,
): Leaving | undefined {
  if (lines.length === 0) return undefined;
  return Object.fromEntries(
    lines.map((line) => [lineText(line), before?.[lineText(line)] ?? now] as const),
  );
}

type Host = { readonly node: string; readonly novaHost: string | undefined };

/** May a device spec be taken from a host, given what will be there instead? */
export function deviceGate(
  line: Line,
  host: Host,
  stays: readonly DeviceDeclaration[],
  context: RemovalContext,
): Reason | undefined {
  const leaving = declarationOf(line.value);
  if (stays.some((stay) => generalises(stay, leaving))) return undefined;
  const release = releaseFor(line, context);
  if (release?.force === true) return undefined;
  // Drained, it would go with its server and come back as one that nobody has used.
  if (leaving.oneTimeUse !== true && drains(line, context)) return undefined;
  const usage = usageOf(host, context.seen);
  if (usage.is === "unknown") {
    if (release !== undefined) return undefined;
    return unknownUse(usage.reason, line, context, host.node);
  }
  const holders = usage.consumers.filter(
    (use) => mayHold(use, leaving, context) && !stillCovered(use, stays),
  );
  if (holders.length > 0) return { gate: "InUse", by: firstOf(holders.map(describeUse)) };
  return leaving.oneTimeUse === true ? cleanGate(line, host, stays, context) : undefined;
}

/**
 * That a device was used stands in Placement alone, and with its device spec its provider goes:
 * what comes back later is handed out as it is (measured on 34.0.0). Reserved it is as far from
 * servers as if it had gone.
 */
function cleanGate(
  line: Line,
  host: Host,
  stays: readonly DeviceDeclaration[],
  context: RemovalContext,
): Reason | undefined {
  if (!context.settings.reportInPlacement) return undefined;
  const leaving = declarationOf(line.value);
  const { cloud } = context.seen;
  const found = cloud.is === "read" ? cloud.inventories?.[host.novaHost ?? ""] : undefined;
  if (found === undefined) return unknownUse("Placement is being asked", line, context, host.node);
  const dirty = found
    .filter((provider) => waitsForCleaning(provider) && mayBe(leaving, provider))
    .filter(({ address }) => !stays.some((stay) => keepsOneTime(stay, leaving, address)));
  if (dirty.length === 0) return undefined;
  const { kind, name } = ownerOf(line, context);
  const addresses = firstOf(dirty.map(({ address }) => address));
  return {
    gate: "NotCleaned",
    node: host.node,
    addresses,
    release: `{kind: ${kind}, name: ${name}, force: true}`,
  };
}

/** Whoever else takes the device at this address for one use keeps its provider as it is. */
function keepsOneTime(
  stays: DeviceDeclaration,
  leaving: DeviceDeclaration,
  address: string,
): boolean {
  if (stays.oneTimeUse !== true) return false;
  const { addressRegex, devname, ...ids } = leaving;
  const [domain = "", bus = "", slot = "", last = ""] = address.split(/[:.]/);
  // One address stands for its VFs too; as an expression it is itself.
  const itself = { domain, bus, slot, function: last };
  return [{ address }, { address: undefined, addressRegex: itself }].some((place) =>
    generalises(stays, { ...ids, ...place } as DeviceDeclaration),
  );
}

/** May an alias go from nova-api, or change there? Nobody's flavor and no server may name it. */
export function aliasGate(line: Line, context: RemovalContext): Reason | undefined {
  const release = releaseFor(line, context);
  if (release?.force === true) return undefined;
  const alias = entryParts(line.entry).name;
  const { seen } = context;
  const own = seen.objects.flavors
    .filter((flavor) => flavor.spec.aliases.some((wanted) => wanted.name === alias))
    .map((flavor) => `PciFlavor ${flavor.metadata.name}`);
  if (own.length > 0) return usedByOurs(own, line, context);
  const use = seen.cloud.is === "read" ? seen.cloud.aliasUse?.[alias] : undefined;
  if (use === undefined) {
    if (release !== undefined) return undefined;
    const why = seen.cloud.is === "read" ? "Nova is being asked" : cloudWord(seen);
    return unknownUse(why, line, context);
  }
  const by = [
    ...use.flavors.map((name) => `flavor ${name}`),
    ...use.servers.map((id) => `server ${id}`),
  ];
  return by.length === 0 ? undefined : { gate: "InUse", by: firstOf(by) };
}

/** Servers end by themselves; an object of ours that stays asks until a person changes it. */
function usedByOurs(flavors: readonly string[], line: Line, context: RemovalContext): Reason {
  const { kind, name } = ownerOf(line, context);
  const leaves = context.seen.objects.flavors.some(
    (flavor) =>
      flavor.metadata.deletionTimestamp !== undefined &&
      flavors.includes(`PciFlavor ${flavor.metadata.name}`),
  );
  const release = leaves ? {} : { release: `{kind: ${kind}, name: ${name}, force: true}` };
  return { gate: "InUse", by: firstOf(flavors), ...release };
}

/** The cloud lists in an order of its own. */
function firstOf(names: readonly string[]): readonly string[] {
  return [...names].sort().slice(0, 10);
}

function unknownUse(why: string, line: Line, context: RemovalContext, node?: string): Reason {
  const askable = context.seen.cloud.is !== "no-credentials";
  const release = releaseLine(line, context);
  return { gate: "UsageUnknown", why, release, askable, ...(node === undefined ? {} : { node }) };
}

/** `removalPolicy: Drain` (Nova 31.2.0 and later): free devices go, allocated ones stay. */
function drains(line: Line, context: RemovalContext): boolean {
  const { settings, state, seen } = context;
  const { kind, name } = ownerOf(line, context);
  if (kind !== "PciWhitelist") return false;
  if (!settings.releases.every((release) => atLeast(release, "31.2.0"))) return false;
  const stored = seen.objects.whitelists.find(
    (whitelist) => whitelist.metadata.name === name,
  )?.spec;
  const spec = stored ?? state.accepted[`PciWhitelist/${name}`]?.spec;
  return (spec as { readonly removalPolicy?: string } | undefined)?.removalPolicy === "Drain";
}

function usageOf(host: Host, seen: Snapshot): HostUsage {
  if (seen.cloud.is !== "read") return { is: "unknown", reason: cloudWord(seen) };
  if (host.novaHost === undefined) {
    return { is: "unknown", reason: `Nova has no compute service for node ${host.node}` };
  }
  return seen.cloud.usage[host.novaHost] ?? { is: "unknown", reason: "Nova is being asked" };
}

function cloudWord(seen: Snapshot): string {
  switch (seen.cloud.is) {
    case "read":
      return "";
    case "unreachable":
      return `the cloud cannot be asked: ${seen.cloud.message}`;
    case "no-credentials":
      return "there are no cloud credentials to ask Nova with";
  }
}

/** The line in Git that releases an entry that nobody can prove free. */
function releaseLine(line: Line, context: RemovalContext): string {
  const { kind, name } = ownerOf(line, context);
  return `{kind: ${kind}, name: ${name}}`;
}

/** `a` takes every device that `b` takes, with the same class: nothing is withdrawn. */
function generalises(a: DeviceDeclaration, b: DeviceDeclaration): boolean {
  return includes(a, b) && (a.resourceClass ?? "") === (b.resourceClass ?? "");
}

/** Could this consumer hold a device of the spec? Unknown counts as yes. */
function mayHold(use: DeviceUse, spec: DeviceDeclaration, context: RemovalContext): boolean {
  if (use.address !== undefined && spec.address !== undefined && isFullAddress(spec.address)) {
    if (use.address.toLowerCase() === spec.address.toLowerCase()) return true;
    // A PF address also offers the VFs below it (nova/pci/devspec.py): same bus and slot.
    return use.address.slice(0, -2).toLowerCase() === spec.address.slice(0, -2).toLowerCase();
  }
  if (use.aliases.length === 0) return true;
  return use.aliases.some((name) => {
    // A server got its devices by what the name means to a nova-api, whatever it is to mean next.
    const told = [context.apiAliases.get(name), context.apiNext.get(name)].flatMap((lines) =>
      lines === undefined ? [] : [formerAlias(name, lines)],
    );
    const wished = context.aliases.get(name)?.declaration;
    const meanings = told.length > 0 || wished === undefined ? told : [wished];
    return meanings.length === 0 || meanings.some((meaning) => couldServe(meaning, spec));
  });
}

function isFullAddress(address: string): boolean {
  return /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(address);
}

function stillCovered(use: DeviceUse, stays: readonly DeviceDeclaration[]): boolean {
  return (
    use.address !== undefined &&
    stays.some((stay) => stay.address?.toLowerCase() === use.address?.toLowerCase())
  );
}

function describeUse(use: DeviceUse): string {
  const name = use.name === undefined ? use.id : `${use.name} (${use.id})`;
  return use.address === undefined
    ? `${use.what} ${name}`
    : `${use.what} ${name} on ${use.address}`;
}
