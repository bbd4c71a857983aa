// Which flavor of Nova is an object's, and which record it may believe. By ids alone: a name can be
// given to another flavor, and to another object, while nobody looks.

import type { FlavorContent } from "../wanted/accept.ts";
import type {
  CloudRead,
  CloudView,
  FlavorElsewhere,
  FlavorView,
  Snapshot,
} from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";

/** Whatever means a flavor: an object of this namespace or of another. */
type Claimant = {
  readonly uid: string;
  readonly spec: { readonly flavor: FlavorElsewhere["flavor"] };
};

/** A flavor of ours carries the uid of its PciFlavor as id: proof that outlives a lost state. */
export function isMadeBy(content: Claimant, flavorId: string): boolean {
  return flavorId === content.uid;
}

export function flavorOf(content: Claimant, cloud: CloudRead): FlavorView | undefined {
  const { id, name } = content.spec.flavor;
  const { flavors } = cloud;
  if (id !== undefined) return flavors.find((flavor) => flavor.id === id);
  const made = flavors.find((flavor) => isMadeBy(content, flavor.id));
  return made ?? flavors.find((flavor) => flavor.name === name);
}

export function freshRecord(content: FlavorContent, id: string): FlavorRecord {
  return { uid: content.uid, id, created: isMadeBy(content, id), keys: {}, projects: [] };
}

/** The record of exactly this object. */
export function recordOf(
  content: FlavorContent,
  record: FlavorRecord | undefined,
  cloud: CloudView,
): FlavorRecord | undefined {
  if (record === undefined) return undefined;
  if (record.uid === undefined) return claimed(content, record, cloud);
  return record.uid === content.uid ? record : undefined;
}

/**
 * A record that went by the name of its object belongs to the object of today only where the flavor
 * proves it. Who gave access to a project was not written down: on a flavor of others it stays.
 */
function claimed(
  content: FlavorContent,
  record: FlavorRecord,
  cloud: CloudView,
): FlavorRecord | undefined {
  const made = isMadeBy(content, record.id);
  if (record.created && !made) return undefined;
  if (made) {
    const keys = Object.fromEntries(
      Object.entries(record.keys).map(([key, { adopted, ...own }]) => [key, own] as const),
    );
    return { ...record, uid: content.uid, created: true, keys };
  }
  if (cloud.is !== "read") return record;
  const found = cloud.flavors.find((flavor) => flavor.id === record.id);
  const { id, name } = content.spec.flavor;
  if (found === undefined || (id === undefined ? found.name !== name : found.id !== id)) {
    return undefined;
  }
  return { ...record, uid: content.uid, projects: [] };
}

/**
 * Records of objects that are still there; what the absence of a kind proves is decided elsewhere.
 */
export function recordsOfToday(
  records: Readonly<Record<string, FlavorRecord>>,
  seen: Snapshot,
): Record<string, FlavorRecord> {
  const uids = new Map(seen.objects.flavors.map(({ metadata }) => [metadata.name, metadata.uid]));
  const served = seen.crds.PciFlavor.is === "served";
  const kept = Object.entries(records).filter(([name, record]) => {
    const uid = uids.get(name);
    if (uid === undefined) return !served;
    return record.uid === undefined || record.uid === uid;
  });
  return Object.fromEntries(kept);
}

/** Who describes a flavor: the oldest object, whatever its text calls the flavor. */
export type Claims = ReadonlyMap<string, FlavorContent>;

export function claimsOf(
  contents: readonly FlavorContent[],
  records: Readonly<Record<string, FlavorRecord>>,
  cloud: CloudRead,
): Claims {
  const claims = new Map<string, FlavorContent>();
  const take = (key: string | undefined, content: FlavorContent): void => {
    if (key !== undefined && !claims.has(key)) claims.set(key, content);
  };
  // What leaves a flavor holds it until it is gone: two would write to it at once.
  for (const content of contents) {
    if (content.deleting) take(records[content.object]?.id, content);
  }
  for (const content of contents) {
    if (!content.deleting) take(claimKey(content, cloud), content);
  }
  return claims;
}

/** By its id; before the flavor is there, by what it will be called. */
export function claimKey(content: Claimant, cloud: CloudRead): string {
  const { id, name } = content.spec.flavor;
  return flavorOf(content, cloud)?.id ?? id ?? `name ${name ?? ""}`;
}

/** An object of another namespace that means the same flavor of the same Nova. */
export function claimedElsewhere(content: Claimant, cloud: CloudRead): FlavorElsewhere | undefined {
  const key = claimKey(content, cloud);
  return cloud.elsewhere?.find(
    ({ uid, flavor }) => claimKey({ uid, spec: { flavor } }, cloud) === key,
  );
}

/**
 * Oldest first. Kubernetes tells the age in whole seconds: of two that are equally old the one that
 * has a flavor already comes first, then the order of names decides.
 */
export function byAge(
  records: Readonly<Record<string, FlavorRecord>>,
): (a: FlavorContent, b: FlavorContent) => number {
  return (a, b) => {
    if (a.created !== b.created) return a.created < b.created ? -1 : 1;
    const [left, right] = [a, b].map((flavorContent) =>
      records[flavorContent.object] === undefined ? 1 : 0,
    );
    if (left !== right) return left! - right!;
    return a.object < b.object ? -1 : a.object > b.object ? 1 : 0;
  };
}
