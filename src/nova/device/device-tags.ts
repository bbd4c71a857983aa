// One row for each key of a device_spec: the field of an entry that stands for it, since when Nova
// knows it, how Nova reads it, what it means there and in Placement. Writing, reading, judging,
// comparing and importing entries iterate over these rows. Sources: nova/pci/devspec.py, stats.py
// and nova/compute/pci_placement_translator.py, 17 to 34.

import type { Plain } from "../text/canonical-json.ts";
import type { DeviceDeclaration } from "../terms/declare.ts";
import {
  addressMeaning,
  devnameMeaning,
  idMeaning,
  normalAddress,
  normalId,
  regexValue,
} from "./device-selection.ts";
import { normalisedClass, normalisedTrait, traitsOf } from "../terms/placement-names.ts";
import { asWord, looseBool, type Value } from "../text/python-json.ts";
import { boolOfText, strip } from "../text/python-text.ts";
import type { Release } from "../terms/release.ts";

type DeviceField = keyof DeviceDeclaration;

/**
 * A value of nova.conf as a field of an entry: the value (absent: leaving the field out means the
 * same), what to say about it, or why no field can say it.
 */
type Declared<T> = { readonly value?: T; readonly note?: string } | { readonly lost: string };

/** The first release that knows a key; before, Nova takes it as free text without effect. */
type Since = { readonly release: string; readonly has: (release: Release) => boolean };

type DeviceKey<T = unknown> = {
  readonly key: string;
  /** Absent = always. */
  readonly since?: Since;
  /**
   * As a selector of devices; as any text; as a boolean that Nova refuses when it is none; as one
   * that is false then.
   */
  readonly reads: "selector" | "text" | "strict" | "loose";
  /** What it is to Placement: the class, the traits, a trait of its own, or a reason to hide. */
  readonly placement?: "class" | "traits" | "trait" | "hides";
  /** Equal text = equal meaning; undefined = the same as leaving the key out. */
  readonly means: (value: Value) => string | undefined;
  /** As it is written; undefined = nothing is. */
  readonly write: (declared: T) => Plain | undefined;
  /** Only for what is no selector. */
  readonly declare?: (value: Value) => Declared<T>;
  /** What Nova takes although nobody can mean it. */
  readonly hazard?: (value: Value) => string | undefined;
};

const since25: Since = { release: "25", has: (release) => release.specRemoteManaged };
const since26: Since = { release: "26", has: (release) => release.specPlacementKeys };
const since31: Since = { release: "31", has: (release) => release.specManaged };
const since32: Since = { release: "32", has: (release) => release.specOneTimeUse };

type Rows = {
  readonly [F in DeviceField]-?: DeviceKey<Exclude<DeviceDeclaration[F], undefined>>;
};

/** In the order in which an entry is written. */
const deviceKeys: Rows = {
  vendorId: { key: "vendor_id", reads: "selector", means: idMeaning, write: normalId },
  productId: { key: "product_id", reads: "selector", means: idMeaning, write: normalId },
  address: { key: "address", reads: "selector", means: addressMeaning, write: normalAddress },
  addressRegex: { key: "address", reads: "selector", means: addressMeaning, write: regexValue },
  devname: { key: "devname", reads: "selector", means: devnameMeaning, write: (name) => name },
  physicalNetwork: {
    key: "physical_network",
    reads: "text",
    placement: "hides",
    means: (value) => (value === null ? "null" : `=${asWord(value)}`),
    write: (network) => network,
    declare: (value) =>
      value === null || typeof value === "string" ? { value } : noText("physical_network", value),
  },
  trusted: {
    key: "trusted",
    reads: "text",
    means: (value) => {
      if (value === null) return undefined;
      return typeof value === "string" ? value.toLowerCase() : `?${asWord(value)}`;
    },
    write: String,
    declare: (value) => {
      if (value === null) return {};
      const lost = untrusted(value);
      return lost === undefined ? { value: (value as string).toLowerCase() === "true" } : { lost };
    },
    hazard: (value) => (value === null ? undefined : untrusted(value)),
  },
  remoteManaged: {
    key: "remote_managed",
    since: since25,
    reads: "loose",
    means: (value) => (looseBool(value) ? "true" : undefined),
    write: String,
    declare: (value) => {
      const note = neitherYesNorNo("remote_managed", value);
      return note === undefined ? (value === null ? {} : { value: looseBool(value) }) : { note };
    },
    hazard: (value) => neitherYesNorNo("remote_managed", value),
  },
  managed: {
    key: "managed",
    since: since31,
    reads: "strict",
    means: strictMeaning,
    write: String,
    declare: (value) => strictly("managed", value),
  },
  liveMigratable: {
    key: "live_migratable",
    since: since31,
    reads: "strict",
    placement: "trait",
    means: strictMeaning,
    write: String,
    declare: (value) => strictly("live_migratable", value),
  },
  oneTimeUse: {
    key: "one_time_use",
    since: since32,
    reads: "strict",
    placement: "trait",
    means: (value) => (looseBool(value) ? "true" : undefined),
    // "no" says nothing and stops nova-compute on a VF (pci_placement_translator.py; measured).
    write: (used) => (used ? "true" : undefined),
    declare: (value) => strictly("one_time_use", value),
  },
  resourceClass: {
    key: "resource_class",
    since: since26,
    reads: "text",
    placement: "class",
    means: (value) => named(value, normalisedClass),
    write: (name) => normalisedClass(strip(name)),
    declare: (value) => names("resource_class", value, normalisedClass),
  },
  traits: {
    key: "traits",
    since: since26,
    reads: "text",
    placement: "traits",
    means: (value) => named(value, (text) => traitsOf(text).join(",")),
    write: (traits) => {
      const normal = traits.map((trait) => normalisedTrait(strip(trait)));
      return normal.length === 0 ? undefined : normal.join(",");
    },
    // As Placement gets them: " b" in "a, b" is CUSTOM__B, which nobody meant, and is kept so.
    declare: (value) =>
      names("traits", value, (text) => [...new Set(text.split(",").map(normalisedTrait))]),
  },
};

function noText(key: string, value: Value): { readonly lost: string } {
  return { lost: `${key} is ${asWord(value)} and must be a text in double quotes` };
}

/**
 * Free text, compared with the "true" or "false" of a Neutron port (nova/pci/stats.py; measured).
 */
function untrusted(value: Value): string | undefined {
  if (typeof value === "string") {
    return /^(true|false)$/i.test(value)
      ? undefined
      : `"trusted": ${JSON.stringify(value)} is never trusted, whatever it means elsewhere: write "trusted": "true" or remove the key`;
  }
  return `"trusted" is ${typeof value === "boolean" ? `the JSON value ${value}` : asWord(value)}, which passes the scheduler and fails on the compute: write "trusted": "${value === false ? "false" : "true"}", in quotes`;
}

function neitherYesNorNo(key: string, value: Value): string | undefined {
  if (value === null || typeof value === "boolean" || boolOfText(asWord(value)) !== undefined) {
    return undefined;
  }
  return `"${key}": ${JSON.stringify(asWord(value))} is neither yes nor no, and Nova reads it as no`;
}

function strictMeaning(value: Value): string | undefined {
  if (value === null) return undefined;
  const word = asWord(value);
  return String(typeof value === "boolean" ? value : (boolOfText(word) ?? word));
}

function strictly(key: string, value: Value): Declared<boolean> {
  if (value === null) return {};
  const word = typeof value === "boolean" ? value : boolOfText(asWord(value));
  return word === undefined
    ? { lost: `${key} is "${asWord(value)}", neither yes nor no` }
    : { value: word };
}

function named(value: Value, normal: (text: string) => string): string | undefined {
  return typeof value === "string" && value !== "" ? normal(value) : undefined;
}

function names<T>(key: string, value: Value, normal: (text: string) => T): Declared<T> {
  if (value === null || value === "") return {};
  return typeof value === "string" ? { value: normal(value) } : noText(key, value);
}

/** A row with the field that it stands for; the type of its values is that of the field. */
export type DeviceRow = DeviceKey & { readonly field: DeviceField };

export const deviceRows: readonly DeviceRow[] = Object.entries(deviceKeys).map(([field, row]) => ({
  ...(row as unknown as DeviceKey),
  field: field as DeviceField,
}));

/** Keys that are no tags: they say which devices are meant. */
export const selectorKeys: ReadonlySet<string> = new Set(
  deviceRows.filter((row) => row.reads === "selector").map((row) => row.key),
);

const tagRows = new Map(
  deviceRows.filter((row) => row.reads !== "selector").map((row) => [row.key, row]),
);
const rowsByKey = new Map(deviceRows.map((row) => [row.key, row]));

/** The row of a tag; undefined for a selector and for what Nova does not know. */
export function deviceTag(key: string): DeviceRow | undefined {
  return tagRows.get(key);
}

export function knowsTag(row: DeviceRow, release: Release): boolean {
  return row.since?.has(release) ?? true;
}

/** What a key with this value means; undefined = the same as leaving it out. */
export function keyMeaning(key: string, value: Value): string | undefined {
  const row = rowsByKey.get(key);
  return row === undefined ? asWord(value) : row.means(value);
}

/** The entry without what it selects. */
export function tagsOf(declared: DeviceDeclaration): DeviceDeclaration {
  const tags = deviceRows.filter((row) => row.reads !== "selector");
  return Object.fromEntries(
    tags.flatMap(({ field }) => (declared[field] === undefined ? [] : [[field, declared[field]]])),
  );
}

/** Properties of a pool that a tag would replace (nova/pci/stats.py). */
export const poolProperties: ReadonlySet<string> = new Set([
  ...["dev_type", "numa_node", "parent_ifname", "count", "devices", "rp_uuid"],
]);
