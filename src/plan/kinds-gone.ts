// The plan of an installation for which nobody can say what was decided: its PciPassthrough is not
// there, and not because somebody removed it: its CRD ends, is absent or is another one. Objects
// may leave; whatever is live stays as it is. Knows no workload and no pod.

import { flavorFinalizer } from "../api/names.ts";
import { accept } from "./wanted/accept.ts";
import type { Ask, Effect, Plan } from "./terms/effects.ts";
import { released } from "./flavors/delete.ts";
import { planFlavors } from "./flavors/flavors.ts";
import { believesRemovals } from "./wanted/departures.ts";
import { sameJson } from "../nova/text/same-json.ts";
import type { Settings } from "./terms/settings.ts";
import type { Snapshot } from "./terms/snapshot.ts";
import type { State } from "./terms/state.ts";

const nothing: Ask = {
  usageOf: [],
  aliasUse: [],
  accessTo: [],
  inventories: false,
  jobs: false,
  preflights: false,
  placement: false,
  healthOf: [],
  logsOf: [],
};

/** Defaults in place of what was decided would restart services, so nothing is decided by them. */
export function kindsGone(seen: Snapshot, state: State): boolean {
  return seen.objects.passthrough === undefined && !believesRemovals(seen, state, "PciPassthrough");
}

/**
 * The namespace goes, and with it Nova's workloads, the state and the Secret of the cloud: nothing
 * can be written there any more, and nothing of ours may hold it back. Nova's flavors stay as they
 * are.
 */
export function lastFarewell(seen: Snapshot): Plan {
  return {
    namespace: seen.namespace,
    effects: seen.objects.flavors
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
      .filter(({ metadata }) => (metadata.finalizers ?? []).includes(flavorFinalizer))
      .map(released),
    gates: [],
    ask: nothing,
    gauges: [],
  };
}

export function farewell(seen: Snapshot, settings: Settings, state: State): Plan {
  const leaving = planFlavors({
    seen,
    flavors: accept(seen, settings, state).flavors.filter(
      (flavor) => flavor.deleting && isKnown(seen),
    ),
    records: state.flavors,
    liveAliases: new Set(),
    aliases: new Map(),
    offers: [],
  });
  return {
    namespace: seen.namespace,
    effects: [...recorded(seen, state, leaving.records), ...leaving.effects, ...beginning(seen)],
    gates: leaving.outcomes.flatMap((outcome) =>
      outcome.gate === undefined
        ? []
        : [{ waits: { on: "flavor", flavor: outcome.object }, ...outcome.gate }],
    ),
    ...(leaving.wakes.length === 0 ? {} : { againAt: Math.min(...leaving.wakes) }),
    ask: { ...nothing, accessTo: leaving.accessTo },
    gauges: [],
  };
}

/**
 * What must be cleaned up in Nova cannot be known without the state, but nothing is when kinds end.
 */
function isKnown(seen: Snapshot): boolean {
  return seen.state.is !== "unreadable" || seen.crds.PciFlavor.is === "terminating";
}

function recorded(seen: Snapshot, state: State, flavors: State["flavors"]): readonly Effect[] {
  if (seen.state.is !== "read" || sameJson(flavors, state.flavors)) return [];
  const { resourceVersion } = seen.state;
  return [{ do: "write-state", state: { ...state, flavors }, resourceVersion }];
}

/** The kinds are back and objects come: the installation gets its object as at first. */
function beginning(seen: Snapshot): readonly Effect[] {
  const { aliases, whitelists, flavors } = seen.objects;
  const some = aliases.length + whitelists.length + flavors.length > 0;
  return some && seen.crds.PciPassthrough.is === "served" ? [{ do: "create-passthrough" }] : [];
}
