// Which compute nodes serve an alias now, and if none does, why: for its status and for explain.

import type { AliasDeclaration } from "../../nova/declare.ts";
import { canServe, misfit, unserved, type Offer, type Unserved } from "../../nova/serves.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Decision } from "../round/decision.ts";
import type { Settings } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import type { Notice } from "../wanted/accept.ts";
import { aliasEntry } from "../wanted/lines.ts";
import { offerOf, offersIn } from "../wanted/serving.ts";
import { carriersOf } from "./bearers.ts";

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
  // Who carries it has an entry that may serve it; only class, traits and hardware say more.
  if (!through && !settings.pciInPlacement && seen.hardware === undefined) return knowing;
  return knowing.filter((view) =>
    offersNow(view, context).some((one) => canServe(declaration, one, settings.pciInPlacement)),
  );
}

function offersNow(
  { node, wanted }: ComputeView,
  { decision, seen }: ServingContext,
): readonly Offer[] {
  const base = decision.base.deviceBases(node).devices;
  const hardware = seen.hardware?.[node.name];
  const own = offersIn(wanted.lines, hardware);
  return base.length === 0 ? own : [...own, ...base.map((one) => offerOf(one, hardware))];
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
    const devices = [...pool.devices.map((one) => one.declaration), ...base.devices];
    return devices.map((one) => offerOf(one, hardware));
  });
}

/** Why no node will ever serve it; undefined when one will. Asked when none does now. */
export function whyNobody(alias: AliasDeclaration, context: ServingContext): Unserved | undefined {
  return unserved(alias, offersToCome(context), context.settings.pciInPlacement);
}

/** Entries with the ids of the alias that serve it nowhere, beside others that do. */
export function partlyServed(alias: AliasDeclaration, context: ServingContext): readonly Notice[] {
  const { decision, settings } = context;
  const { pools } = decision.wanted;
  if (!settings.pciInPlacement || pools.size > mostCompared) return [];
  const found = new Map<string, Unserved>();
  for (const pool of pools.values()) {
    for (const { declaration } of pool.devices) {
      const why = misfit(alias, { device: declaration }, settings.pciInPlacement);
      if (why !== undefined) found.set(why.message, why);
    }
  }
  return [...found.values()].map(({ name, message, path }) => ({ reason: name, message, path }));
}

/** Every alias is put beside every entry; beyond so many pools it is not looked for. */
const mostCompared = 100;
