// Answers "what is done to flavors in Nova?". Key-level ownership: we are the guest on flavors made
// by others. An extra spec appears only when every alias is live on every nova-api pod; it goes
// before the alias does. Knows no pod.

import {
  aliasExtraSpec,
  flavorFinalizer,
  forceDeleteAnnotation,
  numaAffinityExtraSpec,
} from "../api/names.ts";
import type { AliasDeclaration } from "../nova/declare.ts";
import { emitFlavorValue } from "../nova/flavor-value.ts";
import type { FlavorContent, FlavorSpec, Notice } from "./accept.ts";
import { capacityFor, type Capacity, type NodeOffer } from "./capacity.ts";
import type { Reason } from "./gates.ts";
import type { Effect } from "./effects.ts";
import type { CloudRead, FlavorView, Millis, Snapshot } from "./snapshot.ts";
import type { FlavorRecord } from "./state.ts";

/** How long a deletion waits for a cloud that does not answer. */
export const deletionWaitMillis = 10 * 60 * 1000;

export type FlavorsInput = {
  readonly seen: Snapshot;
  readonly flavors: readonly FlavorContent[];
  readonly records: Readonly<Record<string, FlavorRecord>>;
  /** Aliases that are live on every nova-api pod. */
  readonly liveAliases: ReadonlySet<string>;
  readonly aliases: ReadonlyMap<string, AliasDeclaration>;
  readonly offers: readonly NodeOffer[];
};

/** What became of one PciFlavor, for status. */
export type FlavorOutcome = {
  readonly object: string;
  readonly flavorId?: string;
  readonly gate?: Reason;
  readonly conflicts: readonly Notice[];
  readonly warnings: readonly Notice[];
  readonly live: boolean;
  readonly capacity?: Capacity;
};

export type FlavorsOutput = {
  readonly records: Readonly<Record<string, FlavorRecord>>;
  readonly outcomes: readonly FlavorOutcome[];
  readonly effects: readonly Effect[];
  readonly wakes: readonly Millis[];
};

type Draft = {
  record: FlavorRecord | undefined;
  readonly effects: Effect[];
  readonly wakes: Millis[];
};

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

function storedFlavor(
  content: FlavorContent,
  seen: Snapshot,
): Snapshot["objects"]["flavors"][number] | undefined {
  return seen.objects.flavors.find((one) => one.metadata.name === content.object);
}

function planFlavor(
  content: FlavorContent,
  draft: Draft,
  taken: Map<string, string>,
  input: FlavorsInput,
): FlavorOutcome {
  const base = {
    object: content.object,
    conflicts: [],
    warnings: warningsOf(content.spec, input),
    live: false,
  };
  if (content.deleting) return deletion(content, draft, input);
  const gate = cloudGate(input.seen);
  if (gate !== undefined) return { ...base, gate, ...idOf(draft.record) };
  const cloud = input.seen.cloud as CloudRead;
  const identity = content.spec.flavor.id ?? content.spec.flavor.name ?? "";
  const rival = taken.get(identity);
  if (rival !== undefined) {
    return {
      ...base,
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
  return { ...attach(content, found, draft, base), capacity };
}

function idOf(record: FlavorRecord | undefined): { readonly flavorId?: string } {
  return record === undefined ? {} : { flavorId: record.id };
}

function notice(reason: string, message: string, path: string): Notice {
  return { reason, message, path };
}

function cloudGate(seen: Snapshot): Reason | undefined {
  switch (seen.cloud.is) {
    case "read":
      return undefined;
    case "unreachable":
      return { gate: "CloudUnreachable", since: seen.cloud.at };
    case "no-credentials":
      return { gate: "NoCredentials", command: seen.cloud.message };
  }
}

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

// --- create ---------------------------------------------------------------------------------------

/**
 * A flavor of ours carries the uid of its PciFlavor as id: a crash between the request and its
 * answer cannot make a second one, and nobody else's flavor is mistaken for ours.
 */
function createOrMiss(
  content: FlavorContent,
  draft: Draft,
  base: Omit<FlavorOutcome, "flavorId">,
): FlavorOutcome {
  const { spec } = content;
  const { name } = spec.flavor;
  if (spec.create === undefined || name === undefined) {
    return {
      ...base,
      conflicts: [
        notice(
          "FlavorMissing",
          `Nova has no flavor ${spec.flavor.id ?? name ?? ""}; create it, or give spec.create (and spec.flavor.name) so that it is created`,
          "spec.flavor",
        ),
      ],
    };
  }
  const id = spec.flavor.id ?? content.uid;
  draft.record = { id, created: true, keys: {}, projects: [] };
  const { create } = spec;
  draft.effects.push({
    do: "create-flavor",
    object: content.object,
    flavor: {
      name,
      id,
      vcpus: create.vcpus,
      ramMiB: create.ramMiB,
      diskGiB: create.diskGiB,
      ephemeralGiB: create.ephemeralGiB ?? 0,
      swapMiB: create.swapMiB ?? 0,
      isPublic: create.isPublic ?? true,
      ...(create.description === undefined ? {} : { description: create.description }),
    },
  });
  return { ...base, flavorId: id };
}

function immutableDifferences(spec: FlavorSpec, found: FlavorView): readonly Notice[] {
  const { create } = spec;
  if (create === undefined) return [];
  const pairs: readonly (readonly [string, number | boolean, number | boolean])[] = [
    ["vcpus", create.vcpus, found.vcpus],
    ["ramMiB", create.ramMiB, found.ramMiB],
    ["diskGiB", create.diskGiB, found.diskGiB],
    ["ephemeralGiB", create.ephemeralGiB ?? 0, found.ephemeralGiB],
    ["swapMiB", create.swapMiB ?? 0, found.swapMiB],
    ["isPublic", create.isPublic ?? true, found.isPublic],
  ];
  return pairs
    .filter(([, wanted, has]) => wanted !== has)
    .map(([field, wanted, has]) =>
      notice(
        "Immutable",
        `flavor ${found.name} has ${field} ${String(has)}, the object says ${String(wanted)}; Nova cannot change it in place: write ${String(has)}, or describe a flavor with a new name`,
        `spec.create.${field}`,
      ),
    );
}

// --- attach ---------------------------------------------------------------------------------------

export function desiredKeys(spec: FlavorSpec): Readonly<Record<string, string>> {
  return {
    ...(spec.extraSpecs ?? {}),
    ...(spec.numaAffinityPolicy === undefined
      ? {}
      : { [numaAffinityExtraSpec]: spec.numaAffinityPolicy }),
    [aliasExtraSpec]: emitFlavorValue(spec.aliases),
  };
}

function attach(
  content: FlavorContent,
  found: FlavorView,
  draft: Draft,
  base: Omit<FlavorOutcome, "flavorId">,
): FlavorOutcome {
  const { spec } = content;
  const record = draft.record ?? { id: found.id, created: false, keys: {}, projects: [] };
  const keys = { ...record.keys };
  const set: Record<string, string> = {};
  const conflicts: Notice[] = [];
  for (const [key, value] of Object.entries(desiredKeys(spec))) {
    const has = found.extraSpecs[key];
    const own = keys[key];
    if (has === value) {
      keys[key] = own === undefined ? { value, adopted: true } : { ...own, value };
    } else if (own === undefined && has !== undefined && (spec.adopt ?? "Equal") === "Equal") {
      conflicts.push(
        notice(
          "Conflict",
          `flavor ${found.name} already has ${key}=${has}, the object asks for ${value}; set spec.adopt: Overwrite to replace it, or change the object`,
          key === aliasExtraSpec ? "spec.aliases" : `spec.extraSpecs.${key}`,
        ),
      );
    } else {
      keys[key] =
        own === undefined
          ? { value, ...(has === undefined ? {} : { before: has }) }
          : { ...own, value };
      set[key] = value;
    }
  }
  if (conflicts.length > 0) return { ...base, flavorId: found.id, conflicts };
  const dropped = dropKeys(keys, desiredKeys(spec), found, set);
  draft.effects.push(
    ...dropped,
    ...access(spec, found, record),
    ...description(spec, found, record),
  );
  if (Object.keys(set).length > 0) {
    draft.effects.push({ do: "set-extra-specs", flavorId: found.id, set });
  }
  draft.record = keepSame(record, {
    ...record,
    id: found.id,
    keys,
    projects: spec.create?.projects ?? record.projects,
  });
  const live = draft.effects.length === 0;
  return { ...base, flavorId: found.id, live };
}

function keepSame(before: FlavorRecord, after: FlavorRecord): FlavorRecord {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

/** Keys of ours that are not wanted any more: adopted ones stay, overwritten ones are restored. */
function dropKeys(
  keys: Record<string, FlavorRecord["keys"][string]>,
  desired: Readonly<Record<string, string>>,
  found: FlavorView,
  set: Record<string, string>,
): readonly Effect[] {
  const effects: Effect[] = [];
  for (const [key, own] of Object.entries(keys)) {
    if (desired[key] !== undefined) continue;
    const has = found.extraSpecs[key];
    if (own.adopted === true || has === undefined || has !== own.value) {
      delete keys[key];
    } else if (own.before !== undefined) {
      set[key] = own.before;
      keys[key] = { value: own.before, adopted: true };
    } else {
      effects.push({ do: "delete-extra-spec", flavorId: found.id, key });
    }
  }
  return effects;
}

function access(spec: FlavorSpec, found: FlavorView, record: FlavorRecord): readonly Effect[] {
  if (found.isPublic || spec.create === undefined) return [];
  const wanted = spec.create.projects ?? [];
  const has = found.projects ?? [];
  return [
    ...wanted
      .filter((one) => !has.includes(one))
      .map((project): Effect => ({ do: "add-flavor-access", flavorId: found.id, project })),
    ...record.projects
      .filter((one) => !wanted.includes(one) && has.includes(one))
      .map((project): Effect => ({ do: "remove-flavor-access", flavorId: found.id, project })),
  ];
}

function description(spec: FlavorSpec, found: FlavorView, record: FlavorRecord): readonly Effect[] {
  if (!record.created || spec.create === undefined) return [];
  const wanted = spec.create.description ?? "";
  if (wanted === (found.description ?? "")) return [];
  return [
    {
      do: "set-flavor-description",
      flavorId: found.id,
      description: wanted === "" ? null : wanted,
    },
  ];
}

// --- delete ---------------------------------------------------------------------------------------

function deletion(content: FlavorContent, draft: Draft, input: FlavorsInput): FlavorOutcome {
  const { seen } = input;
  const outcome: FlavorOutcome = {
    object: content.object,
    conflicts: [],
    warnings: [],
    live: false,
    ...idOf(draft.record),
  };
  const stored = storedFlavor(content, seen)!;
  if (!(stored.metadata.finalizers ?? []).includes(flavorFinalizer)) {
    draft.record = undefined;
    return outcome;
  }
  const forced = stored.metadata.annotations?.[forceDeleteAnnotation] === "true";
  if (forced || seen.crds.PciFlavor.is === "terminating" || draft.record === undefined) {
    release(stored, draft);
    return outcome;
  }
  const gate = cloudGate(seen);
  if (gate !== undefined) return waitForCloud(stored, gate, draft, seen, outcome);
  const found = (seen.cloud as CloudRead).flavors.find((one) => one.id === draft.record!.id);
  const left = found === undefined ? [] : cleanUp(content.spec, draft.record, found);
  if (left.length === 0) release(stored, draft);
  else draft.effects.push(...left);
  return outcome;
}

function cleanUp(spec: FlavorSpec, record: FlavorRecord, found: FlavorView): readonly Effect[] {
  const policy = spec.deletionPolicy ?? (record.created ? "Delete" : "Detach");
  if (policy === "Delete") return [{ do: "delete-flavor", flavorId: found.id }];
  const set: Record<string, string> = {};
  const keys = { ...record.keys };
  const effects = dropKeys(keys, {}, found, set);
  return Object.keys(set).length === 0
    ? effects
    : [...effects, { do: "set-extra-specs", flavorId: found.id, set }];
}

/** Never blocks longer than a stated time when the cloud cannot be reached. */
function waitForCloud(
  stored: Snapshot["objects"]["flavors"][number],
  gate: Reason,
  draft: Draft,
  seen: Snapshot,
  outcome: FlavorOutcome,
): FlavorOutcome {
  const since = draft.record!.deletingSince ?? seen.now;
  const end = since + deletionWaitMillis;
  if (seen.now < end) {
    draft.record = { ...draft.record!, deletingSince: since };
    draft.wakes.push(end);
    return { ...outcome, gate };
  }
  draft.effects.push({
    do: "event",
    about: { kind: "PciFlavor", name: stored.metadata.name, uid: stored.metadata.uid },
    type: "Warning",
    reason: "LeftInNova",
    message: `the cloud did not answer for ${deletionWaitMillis / 1000} s: flavor ${draft.record!.id} was left as it is; remove its PCI extra specs by hand`,
  });
  release(stored, draft);
  return outcome;
}

function release(stored: Snapshot["objects"]["flavors"][number], draft: Draft): void {
  draft.record = undefined;
  draft.effects.push({
    do: "set-finalizers",
    name: stored.metadata.name,
    uid: stored.metadata.uid,
    resourceVersion: stored.metadata.resourceVersion,
    finalizers: (stored.metadata.finalizers ?? []).filter((one) => one !== flavorFinalizer),
  });
}

// --- warnings -------------------------------------------------------------------------------------

const numaKeys = ["hw:numa_nodes", "hw:cpu_policy", "hw:mem_page_size"];

function warningsOf(spec: FlavorSpec, input: FlavorsInput): readonly Notice[] {
  const warnings: Notice[] = [];
  const extra = spec.extraSpecs ?? {};
  const aliases = spec.aliases.flatMap((one) => input.aliases.get(one.name) ?? []);
  const policies = aliases.filter(
    (one) => one.numaPolicy !== undefined && one.numaPolicy !== "legacy",
  );
  const wantsNuma = spec.numaAffinityPolicy !== undefined || policies.length > 0;
  if (wantsNuma && !numaKeys.some((key) => extra[key] !== undefined)) {
    warnings.push(
      notice(
        "NumaPolicyIneffective",
        `a NUMA policy acts only on a guest with a NUMA topology: add ${numaKeys.join(", ")} to spec.extraSpecs`,
        "spec.extraSpecs",
      ),
    );
  }
  const bare = aliases.filter((one) => one.numaPolicy === undefined);
  if (spec.numaAffinityPolicy !== undefined && bare.length > 0) {
    warnings.push(
      notice(
        "NumaPolicyNotOnAlias",
        `Nova uses the alias's own numa_policy on resize and migration: set spec.numaPolicy on ${bare.map((one) => one.name).join(", ")} too`,
        "spec.numaAffinityPolicy",
      ),
    );
  }
  const many = spec.aliases.filter((one) => one.count > 8).map((one) => one.name);
  if (many.length > 0) {
    warnings.push(
      notice(
        "PlacementTuningNeeded",
        `more than 8 devices of one alias (${many.join(", ")}) need tuned allocation candidates in Placement (Launchpad 2070257, 2126751)`,
        "spec.aliases",
      ),
    );
  }
  return warnings;
}
