// An alias of nova.conf as what a PciAlias declares, or why none can say it.

import type { Alias, AliasSpec } from "../../../nova/alias/alias.ts";
import type { AliasDeclaration, DeviceType } from "../../../nova/terms/declare.ts";
import { normalisedClass, normalisedTrait } from "../../../nova/terms/placement-names.ts";
import type { NumaPolicy } from "../../../nova/terms/release.ts";

/** Either a declaration, or why there can be none. */
type Converted<T> = { readonly declared: T } | { readonly lost: string };

/** Everything that alternatives of an object share; only their ids may differ. */
const shared = ["dev_type", "resource_class", "traits", "live_migratable"] as const;

export function convertAlias(name: string, alias: Alias): Converted<AliasDeclaration> {
  const [first, ...more] = alias.specs;
  if (name === "") return { lost: "its name is empty" };
  if (/[:,]/.test(name)) return { lost: "no flavor can name it: there is a : or a , in it" };
  if (alias.specs.some((spec) => spec.has("capability_type"))) {
    return { lost: "capability_type makes it match nothing; remove the key" };
  }
  const differing = shared.find((key) => more.some((spec) => spec.get(key) !== first!.get(key)));
  if (differing !== undefined) {
    return { lost: `its alternatives differ in ${differing}; give each another name` };
  }
  const match = alias.specs.flatMap(idsOf);
  const classOnly = alias.specs.every((spec) => !spec.has("vendor_id") && !spec.has("product_id"));
  if (match.length < alias.specs.length && !(classOnly && first!.get("resource_class"))) {
    return { lost: "vendor_id and product_id are missing: it takes any device of its type" };
  }
  return { declared: { name, match, ...sharedOf(first!), ...policyOf(alias) } };
}

function idsOf(spec: AliasSpec): AliasDeclaration["match"] {
  const [vendorId, productId] = [spec.get("vendor_id"), spec.get("product_id")];
  if (vendorId === undefined || productId === undefined) return [];
  return [{ vendorId: vendorId.toLowerCase(), productId: productId.toLowerCase() }];
}

function policyOf({ numaPolicy }: Alias): Pick<AliasDeclaration, "numaPolicy"> {
  return numaPolicy === "legacy" ? {} : { numaPolicy: numaPolicy as NumaPolicy };
}

function sharedOf(spec: AliasSpec): Omit<AliasDeclaration, "name" | "match"> {
  const [type, migratable] = [spec.get("dev_type"), spec.get("live_migratable")];
  return {
    ...(type === undefined ? {} : { deviceType: type as DeviceType }),
    ...namesOf(spec.get("resource_class"), spec.get("traits")),
    ...(migratable === undefined ? {} : { liveMigratable: migratable === "true" }),
  };
}

/** As Placement gets them: " b" in "a, b" is CUSTOM__B, which nobody meant, and is kept so. */
function namesOf(
  resourceClass: string | undefined,
  traits: string | undefined,
): { readonly resourceClass?: string; readonly traits?: readonly string[] } {
  return {
    ...(resourceClass === undefined || resourceClass === ""
      ? {}
      : { resourceClass: normalisedClass(resourceClass) }),
    ...(traits === undefined || traits === ""
      ? {}
      : { traits: [...new Set(traits.split(",").map(normalisedTrait))] }),
  };
}
