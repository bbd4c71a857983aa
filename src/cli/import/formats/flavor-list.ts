// Flavors as `openstack flavor list --long -f json` prints them.

import { nothingGiven, type Given, type GivenFlavor } from "./given.ts";

type Raw = Readonly<Record<string, unknown>>;

/** undefined = the list holds something else. */
export function flavorsIn(value: object, file: string): Given | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const rows = value as unknown[];
  if (!rows.every((row) => isRow(row))) return undefined;
  const flavors = (rows as Raw[]).map((row): GivenFlavor => {
    const properties = row["Properties"] ?? row["properties"];
    return {
      id: String(row["ID"] ?? row["id"]),
      name: String(row["Name"] ?? row["name"]),
      extraSpecs: extraSpecsOf(properties),
    };
  });
  const long = (rows as Raw[]).some((row) => "Properties" in row || "properties" in row);
  const problems = long
    ? []
    : [`${file}: has no Properties: use openstack flavor list --long -f json`];
  return { ...nothingGiven, flavors, problems };
}

function isRow(item: unknown): boolean {
  if (typeof item !== "object" || item === null) return false;
  const keys = Object.keys(item).map((key) => key.toLowerCase());
  return ["id", "name", "ram"].every((key) => keys.includes(key));
}

/** A map, or the text that older clients print: a='1', b='x, y'. */
function extraSpecsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
  }
  if (typeof value !== "string") return {};
  const pairs = value.matchAll(/([^\s,=][^=]*?)=(?:'([^']*)'|"([^"]*)"|([^,]*))(?:,\s*|$)/g);
  return Object.fromEntries([...pairs].map(([, key, a, b, c]) => [key!.trim(), a ?? b ?? c ?? ""]));
}
