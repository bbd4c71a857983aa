// A device spec of nova.conf as an entry of a PciWhitelist, or why none can say it. What cannot
// matter to Nova is dropped and noted; nothing is guessed.

import { addressText, isSingle, wildcard } from "../../../nova/device/address.ts";
import type { DeviceDeclaration } from "../../../nova/terms/declare.ts";
import type { DeviceSpec } from "../../../nova/device/device-spec.ts";
import {
  deviceTag,
  knowsTag,
  poolProperties,
  type DeviceRow,
} from "../../../nova/device/device-tags.ts";
import { unknownTag } from "../../../nova/device/entry-hazards.ts";
import { entryMeaning } from "../../../nova/device/meaning.ts";
import { asWord, isDict, isList, truthy, type Value } from "../../../nova/text/python-json.ts";
import type { Release } from "../../../nova/terms/release.ts";
import type { FoundDevice } from "./entries.ts";

export type ConvertedDevice = {
  readonly declared: DeviceDeclaration;
  /** What the entry means to Nova, without what was dropped. */
  readonly meaning: string;
  readonly origin: string;
};

/** `lost` = there is no entry; `problems` = there is one, and something of it is missing. */
type DeviceConversion = {
  readonly kept?: ConvertedDevice;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
};

export function convertDevice(found: FoundDevice, release: Release): DeviceConversion {
  const { spec, written, origin } = found;
  const selected = selectionOf(spec);
  if ("lost" in selected) return lost(origin, selected.lost);
  const tags = tagsOf(spec, release);
  if (tags.lost !== undefined) return lost(origin, tags.lost);
  const declared = { ...selected.declared, ...tags.declared };
  return {
    kept: { declared, meaning: entryMeaning(written, new Set(tags.dropped)), origin },
    problems: tags.problems.map((problem) => `${origin}: ${problem}`),
    notes: [...tags.notes, ...unknownParts(written.entries.get("address"))].map(
      (text) => `${origin}: ${text}`,
    ),
  };
}

function lost(origin: string, why: string): DeviceConversion {
  return { problems: [`${origin}: ${why}`], notes: [] };
}

function selectionOf(
  spec: DeviceSpec,
): { readonly declared: DeviceDeclaration } | { readonly lost: string } {
  const { vendorId, productId } = spec;
  if (vendorId.startsWith("-") || productId.startsWith("-")) {
    return { lost: "a negative id matches nothing" };
  }
  if (vendorId === wildcard && productId !== wildcard) {
    return {
      lost: "product_id without vendor_id takes devices of other makers: give vendor_id too",
    };
  }
  const declared = {
    ...(vendorId === wildcard ? {} : { vendorId }),
    ...(productId === wildcard ? {} : { productId }),
    ...whereOf(spec),
  };
  if (Object.keys(declared).length > 0) return { declared };
  const odd = [...spec.tags.keys()].filter((key) => deviceTag(key) === undefined);
  const meant = odd.map((key) => `; ${unknownTag(key)}`).join("");
  return { lost: `it takes every device of the host${meant}` };
}

function whereOf(
  spec: DeviceSpec,
): Pick<DeviceDeclaration, "address" | "addressRegex" | "devname"> {
  if (truthy(spec.devname)) return { devname: asWord(spec.devname) };
  const address = spec.address!;
  const fields = Object.entries(address.fields);
  if (address.style === "regex") {
    const some = fields.filter(([, pattern]) => pattern !== ".*");
    return some.length === 0 ? {} : { addressRegex: Object.fromEntries(some) };
  }
  if (fields.every(([, value]) => value === wildcard)) return {};
  return { address: addressText(address.fields) };
}

type Tags = {
  readonly declared: Record<string, unknown>;
  readonly dropped: string[];
  readonly problems: string[];
  readonly notes: string[];
  lost?: string;
};

function tagsOf(spec: DeviceSpec, release: Release): Tags {
  const tags: Tags = { declared: {}, dropped: [], problems: [], notes: [] };
  for (const [key, value] of spec.tags) {
    const row = deviceTag(key);
    if (row === undefined) addUnknown(tags, key, value, spec);
    else if (knowsTag(row, release)) addKnown(tags, row, value);
    else {
      tags.dropped.push(key);
      tags.notes.push(
        `Nova ${release.version} ignores ${key}, which is known from Nova ${row.since!.release} on: not in the object`,
      );
    }
  }
  return tags;
}

function addKnown(tags: Tags, row: DeviceRow, value: Value): void {
  const own = row.declare!(value);
  if ("lost" in own) tags.lost ??= own.lost;
  else {
    if (own.value !== undefined) tags.declared[row.field] = own.value;
    if (own.note !== undefined) tags.notes.push(own.note);
  }
}

/**
 * A request of Nova names no tag but those of aliases and of ports. So one that it does not know
 * has no effect, unless it stands where a selector was meant: then the entry takes more than
 * anybody wants, or it replaces a property of the pool.
 */
function addUnknown(tags: Tags, key: string, value: Value, spec: DeviceSpec): void {
  if (isDict(value) || isList(value)) {
    tags.lost ??= `${key} is a list or object, with which nova-compute serves no device: remove it`;
  } else if (poolProperties.has(key)) {
    tags.dropped.push(key);
    tags.problems.push(
      `the tag ${key} is left out: it replaces what Nova itself finds out of the device; compare that with "${asWord(value)}"`,
    );
  } else if (isPinned(spec)) {
    tags.dropped.push(key);
    tags.notes.push(`${unknownTag(key)}; nothing asks for it: not in the object`);
  } else tags.lost ??= unknownTag(key);
}

/** Both ids, or one full address: no selector is missing that would have narrowed it to a model. */
function isPinned({ vendorId, productId, address }: DeviceSpec): boolean {
  if (vendorId !== wildcard && productId !== wildcard) return true;
  return address !== undefined && address.style !== "regex" && isSingle(address.fields);
}

function unknownParts(address: Value | undefined): readonly string[] {
  if (!isDict(address)) return [];
  const known = ["domain", "bus", "slot", "function"];
  return [...address.entries.keys()]
    .filter((key) => !known.includes(key))
    .map((key) => `address has no part "${key}", which Nova ignores: it has ${known.join(", ")}`);
}
