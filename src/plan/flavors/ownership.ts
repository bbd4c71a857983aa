// Extra specs key by key: which of them are ours, what is written, what is taken back and what is
// somebody else's. Never a full sync: a key that the object does not name is nobody's business.

import { aliasExtraSpec, numaAffinityExtraSpec } from "../../api/names.ts";
import { emitFlavorValue } from "../../nova/flavor/flavor-value.ts";
import type { FlavorContent, FlavorSpec, Notice } from "../wanted/accept.ts";
import { challenge, contestedNotice, settled, type Contests } from "./contest.ts";
import { notice } from "./draft.ts";
import type { FlavorView, Millis } from "../terms/snapshot.ts";
import type { FlavorRecord, OwnedKey } from "../terms/state.ts";

type Keys = Readonly<Record<string, OwnedKey>>;

export type KeyPlan = {
  /** Ours without any write: what Nova shows already. */
  readonly keys: Keys;
  readonly set: Readonly<Record<string, string>>;
  /** Ours once `set` is written. */
  readonly written: Keys;
  readonly remove: readonly string[];
  readonly contested: Contests;
  readonly conflicts: readonly Notice[];
};

export function desiredKeys(spec: FlavorSpec): Readonly<Record<string, string>> {
  return {
    ...(spec.extraSpecs ?? {}),
    ...(spec.numaAffinityPolicy === undefined
      ? {}
      : { [numaAffinityExtraSpec]: spec.numaAffinityPolicy }),
    [aliasExtraSpec]: emitFlavorValue(spec.aliases),
  };
}

export function planKeys(
  content: FlavorContent,
  found: FlavorView,
  record: FlavorRecord,
  now: Millis,
): KeyPlan {
  const desired = desiredKeys(content.spec);
  const keys: Record<string, OwnedKey> = {};
  const written: Record<string, OwnedKey> = {};
  const set: Record<string, string> = {};
  const conflicts: Notice[] = [];
  let contested: Contests = record.contested ?? {};
  for (const [key, value] of Object.entries(desired)) {
    const has = found.extraSpecs[key];
    const own = record.keys[key];
    if (own !== undefined) keys[key] = own;
    if (has === value) {
      keys[key] = confirmed(own, value, record);
      contested = settled(`key ${key}`, contested, now);
      continue;
    }
    if (isForeign(own, has, content, record)) {
      conflicts.push(foreignNotice(key, found, value));
      continue;
    }
    if (own?.value === value) {
      const answer = challenge(`key ${key}`, { ...record, contested }, content, now);
      ({ contested } = answer);
      if (answer.lost) {
        const said = { has: shown(has), wants: shown(value), path: pathOf(key) };
        conflicts.push(contestedNotice(`${key} of flavor ${found.name}`, said));
        continue;
      }
    }
    set[key] = value;
    written[key] = overwritten(own, has, value, record);
  }
  const rest = takenBack(record.keys, desired, found);
  return {
    keys: { ...keys, ...rest.keys },
    set: { ...set, ...rest.set },
    written,
    remove: rest.remove,
    contested,
    conflicts,
  };
}

/** A flavor that we made had no keys before us: whatever it has of ours was written by us. */
function confirmed(own: OwnedKey | undefined, value: string, record: FlavorRecord): OwnedKey {
  if (own !== undefined) return own.value === value ? own : { ...own, value };
  return record.created ? { value } : { value, adopted: true };
}

function isForeign(
  own: OwnedKey | undefined,
  has: string | undefined,
  { spec }: FlavorContent,
  record: FlavorRecord,
): boolean {
  if (own !== undefined || has === undefined || record.created) return false;
  return (spec.adopt ?? "Equal") === "Equal";
}

/** An adopted value that the object now changes is what was there before us. */
function overwritten(
  own: OwnedKey | undefined,
  has: string | undefined,
  value: string,
  record: FlavorRecord,
): OwnedKey {
  if (own === undefined) {
    return has === undefined || record.created ? { value } : { value, before: has };
  }
  if (own.adopted !== true || own.value === value) return { ...own, value };
  return { value, before: own.value };
}

/**
 * What the record has and the object does not ask for: restored, removed, or left as others made
 * it.
 */
export function takenBack(
  own: Keys,
  desired: Readonly<Record<string, string>>,
  found: FlavorView,
): Pick<KeyPlan, "keys" | "set" | "remove"> {
  const left = Object.entries(own).filter(
    ([key, ownedKey]) =>
      desired[key] === undefined &&
      ownedKey.adopted !== true &&
      found.extraSpecs[key] === ownedKey.value,
  );
  const restored = left.flatMap(([key, { before }]) =>
    before === undefined ? [] : [[key, before] as const],
  );
  return {
    keys: Object.fromEntries(left),
    set: Object.fromEntries(restored),
    remove: left.filter(([, ownedKey]) => ownedKey.before === undefined).map(([key]) => key),
  };
}

function shown(value: string | undefined): string {
  return value === undefined ? "none" : `"${value}"`;
}

function pathOf(key: string): string {
  if (key === aliasExtraSpec) return "spec.aliases";
  return key === numaAffinityExtraSpec ? "spec.numaAffinityPolicy" : `spec.extraSpecs.${key}`;
}

function foreignNotice(key: string, found: FlavorView, value: string): Notice {
  return notice(
    "Conflict",
    `flavor ${found.name} (id ${found.id}) already has ${key}=${found.extraSpecs[key]!}, the object asks for ${value}; set spec.adopt: Overwrite to replace it, or change the object`,
    pathOf(key),
  );
}
