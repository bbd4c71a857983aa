// Which compute nodes serve an alias now, and if none does, why: for its status and for explain.

import { couldServe, normalId } from "../../nova/device/covers.ts";
import type { AliasDeclaration } from "../../nova/terms/declare.ts";
import {
  canServe,
  misfit,
  unserved,
  type Offer,
  type Unserved,
} from "../../nova/serving/serves.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Decision } from "../round/decision.ts";
import { gatesBy } from "../round/gate-index.ts";
import type { Gate } from "../terms/gates.ts";
import { isBeside, stalls } from "../terms/gate-table.ts";
import type { Settings } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import type { Notice } from "../wanted/accept.ts";
import type { DeviceEntry } from "../wanted/resolve.ts";
import { aliasEntry, declaredBy, isDevice } from "../wanted/lines.ts";
import type { Line, NodePhase } from "../terms/state.ts";
import { offerOf, offersIn } from "../flavors/offers.ts";
import { carriersOf, nodesOf } from "./bearers.ts";
import { serviceGate } from "./standing.ts";

export type ServingContext = {
  readonly decision: Decision;
  readonly seen: Snapshot;
  readonly settings: Settings;
};

/** Nodes whose nova-compute knows the alias and has a device entry that serves it. */
export function serversOf(
  { name, declaration }: { readonly name: string; readonly declaration: AliasDeclaration },
  context: ServingContext,
): readonly ComputeView[] {
  const { decision, seen, settings } = context;
  const through = decision.base.inSomeBase.has(name);
  const knowing = through ? decision.nodes : carriersOf(decision, aliasEntry(name));
  // Who carries it was given it for an entry that may serve it; class, traits and hardware say
  // more.
  if (!through && !settings.pciInPlacement && seen.hardware === undefined)
    return stillOffering(declaration, knowing, decision);
  return knowing.filter((view) => servesWith(view.wanted.lines, declaration, view, context));
}

/**
 * An alias whose removal failed stays where its devices left. Nodes that are alike are asked once.
 */
function stillOffering(
  alias: AliasDeclaration,
  knowing: readonly ComputeView[],
  { base }: Decision,
): readonly ComputeView[] {
  const asked = new Map<readonly Line[], boolean>();
  return knowing.filter(({ node, wanted: { lines } }) => {
    const offers =
      asked.get(lines) ??
      lines.some((line) => isDevice(line) && couldServe(alias, declaredBy(line)));
    asked.set(lines, offers);
    return offers || base.deviceBases(node).devices.some((device) => couldServe(alias, device));
  });
}

/** With these lines, and with those of the nova.conf under ours. */
export function servesWith(
  lines: readonly Line[],
  alias: AliasDeclaration,
  view: ComputeView,
  context: ServingContext,
): boolean {
  const { pciInPlacement } = context.settings;
  return offersWith(lines, view, context).some((offer) => canServe(alias, offer, pciInPlacement));
}

function offersWith(
  lines: readonly Line[],
  { node }: ComputeView,
  { decision, seen }: ServingContext,
): readonly Offer[] {
  const base = decision.base.deviceBases(node).devices;
  const hardware = seen.hardware?.[node.name];
  const own = offersIn(lines, hardware);
  return base.length === 0
    ? own
    : [...own, ...base.map((deviceDeclaration) => offerOf(deviceDeclaration, hardware))];
}

/** Every entry that a node is to get, whether or not a gate holds it back. */
function offersToCome({ decision, seen }: ServingContext): readonly Offer[] {
  const { pools, poolOf } = decision.wanted;
  const known = new Set<string>();
  return decision.nodes.flatMap(({ node }): readonly Offer[] => {
    const hardware = seen.hardware?.[node.name];
    const key = poolOf.get(node.name) ?? "";
    const pool = pools.get(key);
    const base = decision.base.deviceBases(node);
    const once = `${key}\n${base.workload}`;
    if (pool === undefined || (hardware === undefined && known.has(once))) return [];
    if (hardware === undefined) known.add(once);
    const devices = [...pool.devices.map((device) => device.declaration), ...base.devices];
    return devices.map((device) => offerOf(device, hardware));
  });
}

/** Why no node will ever serve it; undefined when one will. Asked when none does now. */
export function whyNobody(alias: AliasDeclaration, context: ServingContext): Unserved | undefined {
  const why = unserved(alias, offersToCome(context), context.settings.pciInPlacement);
  if (why === undefined || withIdsOf(alias, context.decision.wanted.pools).length > 0) return why;
  const names = offeringNowhere(alias, context);
  if (names.length === 0) return why;
  const [is, on] = names.length === 1 ? ["names", "is"] : ["name", "are"];
  const which = `PciWhitelist ${names.slice(0, 5).join(", ")}`;
  return { ...why, message: `${why.message}; ${which} ${is} it, and ${on} in force on no node` };
}

/** Names of whitelists with a device of these ids that no node has: refused, or picking none. */
function offeringNowhere(
  alias: AliasDeclaration,
  { decision, seen }: ServingContext,
): readonly string[] {
  const keys = new Set(alias.match.map((device) => idsKey(device.vendorId, device.productId)));
  const inForce = new Set(
    [...decision.wanted.pools.values()].flatMap(({ whitelists }) =>
      whitelists.map((whitelist) => whitelist.object),
    ),
  );
  return seen.objects.whitelists
    .filter(({ metadata, spec }) => {
      if (inForce.has(metadata.name)) return false;
      return (spec?.devices ?? []).some(
        ({ vendorId, productId }) =>
          vendorId !== undefined &&
          productId !== undefined &&
          keys.has(idsKey(vendorId, productId)),
      );
    })
    .map(({ metadata }) => metadata.name)
    .sort();
}

/**
 * What holds back the computes that are to serve an alias, and none does yet: the entries that
 * serve it, then their nodes, then all of nova-compute. While one node is on its way nothing does.
 */
export function serversWait(
  alias: AliasDeclaration | undefined,
  { decision, settings }: ServingContext,
): Gate | undefined {
  if (alias === undefined) return undefined;
  const { wanted, state, gates } = decision;
  const entries = new Set<string>();
  const pools = new Set<string>();
  for (const { pool, declaration, line } of withIdsOf(alias, wanted.pools)) {
    if (!canServe(alias, { device: declaration }, settings.pciInPlacement)) continue;
    entries.add(line.entry);
    pools.add(pool);
  }
  /** Whether it is on its way. */
  const nodes = new Map<string, boolean>();
  for (const { node } of [...pools].flatMap((key) => nodesOf(decision, key))) {
    const phase = state.nodes[node.name]?.phase ?? "idle";
    nodes.set(node.name, !atRest.has(phase));
  }
  const by = gatesBy(gates);
  const holding = [
    ...[...entries].flatMap((entry) => by.entry.get(entry) ?? []),
    ...[...nodes.keys()].flatMap((node) => by.node.get(node) ?? []),
  ];
  const stalling = holding.filter((gate) => stalls(gate) && !isBeside(gate));
  for (const { waits } of stalling) if (waits.on === "node") nodes.set(waits.node, false);
  if ([...nodes.values()].includes(true)) return undefined;
  return (
    by.first(stalling) ??
    by.first(holding.filter((gate) => !isBeside(gate))) ??
    serviceGate(decision, "compute", false)
  );
}

type Pools = Decision["wanted"]["pools"];
type InPool = DeviceEntry & { readonly pool: string };
type ByIds = {
  readonly all: readonly InPool[];
  /** By vendor and product; what leaves one of them open stands in `open`. */
  readonly of: ReadonlyMap<string, readonly InPool[]>;
  readonly open: readonly InPool[];
};

const byIds = new WeakMap<Pools, ByIds>();

/** Entries whose ids let them serve an alias: not each of 200 aliases is put beside each entry. */
function withIdsOf(alias: AliasDeclaration, pools: Pools): readonly InPool[] {
  const { all, of, open } = byIds.get(pools) ?? gatherByIds(pools);
  if (alias.match.length === 0) return all;
  const keys = new Set(alias.match.map((device) => idsKey(device.vendorId, device.productId)));
  return [...[...keys].flatMap((key) => of.get(key) ?? []), ...open];
}

function gatherByIds(pools: Pools): ByIds {
  const all = [...pools.values()].flatMap(({ key, devices }) =>
    devices.map((device): InPool => ({ ...device, pool: key })),
  );
  const of = new Map<string, InPool[]>();
  const open: InPool[] = [];
  for (const inPool of all) {
    const { vendorId, productId } = inPool.declaration;
    if (vendorId === undefined || productId === undefined) {
      open.push(inPool);
      continue;
    }
    const key = idsKey(vendorId, productId);
    const list = of.get(key);
    if (list === undefined) of.set(key, [inPool]);
    else list.push(inPool);
  }
  const made = { all, of, open };
  byIds.set(pools, made);
  return made;
}

function idsKey(vendor: string, product: string): string {
  return `${normalId(vendor)}:${normalId(product)}`;
}

const atRest: ReadonlySet<NodePhase> = new Set(["idle", "skipped", "halted"]);

/** Alternatives of an alias that no entry serves, beside others that are served. */
export function partlyServed(
  alias: AliasDeclaration,
  { decision, settings }: ServingContext,
): readonly Notice[] {
  const { pools } = decision.wanted;
  const inPlacement = settings.pciInPlacement;
  if (!inPlacement || alias.match.length < 2 || pools.size > mostCompared) return [];
  const offers = [...pools.values()].flatMap((pool) =>
    pool.devices.map((device) => ({ device: device.declaration })),
  );
  return alias.match.flatMap((device, index) => {
    const only = { ...alias, match: [device] };
    if (offers.some((offer) => canServe(only, offer, inPlacement))) return [];
    const why = offers.flatMap((offer) => misfit(only, offer, inPlacement) ?? [])[0];
    if (why === undefined) return [];
    return [{ reason: "PartlyServed", message: why.message, path: `spec.match[${index}]` }];
  });
}

/** Every alias is put beside every entry; beyond so many pools it is not looked for. */
const mostCompared = 100;
