// A declared alias: the [pci]alias value written for it and the findings about it, first Nova's own
// verdict for each release, then our policies. Knows one alias only; repeated names are its
// caller's.

import { canonicalJson, type Plain } from "../text/canonical-json.ts";
import type { AliasDeclaration, Finding, ModelContext } from "../terms/declare.ts";
import { finding } from "../terms/findings.ts";
import { isValidName, normalisedClass, normalisedTrait } from "../terms/placement-names.ts";
import { lengthOf, strip } from "../text/python-text.ts";
import { describeReleases, type Release } from "../terms/release.ts";

/** Values of [pci]alias. With PCI in Placement several matches become one class-only alias. */
export function emitAlias(declared: AliasDeclaration, context: ModelContext): readonly string[] {
  const shared = context.pciInPlacement && declared.match.length > 1;
  if (declared.match.length === 0 || shared) return [canonicalJson(aliasValue(declared))];
  return declared.match.map((ids) => canonicalJson(aliasValue(declared, ids)));
}

function aliasValue(
  declared: AliasDeclaration,
  ids?: { readonly vendorId: string; readonly productId: string },
): { readonly [key: string]: Plain } {
  const traits = (declared.traits ?? []).map((trait) => normalisedTrait(strip(trait)));
  return {
    name: declared.name,
    ...(ids === undefined
      ? {}
      : { vendor_id: ids.vendorId.toLowerCase(), product_id: ids.productId.toLowerCase() }),
    ...(declared.deviceType === undefined ? {} : { device_type: declared.deviceType }),
    ...(declared.numaPolicy === undefined ? {} : { numa_policy: declared.numaPolicy }),
    ...(declared.resourceClass === undefined
      ? {}
      : { resource_class: normalisedClass(strip(declared.resourceClass)) }),
    ...(traits.length === 0 ? {} : { traits: traits.join(",") }),
    ...(declared.liveMigratable === undefined
      ? {}
      : { live_migratable: String(declared.liveMigratable) }),
  };
}

/** Everything that is wrong or hazardous about the alias, worst first. */
export function judgeAlias(declared: AliasDeclaration, context: ModelContext): readonly Finding[] {
  return [
    ...judgeName(declared.name),
    ...judgeIds(declared, context),
    ...judgeKeys(declared, context),
    ...judgePlacementNames(declared, "spec."),
    ...judgeUse(declared, context),
  ];
}

function judgeName(name: string): readonly Finding[] {
  const path = "spec.name";
  if (name === "") return [finding("NovaRefuses", path, "the name is empty; write a name")];
  if (lengthOf(name) > 256) {
    return [finding("NovaRefuses", path, "the name is longer than 256 characters")];
  }
  const found: Finding[] = [];
  if (/[:,]/.test(name)) {
    found.push(
      finding(
        "NameWithSeparator",
        path,
        `no flavor can ask for "${name}": Nova splits pci_passthrough:alias at ":" and ","`,
      ),
    );
  }

  if (name !== strip(name) || /[\x00-\x1f\x7f-\x9f]/.test(name)) {
    found.push(
      finding(
        "NameWithBlanks",
        path,
        `Nova strips outer blanks of "${name}", and a control character cannot be typed in a flavor`,
      ),
    );
  }
  return found;
}

function judgeIds(declared: AliasDeclaration, context: ModelContext): readonly Finding[] {
  const found = declared.match.flatMap((ids, index) =>
    (["vendorId", "productId"] as const).flatMap((key) =>
      /^[0-9a-fA-F]{4}$/.test(ids[key])
        ? []
        : [
            finding(
              "NovaRefuses",
              `spec.match[${index}].${key}`,
              `${refusal(context.releases)}: "${ids[key]}" is not four hexadecimal digits; write for example "10de"`,
            ),
          ],
    ),
  );
  if (declared.match.length > 0) return found;
  if (declared.resourceClass === undefined) {
    const strict = context.releases.filter((release) => release.aliasNeedsIds);
    if (strict.length > 0) {
      return [
        finding(
          "NovaRefuses",
          "spec.match",
          `${refusal(strict)}: an alias needs vendor and product id${context.pciInPlacement ? " or a resource class" : ""}; list them in spec.match`,
        ),
      ];
    }
    return [
      finding(
        "MissingIds",
        "spec.match",
        "the alias would take any device of its type; list spec.match",
      ),
    ];
  }
  if (!context.pciInPlacement) {
    const strict = context.releases.filter((release) => release.aliasNeedsIds);
    return [
      finding(
        strict.length > 0 ? "NovaRefuses" : "MissingIds",
        "spec.match",
        strict.length > 0
          ? `${refusal(strict)}: without PCI in Placement an alias needs both ids; list them in spec.match, or set spec.placement.pciInPlacement of the PciPassthrough`
          : "without PCI in Placement the resource class is ignored and the alias would take any device of its type; list spec.match",
      ),
    ];
  }
  return found;
}

/** Keys and values that a release does not know. */
function judgeKeys(declared: AliasDeclaration, context: ModelContext): readonly Finding[] {
  const found: Finding[] = [];
  const policy = declared.numaPolicy;
  if (policy !== undefined) {
    const old = context.releases.filter((release) => !release.numaPolicies.includes(policy));
    if (old.length > 0) {
      found.push(
        finding(
          "NovaRefuses",
          "spec.numaPolicy",
          `${refusal(old)}: numa policy "${policy}" is not known; write ${old[0]!.numaPolicies.join(", ")}`,
        ),
      );
    }
  }
  const placementKey =
    declared.resourceClass !== undefined
      ? "resourceClass"
      : (declared.traits ?? []).length > 0
        ? "traits"
        : undefined;
  const before27 = context.releases.filter((release) => !release.aliasPlacementKeys);
  if (placementKey !== undefined && before27.length > 0) {
    found.push(
      finding(
        "NovaRefuses",
        `spec.${placementKey}`,
        `${refusal(before27)}: an alias has no resource class or traits before Nova 27; remove spec.${placementKey}`,
      ),
    );
  }
  const before31 = context.releases.filter((release) => !release.aliasLiveMigratable);
  if (declared.liveMigratable !== undefined && before31.length > 0) {
    found.push(
      finding(
        "NovaRefuses",
        "spec.liveMigratable",
        `${refusal(before31)}: live_migratable is not known before Nova 31; remove spec.liveMigratable`,
      ),
    );
  }
  return found;
}

/** Resource class and traits, of an alias or of a device entry. */
export function judgePlacementNames(
  declared: Pick<AliasDeclaration, "resourceClass" | "traits">,
  prefix: string,
): readonly Finding[] {
  const found: Finding[] = [];
  const { resourceClass } = declared;
  if (resourceClass !== undefined) {
    const path = `${prefix}resourceClass`;
    if (strip(resourceClass) === "") {
      found.push(
        finding(
          "EmptyResourceClass",
          path,
          "an empty resource class is none; write a name or leave it out",
        ),
      );
    } else {
      found.push(...judgeNormalised(resourceClass, normalisedClass(strip(resourceClass)), path));
    }
  }
  for (const [index, trait] of (declared.traits ?? []).entries()) {
    const path = `${prefix}traits[${index}]`;
    if (trait === "" || /[\s,]/.test(trait)) {
      found.push(
        finding(
          "BlankInTrait",
          path,
          `Nova splits traits at "," and keeps blanks: "${trait}" would become ${trait.split(",").map(normalisedTrait).join(" and ")}; write one name without blanks for each trait`,
        ),
      );
    } else found.push(...judgeNormalised(trait, normalisedTrait(trait), path));
  }
  return found;
}

function judgeNormalised(text: string, normal: string, path: string): readonly Finding[] {
  if (!isValidName(normal)) {
    return [
      finding(
        "InvalidInPlacement",
        path,
        `Placement refuses "${normal}": only A-Z, 0-9 and _, at most 255 characters`,
      ),
    ];
  }
  if (normal === text) return [];
  return [
    finding(
      "NotNormalised",
      path,
      `"${text}" is written as ${normal}, which is what Nova makes of it`,
    ),
  ];
}

function judgeUse(declared: AliasDeclaration, context: ModelContext): readonly Finding[] {
  const found: Finding[] = [];
  if (context.pciInPlacement && declared.match.length > 1 && declared.resourceClass === undefined) {
    found.push(
      finding(
        "SeveralMatchesNeedClass",
        "spec.match",
        "with PCI in Placement Nova forbids two alias entries of one name: give spec.resourceClass, and the same class to every device entry that covers these ids",
      ),
    );
  }
  const hasNames = declared.resourceClass !== undefined || (declared.traits ?? []).length > 0;
  if (!context.pciInPlacement && hasNames && declared.match.length > 0) {
    found.push(
      finding(
        "ClassIgnored",
        declared.resourceClass === undefined ? "spec.traits" : "spec.resourceClass",
        "without spec.placement.pciInPlacement of the PciPassthrough Nova ignores resource class and traits of an alias",
      ),
    );
  }
  const repeated = declared.match.length > 1 && !context.pciInPlacement;
  if (declared.deviceType === undefined && repeated) {
    found.push(
      finding(
        "NovaRefuses",
        "spec.deviceType",
        `${refusal(context.releases)}: with several matches each entry needs a device type; write the type you mean`,
      ),
    );
  } else if (declared.deviceType === undefined) {
    found.push(
      finding(
        "MissingDeviceType",
        "spec.deviceType",
        "without deviceType the alias takes type-PCI and type-VF devices and never a device with SR-IOV capability (type-PF); write the type you mean",
      ),
    );
  }
  return found;
}

/** Who dies or refuses when an alias is wrong, and when: it changed with 31.3.1. */
function refusal(releases: readonly Release[]): string {
  const late = releases.filter((release) => !release.aliasValidatedAtStart);
  const early = releases.filter((release) => release.aliasValidatedAtStart);
  const parts = [
    ...(early.length === 0
      ? []
      : [`nova-api and nova-compute ${describeReleases(early)} would not start`]),
    ...(late.length === 0
      ? []
      : [`nova-api ${describeReleases(late)} would answer 400 to every server with a PCI flavor`]),
  ];
  return parts.join("; ");
}
