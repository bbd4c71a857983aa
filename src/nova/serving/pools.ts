// PCI pools of a host, and the requests they can serve: PciDeviceStats of nova/pci/stats.py. NUMA
// affinity is left out: no request here names NUMA cells.

import type { AliasSpec } from "../alias/alias.ts";
import type { DeviceSpec } from "../device/device-spec.ts";
import { deviceRows } from "../device/device-tags.ts";
import { asWord, equal, isDict, isList, looseBool, type Value } from "../text/python-json.ts";
import { parseInteger } from "../text/python-text.ts";
import type { Release } from "../terms/release.ts";

/** A device as nova-compute keeps it. */
export type PooledDevice = {
  readonly vendorId: string;
  readonly productId: string;
  readonly address: string;
  readonly parentAddress: string | null;
  readonly deviceType: string;
  readonly numaNode: Value;
  readonly parentInterface: string | undefined;
};

/** Properties, and how many devices have them. */
export type Pool = { readonly properties: ReadonlyMap<string, Value>; readonly count: number };

/** Matched by Placement, so that pools and comparisons leave them out from 27 on. */
const placementTags = [
  ...deviceRows
    .filter((row) => row.placement === "class" || row.placement === "traits")
    .map((row) => row.key),
  ...["rp_uuids", "rp_uuid"],
];

/** Pools grow device by device; after each new one they are sorted by their number of keys. */
export function addToPools(
  pools: readonly Pool[],
  device: PooledDevice,
  spec: DeviceSpec,
  release: Release,
): readonly Pool[] {
  const own = propertiesOf(device, spec, release);
  const at = pools.findIndex((pool) => sameProperties(own, pool.properties));
  if (at >= 0) {
    return pools.map((pool, index) => (index === at ? { ...pool, count: pool.count + 1 } : pool));
  }
  const properties = new Map([...own].filter(([key]) => key !== "count" && key !== "devices"));
  return [...pools, { properties, count: 1 }].sort((a, b) => a.properties.size - b.properties.size);
}

function propertiesOf(
  device: PooledDevice,
  spec: DeviceSpec,
  release: Release,
): ReadonlyMap<string, Value> {
  const properties = new Map<string, Value>([
    ["product_id", device.productId],
    ["vendor_id", device.vendorId],
    ["numa_node", device.numaNode],
    ["dev_type", device.deviceType],
  ]);
  for (const [key, value] of spec.tags) {
    if (!release.poolPerDevice || !placementTags.includes(key)) properties.set(key, value);
  }
  if (release.poolPerDevice) {
    const parent = device.parentAddress;
    properties.set("address", parent === null || parent === "" ? device.address : parent);
  }
  if (device.parentInterface !== undefined && release.poolParentInterface) {
    properties.set("parent_ifname", device.parentInterface);
  }
  const networkType = ["type-PF", "type-VF", "vdpa"].includes(device.deviceType);
  if (
    release.specRemoteManaged &&
    networkType &&
    (properties.get("remote_managed") ?? null) === null
  ) {
    properties.set("remote_managed", "false");
  }
  return properties;
}

/** A tag called "count" or "devices" is overwritten in the pool, so that it never equals again. */
function sameProperties(
  own: ReadonlyMap<string, Value>,
  pool: ReadonlyMap<string, Value>,
): boolean {
  if (own.size !== pool.size) return false;
  return [...own].every(([key, value]) => pool.has(key) && equal(value, pool.get(key)));
}

/** A tag that the database cannot keep stops every update of the inventory. */
export function unstorableTag(pools: readonly Pool[]): string | undefined {
  for (const { properties } of pools) {
    for (const [key, value] of properties) {
      if (key === "numa_node") {
        if (!isNumber(value)) return key;
      } else if (key === "product_id" || key === "vendor_id") {
        if (value === null || isDict(value) || isList(value)) return key;
      } else if (isDict(value) || isList(value)) return key;
    }
  }
  return undefined;
}

/** int(value), or None. */
function isNumber(value: Value): boolean {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "string") return parseInteger(value, 10) !== undefined;
  if (value.type === "float") return Number.isFinite(value.value);
  return value.type === "int";
}

export type PoolRequest = { readonly specs: readonly AliasSpec[]; readonly count: bigint };

/** PciPassthroughFilter: from 26 on requests use up what earlier ones of the flavor took. */
export function supports(
  pools: readonly Pool[],
  requests: readonly PoolRequest[],
  release: Release,
): boolean {
  let left: readonly Pool[] = pools;
  for (const request of requests) {
    const matching = filterPools(left, request, release);
    if (matching === undefined) return false;
    if (release.zeroNeedsPool && matching.length === 0) return false;
    if (release.requestsConsume) left = takeFrom(left, matching, request.count);
  }
  return true;
}

function filterPools(
  pools: readonly Pool[],
  request: PoolRequest,
  release: Release,
): readonly Pool[] | undefined {
  const { specs } = request;
  let left: readonly Pool[] = pools.filter((pool) =>
    specs.some((spec) => hasProperties(pool, spec, release)),
  );
  if (!specs.some((spec) => spec.get("dev_type") === "type-PF")) left = without(left, "type-PF");
  if (release.zeroNeedsPool) left = without(left, "vdpa");
  if (release.specRemoteManaged) {
    left = left.filter((pool) => !looseBool(pool.properties.get("remote_managed")));
  }
  if (release.aliasLiveMigratable) left = filterMigratable(left, specs);
  const total = left.reduce((sum, pool) => sum + BigInt(pool.count), 0n);
  return total < request.count ? undefined : left;
}

function without(pools: readonly Pool[], type: string): readonly Pool[] {
  return pools.filter((pool) => pool.properties.get("dev_type") !== type);
}

function filterMigratable(pools: readonly Pool[], specs: readonly AliasSpec[]): readonly Pool[] {
  for (const wanted of ["true", "false"]) {
    if (!specs.every((spec) => spec.get("live_migratable") === wanted)) continue;
    return pools.filter((pool) => pool.properties.get("live_migratable") === wanted);
  }
  return pools;
}

/** nova/pci/utils.py pci_device_prop_match: text ignores case from 18 on. */
function hasProperties(pool: Pool, spec: AliasSpec, release: Release): boolean {
  for (const [key, wanted] of spec) {
    if (release.poolPerDevice && placementTags.includes(key)) continue;
    const value = pool.properties.get(key);
    if (typeof value !== "string") return false;
    const same = release.idsIgnoreCase
      ? value.toLowerCase() === wanted.toLowerCase()
      : value === wanted;
    if (!same) return false;
  }
  return true;
}

function takeFrom(
  pools: readonly Pool[],
  matching: readonly Pool[],
  wanted: bigint,
): readonly Pool[] {
  let count = wanted;
  const left = new Map(pools.map((pool) => [pool, pool.count] as const));
  for (const pool of matching) {
    const has = BigInt(pool.count);
    if (has > count) {
      left.set(pool, Number(has - count));
      break;
    }
    left.set(pool, 0);
    count -= has;
    if (count === 0n) break;
  }
  return pools.flatMap((pool) => {
    const count = left.get(pool)!;
    return count === 0 ? [] : [count === pool.count ? pool : { ...pool, count }];
  });
}

/** str(value) of a field that Nova stores as text; undefined where it refuses. */
export function asText(value: Value | undefined): string | undefined {
  if (value === undefined || value === null || isDict(value) || isList(value)) return undefined;
  return asWord(value);
}
