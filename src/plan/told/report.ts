// The report of a decision, for people and metrics: statuses that differ, events, gauges and the
// time to look again. Last step of the core; changes nothing that was decided.

import { passthroughName, type Kind } from "../../api/names.ts";
import { isStored, splitKey } from "../wanted/accept.ts";
import { cleaningEvents } from "../cleaning/words.ts";
import type { Decision } from "../round/decision.ts";
import type { Effect, Plan } from "../terms/effects.ts";
import type { Meta, Snapshot } from "../terms/snapshot.ts";
import { aliasStatus } from "./alias-status.ts";
import { flavorStatus, type StalledAliases } from "./flavor-status.ts";
import { gauges } from "./gauges.ts";
import { passthroughStatus } from "./passthrough-status.ts";
import { endText } from "./rollout-view.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import { type StatusContext } from "./standing.ts";
import { conditionsOf, type Condition } from "../../api/statuses.ts";
import { whitelistStatus } from "./whitelist-status.ts";

export function report(decision: Decision, context: StatusContext): Plan {
  const { seen } = context;
  const statuses = statusEffects(decision, context);
  const events = [
    ...conditionEvents(statuses, seen),
    ...changeEvents(decision, seen),
    ...cleaningEvents(decision.cleaning, seen),
  ];
  const wakes = decision.wakes.filter((at) => at >= seen.now);
  return {
    namespace: seen.namespace,
    effects: [
      ...decision.effects.filter((effect) => effect.do !== "event"),
      ...statuses,
      ...named(decision, seen),
      ...events,
    ],
    gates: decision.gates,
    ...(wakes.length === 0 ? {} : { againAt: Math.min(...wakes) }),
    ask: decision.ask,
    gauges: gauges(decision, context.seen),
  };
}

/** Events of the decision itself; those about a node are told on the PciPassthrough. */
function named(decision: Decision, seen: Snapshot): readonly Effect[] {
  const about = installation(seen);
  return decision.effects.flatMap((effect): Effect[] => {
    if (effect.do !== "event") return [];
    if (effect.about.kind !== "Node") return [effect];
    return about === undefined ? [] : [{ ...effect, about }];
  });
}

function installation(
  seen: Snapshot,
): { readonly kind: string; readonly name: string; readonly uid: string } | undefined {
  const object = seen.objects.passthrough;
  return object === undefined
    ? undefined
    : { kind: "PciPassthrough", name: passthroughName, uid: object.metadata.uid };
}

type StatusEffect = Extract<Effect, { readonly do: "status" }>;

function statusEffects(decision: Decision, context: StatusContext): readonly StatusEffect[] {
  const { objects, crds } = context.seen;
  const aliases = objects.aliases.map((alias) => ({
    one: alias,
    status: aliasStatus(alias, decision, context),
  }));
  const stalled = stalledOf(aliases);
  const all: (StatusEffect | undefined)[] = [
    ...aliases.map(({ one: stored, status }) => statusEffect("PciAlias", stored, status)),
    ...objects.whitelists.map((whitelist) =>
      statusEffect("PciWhitelist", whitelist, whitelistStatus(whitelist, decision, context)),
    ),
    ...objects.flavors.map((flavor) =>
      statusEffect("PciFlavor", flavor, flavorStatus(flavor, decision, context, stalled)),
    ),
    objects.passthrough === undefined
      ? undefined
      : statusEffect(
          "PciPassthrough",
          objects.passthrough,
          passthroughStatus(objects.passthrough, decision, context),
        ),
  ];
  return all.filter(
    (effect): effect is StatusEffect => effect !== undefined && crds[effect.kind].is === "served",
  );
}

type WithStatus = {
  readonly one: Snapshot["objects"]["aliases"][number];
  readonly status: ReturnType<typeof aliasStatus>;
};

/** Of two objects with one name the other may be on its way. */
function stalledOf(aliases: readonly WithStatus[]): StalledAliases {
  const stalled = new Map<string, string>();
  const moving = new Set<string>();
  for (const { one: stored, status } of aliases) {
    const name = stored.spec.name ?? stored.metadata.name;
    const found = conditionsOf(status).find(({ type }) => type === "Stalled");
    if (found === undefined) moving.add(name);
    else stalled.set(name, found.message);
  }
  for (const name of moving) stalled.delete(name);
  return stalled;
}

function statusEffect(
  kind: Kind,
  object: { readonly metadata: Meta; readonly status?: unknown },
  status: Readonly<Record<string, unknown>>,
): StatusEffect | undefined {
  if (sameJson(object.status ?? {}, status)) return undefined;
  return { do: "status", kind, name: object.metadata.name, uid: object.metadata.uid, status };
}

/** An Event when a person should know: acceptance and stalls that begin or end. */
function conditionEvents(statuses: readonly StatusEffect[], seen: Snapshot): readonly Effect[] {
  return statuses.flatMap((effect) => {
    const before = conditionsBefore(effect, seen);
    const after = conditionsOf(effect.status);
    return after.flatMap((condition): Effect[] => {
      const old = before.find((item) => item.type === condition.type);
      const same = old?.status === condition.status && old.reason === condition.reason;
      const told =
        condition.type === "Accepted" || condition.type === "Stalled" || condition.type === "Live";
      if (
        same ||
        !told ||
        (old === undefined && condition.status !== "True" && condition.type === "Live")
      )
        return [];
      const good =
        condition.type === "Stalled" ? condition.status !== "True" : condition.status === "True";
      if (condition.type === "Live" && !good) return [];
      // Of the installation each entry is told by itself, with its line.
      if (effect.kind === "PciPassthrough" && condition.reason === "Quarantined") return [];
      return [
        {
          do: "event",
          about: { kind: effect.kind, name: effect.name, uid: effect.uid },
          type: good ? "Normal" : "Warning",
          reason: condition.reason,
          message: condition.message,
        },
      ];
    });
  });
}

function conditionsBefore(effect: StatusEffect, seen: Snapshot): readonly Condition[] {
  const { aliases, whitelists, flavors, passthrough } = seen.objects;
  const lists = {
    PciAlias: aliases,
    PciWhitelist: whitelists,
    PciFlavor: flavors,
    PciPassthrough: passthrough === undefined ? [] : [passthrough],
  };
  const found = lists[effect.kind].find((object) => object.metadata.name === effect.name);
  return conditionsOf(found?.status);
}

/** Rollouts that ended and entries that became quarantined or retained in this round. */
function changeEvents(decision: Decision, seen: Snapshot): readonly Effect[] {
  const about = installation(seen);
  if (about === undefined) return [];
  const known = new Set(decision.before.history.map((record) => `${record.id}${record.result}`));
  const ended = decision.state.history
    .filter((record) => !known.has(`${record.id}${record.result}`))
    .map((record): Effect => ({
      do: "event",
      about,
      type: record.result === "Complete" || record.result === "Superseded" ? "Normal" : "Warning",
      reason: record.result,
      message: endText(record),
    }));
  const quarantined = Object.entries(decision.state.quarantined)
    .filter(([key]) => decision.before.quarantined[key] === undefined)
    .map(([, quarantine]): Effect => ({
      do: "event",
      about,
      type: "Warning",
      reason: "Quarantined",
      message: `${quarantine.kind}/${quarantine.name}: ${quarantine.line}: ${quarantine.error}; it is tried again when the object changes`,
    }));
  const retained = Object.entries(decision.state.accepted)
    .filter(
      ([key, accepted]) =>
        accepted.removedAt !== undefined &&
        decision.before.accepted[key]?.removedAt === undefined &&
        !isStored(key, seen),
    )
    .map(([key]): Effect => {
      const [kind, name] = splitKey(key);
      return {
        do: "event",
        about,
        type: "Normal",
        reason: "Retained",
        message: `${kind}/${name} is gone; its entries stay live until they may go`,
      };
    });
  return [...ended, ...quarantined, ...retained];
}
