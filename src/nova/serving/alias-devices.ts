// Which devices of a host, as the device specs take them, can be handed out for an alias, and what
// keeps the others from it: the pools of nova/pci/stats.py, one device each.

import type { Alias, AliasSpec } from "../alias/alias.ts";
import type { DeviceType } from "../terms/declare.ts";
import type { DeviceSpec } from "../device/device-spec.ts";
import type { InventoryDevice } from "../device/lspci.ts";
import { normalisedClass, resourceClassOf, traitsOf } from "../terms/placement-names.ts";
import { providerTraits } from "./placement.ts";
import { addToPools, supports } from "./pools.ts";
import { asWord, truthy } from "../text/python-json.ts";
import type { Release } from "../terms/release.ts";

type Offered = { readonly device: InventoryDevice; readonly spec: DeviceSpec };

type AliasOnHost = {
  readonly serve: number;
  /** Of the ids asked for, but of another type. */
  readonly otherTypes: readonly string[];
  /** Of the ids asked for, and nobody knows of which type they are. */
  readonly unknown: number;
  /** Why devices of the ids and type asked for are not handed out, each reason once. */
  readonly obstacles: readonly Obstacle[];
};

type Obstacle = {
  readonly name: "ClassMismatch" | "NoMatchingDevice";
  readonly message: string;
};

type Scope = { readonly release: Release; readonly pciInPlacement: boolean };

export function aliasOnHost(alias: Alias, all: readonly Offered[], scope: Scope): AliasOnHost {
  const known = all.filter((offered) => offered.device.deviceType !== undefined);
  const serves = (offered: Offered, type = offered.device.deviceType!): boolean =>
    canServe(alias, offered, type, scope);
  const types: readonly DeviceType[] = ["type-PCI", "type-PF", "type-VF"];
  const others = known.filter(
    (offered) =>
      !serves(offered) &&
      types.some((type) => type !== offered.device.deviceType && serves(offered, type)),
  );
  const unknown = all.filter(
    (offered) =>
      offered.device.deviceType === undefined && types.some((type) => serves(offered, type)),
  );
  return {
    serve: known.filter((offered) => serves(offered)).length,
    otherTypes: others.map((other) => other.device.deviceType!),
    unknown: unknown.length,
    obstacles: obstaclesOf(alias, known, scope),
  };
}

/** Devices of one kind are told by the first of them. */
function obstaclesOf(alias: Alias, all: readonly Offered[], scope: Scope): readonly Obstacle[] {
  const found = new Map<string, Obstacle>();
  for (const offered of all) {
    for (const wanted of alias.specs) {
      if (!isAskedFor(wanted, offered.device)) continue;
      const obstacle = obstacleOf(alias, wanted, offered, scope);
      const key = obstacle?.message.replaceAll(offered.device.address, "") ?? "";
      if (obstacle !== undefined && !found.has(key)) found.set(key, obstacle);
    }
  }
  return [...found.values()];
}

/** By its ids and type. */
function isAskedFor(wanted: AliasSpec, device: InventoryDevice): boolean {
  const same = (key: string, value: string): boolean => {
    const asked = wanted.get(key);
    return asked === undefined || asked.toLowerCase() === value.toLowerCase();
  };
  const type = wanted.get("dev_type");
  const isType = type === undefined ? device.deviceType !== "type-PF" : type === device.deviceType;
  return isType && same("vendor_id", device.vendorId) && same("product_id", device.productId);
}

/** What of class, traits, network and other tags keeps a device from the alias. */
function obstacleOf(
  alias: Alias,
  wanted: AliasSpec,
  offered: Offered,
  scope: Scope,
): Obstacle | undefined {
  const { address } = offered.device;
  if (!canServe(alias, offered, offered.device.deviceType!, { ...scope, pciInPlacement: false })) {
    const asks = wanted.get("live_migratable");
    const has = offered.spec.tags.get("live_migratable");
    const said =
      has === undefined ? "does not say live_migratable" : `is live_migratable: ${asWord(has)}`;
    const message =
      asks === undefined
        ? `the spec that takes ${address} gives it tags that no alias may ask for`
        : `it asks for live_migratable: ${asks}, and the spec that takes ${address} ${said}`;
    return { name: "NoMatchingDevice", message };
  }
  return scope.pciInPlacement ? obstacleInPlacement(wanted, offered, scope.release) : undefined;
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
  if (!pciInPlacement) return true;
  const offered = { device: { ...device, deviceType }, spec };
  return alias.specs.some(
    (aliasSpec) => obstacleInPlacement(aliasSpec, offered, release) === undefined,
  );
}

/** One class is asked for and one offered; every trait asked for must be offered. */
function obstacleInPlacement(
  wanted: AliasSpec,
  { device, spec }: Offered,
  release: Release,
): Obstacle | undefined {
  const { address } = device;
  if (truthy(spec.tags.get("physical_network"))) {
    const message = `${address} has a physical_network, so that Placement does not know it: only ports of Neutron get it`;
    return { name: "NoMatchingDevice", message };
  }
  const text = (key: string): string => {
    const value = spec.tags.get(key);
    return typeof value === "string" ? value : "";
  };
  const offered = resourceClassOf(text("resource_class"), device.vendorId, device.productId);
  const asked = classAsked(wanted);
  if (asked !== offered) {
    const message = `it asks Placement for ${asked}, and ${address} offers ${offered}: write the same resource_class on both`;
    return { name: "ClassMismatch", message };
  }
  const traits = providerTraits(spec, device.deviceType !== "type-VF", release);
  const missing = traitsOf(wanted.get("traits") ?? "").filter((trait) => !traits.includes(trait));
  if (missing.length === 0) return undefined;
  const message = `it requires ${missing.join(", ")}, which ${address} does not offer: add it to the traits of the spec, or remove it from the alias`;
  return { name: "ClassMismatch", message };
}

function classAsked(wanted: AliasSpec): string {
  const asked = wanted.get("resource_class");
  if (asked !== undefined && asked !== "") return normalisedClass(asked);
  const [vendor = null, product = null] = ["vendor_id", "product_id"].map((key) => wanted.get(key));
  return resourceClassOf(undefined, vendor, product);
}
