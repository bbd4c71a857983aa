// The part of a round about nova-api, nova-scheduler and nova-conductor: what each should read, and
// when. Computes come first on an addition, and what is live on every nova-api pod opens the way
// for flavors.

import { services } from "../../api/names.ts";
import { couldServe } from "../../nova/device/covers.ts";
import { wiringGate } from "../gates/wiring.ts";
import type { ComputesOutput } from "../computes/draft.ts";
import type { Round, Singles } from "./decision.ts";
import * as delivery from "../gates/delivery.ts";
import type { Reason } from "../terms/gates.ts";
import type { Held } from "../gates/held.ts";
import { holdApi } from "../gates/hold.ts";
import { holdOptions } from "../gates/hold-options.ts";
import { aliasEntry, byEntry, declaredBy, includesLines, isDevice } from "../wanted/lines.ts";
import { preflight } from "../gates/preflight.ts";
import type { Fragment } from "../wanted/render.ts";
import type { FilterAnswer } from "../gates/scheduler.ts";
import { type ServiceOutput, type SingleService } from "../services/draft.ts";
import { podReads } from "../services/progress.ts";
import { firstRecord, planService } from "../services/services.ts";
import type { Line, ServiceRecord } from "../terms/state.ts";
import { digestOf, isPresent, sameMeaning } from "./targets.ts";

export const singles = services.filter(
  (service): service is SingleService => service !== "compute",
);

export function planSingles(
  round: Round,
  computes: ComputesOutput,
  placement: Reason | undefined,
  filters: FilterAnswer,
): Singles {
  let made: readonly Alike[] | undefined;
  const groups = (): readonly Alike[] => (made ??= alikeNodes(round, computes));
  const planned = singles.map((service) => {
    const record = round.state.services[service] ?? firstRecord(service, round.seen);
    const facts = {
      current: round.linesOf(record.assigned),
      leaving: record.leaving,
      halted: record.phase === "halted",
    };
    const held =
      service === "api"
        ? holdApi(
            facts,
            round.context,
            {
              of: (name, lines) => behind(round, groups(), name, lines),
              moving: isMoving(computes),
            },
            placement,
          )
        : holdOptions(service, filters.lines, facts, round.context, placement);
    const drawn = round.draw(service, held.lines);
    const wanted = sameMeaning(round, record.assigned, drawn)
      ? { ...drawn, name: record.assigned }
      : drawn;
    return [
      service,
      { out: planSingle(round, service, withLeaving(record, held), wanted), held, wanted },
    ] as const;
  });
  return Object.fromEntries(planned) as Singles;
}

function withLeaving(record: ServiceRecord, held: Held): ServiceRecord {
  const { leaving, ...rest } = record;
  return held.leaving === undefined ? rest : { ...rest, leaving: held.leaving };
}

function planSingle(
  round: Round,
  service: SingleService,
  record: ServiceRecord,
  wanted: Fragment,
): ServiceOutput {
  const refused = preflight(service, wanted, round);
  const select =
    round.chosen === "Injected" ? delivery.selectionGate(round.seen, service) : undefined;
  const wiring = wiringGate(service, round.chosen, round.seen, round.settings);
  const own = [select, wiring].filter((reason): reason is Reason => reason !== undefined);
  return planService({
    service,
    seen: round.seen,
    settings: round.settings,
    delivery: round.chosen ?? "Injected",
    record,
    wanted,
    present: isPresent(round, service, wanted),
    ...(refused === undefined ? {} : { refused }),
    blockers: [...round.blockers, ...own],
    linesOf: round.linesOf,
    digestOf: (name) => digestOf(round, name),
    removal: round.context,
  });
}

/** Compute nodes of which everything is the same that decides whether they are behind. */
type Alike = {
  readonly good: string;
  readonly assigned: string;
  /** What its pod was started with. */
  readonly reads: string;
  readonly wanted: readonly Line[];
  readonly names: readonly string[];
};

/** A skipped node holds up nobody. */
function alikeNodes(round: Round, computes: ComputesOutput): readonly Alike[] {
  const groups = new Map<string, Alike & { readonly names: string[] }>();
  for (const { node, wanted, sight } of round.nodes) {
    const { phase, good, assigned } = computes.records[node.name]!;
    if (phase === "skipped") continue;
    // A pod that was made while nothing injected is well, and has nothing of it.
    const reads = (sight.unwell === undefined ? sight.reads : undefined) ?? assigned;
    const key = `${good} ${assigned} ${reads} ${wanted.name}`;
    const group = groups.get(key) ?? { good, assigned, reads, wanted: wanted.lines, names: [] };
    group.names.push(node.name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * Compute nodes that should carry these alias lines, are not skipped, and were not verified with
 * them.
 */
function behind(
  round: Round,
  groups: readonly Alike[],
  name: string,
  lines: readonly Line[],
): readonly string[] {
  if (round.base.inSomeBase.has(name)) return [];
  const cache = new Map<string, boolean>();
  const carries = (fragment: string): boolean => {
    const known = cache.get(fragment);
    if (known !== undefined) return known;
    const has = includesLines(byEntry(round.linesOf(fragment)).get(aliasEntry(name)) ?? [], lines);
    cache.set(fragment, has);
    return has;
  };
  const declared = round.wanted.aliases.find((alias) => alias.name === name)?.declaration;
  const offered = new Map<string, boolean>();
  const offers = (fragment: string): boolean => {
    const known = offered.get(fragment);
    if (known !== undefined) return known;
    const could =
      declared !== undefined &&
      round
        .linesOf(fragment)
        .some((line) => isDevice(line) && couldServe(declared, declaredBy(line)));
    offered.set(fragment, could);
    return could;
  };
  return groups
    .filter(({ good, assigned, reads, wanted }) => {
      if ([good, assigned, reads].every(carries)) return false;
      if (byEntry(wanted).has(aliasEntry(name))) return true;
      // Its devices are about to go, but a guest could still be sent there for them.
      return [good, assigned, reads].some(offers);
    })
    .flatMap((group) => group.names);
}

/** A rollout of computes that gets on by itself. */
function isMoving({ rollout }: ComputesOutput): boolean {
  return rollout !== undefined && ["Canary", "Verify", "Promote"].includes(rollout.phase);
}

function readByPods(service: SingleService, { seen, chosen }: Round): readonly string[] {
  const pods = seen.pods.filter((pod) => pod.service === service && !pod.deleting);
  return chosen === undefined ? [] : pods.map((pod) => podReads(pod, chosen));
}

/**
 * Live: verified with the content that is wanted, and every nova-api pod reads it (whoever turned
 * the workload back, or forward, turns its pods one by one); or through the base.
 */
export function aliasesLive(round: Round, planned: Singles): ReadonlySet<string> {
  const { good, assigned } = planned.api.out.record;
  const known = new Set([good, assigned, ...readByPods("api", round)]);
  const groups = [...known].map((text) => byEntry(round.linesOf(text)));
  const live = round.wanted.aliases.filter((alias) => {
    if (round.base.throughBase.has(alias.name)) return true;
    const entry = aliasEntry(alias.name);
    return groups.every(
      (group) => includesLines(group.get(entry) ?? [], alias.lines) && alias.lines.length > 0,
    );
  });
  return new Set(live.map((entry) => entry.name));
}
