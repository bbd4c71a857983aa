// Which devices of a host, as the device specs take them, can be handed out for an alias, and what
// keeps the others from it: the pools of nova/pci/stats.py, one device each.

import type { Alias } from "../alias/alias.ts";
import type { DeviceType } from "../terms/declare.ts";
import type { DeviceSpec } from "../device/device-spec.ts";
import type { InventoryDevice } from "../device/lspci.ts";
import { normalisedClass, resourceClassOf, traitsOf } from "../terms/placement-names.ts";
import { addToPools, supports } from "./pools.ts";
import { truthy } from "../text/python-json.ts";
import type { Release } from "../terms/release.ts";

type Offered = { readonly device: InventoryDevice; readonly spec: DeviceSpec };

type AliasOnHost = {
  readonly serve: number;
  /** Of the ids asked for, but of another type. */
  readonly otherTypes: readonly string[];
  /** Of the ids asked for, and nobody knows of which type they are. */
  readonly unknown: number;
};

type Scope = { readonly release: Release; readonly pciInPlacement: boolean };

export function aliasOnHost(alias: Alias, all: readonly Offered[], scope: Scope): AliasOnHost {
  const known = all.filter((one) => one.device.deviceType !== undefined);
  const serves = (one: Offered, type = one.device.deviceType!): boolean =>
    canServe(alias, one, type, scope);
  const types: readonly DeviceType[] = ["type-PCI", "type-PF", "type-VF"];
  const others = known.filter(
    (one) =>
      !serves(one) && types.some((type) => type !== one.device.deviceType && serves(one, type)),
  );
  const unknown = all.filter(
    (one) => one.device.deviceType === undefined && types.some((type) => serves(one, type)),
  );
  return {
    serve: known.filter((one) => serves(one)).length,
    otherTypes: others.map((one) => one.device.deviceType!),
    unknown: unknown.length,
  };
}

function canServe(
  alias: Alias,
  { device, spec }: Offered,
  deviceType: DeviceType,
  { release, pciInPlacement }: Scope,
): boolean {
  const pools = addToPools(
    [],
    {
      vendorId: device.vendorId,
      productId: device.productId,
      address: device.address,
      parentAddress: device.parentAddress ?? null,
      deviceType,
      numaNode: null,
      parentInterface: undefined,
    },
    spec,
    release,
  );
  if (!supports(pools, [{ specs: alias.specs, count: 1n }], release)) return false;
  return !pciInPlacement || alias.specs.some((one) => inPlacement(one, { device, spec }));
}

/** One class is asked for and one offered; every trait asked for must be offered. */
function inPlacement(wanted: ReadonlyMap<string, string>, { device, spec }: Offered): boolean {
  if (truthy(spec.tags.get("physical_network"))) return false;
  const text = (key: string): string => {
    const value = spec.tags.get(key);
    return typeof value === "string" ? value : "";
  };
  const offered = resourceClassOf(text("resource_class"), device.vendorId, device.productId);
  const asked = wanted.get("resource_class");
  const resourceClass =
    asked === undefined || asked === ""
      ? resourceClassOf(
          undefined,
          wanted.get("vendor_id") ?? null,
          wanted.get("product_id") ?? null,
        )
      : normalisedClass(asked);
  const traits = traitsOf(text("traits"));
  return (
    offered === resourceClass &&
    traitsOf(wanted.get("traits") ?? "").every((one) => traits.includes(one))
  );
}
