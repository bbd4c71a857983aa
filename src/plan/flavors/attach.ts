// Answers "how does a flavor in Nova become what the object asks for?": created when it may be, then
// key by key: adopted, written, repaired, restored. Never a full sync: other keys are others'.

import { aliasExtraSpec, numaAffinityExtraSpec } from "../../api/names.ts";
import { emitFlavorValue } from "../../nova/flavor-value.ts";
import type { FlavorContent, FlavorSpec, Notice } from "../wanted/accept.ts";
import type { Effect } from "../terms/effects.ts";
import { notice, type Draft, type FlavorOutcome } from "./draft.ts";
import type { FlavorView } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";

/**
 * A flavor of ours carries the uid of its PciFlavor as id: a crash between the request and its
 * answer cannot make a second one, and nobody else's flavor is mistaken for ours.
 */
export function createOrMiss(
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

export function desiredKeys(spec: FlavorSpec): Readonly<Record<string, string>> {
  return {
    ...(spec.extraSpecs ?? {}),
    ...(spec.numaAffinityPolicy === undefined
      ? {}
      : { [numaAffinityExtraSpec]: spec.numaAffinityPolicy }),
    [aliasExtraSpec]: emitFlavorValue(spec.aliases),
  };
}

export function attach(
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

export function keepSame(before: FlavorRecord, after: FlavorRecord): FlavorRecord {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

/** Keys of ours that are not wanted any more: adopted ones stay, overwritten ones are restored. */
export function dropKeys(
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

export function access(
  spec: FlavorSpec,
  found: FlavorView,
  record: FlavorRecord,
): readonly Effect[] {
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

export function description(
  spec: FlavorSpec,
  found: FlavorView,
  record: FlavorRecord,
): readonly Effect[] {
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
