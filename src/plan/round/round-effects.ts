// The effects of a round in their fixed order, state first; when it is looked at again, and what
// the next snapshot must hold.

import type { Planned, Round } from "./decision.ts";
import * as delivery from "../gates/delivery.ts";
import type { Ask, Effect, KubeEffect } from "../terms/effects.ts";
import type { Gate } from "../terms/gates.ts";
import { nextEnd } from "../wanted/exclusions.ts";
import { entryParts, lineText } from "../wanted/lines.ts";
import * as memory from "../wanted/departures.ts";
import { fragmentsWanted, goneWakes, mountedRecords } from "./next-state.ts";
import { none } from "../wanted/render.ts";
import type { Settings } from "../terms/settings.ts";
import { singles } from "./singles.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";
import type { State } from "../terms/state.ts";
import { structural } from "../terms/verdict.ts";
import { mountedFiles } from "./targets.ts";

export function effectsOf(round: Round, planned: Planned, state: State): readonly Effect[] {
  const { seen, settings } = round;
  const record: Effect[] =
    memory.sameState(round.before, state) && isKept(seen)
      ? []
      : [
          {
            do: "write-state",
            state,
            ...(seen.state.is === "read" ? { resourceVersion: seen.state.resourceVersion } : {}),
          },
        ];
  const idle =
    Object.keys(state.accepted).length === 0 && seen.assignment === undefined && !hasObjects(seen);
  if (idle) return [];
  const config: KubeEffect[] = [
    ...(seen.objects.passthrough === undefined && hasObjects(seen)
      ? [{ do: "create-passthrough" } as const]
      : []),
  ];
  if (round.chosen === "Injected") {
    config.push(
      ...delivery.fragmentEffects(fragmentsWanted(round, planned), state.fragments, seen),
    );
    if (hasWay(round)) config.push(...delivery.assignmentEffects(seen, settings, state.nodes));
  }
  if (round.chosen === "Mounted") {
    for (const [service, fragment] of mountedFiles(round, planned)) {
      const effect = delivery.mountedEffect(service, fragment, seen);
      if (effect === undefined || delivery.sizeGate(fragment) !== undefined) continue;
      config.push(effect);
      if (round.state.mounted[service]?.digest === fragment.digest)
        config.push(repaired(round, effect));
    }
  }
  const restarts = [
    ...planned.computes.effects,
    ...singles.flatMap((single) => planned.singlesPlanned[single].out.effects),
  ];
  const garbage = delivery.garbage(seen, state.fragments).effects;
  // A finalizer is let go when all is done that it stood for: no failure of the rest may hold it
  // up.
  const isFinalizers = (effect: Effect): boolean => effect.do === "set-finalizers";
  const finalizers = planned.flavors.effects.filter(isFinalizers);
  const flavors = planned.flavors.effects.filter((effect) => !isFinalizers(effect));
  return [
    ...record,
    ...finalizers,
    ...config,
    ...restarts,
    ...flavors,
    ...garbage,
    ...planned.cleaning.effects,
  ];
}

/** As it was written last, label included: by that it is watched. */
function isKept({ state }: Snapshot): boolean {
  return state.is === "read" && state.unlabelled !== true;
}

/** Somebody else changed the file that every pod of the service mounts. */
function repaired(round: Round, effect: KubeEffect): KubeEffect {
  const name = effect.do === "write-mounted" ? effect.name : "";
  return {
    do: "event",
    about: { kind: "Node", name: "", uid: "" },
    type: "Warning",
    reason: "Repaired",
    message: `ConfigMap ${name} was changed by somebody else and is written again; change the objects instead (namespace ${round.seen.namespace})`,
  };
}

/** Something reads the assignment: the policy, or the webhook where there is no policy. */
function hasWay({ seen: { injection } }: Round): boolean {
  return injection.mutating.is === "installed" || injection.webhook?.is === "installed";
}

function hasObjects(seen: Snapshot): boolean {
  const { aliases, whitelists, flavors, passthrough } = seen.objects;
  return aliases.length + whitelists.length + flavors.length > 0 || passthrough !== undefined;
}

export function wakesOf(round: Round, planned: Planned): readonly Millis[] {
  const { seen, settings } = round;
  const wakes = [
    ...planned.computes.wakes,
    ...singles.flatMap((single) => planned.singlesPlanned[single].out.wakes),
    ...planned.flavors.wakes,
    ...planned.cleaning.wakes,
    ...goneWakes(round),
  ];
  const ends = nextEnd(exclusive(round), seen.now);
  if (ends !== undefined) wakes.push(ends);
  const settle = round.changedAt + settings.rollout.settleMillis;
  if (settle > seen.now) wakes.push(settle);
  const leaving = [
    ...round.nodes.map((node) => node.held.leaving),
    ...singles.map((single) => planned.singlesPlanned[single].held.leaving),
  ];
  for (const item of leaving) {
    for (const since of Object.values(item ?? {})) {
      const due = since + settings.rollout.removalGraceMillis;
      if (due > seen.now) wakes.push(due);
    }
  }
  if (round.chosen === "Mounted") {
    for (const item of Object.values(mountedRecords(round, planned))) {
      const due = item.at + delivery.propagationMillis;
      if (due >= seen.now) wakes.push(due);
    }
  }
  const collect = delivery.garbage(seen, round.state.fragments).wake;
  return collect === undefined ? wakes : [...wakes, collect];
}

/** What is refused for an exclusion is accepted when that ends. */
function exclusive({ candidates, seen }: Round): Parameters<typeof nextEnd>[0] {
  const sound = seen.objects.whitelists.filter(
    (whitelist) => structural("PciWhitelist", whitelist) === undefined,
  );
  return [...candidates.whitelists, ...sound].map(({ spec }) => spec);
}

const usageGates: readonly Gate["gate"][] = ["UsageUnknown", "InUse", "NotCleaned"];

/** Whatever a decision rests on is asked again: an answer that opened a gate must not be lost. */
export function asks(round: Round, planned: Planned, settings: Settings): Ask {
  const usage = new Set(planned.computes.askUsage);
  for (const { held, sight } of round.nodes) {
    const guarded = held.gates.some((gate) => usageGates.includes(gate.gate));
    const leaves = Object.keys(held.leaving ?? {}).some((text) => !text.includes("]alias="));
    if ((guarded || leaves) && sight.service !== undefined) usage.add(sight.service.host);
  }
  const aliasUse = new Set<string>();
  const api = planned.singlesPlanned.api.held;
  for (const gate of api.gates) {
    if (gate.waits.on === "entry" && (gate.gate === "UsageUnknown" || gate.gate === "InUse")) {
      aliasUse.add(gate.waits.entry.slice("alias/".length));
    }
  }
  for (const line of round.linesOf(round.state.services.api?.assigned ?? none)) {
    if (line.option === "alias" && api.leaving?.[lineText(line)] !== undefined) {
      aliasUse.add(entryParts(line.entry).name);
    }
  }
  return {
    usageOf: [...usage].sort(),
    aliasUse: [...aliasUse].sort(),
    accessTo: planned.flavors.accessTo,
    inventories: settings.reportInPlacement && asksForDevices(round),
    jobs: settings.reportInPlacement && planned.cleaning.asks,
    preflights: planned.computes.askPreflights,
    placement: settings.pciInPlacement && !round.context.apiInPlacement,
    healthOf: [
      ...new Set([
        ...planned.computes.askHealth,
        ...singles.flatMap((single) => planned.singlesPlanned[single].out.askHealth),
      ]),
    ].sort(),
    logsOf: [
      ...planned.computes.askLogs,
      ...singles.flatMap((single) => planned.singlesPlanned[single].out.askLogs),
    ],
  };
}

/**
 * What fits a flavor, what a device entry offers and what an alias can take are counted in
 * Placement.
 */
function asksForDevices({ candidates, nodes }: Round): boolean {
  const { flavors, whitelists, aliases } = candidates;
  if (flavors.length + whitelists.length + aliases.length > 0) return true;
  return nodes.some(({ held }) => held.leaving !== undefined);
}
