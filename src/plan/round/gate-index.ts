// The gates of a round by what waits. Every object asks for its own, and a big rollout has a gate
// for each node: the list is read once for all of them.

import type { Gate } from "../terms/gates.ts";
import { entryParts } from "../wanted/lines.ts";

type GateIndex = {
  readonly installation: readonly Gate[];
  readonly service: ReadonlyMap<string, readonly Gate[]>;
  readonly node: ReadonlyMap<string, readonly Gate[]>;
  readonly entry: ReadonlyMap<string, readonly Gate[]>;
  /** Of device entries, by their object. */
  readonly whitelist: ReadonlyMap<string, readonly Gate[]>;
  /** The first of these in the order of the round. */
  readonly first: (gates: Iterable<Gate>) => Gate | undefined;
};

const known = new WeakMap<readonly Gate[], GateIndex>();

export function gatesBy(gates: readonly Gate[]): GateIndex {
  const made = known.get(gates) ?? indexOf(gates);
  known.set(gates, made);
  return made;
}

function indexOf(gates: readonly Gate[]): GateIndex {
  const installation: Gate[] = [];
  const service = new Map<string, Gate[]>();
  const node = new Map<string, Gate[]>();
  const entry = new Map<string, Gate[]>();
  const whitelist = new Map<string, Gate[]>();
  const place = new Map<Gate, number>();
  for (const gate of gates) {
    place.set(gate, place.size);
    const { waits } = gate;
    if (waits.on === "installation") installation.push(gate);
    if (waits.on === "service") listIn(service, waits.service).push(gate);
    if (waits.on === "node") listIn(node, waits.node).push(gate);
    if (waits.on !== "entry") continue;
    listIn(entry, waits.entry).push(gate);
    const { of, name } = entryParts(waits.entry);
    if (of === "device") listIn(whitelist, name).push(gate);
  }
  const placeOf = (gate: Gate): number => place.get(gate) ?? place.size;
  const first = (some: Iterable<Gate>): Gate | undefined => {
    let found: Gate | undefined;
    for (const gate of some)
      if (found === undefined || placeOf(gate) < placeOf(found)) found = gate;
    return found;
  };
  return { installation, service, node, entry, whitelist, first };
}

function listIn(map: Map<string, Gate[]>, key: string): Gate[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
