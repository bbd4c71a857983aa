// [pci]alias as Nova reads it, release by release: get_alias_from_config of nova/pci/request.py.
// Knows no flavor and no device.

import { boolOfText, lengthOf, strip } from "../text/python-text.ts";
import { isDict, loadJson, type Dict } from "../text/python-json.ts";
import type { Release } from "../terms/release.ts";

/** One alternative of an alias: properties a device pool must have, as Nova keeps them. */
export type AliasSpec = ReadonlyMap<string, string>;

export type Alias = { readonly numaPolicy: string; readonly specs: readonly AliasSpec[] };

export type Aliases = ReadonlyMap<string, Alias>;

/** Which value is at fault: an index into the values, undefined when it is all of them together. */
type AliasRefusal = {
  readonly refused: string;
  readonly index: number | undefined;
};

type ReadAliases = { readonly aliases: Aliases } | AliasRefusal;

/** Every refusal is a PciInvalidAlias: Nova turns any other error into one. */
export function readAliases(
  values: readonly string[],
  release: Release,
  pciInPlacement: boolean,
): ReadAliases {
  const aliases = new Map<string, Alias>();
  for (const [index, value] of values.entries()) {
    const refused = addAlias(aliases, value, release);
    if (refused !== undefined) return { refused, index };
  }
  const refused = validateAll(aliases, release, pciInPlacement);
  return refused === undefined ? { aliases } : { refused, index: undefined };
}

function addAlias(
  aliases: Map<string, Alias>,
  value: string,
  release: Release,
): string | undefined {
  const loaded = loadJson(value);
  if (!loaded.ok) return `it is not JSON: ${loaded.why}`;
  if (!isDict(loaded.value)) return "it is not a JSON object";
  const checked = checkKeys(loaded.value, release);
  if (typeof checked === "string") return checked;
  const { name, numa_policy: numaPolicy = "legacy", ...rest } = checked;
  const spec = aliasSpec(rest);
  if (spec === undefined) return `live_migratable "${rest.live_migratable}" is neither yes nor no`;
  const key = strip(name);
  const known = aliases.get(key);
  if (known === undefined) {
    aliases.set(key, { numaPolicy, specs: [spec] });
    return undefined;
  }
  if (known.numaPolicy !== numaPolicy) return `the NUMA policies of alias "${key}" differ`;
  const type = spec.get("dev_type");
  const first = known.specs[0]!.get("dev_type");
  if (type === undefined || first === undefined) {
    return `alias "${key}" is repeated, so that each entry needs device_type`;
  }
  if (type !== first) return `the device types of alias "${key}" differ`;
  aliases.set(key, { numaPolicy, specs: [...known.specs, spec] });
  return undefined;
}

type AliasKeys = {
  readonly name: string;
  readonly numa_policy?: string;
  readonly [key: string]: string | undefined;
};

/** "$" of Python also matches before a last line end, "\d" also digits of other scripts. */
const idPattern = /^[\p{Nd}a-fA-F]{4}\n?$/u;

const deviceTypes = ["type-PCI", "type-PF", "type-VF"];

function isKnownKey(key: string, release: Release): boolean {
  switch (key) {
    case "name":
    case "capability_type":
    case "product_id":
    case "vendor_id":
    case "device_type":
    case "numa_policy":
      return true;
    case "resource_class":
    case "traits":
      return release.aliasPlacementKeys;
    case "live_migratable":
      return release.aliasLiveMigratable;
    default:
      return false;
  }
}

/** The JSON schema of nova/pci/request.py. */
function checkKeys(dict: Dict, release: Release): AliasKeys | string {
  const keys: Record<string, string> = {};
  for (const [key, value] of dict.entries) {
    if (!isKnownKey(key, release)) return `the key "${key}" is not known`;
    if (typeof value !== "string") return `${key} is not a text in double quotes`;
    const wrong = checkValue(key, value, release);
    if (wrong !== undefined) return wrong;
    keys[key] = value;
  }
  if (keys.name === undefined) return 'it has no name: write "name": "..."';
  return keys as AliasKeys;
}

function checkValue(key: string, value: string, release: Release): string | undefined {
  switch (key) {
    case "name": {
      const length = lengthOf(value);
      return length >= 1 && length <= 256 ? undefined : "the name has not 1 to 256 characters";
    }
    case "vendor_id":
    case "product_id":
      return idPattern.test(value) ? undefined : `${key} "${value}" is not four hexadecimal digits`;
    case "capability_type":
      return value === "pci" ? undefined : `capability_type "${value}" is not "pci"`;
    case "device_type":
      return deviceTypes.includes(value)
        ? undefined
        : `device_type "${value}" is not one of ${deviceTypes.join(", ")}`;
    case "numa_policy":
      return release.numaPolicies.some((numaPolicy) => numaPolicy === value)
        ? undefined
        : `numa_policy "${value}" is not one of ${release.numaPolicies.join(", ")}`;
    default:
      return undefined;
  }
}

/** undefined = live_migratable is not a boolean. */
function aliasSpec(keys: Readonly<Record<string, string | undefined>>): AliasSpec | undefined {
  const spec = new Map<string, string>();
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined || key === "device_type" || key === "live_migratable") continue;
    spec.set(key, value);
  }
  if (keys.device_type !== undefined) spec.set("dev_type", keys.device_type);
  if (keys.live_migratable === undefined) return spec;
  const migratable = boolOfText(keys.live_migratable);
  return migratable === undefined ? undefined : spec.set("live_migratable", String(migratable));
}

/** From 31.3.1 on: repeated names with PCI in Placement, then missing ids. */
function validateAll(
  aliases: Aliases,
  release: Release,
  pciInPlacement: boolean,
): string | undefined {
  if (!release.aliasNeedsIds) return undefined;
  if (pciInPlacement && release.aliasRepeatRefusedWithPlacement) {
    const repeated = [...aliases].filter(([, alias]) => alias.specs.length > 1);
    if (repeated.length > 0) {
      return `with pci_in_placement a name may not be repeated: ${namesOf(repeated)}`;
    }
  }
  const bare = [...aliases].filter(([, alias]) =>
    alias.specs.some((spec) => !(hasIds(spec) || (pciInPlacement && spec.has("resource_class")))),
  );
  if (bare.length === 0) return undefined;
  return `vendor_id and product_id${pciInPlacement ? " or resource_class" : ""} are missing: ${namesOf(bare)}`;
}

function namesOf(some: readonly (readonly [string, Alias])[]): string {
  return some.map(([name]) => name).join(", ");
}

function hasIds(spec: AliasSpec): boolean {
  return spec.has("vendor_id") && spec.has("product_id");
}
