// The outcome: every file as it will be once all gates are open, without order and without waiting.
// For `render`, for the scenarios and for previews; executes nothing.

import { couldServe } from "../nova/device/covers.ts";
import { deviceMeaning } from "../nova/device/meaning.ts";
import { singles } from "./round/singles.ts";
import type { Service } from "../api/names.ts";
import { accept, modelContext, type Verdict } from "./wanted/accept.ts";
import { baseFacts, type BaseFacts } from "./wanted/adoption.ts";
import { settleContradictions } from "./wanted/contradictions.ts";
import type { DeviceBase } from "./wanted/device-bases.ts";
import { placementLine, reportLine } from "./wanted/lines.ts";
import { noteDepartures, recall } from "./wanted/departures.ts";
import { none, render, type Fragment } from "./wanted/render.ts";
import { resolve, type Pool, type Wanted } from "./wanted/resolve.ts";
import { wantedFilters } from "./gates/scheduler.ts";
import { computeNodes, type ComputeNode } from "./wanted/selection.ts";
import { settingsOf, type Settings } from "./terms/settings.ts";
import type { Snapshot } from "./terms/snapshot.ts";
import type { Line } from "./terms/state.ts";

export type Outcome = {
  readonly verdicts: readonly Verdict[];
  /** nova-api, nova-scheduler, nova-conductor; a service without lines has no fragment. */
  readonly services: Readonly<Partial<Record<Exclude<Service, "compute">, Fragment>>>;
  /** One entry per distinct nova-compute fragment, with the nodes that read it. */
  readonly computes: readonly { readonly fragment: Fragment; readonly nodes: readonly string[] }[];
};

export function outcome(seen: Snapshot): Outcome {
  const settings = settingsOf(seen);
  const state = noteDepartures(seen, settings, recall(seen));
  const candidates = accept(seen, settings, state);
  const context = modelContext(settings);
  const nodes = computeNodes(seen);
  const settled = settleContradictions(candidates.whitelists, candidates.verdicts, nodes, context);
  const base = baseFacts(seen, settings, candidates.aliases, settled.verdicts);
  const wanted = resolve({ aliases: base.aliases, whitelists: settled.whitelists }, nodes, context);
  const aliases = wanted.aliases.filter((alias) => !base.throughBase.has(alias.name));
  const option = settings.pciInPlacement ? [placementLine] : [];
  const filters = wantedFilters(seen, settings, base, wanted);
  // Each takes of them what it may carry.
  const lines = [...aliases.flatMap((alias) => alias.lines), ...filters.lines, ...option];
  const fragments = singles.map((service) => [service, render(service, lines)] as const);
  return {
    verdicts: base.verdicts,
    services: Object.fromEntries(fragments.filter(([, fragment]) => fragment.name !== none)),
    computes: computeFragments(wanted, settings, nodes, base),
  };
}

function computeFragments(
  wanted: Wanted,
  settings: Settings,
  nodes: readonly ComputeNode[],
  { deviceBases, inSomeBase }: BaseFacts,
): Outcome["computes"] {
  const byName = new Map<string, { fragment: Fragment; nodes: string[] }>();
  const byPool = new Map<string, Fragment>();
  const aliases = wanted.aliases.filter((alias) => !inSomeBase.has(alias.name));
  const carried = { ...wanted, aliases };
  for (const node of nodes) {
    const poolKey = wanted.poolOf.get(node.name);
    if (poolKey === undefined) continue;
    const pool = wanted.pools.get(poolKey)!;
    const base = deviceBases(node);
    const key = `${base.workload} ${poolKey}`;
    const fragment = byPool.get(key) ?? render("compute", poolLines(pool, carried, settings, base));
    byPool.set(key, fragment);
    if (fragment.name === none) continue;
    const group = byName.get(fragment.name);
    if (group === undefined) byName.set(fragment.name, { fragment, nodes: [node.name] });
    else group.nodes.push(node.name);
  }
  return [...byName.values()].sort((a, b) => (a.nodes[0]! < b.nodes[0]! ? -1 : 1));
}

function poolLines(
  pool: Pool,
  wanted: Wanted,
  settings: Settings,
  base: DeviceBase,
): readonly Line[] {
  const devices = [...pool.devices.map((device) => device.declaration), ...base.devices];
  const aliases = wanted.aliases.filter((alias) =>
    devices.some((device) => couldServe(alias.declaration, device)),
  );
  const report = settings.reportInPlacement && pool.devices.length > 0 ? [reportLine] : [];
  return [
    ...pool.devices
      .filter((device) => !base.meanings.has(deviceMeaning(device.line.value)))
      .map((device) => device.line),
    ...aliases.flatMap((alias) => alias.lines),
    ...report,
  ];
}
