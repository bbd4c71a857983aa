// Answers "which compute nodes does a whitelist pick, and which carry an entry?". Asked once for each
// object in each round, so the answer is made once for all of them. Decides nothing.

import type { ComputeView } from "./compute-view.ts";
import type { Decision } from "./decision.ts";
import type { Line } from "./state.ts";

type Bearers = {
  /** By whitelist, in the order of the nodes. */
  readonly picked: ReadonlyMap<string, readonly ComputeView[]>;
  /** By entry of the wanted fragment, in the order of the nodes. */
  readonly carrying: ReadonlyMap<string, readonly ComputeView[]>;
};

const known = new WeakMap<Decision["nodes"], Bearers>();

export function pickedBy(decision: Decision, whitelist: string): readonly ComputeView[] {
  return bearersOf(decision).picked.get(whitelist) ?? [];
}

export function carriersOf(decision: Decision, entry: string): readonly ComputeView[] {
  return bearersOf(decision).carrying.get(entry) ?? [];
}

function bearersOf(decision: Decision): Bearers {
  const made = known.get(decision.nodes) ?? gather(decision);
  known.set(decision.nodes, made);
  return made;
}

function gather({ nodes, wanted }: Decision): Bearers {
  const picked = new Map<string, ComputeView[]>();
  const carrying = new Map<string, ComputeView[]>();
  const entriesOf = entryFinder();
  for (const view of nodes) {
    const pool = wanted.pools.get(wanted.poolOf.get(view.node.name) ?? "");
    for (const one of pool?.whitelists ?? []) push(picked, one.object, view);
    for (const entry of entriesOf(view.wanted.lines)) push(carrying, entry, view);
  }
  return { picked, carrying };
}

/** Nodes alike share one list of lines. */
function entryFinder(): (lines: readonly Line[]) => ReadonlySet<string> {
  const made = new Map<readonly Line[], ReadonlySet<string>>();
  return (lines) => {
    const found = made.get(lines) ?? new Set(lines.map((one) => one.entry));
    made.set(lines, found);
    return found;
  };
}

function push(map: Map<string, ComputeView[]>, key: string, view: ComputeView): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [view]);
  else list.push(view);
}
