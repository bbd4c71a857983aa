// Lines of nova.conf: those that an entry becomes, and whether two sets of them are the same. A
// line is the unit that gates, quarantine and rollouts work on; files are made in render.ts.

import { carries, type Service } from "../../api/names.ts";
import { emitAlias } from "../../nova/alias/declare-alias.ts";
import { emitDevice } from "../../nova/device/declare-device.ts";
import type {
  AliasDeclaration,
  DeviceDeclaration,
  ModelContext,
} from "../../nova/terms/declare.ts";
import { boolOfText } from "../../nova/text/python-text.ts";
import { deviceOptionName } from "../../nova/terms/release.ts";
import type { Line } from "../terms/state.ts";

export function aliasEntry(name: string): string {
  return `alias/${name}`;
}
function deviceEntry(object: string, value: string): string {
  return `device/${object}/${value}`;
}
function optionEntry(option: string): string {
  return `option/${option}`;
}

/** Kind and object that an entry belongs to; an alias entry carries its alias name only. */
export function entryParts(entry: string): {
  readonly of: "alias" | "device" | "option";
  readonly name: string;
} {
  const [of, name] = entry.split("/", 2) as ["alias" | "device" | "option", string];
  if (of === "device") return { of, name };
  return { of, name: entry.slice(of.length + 1) };
}

/**
 * Lines of one alias. A class-only alias carries pci_in_placement with it: without that option in
 * the same file nova-compute from 31.3.1 on refuses to start (nova/pci/request.py; measured on
 * 33.0.2 and 34.0.0).
 */
export function aliasLines(declared: AliasDeclaration, context: ModelContext): readonly Line[] {
  const entry = aliasEntry(declared.name);
  const values = emitAlias(declared, context);
  const lines: Line[] = values.map((value) => ({ entry, section: "pci", option: "alias", value }));
  if (isClassOnly(values)) {
    lines.push({
      entry,
      section: "filter_scheduler",
      option: "pci_in_placement",
      value: "true",
    });
  }
  return lines;
}

function isClassOnly(values: readonly string[]): boolean {
  return values.some((value) => !value.includes('"vendor_id"'));
}

export function deviceLine(object: string, device: DeviceDeclaration, context: ModelContext): Line {
  const release = context.releases[0];
  const value = release === undefined ? "" : emitDevice(device, release);
  const option =
    context.deviceOption ?? (release === undefined ? "device_spec" : deviceOptionName(release));
  return { entry: deviceEntry(object, value), section: "pci", option, value };
}

export const reportLine: Line = {
  entry: optionEntry("report_in_placement"),
  section: "pci",
  option: "report_in_placement",
  value: "true",
};

export const placementLine: Line = {
  entry: optionEntry("pci_in_placement"),
  section: "filter_scheduler",
  option: "pci_in_placement",
  value: "true",
};

export const filtersEntry = optionEntry("enabled_filters");

export function filtersLine(filters: readonly string[]): Line {
  return {
    entry: filtersEntry,
    section: "filter_scheduler",
    option: "enabled_filters",
    value: filters.join(","),
  };
}

const grouped = new WeakMap<readonly Line[], ReadonlyMap<string, readonly Line[]>>();

/** Lines grouped by entry, in first-seen order. Asked for the same fragments in every round. */
export function byEntry(lines: readonly Line[]): ReadonlyMap<string, readonly Line[]> {
  const made = grouped.get(lines) ?? groupsOf(lines);
  grouped.set(lines, made);
  return made;
}

function groupsOf(lines: readonly Line[]): ReadonlyMap<string, readonly Line[]> {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const group = groups.get(line.entry);
    if (group === undefined) groups.set(line.entry, [line]);
    else group.push(line);
  }
  return groups;
}

/** What Nova is told, whoever asked for it. */
export function lineText(line: Line): string {
  return `[${line.section}]${line.option}=${line.value}`;
}

export function sameLines(a: readonly Line[], b: readonly Line[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((line, index) => lineText(line) === lineText(b[index]!));
}

/** `a` holds every line of `b`: going from b to a only adds. */
export function includesLines(a: readonly Line[], b: readonly Line[]): boolean {
  const texts = new Set(a.map(lineText));
  return b.every((line) => texts.has(lineText(line)));
}

/** Lines added and removed between two fragments, as one text: the class of a change. */
export function changeBetween(from: readonly Line[], to: readonly Line[]): string {
  const before = new Set(from.map(lineText));
  const after = new Set(to.map(lineText));
  const added = [...after].filter((text) => !before.has(text)).sort();
  const removed = [...before].filter((text) => !after.has(text)).sort();
  return [...added.map((text) => `+${text}`), ...removed.map((text) => `-${text}`)].join("\n");
}

/** Sections that may stand in a service's fragment: never a device_spec outside nova-compute. */
export function allowedIn(service: Service, line: Line): boolean {
  const device = isDevice(line);
  const report = line.option === "report_in_placement";
  if (device || report) return carries(service, "devices");
  if (line.option === "alias") return carries(service, "aliases");
  if (line.option === "enabled_filters") return carries(service, "filters");
  return true;
}

/**
 * What a device_spec line of ours declares: the inverse of emitDevice on all that guards, aliases
 * and Placement look at.
 */
export function declarationOf(value: string): DeviceDeclaration {
  const raw = JSON.parse(value) as Record<string, unknown>;
  const text = (key: string): string | undefined =>
    typeof raw[key] === "string" ? raw[key] : undefined;
  const flag = (key: string): boolean | undefined => {
    const value = raw[key];
    return typeof value === "string" ? boolOfText(value) : value === true ? true : undefined;
  };
  const fields = {
    vendorId: text("vendor_id"),
    productId: text("product_id"),
    address: text("address"),
    addressRegex: typeof raw.address === "object" ? raw.address : undefined,
    devname: text("devname"),
    resourceClass: text("resource_class"),
    remoteManaged: flag("remote_managed"),
    liveMigratable: flag("live_migratable"),
    oneTimeUse: flag("one_time_use"),
    traits: text("traits")?.split(","),
    // Null is a value of it: any network.
    physicalNetwork: raw.physical_network === null ? null : text("physical_network"),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([key, item]) => item !== undefined && (item !== null || key === "physicalNetwork"),
    ),
  );
}

const declarations = new WeakMap<Line, DeviceDeclaration>();

/** The same of a line that is looked at in every round. */
export function declaredBy(line: Line): DeviceDeclaration {
  const made = declarations.get(line) ?? declarationOf(line.value);
  declarations.set(line, made);
  return made;
}

export function isDevice(line: Line): boolean {
  return line.option === "device_spec" || line.option === "passthrough_whitelist";
}

/** What alias lines of ours declare, as far as matching devices goes. */
export function formerAlias(name: string, lines: readonly Line[]): AliasDeclaration {
  const values = lines
    .filter((line) => line.option === "alias")
    .map((line) => JSON.parse(line.value) as Readonly<Record<string, unknown>>);
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const classes = values.flatMap((value) =>
    typeof value.resource_class === "string" ? [value.resource_class] : [],
  );
  return {
    name,
    match: values.flatMap((value) =>
      value.vendor_id === undefined
        ? []
        : [{ vendorId: text(value.vendor_id), productId: text(value.product_id) }],
    ),
    ...(classes[0] === undefined ? {} : { resourceClass: classes[0] }),
  };
}
