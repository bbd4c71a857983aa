// What was meant by an alias or device spec that is JSON and that Nova refuses: an address that is
// no address, several ids in one, a key of the other option. Said behind Nova's own reason.

import { isRefused, parseGlob } from "../device/address.ts";
import { deviceRows, selectorKeys } from "../device/device-tags.ts";
import { jsonMistake, type PciOption } from "../text/json-mistakes.ts";
import { nearestWord } from "../text/nearest-word.ts";
import { isDict, isList, loadJson, type Dict, type Value } from "../text/python-json.ts";

/** Why Nova refuses a value, and what to write: one sentence without the full stop. */
export function mistakeIn(option: PciOption, text: string, refused: string): string {
  const own = jsonMistake(option, text);
  if (own !== undefined) return own;
  const cure = objectsIn(text)
    .map((object) => (option === "alias" ? aliasCure(object) : deviceCure(object)))
    .find((word) => word !== undefined);
  return cure === undefined ? refused : `${refused}: ${cure}`;
}

function objectsIn(text: string): readonly Dict[] {
  const loaded = loadJson(text);
  if (!loaded.ok) return [];
  const items = isList(loaded.value) ? loaded.value.items : [loaded.value];
  return items.filter(isDict);
}

const aliasKeys = [
  ...["name", "vendor_id", "product_id", "device_type", "numa_policy"],
  ...["resource_class", "traits", "live_migratable"],
];
const deviceKeys: ReadonlySet<string> = new Set([
  ...selectorKeys,
  ...deviceRows.map((row) => row.key),
]);

function aliasCure(dict: Dict): string | undefined {
  const foreign = [...dict.entries.keys()].filter(
    (key) => !aliasKeys.includes(key) && key !== "capability_type",
  );
  const keys = foreign.length === 0 ? undefined : keyCure(foreign, dict);
  return keys ?? choiceCure(dict) ?? idsCure(dict, "alias") ?? missingCure(dict);
}

/** A text that Nova wants in quotes, and an id or a switch that is not there. */
function missingCure({ entries }: Dict): string | undefined {
  const none = aliasKeys.find((key) => entries.get(key) === null);
  if (none !== undefined) return `remove "${none}", which is null`;
  const migratable = entries.get("live_migratable");
  if (migratable !== undefined && typeof migratable !== "string")
    return `write "live_migratable": "${migratable === false ? "false" : "true"}"`;
  const missing = ["vendor_id", "product_id"].filter((key) => !entries.has(key));
  if (entries.has("resource_class") && missing.length === 2)
    return "a class alone will do with [filter_scheduler]pci_in_placement = true in the files of this service, too (Nova 27 and later)";
  return missing.length === 1 && entries.has("name") ? `add "${missing[0]!}"` : undefined;
}

/** Each key that is not an alias's, together: Nova names the first only. */
function keyCure(foreign: readonly string[], { entries }: Dict): string {
  const placed = foreign.filter((key) => deviceKeys.has(key));
  const said = foreign.filter((key) => !deviceKeys.has(key)).map((key) => meantKey(key, entries));
  if (placed.length > 0) {
    const named = placed.map((key) => `"${key}"`).join(" and ");
    said.push(
      `${named} ${placed.length === 1 ? "is a key" : "are keys"} of device_spec, an alias cannot choose a device by ${placed.length === 1 ? "it" : "them"}: give the device_spec a resource_class and the alias the same one (Nova 27 and later, with pci_in_placement), or remove ${placed.length === 1 ? "it" : "them"}`,
    );
  }
  return said.join("; ");
}

function meantKey(key: string, known: ReadonlyMap<string, Value>): string {
  const meant =
    /^alias$/i.test(key) && !known.has("name") ? "name" : nearestWord(key.trim(), aliasKeys);
  const quoted = JSON.stringify(key);
  return meant === undefined || known.has(meant)
    ? `remove ${quoted}, an alias has ${aliasKeys.join(", ")}`
    : `write "${meant}" for ${quoted}`;
}

const choices: Readonly<Record<string, readonly string[]>> = {
  device_type: ["type-PCI", "type-PF", "type-VF"],
  numa_policy: ["required", "preferred", "legacy", "socket"],
};

function choiceCure({ entries }: Dict): string | undefined {
  for (const [key, known] of Object.entries(choices)) {
    const value = entries.get(key);
    if (typeof value !== "string" || known.includes(value)) continue;
    const plain = value.toLowerCase().replace(/[^a-z]/g, "");
    const meant =
      known.find((text) => text.toLowerCase().replace("type-", "") === plain) ??
      nearestWord(value, known);
    if (meant !== undefined) return `write "${key}": "${meant}"`;
  }
  return undefined;
}

function deviceCure(dict: Dict): string | undefined {
  return idsCure(dict, "device_spec") ?? addressCure(dict) ?? bothPlaces(dict);
}

function bothPlaces({ entries }: Dict): string | undefined {
  const both = entries.get("address") !== undefined && entries.get("devname") !== undefined;
  return both ? "leave devname out, names of interfaces can change" : undefined;
}

const id = /^(0x)?[0-9a-f]{1,4}$/i;

function idsCure({ entries }: Dict, option: PciOption): string | undefined {
  for (const key of ["vendor_id", "product_id"]) {
    const value = entries.get(key);
    if (value === undefined || (typeof value === "string" && id.test(value.trim()))) {
      const four = typeof value === "string" ? value.trim().replace(/^0x/i, "") : "";
      if (option === "device_spec" || value === undefined || /^[0-9a-f]{4}$/i.test(value)) continue;
      return `write "${key}": "${four.padStart(4, "0")}"`;
    }
    if (typeof value !== "string") {
      if (isList(value)) return `write one ${option} for each ${key}`;
      return `write "${key}": "...", four hexadecimal digits in double quotes`;
    }
    const parts = value.split(/[\s,|;]+/).filter((part) => part !== "");
    const whole = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(value.trim());
    if (whole !== null) return `write "vendor_id": "${whole[1]!}", "product_id": "${whole[2]!}"`;
    if (parts.length > 1 && parts.every((part) => id.test(part)))
      return `write one ${option} for each: "${key}": ${parts.map((part) => `"${part}"`).join(" and ")}`;
    if (value === "*" && option === "alias")
      return `remove ${key}, an alias takes whole ids (with pci_in_placement a resource_class will do)`;
    if (value !== "*" && /[*?[\]{}.-]/.test(value))
      return option === "alias"
        ? `an alias takes whole ids: write one alias line for each, with the same name`
        : `an id is written out or is "*": write one device_spec for each, or leave ${key} out and give an address`;
  }
  return undefined;
}

function addressCure({ entries }: Dict): string | undefined {
  const value = entries.get("address");
  if (value === undefined || value === null || isDict(value)) return undefined;
  if (isList(value)) return "write one device_spec for each address";
  if (typeof value !== "string") return `write "address": "0000:81:00.0", in double quotes`;
  const text = value.trim();
  if (!isRefused(parseGlob(text))) return undefined;
  const libvirt = /^pci_([0-9a-f]{4})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])$/i.exec(text);
  if (libvirt !== null) {
    const [, domain, bus, slot, own] = libvirt;
    return `that is libvirt's name of it: write "address": "${domain}:${bus}:${slot}.${own}"`;
  }
  const ids = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text);
  if (ids !== null)
    return `that looks like ids: write "vendor_id": "${ids[1]!}", "product_id": "${ids[2]!}"`;
  const several = text.split(/[\s,;]+/).filter((part) => part !== "");
  if (several.length > 1 && several.every((word) => !isRefused(parseGlob(word))))
    return `write one device_spec for each address: ${several.join(" and ")}`;
  return rangeCure(text);
}

/** A part is hexadecimal or "*" alone; what is between them needs regular expressions. */
function rangeCure(text: string): string | undefined {
  const [rest, own = ""] = text.split(/\.(.*)/s) as [string, string?];
  const parts = rest.split(":");
  const known = /^[0-9a-f]+$/i;
  if (parts.length > 3) return "it has more parts than domain:bus:slot.function";
  const [domain, bus, slot] = [...Array<string>(3 - parts.length).fill("*"), ...parts] as [
    string,
    string,
    string,
  ];
  const fields = { domain, bus, slot, function: own === "" ? "*" : own };
  const written: string[] = [];
  for (const [name, part] of Object.entries(fields)) {
    if (known.test(part)) written.push(`"${name}": "${part}"`);
    else if (part !== "*" && part !== "") {
      const expression = expressionOf(part, name === "function" ? 1 : name === "domain" ? 4 : 2);
      if (expression === undefined) return undefined;
      written.push(`"${name}": "${expression}"`);
    }
  }
  const why = 'each part of an address is hexadecimal or "*" alone';
  return `${why}: write "address": {${written.join(", ")}}, which are regular expressions`;
}

/** "[0-7]", "0-7", "0*", "1?" and "0|1" as a regular expression for exactly those. */
function expressionOf(part: string, width: number): string | undefined {
  const digit = "[0-9a-f]";
  const digits = part.match(/\[[0-9a-f-]+\]|[0-9a-f]/gi) ?? [];
  if (digits.length === width && digits.join("") === part) return part;
  const glob = /^([0-9a-f]*)([*?]|\[[0-9a-f-]+\])$/i.exec(part);
  if (glob !== null && glob[1]!.length < width) {
    const [, head, tail] = glob as unknown as [string, string, string];
    const left = width - head.length;
    if (tail.startsWith("[")) return left === 1 ? `${head}${tail}` : undefined;
    return `${head}${digit.repeat(tail === "?" ? 1 : left)}`;
  }
  const range = /^([0-9a-f])\s*(?:-|\.\.)\s*([0-9a-f])$/i.exec(part);
  if (range !== null && width === 1) return `[${range[1]!}-${range[2]!}]`;
  const several = part.split(/[|,]/);
  if (several.length > 1 && several.every((text) => /^[0-9a-f]+$/i.test(text)))
    return `(${several.join("|")})`;
  return undefined;
}
