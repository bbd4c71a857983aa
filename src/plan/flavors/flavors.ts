// What is done to flavors in Nova. Key-level ownership: we are the guest on flavors made by others.
// An extra spec appears only when every alias is live on every nova-api pod; it goes before the
// alias does. Knows no pod.

import { aliasExtraSpec, flavorFinalizer } from "../../api/names.ts";
import { nearestWord } from "../../nova/text/nearest-word.ts";
import { sha256 } from "../../nova/text/digest.ts";
import { canonical, type FlavorContent, type FlavorSpec } from "../wanted/accept.ts";
import { capacityFor, type Capacity } from "./capacity.ts";
import type { Effect } from "../terms/effects.ts";
import { attach, createOrMiss, immutableDifferences } from "./attach.ts";
import { contestsEnd } from "./contest.ts";
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
import {
  byAge,
  claimedElsewhere,
  claimKey,
  claimsOf,
  flavorOf,
  isMadeBy,
  recordOf,
  recordsOfToday,
  type Claims,
} from "./identity.ts";
import { warningsOf } from "./warnings.ts";
import { holdKey, stillHeld } from "../terms/still-held.ts";
import type { Reason } from "../terms/gates.ts";
import type { CloudRead, FlavorElsewhere, FlavorView, Millis } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";

export function planFlavors(input: FlavorsInput): FlavorsOutput {
  const { cloud } = input.seen;
  const records = recordsOfToday(input.records, input.seen);
  for (const content of input.flavors) {
    setRecord(records, content, recordOf(content, records[content.object], cloud));
  }
  const contents = [...input.flavors].sort(byAge(records));
  const claims: Claims = cloud.is === "read" ? claimsOf(contents, records, cloud) : new Map();
  const owned = { ...records };
  const outcomes: FlavorOutcome[] = [];
  const effects: Effect[] = [];
  const wakes: Millis[] = [];
  for (const content of contents) {
    const draft: Draft = { record: records[content.object], effects: [], wakes: [] };
    const outcome = content.deleting
      ? deletion(content, draft, input, heirOf(content, contents, owned))
      : planFlavor(content, draft, claims, input);
    outcomes.push(outcome);
    effects.push(...draft.effects);
    wakes.push(...draft.wakes, ...contestsEnd(draft.record?.contested, input.seen.now));
    setRecord(records, content, draft.record);
  }
  return { records, outcomes, effects, wakes, accessTo: accessTo(contents, records, input) };
}

function setRecord(
  records: Record<string, FlavorRecord>,
  { object }: FlavorContent,
  record: FlavorRecord | undefined,
): void {
  if (record === undefined) delete records[object];
  else records[object] = record;
}

/**
 * Who else writes to the flavor of an object that goes; only operators of before let two do that.
 */
function heirOf(
  content: FlavorContent,
  contents: readonly FlavorContent[],
  records: Readonly<Record<string, FlavorRecord>>,
): string | undefined {
  const id = records[content.object]?.id;
  return contents.find(
    (flavorContent) =>
      !flavorContent.deleting && id !== undefined && records[flavorContent.object]?.id === id,
  )?.object;
}

/** Private flavors whose projects an object names, or named. */
function accessTo(
  contents: readonly FlavorContent[],
  records: Readonly<Record<string, FlavorRecord>>,
  { seen }: FlavorsInput,
): readonly string[] {
  const { cloud } = seen;
  if (cloud.is !== "read") return [];
  const ids = contents.flatMap((content) => {
    const record = records[content.object];
    const found =
      cloud.flavors.find((flavor) => flavor.id === record?.id) ?? flavorOf(content, cloud);
    const asks = content.spec?.create?.projects !== undefined || (record?.projects.length ?? 0) > 0;
    return found !== undefined && !found.isPublic && asks ? [found.id] : [];
  });
  return [...new Set(ids)].sort();
}

function planFlavor(
  content: FlavorContent,
  draft: Draft,
  claims: Claims,
  input: FlavorsInput,
): FlavorOutcome {
  const { now } = input.seen;
  const first = {
    object: content.object,
    conflicts: [],
    warnings: warningsOf(content.spec, input),
    live: false,
  };
  const silent = cloudGate(input.seen);
  if (silent !== undefined) return { ...first, ...unasked(content, draft.record, silent, input) };
  const cloud = input.seen.cloud as CloudRead;
  const found = flavorOf(content, cloud);
  const rival = claims.get(claimKey(content, cloud));
  if (rival !== undefined && rival !== content) {
    return { ...first, conflicts: [duplicate(rival, found, content)] };
  }
  const far = claimedElsewhere(content, cloud);
  if (far !== undefined) {
    const known = found === undefined ? {} : { flavorId: found.id };
    return { ...first, ...known, conflicts: [sharedWith(far, found, content)] };
  }
  const capacity = capacityOf(content.spec, input);
  const unknown = capacity.fit === undefined && capacity.nodes.length > 0;
  const base = {
    ...first,
    capacity,
    warnings: [
      ...first.warnings,
      ...ownWarnings(content, found),
      ...aliasWarnings(content.spec, input),
      ...(unknown ? [capacityUnknown] : []),
      ...(capacity.counted === true
        ? [
            notice(
              "NoHostCanServe",
              `no compute node can host it: ${capacity.impossible!}`,
              "spec.aliases",
            ),
          ]
        : []),
    ],
  };
  const closed = closedFor(content, capacity, isWritten(content, draft.record, found), input);
  if (closed !== undefined) {
    return { ...base, ...closed, ...(found === undefined ? {} : { flavorId: found.id }) };
  }
  if (!guardWithFinalizer(content, draft, input)) return base;
  if (found === undefined) return createOrMiss(content, draft, base, now);
  const immutable = immutableDifferences(content.spec, found);
  if (immutable.length > 0) return { ...base, flavorId: found.id, conflicts: immutable };
  // Another flavor has our name now: what was ours on the one before is not ours on this one.
  if (draft.record?.id !== found.id) draft.record = undefined;
  const outcome = proving(content, draft, attach(content, found, draft, base, now));
  return promised(outcome, content, capacity, input);
}

/** What Nova has is written and stays; but no server of it can start, and Ready promises that. */
function promised(
  outcome: FlavorOutcome,
  content: FlavorContent,
  capacity: Capacity,
  input: FlavorsInput,
): FlavorOutcome {
  const closed = outcome.live ? capacityGate(content, capacity, input) : undefined;
  return closed === undefined ? outcome : { ...outcome, ...closed, live: false };
}

/**
 * What was proved of this very content holds while nobody can be asked; of another nothing is
 * known.
 */
function unasked(
  content: FlavorContent,
  record: FlavorRecord | undefined,
  gate: Reason,
  input: FlavorsInput,
): Partial<FlavorOutcome> {
  const capacity = capacityOf(content.spec, input);
  const known = { ...idOf(record), capacity };
  const isWritten = record?.keys[aliasExtraSpec] !== undefined;
  const closed = closedFor(content, capacity, isWritten, input);
  if (closed !== undefined) return { ...known, ...closed };
  if (record?.proved !== contentOf(content)) return { ...known, gate };
  const nobody = capacityGate(content, capacity, input);
  return nobody === undefined ? { ...known, live: true } : { ...known, ...nobody };
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

function nameOf(content: FlavorContent, found: FlavorView | undefined): string {
  const { id, name } = content.spec.flavor;
  return found === undefined ? (name ?? id ?? "") : `${found.name} (id ${found.id})`;
}

/** Neither writes: which of the two namespaces came first is no right to the flavor of a cloud. */
function sharedWith(
  { namespace, object }: FlavorElsewhere,
  found: FlavorView | undefined,
  content: FlavorContent,
) {
  const message = `flavor ${nameOf(content, found)} is described by PciFlavor ${object} of namespace ${namespace}, too, whose Nova is the same one: neither is written until one of the two objects is deleted or means another flavor`;
  return notice("DuplicateFlavor", message, "spec.flavor");
}

function duplicate(rival: FlavorContent, found: FlavorView | undefined, content: FlavorContent) {
  const which = nameOf(content, found);
  const message = rival.deleting
    ? `flavor ${which} is still being left by PciFlavor ${rival.object}, which is being deleted`
    : `flavor ${which} is already described by PciFlavor ${rival.object}, which came first; delete one of the two objects`;
  return notice("DuplicateFlavor", message, "spec.flavor");
}

function ownWarnings(content: FlavorContent, found: FlavorView | undefined) {
  const { deletionPolicy, create } = content.spec;
  if (deletionPolicy !== "Delete") return [];
  const foreign = found === undefined ? create === undefined : !isMadeBy(content, found.id);
  if (!foreign) return [];
  return [
    notice(
      "DeleteNeedsDeleteAdopted",
      `the flavor was not created by this object, so it stays when the object is deleted, and only our keys are removed; write deletionPolicy: DeleteAdopted to delete it all the same`,
      "spec.deletionPolicy",
    ),
  ];
}

const capacityUnknown = notice(
  "CapacityUnknown",
  "how many servers fit cannot be known: no inventory in Placement, no NodeFeature, and entries without full addresses",
  "spec.aliases",
);

function aliasesGate(spec: FlavorSpec, input: FlavorsInput): Reason | undefined {
  const missing = spec.aliases
    .map((alias) => alias.name)
    .filter((name) => !input.liveAliases.has(name));
  const undeclared = missing.filter((name) => !isDeclared(name, input));
  if (undeclared.length > 0)
    return { gate: "AliasNotDeclared", aliases: undeclared.map((name) => meant(name, input)) };
  return missing.length === 0 ? undefined : { gate: "AliasNotLive", aliases: missing };
}

function aliasWarnings(spec: FlavorSpec, input: FlavorsInput) {
  return spec.aliases.flatMap(({ name }, index) => {
    if (isDeclared(name, input)) return [];
    const { near } = meant(name, input);
    const advice = near === undefined ? "create one, or correct the name" : `did you mean ${near}?`;
    const message = `no PciAlias declares "${name}" as its spec.name: ${advice}`;
    return [notice("AliasNotDeclared", message, `spec.aliases[${index}].name`)];
  });
}

type Declaring = FlavorsInput["seen"]["objects"]["aliases"][number];

function nameInNova({ metadata, spec }: Declaring): string {
  return spec.name ?? metadata.name;
}

function isDeclared(name: string, { aliases, seen }: FlavorsInput): boolean {
  return aliases.has(name) || seen.objects.aliases.some((alias) => nameInNova(alias) === name);
}

/** The alias whose object has this name, or the one that is written nearly like it. */
function meant(
  name: string,
  { seen, aliases }: FlavorsInput,
): { readonly name: string; readonly near?: string } {
  const object = seen.objects.aliases.find((alias) => alias.metadata.name === name);
  if (object !== undefined)
    return { name, near: `${nameInNova(object)} (PciAlias ${object.metadata.name})` };
  const near = nearestWord(
    name,
    [...new Set([...aliases.keys(), ...seen.objects.aliases.map(nameInNova)])].sort(),
  );
  return { name, ...(near === undefined ? {} : { near }) };
}

/** An alias that nobody declares is served by no node, and nothing can be counted for it. */
function capacityOf(spec: FlavorSpec, input: FlavorsInput): Capacity {
  const needs = spec.aliases.flatMap((other) => {
    const alias = input.aliases.get(other.name);
    return alias === undefined ? [] : [{ alias, count: other.count }];
  });
  if (needs.length < spec.aliases.length) return { nodes: [], fit: undefined };
  return capacityFor(needs, input.offers, input.inPlacement);
}

type Closed = Pick<FlavorOutcome, "gate" | "held">;

/** Why its alias key is not written; what is written already stays. */
function closedFor(
  content: FlavorContent,
  capacity: Capacity,
  isWritten: boolean,
  input: FlavorsInput,
): Closed | undefined {
  const gate = aliasesGate(content.spec, input);
  if (gate !== undefined) return { gate };
  return isWritten ? undefined : capacityGate(content, capacity, input);
}

/**
 * Closes only on proof that no compute can ever offer it. Where nobody can tell today, because an
 * inventory is silent, what was proved of the same entries and the same flavor counts.
 */
function capacityGate(
  { object, spec }: FlavorContent,
  { impossible, fit }: Capacity,
  input: FlavorsInput,
): Closed | undefined {
  if (impossible === undefined && fit !== undefined) return undefined;
  const key = holdKey("NoHostCanServe", object);
  if (impossible === undefined && input.holds?.[key] === undefined) return undefined;
  const rests = restsOn(spec, input);
  const gate: Reason | undefined =
    impossible === undefined
      ? stillHeld(input.holds, key, rests)
      : { gate: "NoHostCanServe", why: impossible };
  if (gate === undefined) return undefined;
  return { gate, held: { key, gate, rests, heard: impossible !== undefined } };
}

/** What people wrote of which the proof is one: aliases asked for, and the entries of each node. */
function restsOn({ aliases }: FlavorSpec, input: FlavorsInput): string {
  const declared = aliases.map((alias) => input.aliases.get(alias.name));
  const offered = input.offers.map(({ node, devices }) => [node, devices]);
  return sha256(JSON.stringify([aliases, declared, offered])).slice(0, 16);
}

/** Nova has our alias key on it, by the record or because nobody else made the flavor. */
function isWritten(
  content: FlavorContent,
  record: FlavorRecord | undefined,
  found: FlavorView | undefined,
): boolean {
  if (found === undefined) return false;
  if (record?.id === found.id && record.keys[aliasExtraSpec] !== undefined) return true;
  return isMadeBy(content, found.id) && found.extraSpecs[aliasExtraSpec] !== undefined;
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
