// Sections of nova.conf that stand in YAML as maps, written as openstack-helm's template writes
// them.

import type { OptionLine } from "./given.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Sections that say something about PCI devices, with the ways in which they are misspelt. */
const wanted = /^\s*(pci\w*|filter_scheduler|devices|libvirt|default|mdev_\w+)\s*$/i;

/** `lineOf` knows a path such as "pci.alias". */
export function sectionLines(
  sections: Raw,
  lineOf: (path: string) => number,
): readonly OptionLine[] {
  return Object.entries(sections).flatMap(([section, options]) => {
    if (!wanted.test(section) || typeof options !== "object" || options === null) return [];
    return Object.entries(options as Raw).flatMap(([option, value]) => {
      const path = `${section}.${option}`;
      return valuesOf(value).map((text, index) => ({
        section,
        option,
        value: text,
        line: lineOf(elementPath(value, path, index)),
      }));
    });
  });
}

function elementPath(value: unknown, path: string, index: number): string {
  if (isMulti(value)) return `${path}.values[${index}]`;
  return path;
}

function isMulti(value: unknown): value is { readonly values: readonly unknown[] } {
  const raw = value as Raw | null;
  return typeof value === "object" && raw !== null && Array.isArray(raw["values"]);
}

/** A list is joined by commas, and a multistring repeats the option. */
function valuesOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return [value.map(text).join(",")];
  if (isMulti(value)) {
    const isCsv = (value as Raw)["type"] === "csv";
    return isCsv ? [value.values.map(text).join(",")] : value.values.map(text);
  }
  return [text(value)];
}

function text(value: unknown): string {
  if (typeof value === "string") return value.replace(/\n+$/, "");
  return JSON.stringify(value) ?? "";
}
