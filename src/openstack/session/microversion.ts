// The microversion to speak with a service, from its own version document. Pure. It must not know
// URLs or connections.
import { isRecord } from "../wire/json.ts";

/** "2.96": major and minor are numbers, 2.100 comes after 2.96. */
type Microversion = string;

export type VersionRange = { readonly lowest: Microversion; readonly highest: Microversion };

function compareMicroversions(left: Microversion, right: Microversion): number {
  const [leftMajor, leftMinor] = parts(left);
  const [rightMajor, rightMinor] = parts(right);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

export function atLeast(have: Microversion, needed: Microversion): boolean {
  return compareMicroversions(have, needed) >= 0;
}

/** The highest both sides know; undefined when the service has left ours behind. */
export function negotiate(wanted: Microversion, range: VersionRange): Microversion | undefined {
  if (compareMicroversions(wanted, range.lowest) < 0) return undefined;
  return compareMicroversions(wanted, range.highest) <= 0 ? wanted : range.highest;
}

/**
 * Reads {"version": {..}} and {"versions": [..]}: Nova writes `version` and `min_version`,
 * Placement `max_version` and `min_version`. Of several the one with microversions is meant.
 */
export function readVersionDocument(document: unknown): VersionRange | undefined {
  if (!isRecord(document)) return undefined;
  const item = document["version"];
  const several: unknown = document["versions"];
  const entries: readonly unknown[] = isRecord(item)
    ? [item]
    : Array.isArray(several)
      ? several
      : [];
  const ranges = entries.map(rangeOf).filter((range) => range !== undefined);
  return ranges.sort((a, b) => compareMicroversions(b.highest, a.highest))[0];
}

function rangeOf(entry: unknown): VersionRange | undefined {
  if (!isRecord(entry)) return undefined;
  const highest = entry["max_version"] ?? entry["version"];
  const lowest = entry["min_version"];
  return isMicroversion(highest) && isMicroversion(lowest) ? { lowest, highest } : undefined;
}

function isMicroversion(value: unknown): value is Microversion {
  return typeof value === "string" && /^\d+\.\d+$/.test(value);
}

function parts(version: Microversion): readonly [number, number] {
  const [major, minor] = version.split(".");
  return [Number(major), Number(minor)];
}
