// Answers "what is hazardous about this entry although Nova takes it?" for entries as Nova read them:
// the same policies as for declarations, on configuration that somebody else wrote.

import { wildcard, type FieldName } from "./address.ts";
import type { Alias } from "./alias.ts";
import type { Finding } from "./declare.ts";
import type { DeviceSpec } from "./device-spec.ts";
import { finding } from "./findings.ts";
import { normalisedClass, normalisedTrait } from "./placement-names.ts";
import { isDict, isList, truthy } from "./python-json.ts";
import { selectedBy, valuesOf } from "./regex-reach.ts";
import type { Release } from "./release.ts";

/** Properties of a pool that a tag would replace (nova/pci/stats.py). */
const poolProperties = ["dev_type", "numa_node", "parent_ifname", "count", "devices", "rp_uuid"];

type TagSince = readonly [tag: string, has: (release: Release) => boolean];
const knownTags: readonly TagSince[] = [
  ["physical_network", () => true],
  ["trusted", () => true],
  ["remote_managed", (one) => one.specRemoteManaged],
  ["resource_class", (one) => one.specPlacementKeys],
  ["traits", (one) => one.specPlacementKeys],
  ["managed", (one) => one.specManaged],
  ["live_migratable", (one) => one.specManaged],
  ["one_time_use", (one) => one.specOneTimeUse],
];

export function specHazards(spec: DeviceSpec, release: Release): readonly Finding[] {
  const found: Finding[] = [];
  if (takesEverything(spec)) {
    found.push(
      finding(
        "MatchesEveryDevice",
        "",
        "this device spec hands every PCI device of the host to guests",
      ),
    );
  }
  for (const [tag, value] of spec.tags) {
    const known = knownTags.find(([name]) => name === tag);
    if (poolProperties.includes(tag)) {
      found.push(
        finding("PoolPropertyTag", tag, `the tag ${tag} replaces the property of the device`),
      );
    } else if (known === undefined) {
      found.push(
        finding("UnknownTag", tag, `${tag} is no key that Nova knows: it is taken as a tag`),
      );
    } else if (!known[1](release)) {
      found.push(finding("TagWithoutEffect", tag, `Nova ${release.version} ignores ${tag}`));
    }
    if (isDict(value) || isList(value)) {
      found.push(
        finding(
          "ObjectTag",
          tag,
          `${tag} is a list or object: no update of the inventory succeeds`,
        ),
      );
    }
  }
  return [...found, ...addressHazards(spec)];
}

function takesEverything(spec: DeviceSpec): boolean {
  if (spec.vendorId !== wildcard || spec.productId !== wildcard) return false;
  const { address } = spec;
  if (address === undefined) return false;
  return (Object.entries(address.fields) as [FieldName, string][]).every(([name, text]) => {
    if (address.style !== "regex") return text === wildcard;
    const reach = selectedBy(name, text);
    return reach.is === "known" && reach.values.size === valuesOf(name).length;
  });
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
    found.push(...nameHazards(name, spec));
  }
  return found;
}

function nameHazards(name: string, spec: ReadonlyMap<string, string>): readonly Finding[] {
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
