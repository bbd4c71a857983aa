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
    sides.filter((side) => side.entries.process.reader === reader),
  );
  for (const { entries } of sorted) {
    for (const alias of entries.aliases) {
      const known = found.get(alias.name);
      if (known === undefined) found.set(alias.name, converted(alias, lost));
      else if (known !== "lost") unequal.push(...differences(known, alias, entries));
    }
  }
  const aliases = [...found.values()].filter((item) => item !== "lost");
  return { aliases, lost, unequal: [...unequal, ...oneSided(sides, aliases)] };
}

function converted(foundAlias: FoundAlias, lost: string[]): MergedAlias | "lost" {
  const made = convertAlias(foundAlias.name, foundAlias.aliases.get(foundAlias.name)!);
  if ("lost" in made) {
    lost.push(`${foundAlias.origin}: alias "${foundAlias.name}": ${made.lost}`);
    return "lost";
  }
  return { declared: made.declared, meaning: foundAlias.meaning, origin: foundAlias.origin };
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

function differences(
  known: MergedAlias,
  foundAlias: FoundAlias,
  entries: Entries,
): readonly string[] {
  if (known.meaning === foundAlias.meaning) return [];
  const other = convertAlias(foundAlias.name, foundAlias.aliases.get(foundAlias.name)!);
  const declared = "declared" in other ? other.declared : undefined;
  const fields = (Object.keys(words) as (keyof typeof words)[]).filter(
    (key) => JSON.stringify(known.declared[key]) !== JSON.stringify(declared?.[key]),
  );
  const what = fields.map((key) => words[key]).join(", ") || "what they match";
  return [
    `${foundAlias.origin}: ${titleOf(entries)} says something else of alias "${foundAlias.name}" than ${known.origin}: they differ in ${what}; the object is as ${known.origin} says`,
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
  const api = sides.filter((side) => side.entries.process.reader !== "compute");
  const both = sides.filter((side) => side.entries.process.reader === "any");
  const computes = sides.filter((side) => side.entries.process.reader === "compute");
  if (api.length === 0 || computes.length === 0) return [];
  const knows = ({ entries }: Side, name: string): boolean =>
    entries.aliases.some((alias) => alias.name === name);
  return aliases.flatMap(({ declared, origin }) => {
    const { name } = declared;
    if (!api.some((side) => knows(side, name))) {
      return [
        `${origin}: nova-api does not know alias "${name}" and refuses each server that asks for it; the object gives it to both`,
      ];
    }
    if (both.some((side) => knows(side, name))) return [];
    return computes
      .filter(
        (compute) =>
          !knows(compute, name) && compute.devices.some((device) => couldServe(declared, device)),
      )
      .map(
        ({ entries }) =>
          `${origin}: ${titleOf(entries)} does not know alias "${name}", so that no server with it can be moved there; the object gives it to both`,
      );
  });
}
