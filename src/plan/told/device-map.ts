// The devices of each compute node and what each is doing: free, used, reserved, excluded or unknown.
// Counted from Placement where the host reports there; without it a device that an entry or the
// node's own inventory names is unknown, never free. Metrics and `nova-pci nodes` show it.

import { couldServe } from "../../nova/device/covers.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../../nova/terms/declare.ts";
import { resourceClassOf } from "../../nova/terms/placement-names.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Decision } from "../round/decision.ts";
import type { Gauge } from "../terms/effects.ts";
import type { PciProvider, Snapshot } from "../terms/snapshot.ts";
import { declaredBy, isDevice } from "../wanted/lines.ts";

export const deviceStates = ["free", "used", "reserved", "excluded", "unknown"] as const;
export type DeviceState = (typeof deviceStates)[number];

export type DeviceRow = {
  /** Lower case, as in sysfs; absent when only the kind of the device is known. */
  readonly address?: string;
  readonly resourceClass?: string;
  /** Aliases that a flavor can ask for it by. */
  readonly aliases: readonly string[];
  /** How many are in each state: a PF's provider holds all its VFs. */
  readonly counts: Readonly<Partial<Record<DeviceState, number>>>;
};

export type NodeDevices = {
  readonly node: string;
  readonly devices: readonly DeviceRow[];
  /** Why the states are unknown; absent = Placement tells them. */
  readonly unknown?: string;
};

export function deviceMap(decision: Decision, seen: Snapshot): readonly NodeDevices[] {
  const aliases = decision.wanted.aliases.map((one) => one.declaration);
  return decision.nodes.map((view) => {
    const entries = view.wanted.lines.filter(isDevice).map(declaredBy);
    const reported = providersOf(view, seen);
    const excluded = excludedOf(view, decision);
    const found =
      reported === undefined
        ? unreported(view, entries, aliases, seen)
        : reported.map((one) => providerRow(one, entries, aliases));
    const free = found.filter((row) => !excluded.includes(row.address ?? ""));
    return {
      node: view.node.name,
      devices: [
        ...free,
        ...excluded.map((address) => ({ address, aliases: [], counts: { excluded: 1 } })),
      ],
      ...(reported !== undefined || entries.length === 0 ? {} : { unknown: unknownBecause(seen) }),
    };
  });
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

/**
 * Nova reserves a one-time-use device while it is allocated, so what is used is not reserved once
 * more (pci_placement_translator, 32 and later).
 */
function providerRow(
  provider: PciProvider,
  entries: readonly DeviceDeclaration[],
  aliases: readonly AliasDeclaration[],
): DeviceRow {
  const counts = Object.entries(countsOf(provider)).filter(([, count]) => count > 0);
  return {
    address: provider.address,
    resourceClass: provider.resourceClass,
    aliases: aliases
      .filter((alias) => entries.some((entry) => couldBeIt(alias, entry, provider)))
      .map((alias) => alias.name),
    counts: Object.fromEntries(counts),
  };
}

function countsOf({ total, reserved, used }: PciProvider) {
  const free = Math.max(0, total - Math.max(reserved, used));
  const taken = Math.min(total, used);
  return { free, used: taken, reserved: Math.max(0, total - free - taken) } as const;
}

/** The entry can serve the alias, and this provider can be what Nova made of the entry. */
function couldBeIt(
  alias: AliasDeclaration,
  entry: DeviceDeclaration,
  { address, resourceClass }: PciProvider,
): boolean {
  if (!couldServe(alias, entry)) return false;
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

/** The same as numbers for metrics: node, class and state; hosts that report to Placement only. */
export function deviceGauges(decision: Decision, seen: Snapshot): readonly Gauge[] {
  return decision.nodes.flatMap((view) => {
    const sums = new Map<string, { free: number; used: number; reserved: number }>();
    for (const provider of providersOf(view, seen) ?? []) {
      const sum = sums.get(provider.resourceClass) ?? { free: 0, used: 0, reserved: 0 };
      const more = countsOf(provider);
      sum.free += more.free;
      sum.used += more.used;
      sum.reserved += more.reserved;
      sums.set(provider.resourceClass, sum);
    }
    return [...sums].flatMap(([resource_class, sum]) =>
      (["free", "used", "reserved"] as const).map((state) => ({
        name: "nova_pci_devices",
        labels: { node: view.node.name, resource_class, state },
        value: sum[state],
      })),
    );
  });
}

const oneDevice = /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i;

/** Entries with the address of one device; else what NFD counted; neither says who uses it. */
function unreported(
  { node }: ComputeView,
  entries: readonly DeviceDeclaration[],
  aliases: readonly AliasDeclaration[],
  seen: Snapshot,
): readonly DeviceRow[] {
  const servedBy = (entry: DeviceDeclaration): readonly string[] =>
    aliases.filter((alias) => couldServe(alias, entry)).map((alias) => alias.name);
  const named = entries
    .filter((entry) => oneDevice.test(entry.address ?? ""))
    .map((entry) => ({
      address: entry.address!.toLowerCase(),
      aliases: servedBy(entry),
      counts: { unknown: 1 },
    }));
  const counted = entries
    .filter((entry) => !oneDevice.test(entry.address ?? ""))
    .map((entry) => ({ entry, count: countIn(entry, node.name, seen) }))
    .filter(({ count }) => count > 0)
    .map(({ entry, count }) => ({ aliases: servedBy(entry), counts: { unknown: count } }));
  return [...named, ...counted];
}

function countIn(entry: DeviceDeclaration, node: string, seen: Snapshot): number {
  const same = (wanted: string | undefined, found: string): boolean =>
    wanted === undefined || wanted.toLowerCase() === found;
  return (seen.hardware?.[node]?.devices ?? []).filter(
    (one) => same(entry.vendorId, one.vendor) && same(entry.productId, one.product),
  ).length;
}

function excludedOf({ node }: ComputeView, { wanted }: Decision): readonly string[] {
  const pool = wanted.pools.get(wanted.poolOf.get(node.name) ?? "");
  const all = (pool?.whitelists ?? []).flatMap(({ spec }) => spec.exclude ?? []);
  const here = all.filter((one) => one.nodeName === undefined || one.nodeName === node.name);
  return [...new Set(here.map((one) => one.address.toLowerCase()))].sort();
}
