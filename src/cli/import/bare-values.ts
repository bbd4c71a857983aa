// Aliases and device specs as a list or an object of YAML or JSON, or as JSON in a text.

import { innerValues, jsonMistake } from "../../nova/text/json-mistakes.ts";
import { isList, loadJson } from "../../nova/text/python-json.ts";
import type { OptionLine } from "./given.ts";
import type { PciOption } from "./option-names.ts";

/** One line for each entry; a text of several lines of JSON is one entry for each line. */
export function valueLines(option: PciOption, value: unknown, line: number): readonly OptionLine[] {
  if (Array.isArray(value)) {
    return (value as unknown[]).flatMap((one) => valueLines(option, one, line));
  }
  if (typeof value === "object" && value !== null) {
    return [{ section: "pci", option, value: JSON.stringify(value), line }];
  }
  if (typeof value !== "string") return [];
  return textsIn(option, value.trim()).map((text) => ({
    section: "pci",
    option,
    value: text.replace(/\s*\n\s*/g, " "),
    line,
  }));
}

function textsIn(option: PciOption, text: string): readonly string[] {
  if (text === "") return [];
  const loaded = loadJson(text);
  if (loaded.ok) return isList(loaded.value) ? innerValues(text) : [text];
  const rows = text.split("\n").map((row) => row.trim());
  const all = rows.filter((row) => row !== "").map((row) => loadJson(row).ok);
  if (all.length > 1 && all.every(Boolean)) return rows.filter((row) => row !== "");
  const several = loadJson(`[${text}]`);
  if (several.ok && jsonMistake(option === "alias" ? "alias" : "device_spec", text) !== undefined) {
    return innerValues(`[${text}]`);
  }
  return [text];
}

/** What a list or object without a name is by its keys; undefined = neither. */
export function kindOf(value: unknown): PciOption | undefined {
  const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
  const entry = typeof first === "string" ? parsed(first) : first;
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return undefined;
  const keys = Object.keys(entry);
  const has = (...some: readonly string[]): boolean => some.some((key) => keys.includes(key));
  if (has("name") && has("vendor_id", "product_id", "resource_class", "device_type")) {
    return has("address", "devname", "physical_network") ? "device_spec" : "alias";
  }
  return has("vendor_id", "product_id", "address", "devname", "physical_network")
    ? "device_spec"
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
