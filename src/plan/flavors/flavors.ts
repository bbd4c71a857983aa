// Answers "what is done to flavors in Nova?". Key-level ownership: we are the guest on flavors made
// by others. An extra spec appears only when every alias is live on every nova-api pod; it goes
// before the alias does. Knows no pod.

import { aliasExtraSpec, flavorFinalizer } from "../../api/names.ts";
import { sha256 } from "../../nova/digest.ts";
import { canonical, type FlavorContent, type FlavorSpec } from "../wanted/accept.ts";
import { capacityFor, type Capacity } from "./capacity.ts";
import type { Effect } from "../terms/effects.ts";
import { attach, createOrMiss, immutableDifferences } from "./attach.ts";
import { deletion } from "./delete.ts";
import {
  cloudGate,
  idOf,
  notice,
  storedFlavor,
  type Draft,
  type FlavorOutcome,
  type FlavorsInput,
  type FlavorsOutput,
} from "./draft.ts";
import { warningsOf } from "./warnings.ts";
import type { Reason } from "../terms/gates.ts";
import type { CloudRead, FlavorView, Millis } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";

export function planFlavors(input: FlavorsInput): FlavorsOutput {
  const records: Record<string, FlavorRecord> = { ...input.records };
  const outcomes: FlavorOutcome[] = [];
  const effects: Effect[] = [];
  const wakes: Millis[] = [];
  const taken = new Map<string, string>();
  for (const content of input.flavors) {
    const draft: Draft = { record: records[content.object], effects: [], wakes: [] };
    const outcome = planFlavor(content, draft, taken, input);
    outcomes.push(outcome);
    effects.push(...draft.effects);
    wakes.push(...draft.wakes);
    if (draft.record === undefined) delete records[content.object];
    else records[content.object] = draft.record;
  }
  return { records, outcomes, effects, wakes };
}

function planFlavor(
  content: FlavorContent,
  draft: Draft,
  taken: Map<string, string>,
  input: FlavorsInput,
): FlavorOutcome {
  const first = {
    object: content.object,
    conflicts: [],
    warnings: warningsOf(content.spec, input),
    live: false,
  };
  if (content.deleting) return deletion(content, draft, input);
  const silent = cloudGate(input.seen);
  if (silent !== undefined) return { ...first, ...unasked(content, draft.record, silent, input) };
  const cloud = input.seen.cloud as CloudRead;
  const identity = content.spec.flavor.id ?? content.spec.flavor.name ?? "";
  const rival = taken.get(identity);
  if (rival !== undefined) {
    return {
      ...first,
      conflicts: [
        notice(
          "DuplicateFlavor",
          `flavor ${identity} is already described by PciFlavor ${rival}; delete one of the two objects`,
          "spec.flavor",
        ),
      ],
    };
  }
  taken.set(identity, content.object);
  const capacity = capacityOf(content.spec, input);
  const unknown = capacity.fit === undefined && capacity.nodes.length > 0;
  const base = unknown ? { ...first, warnings: [...first.warnings, capacityUnknown] } : first;
  const closed = aliasesGate(content.spec, input) ?? capacityGate(capacity, draft.record);
  const found = findFlavor(content, draft.record, cloud);
  if (closed !== undefined) {
    return {
      ...base,
      gate: closed,
      capacity,
      ...(found === undefined ? {} : { flavorId: found.id }),
    };
  }
  if (!guardWithFinalizer(content, draft, input)) return { ...base, capacity };
  if (found === undefined) return createOrMiss(content, draft, { ...base, capacity });
  const immutable = immutableDifferences(content.spec, found);
  if (immutable.length > 0) return { ...base, flavorId: found.id, conflicts: immutable, capacity };
  return { ...proving(content, draft, attach(content, found, draft, base)), capacity };
}

/** What was proved of this very content holds while nobody can be asked; of another nothing is known. */
function unasked(
  content: FlavorContent,
  record: FlavorRecord | undefined,
  gate: Reason,
  input: FlavorsInput,
): Partial<FlavorOutcome> {
  const capacity = capacityOf(content.spec, input);
  const known = { ...idOf(record), capacity };
  const closed = aliasesGate(content.spec, input) ?? capacityGate(capacity, record);
  if (closed !== undefined) return { ...known, gate: closed };
  const live = record?.proved === contentOf(content);
  return live ? { ...known, live } : { ...known, gate };
}

function contentOf({ uid, spec }: FlavorContent): string {
  return sha256(`${uid} ${canonical(spec)}`).slice(0, 16);
}

/** Remembers what Nova was seen to have. */
function proving(content: FlavorContent, draft: Draft, outcome: FlavorOutcome): FlavorOutcome {
  if (draft.record === undefined) return outcome;
  const { proved, ...rest } = draft.record;
  const now = outcome.live ? contentOf(content) : undefined;
  if (now !== proved) draft.record = { ...rest, ...(now === undefined ? {} : { proved: now }) };
  return outcome;
}

const capacityUnknown = notice(
  "CapacityUnknown",
  "how many servers fit cannot be known: no inventory in Placement, no NodeFeature, and entries without full addresses",
  "spec.aliases",
);

function aliasesGate(spec: FlavorSpec, input: FlavorsInput): Reason | undefined {
  const missing = spec.aliases
    .map((one) => one.name)
    .filter((name) => !input.liveAliases.has(name));
  return missing.length === 0 ? undefined : { gate: "AliasNotLive", aliases: missing };
}

function capacityOf(spec: FlavorSpec, input: FlavorsInput): Capacity {
  const needs = spec.aliases.flatMap((one) => {
    const alias = input.aliases.get(one.name);
    return alias === undefined ? [] : [{ alias, count: one.count }];
  });
  return capacityFor(needs, input.offers);
}

/** Closes only on proof that no compute can ever offer it; what is written already stays. */
function capacityGate(capacity: Capacity, record: FlavorRecord | undefined): Reason | undefined {
  if (capacity.impossible === undefined || hasOurAliasKey(record)) return undefined;
  return { gate: "NoHostCanServe", why: capacity.impossible };
}

function hasOurAliasKey(record: FlavorRecord | undefined): boolean {
  return record?.keys[aliasExtraSpec] !== undefined;
}

function findFlavor(
  content: FlavorContent,
  record: FlavorRecord | undefined,
  cloud: CloudRead,
): FlavorView | undefined {
  const { id, name } = content.spec.flavor;
  const known = id ?? record?.id;
  const byId = known === undefined ? undefined : cloud.flavors.find((one) => one.id === known);
  return byId ?? (name === undefined ? undefined : cloud.flavors.find((one) => one.name === name));
}

/** The finalizer stands before anything is done in Nova. False = it is being set now. */
function guardWithFinalizer(content: FlavorContent, draft: Draft, input: FlavorsInput): boolean {
  const stored = storedFlavor(content, input.seen);
  if (stored === undefined) return false;
  const finalizers = stored.metadata.finalizers ?? [];
  if (finalizers.includes(flavorFinalizer)) return true;
  draft.effects.push({
    do: "set-finalizers",
    name: content.object,
    uid: stored.metadata.uid,
    resourceVersion: stored.metadata.resourceVersion,
    finalizers: [...finalizers, flavorFinalizer],
  });
  return false;
}
