// Device entries as PciWhitelists that keep Nova's order: in Nova the first match wins, in an
// object the more specific entry.

import { wildcard } from "../../../nova/device/address.ts";
import { overlap, rankOf, shadowedBy } from "../../../nova/device/covers.ts";
import { canonicalJson } from "../../../nova/text/canonical-json.ts";
import type { DeviceDeclaration } from "../../../nova/terms/declare.ts";
import { tagsOf } from "../../../nova/device/device-tags.ts";
import type { ConvertedDevice } from "./convert-device.ts";

/** Entries of one PciWhitelist, in the order in which the operator writes them. */
export type Run = {
  readonly priority: number;
  readonly devices: readonly ConvertedDevice[];
};

/** As many as an object takes. */
const longest = 128;

/**
 * An entry that would be written before an earlier one, or that contradicts an earlier one of equal
 * rank, begins a whitelist of lower priority.
 */
export function inRuns(devices: readonly ConvertedDevice[]): readonly Run[] {
  const runs: ConvertedDevice[][] = [];
  for (const device of devices) {
    const run = runs.at(-1);
    if (run === undefined || run.length === longest || !follows(device, run)) runs.push([device]);
    else run.push(device);
  }
  const step = runs.length > 100 ? 1 : 10;
  return runs.map((run, index) => ({ priority: (runs.length - 1 - index) * step, devices: run }));
}

function follows({ declared }: ConvertedDevice, run: readonly ConvertedDevice[]): boolean {
  const rank = rankOf(declared);
  if (rank > rankOf(run.at(-1)!.declared)) return false;
  return !run.some(
    (convertedDevice) =>
      rankOf(convertedDevice.declared) === rank && contradicts(convertedDevice.declared, declared),
  );
}

/** Some device could be taken by either, and not to the same effect. */
export function contradicts(a: DeviceDeclaration, b: DeviceDeclaration): boolean {
  return overlap(a, b) !== "never" && tagText(a) !== tagText(b);
}

function tagText(declared: DeviceDeclaration): string {
  const tags = Object.entries(tagsOf(declared)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return canonicalJson(tags);
}

/** Without the entries that an earlier one leaves nothing, and a note for each. */
export function withoutDead(devices: readonly ConvertedDevice[]): {
  readonly live: readonly ConvertedDevice[];
  readonly dead: readonly string[];
} {
  const live: ConvertedDevice[] = [];
  const dead: string[] = [];
  const byIds = new Map<string, ConvertedDevice[]>();
  const places = new Map(devices.map((device, index) => [device, index]));
  const place = (convertedDevice: ConvertedDevice): number => places.get(convertedDevice)!;
  for (const device of devices) {
    const { vendorId = wildcard, productId = wildcard } = device.declared;
    // Only an entry that leaves an id open, or has the same, can leave nothing.
    const wider = [...new Set([vendorId, wildcard])].flatMap((vendor) =>
      [...new Set([productId, wildcard])].flatMap(
        (product) => byIds.get(`${vendor} ${product}`) ?? [],
      ),
    );
    const taker = wider
      .filter(
        (convertedDevice) => shadowedBy(device.declared, [convertedDevice.declared]) !== undefined,
      )
      .reduce<ConvertedDevice | undefined>(
        (a, b) => (a !== undefined && place(a) < place(b) ? a : b),
        undefined,
      );
    if (taker === undefined) {
      live.push(device);
      const key = `${vendorId} ${productId}`;
      const known = byIds.get(key);
      if (known === undefined) byIds.set(key, [device]);
      else known.push(device);
    } else
      dead.push(
        `${device.origin}: never matches, because ${lineOf(taker.origin, device.origin)} takes it first`,
      );
  }
  return { live, dead };
}

/** "line 4" within one file, else with the name of the file. */
function lineOf(origin: string, from: string): string {
  const [file, line] = parts(origin);
  return file === parts(from)[0] ? `line ${line}` : origin;
}

function parts(origin: string): readonly [file: string, line: string] {
  const at = origin.lastIndexOf(":");
  return [origin.slice(0, at), origin.slice(at + 1)];
}
