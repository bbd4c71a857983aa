// [pci]device_spec as Nova reads it, release by release: Whitelist and PciDeviceSpec of nova/pci.
// Which devices the specs take is in match.ts.

import { addressText, hexField, wildcard } from "./address.ts";
import type { Host } from "../terms/host.ts";
import { deviceRows, knowsTag, selectorKeys } from "./device-tags.ts";
import {
  asWord,
  isDict,
  isList,
  loadJson,
  looseBool,
  truthy,
  type Dict,
  type Value,
} from "../text/python-json.ts";
import { boolOfText, strip } from "../text/python-text.ts";
import type { Release } from "../terms/release.ts";
import {
  addressOfInterface,
  readAddress,
  regexReader,
  type RegexReader,
  type Refusal,
  type SpecAddress,
  type Undecided,
} from "./spec-address.ts";

export type DeviceSpec = {
  readonly vendorId: string;
  readonly productId: string;
  /** As written; truthy only when it is used. */
  readonly devname: Value;
  /** Absent when devname stands for it. */
  readonly address: SpecAddress | undefined;
  /** The address as written. */
  readonly written: Value;
  readonly tags: ReadonlyMap<string, Value>;
  readonly remoteManaged: boolean;
  /** Which of the values, and which object of a list. */
  readonly index: number;
};

export type SpecContext = {
  readonly release: Release;
  readonly reportInPlacement: boolean;
  readonly host: Host;
};

export type ReadSpecs =
  | { readonly specs: readonly DeviceSpec[] }
  | (Refusal & { readonly index: number })
  | (Undecided & { readonly index: number });

export function readSpecs(values: readonly string[], context: SpecContext): ReadSpecs {
  const specs: DeviceSpec[] = [];
  const reading = { ...context, regexes: regexReader() };
  for (const [index, value] of values.entries()) {
    const objects = objectsOf(value);
    if ("refused" in objects) return { ...objects, index };
    for (const object of objects.items) {
      if (!isDict(object))
        return { refused: "an element is not a JSON object", clean: true, index };
      const spec = readSpec(object, reading, index);
      if ("refused" in spec || "undecided" in spec) return { ...spec, index };
      specs.push(spec);
    }
  }
  return { specs };
}

function objectsOf(value: string): { readonly items: readonly Value[] } | Refusal {
  const loaded = loadJson(value);
  if (!loaded.ok) return { refused: `it is not JSON: ${loaded.why}`, clean: !loaded.crash };
  if (isDict(loaded.value)) return { items: [loaded.value] };
  if (isList(loaded.value)) return { items: loaded.value.items };
  return { refused: "it is neither a JSON object nor a list of them", clean: true };
}

function readSpec(
  dict: Dict,
  context: SpecContext & { readonly regexes: RegexReader },
  index: number,
): DeviceSpec | Refusal | Undecided {
  const { entries } = dict;
  const vendor = entries.has("vendor_id") ? entries.get("vendor_id")! : wildcard;
  if (typeof vendor !== "string") return { refused: "vendor_id is not text", clean: false };
  const vendorId = readId("vendor_id", strip(vendor));
  if (typeof vendorId !== "string") return vendorId;
  const productId = readId(
    "product_id",
    entries.has("product_id") ? entries.get("product_id")! : wildcard,
  );
  if (typeof productId !== "string") return productId;
  const devname = entries.get("devname") ?? null;
  const written = entries.get("address") ?? null;
  if (truthy(written) && truthy(devname)) {
    return { refused: "address and devname exclude each other", clean: true };
  }
  let address: SpecAddress | undefined;
  if (!truthy(devname)) {
    const read = readAddress(truthy(written) ? written : "*:*:*.*", context.host, context.regexes);
    if ("refused" in read || "undecided" in read) return read;
    address = read;
  }
  const tags = new Map([...entries].filter(([key]) => !selectorKeys.has(key)));
  const spec = {
    vendorId,
    productId,
    devname,
    address,
    written,
    tags,
    index,
    remoteManaged: false,
  };
  return context.release.specRemoteManaged ? readTags(spec, context) : spec;
}

function readId(name: string, value: Value): string | Refusal {
  if (typeof value !== "string") return { refused: `${name} is not text`, clean: false };
  const id = hexField(name, value, 0xffffn, 4);
  return typeof id === "string" ? id : { refused: id.refused, clean: true };
}

/** Before 25 every tag is free text. */
function readTags(spec: DeviceSpec, context: SpecContext): DeviceSpec | Refusal {
  const address = currentAddress(spec, context.host);
  if (address !== undefined && "refused" in address) return address;
  const remoteManaged = looseBool(spec.tags.get("remote_managed"));
  const tags = normaliseTags(spec.tags, context.release);
  if ("refused" in tags) return tags;
  if (
    context.release.specOneTimeUse &&
    tags.get("one_time_use") === "true" &&
    !context.reportInPlacement
  ) {
    return { refused: "one_time_use needs report_in_placement", clean: true };
  }
  const read: DeviceSpec = { ...spec, tags, remoteManaged };
  if (!remoteManaged) return read;
  if (address === undefined) {
    return { refused: "remote_managed names a network interface that is not there", clean: true };
  }
  return checkRemoteManaged(read, address, context.host) ?? read;
}

function normaliseTags(
  tags: ReadonlyMap<string, Value>,
  release: Release,
): ReadonlyMap<string, Value> | Refusal {
  const strict = deviceRows.filter((row) => row.reads === "strict" && knowsTag(row, release));
  const normal = new Map(tags);
  for (const { key } of strict) {
    const value = tags.get(key);
    if (value === undefined || value === null) continue;
    const word = typeof value === "boolean" ? value : boolOfText(asWord(value));
    if (word === undefined) return { refused: `${key} is neither yes nor no`, clean: true };
    normal.set(key, String(word));
  }
  return normal;
}

/**
 * The address that counts now: an interface is looked up each time. A name that is not text but
 * could not be a key of a table either is an error of Python.
 */
export function currentAddress(spec: DeviceSpec, host: Host): SpecAddress | Refusal | undefined {
  const { devname } = spec;
  if (!truthy(devname)) return spec.address;
  if (isDict(devname) || isList(devname)) return { refused: "devname is not text", clean: false };
  const found = typeof devname === "string" ? host.interfaces.get(devname) : undefined;
  if (found === undefined || found.address === "") return undefined;
  return addressOfInterface(found.address, found.isPf, host);
}

/** PFs cannot be remote managed; VFs through their PF only with the ids that the PF shows. */
function checkRemoteManaged(
  spec: DeviceSpec,
  address: SpecAddress,
  host: Host,
): Refusal | undefined {
  if (!address.isPf) return undefined;
  // Nova formats the object, not the address, unless it came from an interface: never found.
  const ids = address.style === "exact" ? host.ids.get(addressText(address.fields)) : undefined;
  if (ids === undefined) return { refused: "remote_managed with the address of a PF", clean: true };
  const vendorFits = spec.vendorId === wildcard || spec.vendorId === ids.vendorId;
  if (vendorFits && spec.productId === ids.vfProductId) return undefined;
  return {
    refused: "remote_managed does not name the ids of the PF's virtual functions",
    clean: true,
  };
}
