// A flavor in Nova becomes what its object asks for: created when it may be, then key by key and
// project by project, each written, repaired, restored, or left to whom it belongs.

import { isUnvalidated } from "../../nova/flavor/judge-flavor.ts";
import type { CloudEffect } from "../terms/effects.ts";
import type { FlavorContent, FlavorSpec, Notice } from "../wanted/accept.ts";
import { challenge, contestedNotice, settled, type Contests } from "./contest.ts";
import { planProjects, type Part } from "./access.ts";
import { notice, type Draft, type FlavorOutcome } from "./draft.ts";
import { freshRecord } from "./identity.ts";
import { planKeys, type KeyPlan } from "./ownership.ts";
import type { FlavorView, Millis } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import { creation, triesBeforeDoubt, writeNext, type Write } from "./writes.ts";

type Base = Omit<FlavorOutcome, "flavorId">;

/**
 * Nova has no such flavor. It is created under the uid of the object: a crash between the request
 * and its answer cannot make a second one, and nobody else's flavor is mistaken for ours.
 */
export function createOrMiss(
  content: FlavorContent,
  draft: Draft,
  base: Base,
  now: Millis,
): FlavorOutcome {
  const { name, id } = content.spec.flavor;
  if (content.spec.create === undefined || name === undefined) {
    draft.record = undefined;
    const message = `Nova has no flavor ${id ?? name ?? ""}; create it, or give spec.create (and spec.flavor.name) so that it is created`;
    return { ...base, conflicts: [notice("FlavorMissing", message, "spec.flavor")] };
  }
  const fresh = freshRecord(content, content.uid);
  const before = draft.record?.id === fresh.id ? draft.record : undefined;
  const wasThere = before !== undefined && before.unseen?.what !== creation;
  const answer = wasThere ? challenge("flavor", before, content, now) : undefined;
  const record: FlavorRecord = {
    ...fresh,
    ...(before?.wroteAt === undefined ? {} : { wroteAt: before.wroteAt }),
    ...(before?.unseen === undefined || wasThere ? {} : { unseen: before.unseen }),
    ...withContests(answer?.contested ?? before?.contested),
  };
  const outcome = { ...base, flavorId: fresh.id };
  if (answer?.lost === true) {
    draft.record = record;
    const said = { has: "none", wants: `flavor ${name}`, path: "spec.flavor" };
    return { ...outcome, conflicts: [contestedNotice(`flavor ${name}`, said)] };
  }
  draft.record = writeNext([creationOf(content.spec, name, content)], record, draft, now);
  return { ...outcome, conflicts: doubts(draft.record) };
}

function creationOf(spec: FlavorSpec, name: string, content: FlavorContent): Write {
  const create = spec.create!;
  return {
    what: creation,
    effect: {
      do: "create-flavor",
      object: content.object,
      flavor: {
        name,
        id: content.uid,
        vcpus: create.vcpus,
        ramMiB: create.ramMiB,
        diskGiB: create.diskGiB,
        ephemeralGiB: create.ephemeralGiB ?? 0,
        swapMiB: create.swapMiB ?? 0,
        isPublic: create.isPublic ?? true,
        ...(create.description === undefined ? {} : { description: create.description }),
      },
    },
  };
}

export function immutableDifferences(spec: FlavorSpec, found: FlavorView): readonly Notice[] {
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

export function attach(
  content: FlavorContent,
  found: FlavorView,
  draft: Draft,
  base: Base,
  now: Millis,
): FlavorOutcome {
  const record = draft.record ?? freshRecord(content, found.id);
  const before = settled("flavor", record.contested ?? {}, now);
  const keys = planKeys(content, found, { ...record, contested: before }, now);
  const projects = planProjects(content, found, { ...record, contested: keys.contested }, now);
  const text = planDescription(content, found, { ...record, contested: projects.contested }, now);
  const { contested } = text;
  const outcome = { ...base, flavorId: found.id };
  const conflicts = [...keys.conflicts, ...projects.conflicts, ...text.conflicts];
  if (conflicts.length > 0) {
    if (!sameJson(contested, record.contested ?? {})) draft.record = revised(record, { contested });
    return { ...outcome, conflicts };
  }
  const writes = [...keyWrites(keys, found.id), ...projects.writes, ...text.writes];
  const known = revised(record, {
    keys: keys.keys,
    projects: projects.ours,
    ...(text.description === undefined ? {} : { description: text.description }),
    contested,
  });
  draft.record = keepSame(record, writeNext(writes, known, draft, now), draft.record);
  const live = writes.length === 0 && projects.known;
  return { ...outcome, live, conflicts: live ? [] : doubts(draft.record) };
}

function withContests(contested: Contests | undefined): Pick<FlavorRecord, "contested"> {
  return contested === undefined || Object.keys(contested).length === 0 ? {} : { contested };
}

function revised(record: FlavorRecord, changes: Partial<FlavorRecord>): FlavorRecord {
  const { contested, ...rest } = { ...record, ...changes };
  return { ...rest, ...withContests(contested) };
}

/** Equal records keep their identity, so that an idle round compares in no time. */
function keepSame(
  before: FlavorRecord,
  after: FlavorRecord,
  stored: FlavorRecord | undefined,
): FlavorRecord {
  return stored !== undefined && sameJson(before, after) ? stored : after;
}

/**
 * Nothing tells whether Nova refuses it or somebody takes it back at once; a person can find out.
 */
function doubts(record: FlavorRecord): readonly Notice[] {
  const tries = record.unseen?.tries ?? 0;
  if (tries < triesBeforeDoubt) return [];
  return [
    notice(
      "NotShownByNova",
      `"${record.unseen!.what}" was sent to Nova ${triesBeforeDoubt} times or more and does not show: either Nova refuses it (the operator's log says why), or somebody takes it back at once; it is tried again every few minutes`,
      "spec",
    ),
  ];
}

/**
 * All values in one request, but for those that the API's checks would refuse; the removals one by
 * one, as Nova takes them.
 */
export function keyWrites(
  plan: Pick<KeyPlan, "set" | "written" | "remove">,
  flavorId: string,
): readonly Write[] {
  const names = Object.keys(plan.set).sort();
  const removals = plan.remove.map((key): Write => ({
    what: `remove ${key}`,
    effect: { do: "delete-extra-spec", flavorId, key },
  }));
  return [
    ...setting(
      names.filter((key) => !isUnvalidated(key)),
      plan,
      { do: "set-extra-specs", flavorId, set: {} },
    ),
    ...setting(names.filter(isUnvalidated), plan, {
      do: "set-extra-specs",
      flavorId,
      set: {},
      unchecked: true,
    }),
    ...removals,
  ];
}

function setting(
  names: readonly string[],
  { set, written }: Pick<KeyPlan, "set" | "written">,
  effect: Extract<CloudEffect, { readonly do: "set-extra-specs" }>,
): readonly Write[] {
  if (names.length === 0) return [];
  const some = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(names.flatMap((key) => (key in all ? [[key, all[key]!] as const] : [])));
  return [
    {
      what: `set ${names.join(", ")}`,
      effect: { ...effect, set: some(set) },
      noted: (record) => ({ ...record, keys: { ...record.keys, ...some(written) } }),
    },
  ];
}

/** Only of a flavor that we made. */
function planDescription(
  content: FlavorContent,
  found: FlavorView,
  record: FlavorRecord,
  now: Millis,
): Part & Pick<FlavorRecord, "description"> {
  const contested = record.contested ?? {};
  const kept = record.description === undefined ? {} : { description: record.description };
  const nothing = { writes: [], contested, conflicts: [] };
  const wanted = content.spec.create?.description ?? "";
  const has = found.description ?? "";
  if (!record.created || content.spec.create === undefined) return { ...nothing, ...kept };
  if (wanted === has) {
    const quiet = settled("description", contested, now);
    return { ...nothing, contested: quiet, description: wanted };
  }
  const answer =
    record.description === wanted
      ? challenge("description", record, content, now)
      : { contested, lost: false };
  if (!answer.lost) {
    const writes = [describe(found.id, wanted)];
    return { writes, contested: answer.contested, conflicts: [], ...kept };
  }
  const said = { has: `"${has}"`, wants: `"${wanted}"`, path: "spec.create.description" };
  const conflict = contestedNotice(`the description of flavor ${found.name}`, said);
  return { writes: [], contested: answer.contested, conflicts: [conflict], ...kept };
}

function describe(flavorId: string, wanted: string): Write {
  const description = wanted === "" ? null : wanted;
  return {
    what: "describe",
    effect: { do: "set-flavor-description", flavorId, description },
    noted: (record) => ({ ...record, description: wanted }),
  };
}
