// The compute nodes that a whitelist picks, and those that carry an entry. Asked once for each
// object in each round, so the answer is made once for all of them. Decides nothing.

import type { ComputeView } from "../gates/compute-view.ts";
import type { Decision } from "../round/decision.ts";
import type { Line } from "../terms/state.ts";

type Bearers = {
  /** By whitelist. */
  readonly picked: ReadonlyMap<string, readonly ComputeView[]>;
  /** By entry of the wanted fragment. */
  readonly carrying: ReadonlyMap<string, readonly ComputeView[]>;
  /** By pool. */
  readonly pools: ReadonlyMap<string, readonly ComputeView[]>;
};

const known = new WeakMap<Decision["nodes"], Bearers>();

export function pickedBy(decision: Decision, whitelist: string): readonly ComputeView[] {
  return bearersOf(decision).picked.get(whitelist) ?? [];
}

export function carriersOf(decision: Decision, entry: string): readonly ComputeView[] {
  return bearersOf(decision).carrying.get(entry) ?? [];
}

export function nodesOf(decision: Decision, pool: string): readonly ComputeView[] {
  return bearersOf(decision).pools.get(pool) ?? [];
}

function bearersOf(decision: Decision): Bearers {
  const made = known.get(decision.nodes) ?? gather(decision);
  known.set(decision.nodes, made);
  return made;
}

function gather({ nodes, wanted }: Decision): Bearers {
  const picked = new Map<string, ComputeView[]>();
  const carrying = new Map<string, ComputeView[]>();
  // Nodes that are alike share their pool and one list of lines.
  const pools = new Map<string, ComputeView[]>();
  const alike = new Map<readonly Line[], ComputeView[]>();
  for (const view of nodes) {
    listIn(pools, wanted.poolOf.get(view.node.name) ?? "").push(view);
    listIn(alike, view.wanted.lines).push(view);
  }
  for (const [key, views] of pools) {
    for (const whitelist of wanted.pools.get(key)?.whitelists ?? [])
      listIn(picked, whitelist.object).push(...views);
  }
  for (const [lines, views] of alike) {
    for (const entry of new Set(lines.map((line) => line.entry)))
      listIn(carrying, entry).push(...views);
  }
  return { picked, carrying, pools };
}

function listIn<K>(map: Map<K, ComputeView[]>, key: K): ComputeView[] {
  const list = map.get(key);
  if (list !== undefined) return list;
  const made: ComputeView[] = [];
  map.set(key, made);
  return made;
}
