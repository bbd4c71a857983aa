// The devices of each compute node and what each is doing: free, used, reserved, excluded or
// unknown. Counted from Placement where the host reports there; without it a device that an entry
// or the node's own inventory names is unknown, never free. Metrics and `nova-pci nodes` show it.

import { canServe } from "../../nova/serving/serves.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../../nova/terms/declare.ts";
import { resourceClassOf } from "../../nova/terms/placement-names.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Decision } from "../round/decision.ts";
import type { Gauge } from "../terms/effects.ts";
import type { DeviceUse, PciProvider, Snapshot } from "../terms/snapshot.ts";
import { settingsOf } from "../terms/settings.ts";
import type { Line } from "../terms/state.ts";
import { declaredBy, isDevice } from "../wanted/lines.ts";

export const deviceStates = ["free", "used", "reserved", "excluded", "unknown"] as const;
export type DeviceState = (typeof deviceStates)[number];

export type DeviceRow = {
  /** Lower case, as in sysfs; absent when only the kind of the device is known. */
  readonly address?: string;
  readonly resourceClass?: string;
  /** Aliases that a flavor can ask for it by. */
  readonly aliases: readonly string[];
  /**
   * How many are in each state: a PF's provider holds all its VFs. Empty = an entry offers such
   * devices, and nobody knows how many.
   */
  readonly counts: Readonly<Partial<Record<DeviceState, number>>>;
  readonly usedBy?: readonly DeviceUser[];
};

/** Who has it; only known where somebody asked for the use of its host. */
type DeviceUser = Pick<DeviceUse, "what" | "id" | "name">;

export type NodeDevices = {
  readonly node: string;
  /** As Nova calls it; absent = none is known to be this node. */
  readonly host?: string;
  readonly devices: readonly DeviceRow[];
  /** Why the states are unknown; absent = Placement tells them. */
  readonly unknown?: string;
};

/** The aliases that an entry can serve. */
type Askers = (entry: DeviceDeclaration) => readonly AliasDeclaration[];

export function deviceMap(decision: Decision, seen: Snapshot): readonly NodeDevices[] {
  const { pciInPlacement } = settingsOf(seen);
  const aliases = decision.wanted.aliases.map((alias) => alias.declaration);
  const askers: Askers = (device) =>
    aliases.filter((alias) => canServe(alias, { device }, pciInPlacement));
  return decision.nodes.map((view) => {
    const entries = entriesIn(view.wanted.lines);
    const reported = providersOf(view, seen);
    const excluded = excludedOf(view, decision);
    const hidden = reported === undefined ? entries : entries.filter(neverReported);
    const found = [
      ...(reported ?? []).map((provider) => providerRow(provider, entries, askers)),
      ...unreported(view, hidden, askers, seen),
    ];
    const offered = found.filter((row) => !excluded.includes(row.address ?? ""));
    const known = new Map(found.map((row) => [row.address, row]));
    const out = excluded.map((address) => ({
      ...(known.get(address) ?? { address, aliases: [] }),
      counts: { excluded: 1 },
    }));
    const host = view.sight.service?.host;
    return {
      node: view.node.name,
      ...(host === undefined ? {} : { host }),
      devices: [...offered, ...out].map((row) => withUsers(row, host, seen)),
      ...(reported !== undefined || entries.length === 0 ? {} : { unknown: unknownBecause(seen) }),
    };
  });
}

const entriesOfLines = new WeakMap<readonly Line[], readonly DeviceDeclaration[]>();

function entriesIn(lines: readonly Line[]): readonly DeviceDeclaration[] {
  const made = entriesOfLines.get(lines) ?? lines.filter(isDevice).map(declaredBy);
  entriesOfLines.set(lines, made);
  return made;
}

function withUsers(row: DeviceRow, host = "", { cloud }: Snapshot): DeviceRow {
  const usage = cloud.is === "read" ? cloud.usage[host] : undefined;
  if (usage?.is !== "read" || row.address === undefined) return row;
  const users = usage.consumers
    .filter((consumer) => consumer.address?.toLowerCase() === row.address)
    .map(({ what, id, name }) => ({ what, id, ...(name === undefined ? {} : { name }) }));
  return users.length === 0 ? row : { ...row, usedBy: users };
}

function providersOf({ sight }: ComputeView, seen: Snapshot): readonly PciProvider[] | undefined {
  if (seen.cloud.is !== "read" || sight.service === undefined) return undefined;
  const found = seen.cloud.inventories?.[sight.service.host];
  return found === undefined || found.length === 0 ? undefined : found;
}

function unknownBecause({ cloud }: Snapshot): string {
  if (cloud.is === "no-credentials") return "there are no credentials for the cloud";
  if (cloud.is === "unreachable") return "the cloud does not answer";
  return "its nova-compute does not report PCI devices to Placement";
}

/** Who looks at files sees what was written: nobody can use a device of theirs, or report one. */
export function ofFiles(nodeDevices: NodeDevices): NodeDevices {
  return nodeDevices.unknown === undefined
    ? nodeDevices
    : { ...nodeDevices, unknown: "files say which devices there are, not who uses them" };
}

/**
 * A device with a physical network is none of Placement's (pci_placement_translator, all releases).
 */
function neverReported(entry: DeviceDeclaration): boolean {
  return (entry.physicalNetwork ?? "") !== "";
}

function providerRow(
  provider: PciProvider,
  entries: readonly DeviceDeclaration[],
  askers: Askers,
): DeviceRow {
  const counts = Object.entries(countsOf(provider)).filter(([, count]) => count > 0);
  const asking = entries.flatMap((entry) =>
    askers(entry).filter((alias) => couldBeIt(alias, entry, provider)),
  );
  return {
    address: provider.address,
    resourceClass: provider.resourceClass,
    aliases: [...new Set(asking.map((alias) => alias.name))].sort(),
    counts: Object.fromEntries(counts),
  };
}

/**
 * Free is what Placement would still grant: what is used is not free, and neither is what is
 * reserved. A one-time-use device in use is both (pci_placement_translator, 32 and later), and
 * shown as used.
 */
function countsOf({ total, reserved, used }: PciProvider) {
  const free = Math.max(0, total - reserved - used);
  const taken = Math.min(total, used);
  return { free, used: taken, reserved: Math.max(0, total - free - taken) } as const;
}

/** This provider can be what Nova made of the entry, which can serve the alias. */
function couldBeIt(
  alias: AliasDeclaration,
  entry: DeviceDeclaration,
  { address, resourceClass }: PciProvider,
): boolean {
  if (oneDevice.test(entry.address ?? "") && entry.address!.toLowerCase() !== address) return false;
  const { vendorId, productId } = entry;
  if (entry.resourceClass !== undefined || (vendorId !== undefined && productId !== undefined))
    return (
      resourceClassOf(entry.resourceClass, vendorId ?? null, productId ?? null) === resourceClass
    );
  return alias.match.some(
    (ids) => resourceClassOf(undefined, ids.vendorId, ids.productId) === resourceClass,
  );
}

type Sums = Map<string, Partial<Record<DeviceState, number>>>;

/** The same as numbers for metrics: node, class and state. */
export function deviceGauges(decision: Decision, seen: Snapshot): readonly Gauge[] {
  return decision.nodes.flatMap((view) => {
    const reported = providersOf(view, seen);
    const excluded = excludedOf(view, decision);
    const linesAlone =
      reported === undefined && excluded.length === 0 && seen.hardware === undefined;
    const { node, wanted } = view;
    const known = linesAlone ? ofLines.get(node) : undefined;
    if (known?.lines === wanted.lines) return known.gauges;
    const made = gaugesOf(node.name, sumsOf(view, reported, excluded, seen));
    if (linesAlone) ofLines.set(node, { lines: wanted.lines, gauges: made });
    return made;
  });
}

type OfLines = { readonly lines: readonly Line[]; readonly gauges: readonly Gauge[] };

/** Of nodes about which nothing is known but their entries: most of them, in most rounds. */
const ofLines = new WeakMap<ComputeView["node"], OfLines>();

function sumsOf(
  view: ComputeView,
  reported: readonly PciProvider[] | undefined,
  excluded: readonly string[],
  seen: Snapshot,
): Sums {
  const sums: Sums = new Map();
  const out = new Set(excluded);
  for (const provider of reported ?? [])
    add(
      sums,
      provider.resourceClass,
      out.delete(provider.address) ? { excluded: 1 } : countsOf(provider),
    );
  if (reported === undefined) {
    const entries = entriesIn(view.wanted.lines);
    for (const { address = "", counts } of unreported(view, entries, () => [], seen))
      if (!out.has(address)) add(sums, "", counts);
  }
  if (out.size > 0) add(sums, "", { excluded: out.size });
  return sums;
}

function gaugesOf(node: string, sums: Sums): readonly Gauge[] {
  return [...sums].flatMap(([resource_class, sum]) =>
    deviceStates
      .filter((state) => sum[state] !== undefined)
      .map((state) => ({
        name: "nova_pci_devices",
        labels: { node, resource_class, state },
        value: sum[state]!,
      })),
  );
}

function add(sums: Sums, key: string, more: Partial<Record<DeviceState, number>>): void {
  const sum = sums.get(key) ?? {};
  sums.set(key, sum);
  for (const state of deviceStates) {
    const count = more[state];
    if (count !== undefined) sum[state] = (sum[state] ?? 0) + count;
  }
}

const oneDevice = /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i;

/** Entries with the address of one device; else what NFD counted; neither says who uses it. */
function unreported(
  { node }: ComputeView,
  entries: readonly DeviceDeclaration[],
  askers: Askers,
  seen: Snapshot,
): readonly DeviceRow[] {
  return entries.flatMap((entry): readonly DeviceRow[] => {
    const asking = askers(entry);
    const row = { aliases: asking.map((alias) => alias.name) };
    const address = entry.address?.toLowerCase() ?? "";
    if (oneDevice.test(address)) {
      // The address of a PF stands for however many VFs it has.
      const many = asking.length > 0 && asking.every((alias) => alias.deviceType === "type-VF");
      return [{ address, ...row, counts: many ? {} : { unknown: 1 } }];
    }
    const count = countIn(entry, node.name, seen);
    return count === 0 ? [] : [{ ...row, counts: count === undefined ? {} : { unknown: count } }];
  });
}

/** Undefined = nobody looked. */
function countIn(entry: DeviceDeclaration, node: string, seen: Snapshot): number | undefined {
  const same = (wanted: string | undefined, found: string): boolean =>
    wanted === undefined || wanted.toLowerCase() === found;
  return seen.hardware?.[node]?.devices.filter(
    (device) => same(entry.vendorId, device.vendor) && same(entry.productId, device.product),
  ).length;
}

function excludedOf({ node }: ComputeView, { wanted }: Decision): readonly string[] {
  const pool = wanted.pools.get(wanted.poolOf.get(node.name) ?? "");
  const all = (pool?.whitelists ?? []).flatMap(({ spec }) => spec.exclude ?? []);
  if (all.length === 0) return [];
  const here = all.filter(
    (device) => device.nodeName === undefined || device.nodeName === node.name,
  );
  return [...new Set(here.map((device) => device.address.toLowerCase()))].sort();
}
