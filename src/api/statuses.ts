// Statuses of our kinds as the CRDs declare them: a column that no CRD has does not compile.

import type { PciAlias } from "./generated/pci-alias.ts";
import type { PciFlavor } from "./generated/pci-flavor.ts";
import type { PciPassthrough } from "./generated/pci-passthrough.ts";
import type { PciWhitelist } from "./generated/pci-whitelist.ts";

/** Statuses are written anew, never changed. */
type Written<T> = T extends readonly (infer Row)[]
  ? readonly Written<Row>[]
  : T extends object
    ? { readonly [Key in keyof T]: Written<T[Key]> }
    : T;

export type AliasStatus = Written<NonNullable<PciAlias["status"]>>;
export type FlavorStatus = Written<NonNullable<PciFlavor["status"]>>;
export type PassthroughStatus = Written<NonNullable<PciPassthrough["status"]>>;
export type WhitelistStatus = Written<NonNullable<PciWhitelist["status"]>>;

/** The same in all kinds (test/api/statuses.test.ts). */
export type Condition = NonNullable<AliasStatus["conditions"]>[number];
export type Warning = NonNullable<AliasStatus["warnings"]>[number];

export function conditionOf(status: unknown, type: string): Condition | undefined {
  return conditionsOf(status).find((condition) => condition.type === type);
}

/**
 * The conditions of a status that may be anybody's: an object that nobody has looked at has none.
 */
export function conditionsOf(status: unknown): readonly Condition[] {
  return (status as Pick<AliasStatus, "conditions"> | undefined)?.conditions ?? [];
}
