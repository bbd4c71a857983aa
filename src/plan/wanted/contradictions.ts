// Contradictions between whitelists on a node they share. Same rank, possible overlap and different
// tags: Nova would take whichever comes first, so order would silently decide which tags a device
// gets. What is live wins; if none is live, both are rejected.

import { overlap } from "../../nova/device/covers.ts";
import type { ModelContext } from "../../nova/terms/declare.ts";
import { tagsOf as declaredTags } from "../../nova/device/device-tags.ts";
import { canonical, type Notice, type Verdict, type WhitelistContent } from "./accept.ts";
import { resolve, type DeviceEntry, type Wanted } from "./resolve.ts";
import type { ComputeNode } from "./selection.ts";

type Contradiction = {
  readonly a: DeviceEntry;
  readonly b: DeviceEntry;
};

/** The whitelists that stay, and the verdicts with the contradictions added. */
export function settleContradictions(
  whitelists: readonly WhitelistContent[],
  verdicts: readonly Verdict[],
  nodes: readonly ComputeNode[],
  context: ModelContext,
): { readonly whitelists: readonly WhitelistContent[]; readonly verdicts: readonly Verdict[] } {
  const wanted = resolve({ aliases: [], whitelists }, nodes, context);
  const found = contradictionsIn(wanted);
  if (found.length === 0) return { whitelists, verdicts };
  const byObject = new Map(whitelists.map((whitelist) => [whitelist.object, whitelist]));
  const refused = new Map<string, Notice>();
  const warned = new Map<string, Notice>();
  for (const { a, b } of found) {
    const liveA = byObject.get(a.object)?.live === true;
    const liveB = byObject.get(b.object)?.live === true;
    if (liveA && liveB) {
      warned.set(b.object, notice(a, b));
      continue;
    }
    if (!liveA) refused.set(a.object, notice(b, a));
    if (!liveB) refused.set(b.object, notice(a, b));
  }
  return {
    whitelists: whitelists.flatMap((whitelist) => {
      if (!refused.has(whitelist.object)) return [whitelist];
      if (whitelist.earlier === undefined) return [];
      return [{ ...whitelist, spec: whitelist.earlier, live: true }];
    }),
    verdicts: verdicts.map((verdict) => withNotices(verdict, refused, warned, byObject)),
  };
}

function withNotices(
  verdict: Verdict,
  refused: ReadonlyMap<string, Notice>,
  warned: ReadonlyMap<string, Notice>,
  byObject: ReadonlyMap<string, WhitelistContent>,
): Verdict {
  if (verdict.kind !== "PciWhitelist") return verdict;
  const refusal = refused.get(verdict.name);
  const warning = warned.get(verdict.name);
  return {
    ...verdict,
    rejections: refusal === undefined ? verdict.rejections : [...verdict.rejections, refusal],
    warnings: warning === undefined ? verdict.warnings : [...verdict.warnings, warning],
    keepsEarlier:
      verdict.keepsEarlier ||
      (refusal !== undefined && byObject.get(verdict.name)?.earlier !== undefined),
  };
}

function notice(other: DeviceEntry, own: DeviceEntry): Notice {
  return {
    reason: "Contradiction",
    message: `device entry ${own.line.value} and ${other.line.value} of PciWhitelist ${other.object} can match the same device on the same node with different tags and equal rank; give one of the whitelists a higher spec.priority, or make the tags equal`,
    path: "spec.devices",
  };
}

/** One contradiction for each pair of objects, over all pools. */
function contradictionsIn(wanted: Wanted): readonly Contradiction[] {
  const found = new Map<string, Contradiction>();
  for (const pool of wanted.pools.values()) {
    for (const { a, b } of contradictionsAmong(pool.devices)) {
      const key = `${a.object}\n${b.object}`;
      if (!found.has(key)) found.set(key, { a, b });
    }
  }
  return [...found.values()];
}

/** Each pair of a pool is asked once, as long as the pool offers the same. */
const among = new WeakMap<readonly DeviceEntry[], readonly Contradiction[]>();

function contradictionsAmong(devices: readonly DeviceEntry[]): readonly Contradiction[] {
  const known = among.get(devices);
  if (known !== undefined) return known;
  const found: Contradiction[] = [];
  const told = new Map<string, Set<string>>();
  for (const group of groupsOfEqualRank(devices)) {
    const tags = new Map(group.map((entry) => [entry, tagsOf(entry)]));
    if (new Set(tags.values()).size < 2) continue;
    for (const [a, b] of pairs(group)) {
      const others = told.get(a.object) ?? new Set();
      if (others.has(b.object) || tags.get(a) === tags.get(b) || !contradict(a, b)) continue;
      told.set(a.object, others.add(b.object));
      found.push({ a, b });
    }
  }
  among.set(devices, found);
  return found;
}

function groupsOfEqualRank(devices: readonly DeviceEntry[]): readonly (readonly DeviceEntry[])[] {
  const groups = new Map<string, DeviceEntry[]>();
  for (const device of devices) {
    const key = `${device.priority}/${device.rank}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [device]);
    else group.push(device);
  }
  return [...groups.values()];
}

function* pairs(group: readonly DeviceEntry[]): Generator<readonly [DeviceEntry, DeviceEntry]> {
  for (let i = 0; i < group.length; i += 1) {
    for (let k = i + 1; k < group.length; k += 1) yield [group[i]!, group[k]!];
  }
}

function contradict(a: DeviceEntry, b: DeviceEntry): boolean {
  if (a.line.value === b.line.value) return false;
  return overlap(a.declaration, b.declaration) !== "never";
}

function tagsOf(entry: DeviceEntry): string {
  return canonical(declaredTags(entry.declaration));
}
