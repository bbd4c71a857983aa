// The port of the loop to the world: to observe one installation as a value and to perform one
// effect. The real world is Kubernetes and OpenStack; the embedded world of `nova-pci try` and of
// the simulation is the same port in memory. Knows no client.

import type { Ask, Effect } from "../plan/plan.ts";
import type { Millis, Snapshot } from "../plan/terms/snapshot.ts";

export type World = {
  /** Namespaces that hold an object of ours or carry the injection label. */
  readonly namespaces: () => readonly string[];
  /** Throws NamespaceGone when nothing is kept for the namespace any more. */
  readonly observe: (namespace: string, ask: Ask) => Promise<Snapshot>;
  /** One mutating request. Throws a Failure; `conflict` means that somebody else was first. */
  readonly perform: (namespace: string, effect: Effect) => Promise<void>;
  /** Calls back when a namespace may have changed; coalesced by the loop. */
  readonly subscribe: (changed: (namespace: string) => void) => () => void;
  readonly now: () => Millis;
};
