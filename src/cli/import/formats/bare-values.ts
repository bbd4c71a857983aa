// Aliases and device specs as a list or an object of YAML or JSON, or as JSON in a text.

import { innerValues } from "../../../nova/text/json-mistakes.ts";
import { isList, loadJson } from "../../../nova/text/python-json.ts";
import type { OptionLine } from "./given.ts";
import type { PciOption } from "./option-names.ts";

/** One line for each entry; a text of several lines of JSON is one entry for each line. */
export function valueLines(option: PciOption, value: unknown, line: number): readonly OptionLine[] {
  if (Array.isArray(value)) {
    return (value as unknown[]).flatMap((item) => valueLines(option, item, line));
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
  return [text];
}

/** What a list or object without a name is by its keys; undefined = neither. */
export function kindOf(value: unknown): PciOption | undefined {
  const whole = typeof value === "string" && /^\s*\[/.test(value) ? parsed(value) : value;
  const [first] = Array.isArray(whole) ? (whole as unknown[]) : [whole];
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

/** Also as Python and Ruby write it, so that it is not passed over: Nova will say what is wrong. */
function parsed(text: string): unknown {
  for (const word of [text, text.replaceAll("'", '"').replaceAll("=>", ":")]) {
    try {
      return JSON.parse(word);
    } catch {
      continue;
    }
  }
  return undefined;
}

/** No other program has such entries: ids of Nova's spelling, or the place of a PCI device. */
export function isUnmistakable(value: unknown): boolean {
  const text = typeof value === "string" && /^\s*[[{]/.test(value) ? parsed(value) : value;
  const entries = (Array.isArray(text) ? (text as unknown[]) : [text]).map((item) =>
    typeof item === "string" ? parsed(item) : item,
  );
  return entries.length > 0 && entries.every(isPciEntry);
}

function isPciEntry(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return false;
  const { vendor_id, product_id, address, devname, physical_network } = entry as Readonly<
    Record<string, unknown>
  >;
  const has = (item: unknown): boolean => typeof item === "string" || typeof item === "number";
  if (isId(vendor_id) && isId(product_id)) return true;
  if (has(devname) && has(physical_network)) return true;
  return (
    typeof address === "string" &&
    /^([\da-f*]{1,4}:)?[\da-f*]{1,2}:[\da-f*]{1,2}\.[0-7*]$/i.test(address)
  );
}

function isId(value: unknown): boolean {
  return typeof value === "number" || /^((0x)?[\da-f]{1,4}|\*)$/i.test(String(value));
}

/** The value of enabled_filters where a list or a text names Nova's filter for PCI devices. */
export function filtersIn(value: unknown): string | undefined {
  const names = typeof value === "string" ? value.split(",").map((part) => part.trim()) : value;
  if (!Array.isArray(names) || !(names as unknown[]).every(isFilter)) return undefined;
  return names.includes("PciPassthroughFilter") ? names.join(",") : undefined;
}

function isFilter(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z]+Filter$/.test(name);
}
