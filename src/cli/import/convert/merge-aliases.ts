// The aliases of all processes as one list: nova-api's count, and where nova-compute says something
// else, that is told.

import { couldServe } from "../../../nova/device/covers.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../../../nova/terms/declare.ts";
import { convertAlias } from "./convert-alias.ts";
import type { Entries, FoundAlias } from "./entries.ts";

export type MergedAlias = {
  readonly declared: AliasDeclaration;
  readonly meaning: string;
  readonly origin: string;
};

type Merged = {
  readonly aliases: readonly MergedAlias[];
  readonly lost: readonly string[];
  /** Where the services do not say the same. */
  readonly unequal: readonly string[];
};

/** What one process says, with the device entries that it keeps. */
type Side = { readonly entries: Entries; readonly devices: readonly DeviceDeclaration[] };

const order = ["api", "any", "compute"] as const;

export function mergeAliases(sides: readonly Side[]): Merged {
  const lost: string[] = [];
  const unequal: string[] = [];
  const found = new Map<string, MergedAlias | "lost">();
  const sorted = order.flatMap((reader) =>
    sides.filter((one) => one.entries.process.reader === reader),
  );
  for (const { entries } of sorted) {
    for (const one of entries.aliases) {
      const known = found.get(one.name);
      if (known === undefined) found.set(one.name, converted(one, lost));
      else if (known !== "lost") unequal.push(...differences(known, one, entries));
    }
  }
  const aliases = [...found.values()].filter((one) => one !== "lost");
  return { aliases, lost, unequal: [...unequal, ...oneSided(sides, aliases)] };
}

function converted(one: FoundAlias, lost: string[]): MergedAlias | "lost" {
  const made = convertAlias(one.name, one.aliases.get(one.name)!);
  if ("lost" in made) {
    lost.push(`${one.origin}: alias "${one.name}": ${made.lost}`);
    return "lost";
  }
  return { declared: made.declared, meaning: one.meaning, origin: one.origin };
}

/** Fields of a declaration, as nova.conf calls them. */
const words = {
  match: "vendor_id and product_id",
  deviceType: "device_type",
  numaPolicy: "numa_policy",
  resourceClass: "resource_class",
  traits: "traits",
  liveMigratable: "live_migratable",
} as const;

function differences(known: MergedAlias, one: FoundAlias, entries: Entries): readonly string[] {
  if (known.meaning === one.meaning) return [];
  const other = convertAlias(one.name, one.aliases.get(one.name)!);
  const declared = "declared" in other ? other.declared : undefined;
  const fields = (Object.keys(words) as (keyof typeof words)[]).filter(
    (key) => JSON.stringify(known.declared[key]) !== JSON.stringify(declared?.[key]),
  );
  const what = fields.map((key) => words[key]).join(", ") || "what they match";
  return [
    `${one.origin}: ${titleOf(entries)} says something else of alias "${one.name}" than ${known.origin}: they differ in ${what}; the object is as ${known.origin} says`,
  ];
}

export function titleOf({ process }: Entries): string {
  if (process.reader === "any") return process.files[0]!.name;
  const pool = process.pool === undefined ? "" : ` (${process.pool.name})`;
  return `nova-${process.reader}${pool}`;
}

/**
 * An alias must stand on both sides: servers are made with nova-api's and moved with
 * nova-compute's.
 */
function oneSided(sides: readonly Side[], aliases: readonly MergedAlias[]): readonly string[] {
  const api = sides.filter((one) => one.entries.process.reader !== "compute");
  const both = sides.filter((one) => one.entries.process.reader === "any");
  const computes = sides.filter((one) => one.entries.process.reader === "compute");
  if (api.length === 0 || computes.length === 0) return [];
  const knows = ({ entries }: Side, name: string): boolean =>
    entries.aliases.some((one) => one.name === name);
  return aliases.flatMap(({ declared, origin }) => {
    const { name } = declared;
    if (!api.some((one) => knows(one, name))) {
      return [
        `${origin}: nova-api does not know alias "${name}" and refuses each server that asks for it; the object gives it to both`,
      ];
    }
    if (both.some((one) => knows(one, name))) return [];
    return computes
      .filter(
        (one) => !knows(one, name) && one.devices.some((device) => couldServe(declared, device)),
      )
      .map(
        ({ entries }) =>
          `${origin}: ${titleOf(entries)} does not know alias "${name}", so that no server with it can be moved there; the object gives it to both`,
      );
  });
}
