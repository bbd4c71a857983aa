// Hazards of device specs and aliases that Nova takes: the policies for declarations, on
// configuration that somebody else wrote.

import type { FieldName } from "./address.ts";
import type { Alias } from "../alias/alias.ts";
import type { Finding } from "../terms/declare.ts";
import type { DeviceSpec } from "./device-spec.ts";
import { specTakesEveryDevice } from "./device-selection.ts";
import { deviceRows, deviceTag, knowsTag, poolProperties } from "./device-tags.ts";
import { finding } from "../terms/findings.ts";
import { nearestWord } from "../text/nearest-word.ts";
import { normalisedClass, normalisedTrait } from "../terms/placement-names.ts";
import { isDict, isList, truthy, type Value } from "../text/python-json.ts";
import { selectedBy, valuesOf } from "../text/regex-reach.ts";
import type { Release } from "../terms/release.ts";

/** What a tag of a device spec does that nobody wants; Nova takes them all. */
export function specHazards(spec: DeviceSpec, release: Release): readonly Finding[] {
  const everything = specTakesEveryDevice(spec)
    ? [
        finding(
          "MatchesEveryDevice",
          "",
          "this device spec makes every PCI device of the host assignable",
        ),
      ]
    : [];
  const tags = [...spec.tags].flatMap(([tag, value]) => [
    ...nameHazards(tag, release),
    ...valueHazards(tag, value),
  ]);
  return [...everything, ...tags, ...addressHazards(spec)];
}

function nameHazards(tag: string, release: Release): readonly Finding[] {
  const row = deviceTag(tag);
  if (row !== undefined) {
    if (knowsTag(row, release)) return [];
    const message = `Nova ${release.version} ignores ${tag}: it is known from Nova ${row.since!.release} on`;
    return [finding("TagWithoutEffect", tag, message)];
  }
  if (poolProperties.has(tag)) {
    const message = `the tag ${tag} replaces what Nova knows of the device itself; remove it`;
    return [finding("PoolPropertyTag", tag, message)];
  }
  return [finding("UnknownTag", tag, unknownTag(tag))];
}

/** Keys of an alias that people write into a device spec. */
const aliasKeys: ReadonlySet<string> = new Set(["device_type", "numa_policy", "name"]);

/** Keys of other tools and of habit that are too far away to be found by letters. */
const synonyms: Readonly<Record<string, string | undefined>> = {
  physnet: "physical_network",
  physicalnet: "physical_network",
  network: "physical_network",
  vendor: "vendor_id",
  product: "product_id",
  device: "product_id",
  deviceid: "product_id",
  pciaddress: "address",
  addr: "address",
  bdf: "address",
  interface: "devname",
  ifname: "devname",
  netdev: "devname",
  class: "resource_class",
  rc: "resource_class",
  onetime: "one_time_use",
};

/** What is wrong with a key that Nova does not know, and what was meant. */
export function unknownTag(tag: string): string {
  const quoted = JSON.stringify(tag);
  if (aliasKeys.has(tag)) {
    return `${quoted} is a key of an alias, not of a device spec: Nova takes it as a tag without effect; remove it`;
  }
  const near =
    synonyms[tag.toLowerCase().replace(/[^a-z]/g, "")] ??
    nearestWord(
      tag.trim(),
      deviceRows.map((row) => row.key),
    );
  const meant = near === undefined ? "remove it" : `write "${near}" if that is meant`;
  return `${quoted} is no key that Nova knows, so it is taken as a tag; ${meant}`;
}

function valueHazards(tag: string, value: Value): readonly Finding[] {
  if (isDict(value) || isList(value)) {
    const message = `${tag} is a list or object: no update of the inventory succeeds`;
    return [finding("ObjectTag", tag, message)];
  }
  const odd = deviceTag(tag)?.hazard?.(value);
  return odd === undefined ? [] : [finding("NotBoolean", tag, odd)];
}

function addressHazards(spec: DeviceSpec): readonly Finding[] {
  const { address } = spec;
  if (address?.style !== "regex") return [];
  return (Object.entries(address.fields) as [FieldName, string][]).flatMap(([name, text]) => {
    const reach = selectedBy(name, text);
    if (reach.is !== "known") return [];
    if (reach.values.size === 0) {
      return [finding("NeverMatches", `address.${name}`, `no ${name} matches "${text}"`)];
    }
    if (!reach.longer) return [];
    return [
      finding(
        "UnanchoredRegex",
        `address.${name}`,
        `"${text}" takes ${reach.values.size} of ${valuesOf(name).length} values: Nova matches the start only`,
      ),
    ];
  });
}

export function aliasHazards(
  name: string,
  alias: Alias,
  release: Release,
  pciInPlacement: boolean,
): readonly Finding[] {
  const found: Finding[] = [];
  if (/[:,]/.test(name)) {
    found.push(finding("NameWithSeparator", "name", `no flavor can ask for alias "${name}"`));
  }
  if (pciInPlacement && alias.specs.length > 1) {
    found.push(
      finding(
        "SeveralMatchesNeedClass",
        "name",
        `alias "${name}" is repeated: with pci_in_placement nova-api ${release.version} answers 500 to each server that asks for it`,
      ),
    );
  }
  for (const spec of alias.specs) {
    if (spec.has("capability_type")) {
      found.push(finding("CapabilityType", "capability_type", `alias "${name}" matches no device`));
    }
    if (!spec.has("vendor_id") || !spec.has("product_id")) {
      if (!pciInPlacement || !truthy(spec.get("resource_class"))) {
        found.push(
          finding("MissingIds", "vendor_id", `alias "${name}" takes any device of its type`),
        );
      }
    }
    if (spec.get("resource_class") === "") {
      found.push(
        finding("EmptyResourceClass", "resource_class", `alias "${name}" has an empty class`),
      );
    }
    found.push(...placementNameHazards(name, spec));
  }
  return found;
}

function placementNameHazards(name: string, spec: ReadonlyMap<string, string>): readonly Finding[] {
  const found: Finding[] = [];
  const requested = spec.get("resource_class") ?? "";
  if (requested !== "" && normalisedClass(requested) !== requested) {
    found.push(
      finding(
        "NotNormalised",
        "resource_class",
        `alias "${name}": class "${requested}" is ${normalisedClass(requested)} in Placement`,
      ),
    );
  }
  for (const trait of (spec.get("traits") ?? "").split(",")) {
    if (trait === "" && spec.get("traits") === undefined) continue;
    if (/\s/.test(trait)) {
      found.push(
        finding(
          "BlankInTrait",
          "traits",
          `alias "${name}": trait "${trait}" is ${normalisedTrait(trait)} in Placement`,
        ),
      );
    }
  }
  return found;
}
