// Answers "which nodes can give a flavor its devices, and how many instances fit?". An upper bound:
// CPU, memory, NUMA and races are Nova's business. Unknown is an answer and never blocks.

import { couldServe } from "../../nova/covers.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../../nova/declare.ts";
import { resourceClassOf } from "../../nova/placement-names.ts";
import type { NodeHardware, PciProvider } from "../terms/snapshot.ts";

/** What one compute node is known to offer. */
export type NodeOffer = {
  readonly node: string;
  readonly devices: readonly DeviceDeclaration[];
  readonly hardware?: NodeHardware;
  readonly providers?: readonly PciProvider[];
};

export type Need = { readonly alias: AliasDeclaration; readonly count: number };

/** Devices of an alias on a node; undefined = cannot be known from what we see. */
export type Count = { readonly total: number; readonly free: number } | undefined;

export type Capacity = {
  /** Nodes that are not proved unable, sorted. */
  readonly nodes: readonly string[];
  /** Instances that still fit over all nodes; undefined when any node is unknown. */
  readonly fit: number | undefined;
  /** Set when it is proved that no node can ever serve the flavor. */
  readonly impossible?: string;
};

export function capacityFor(needs: readonly Need[], offers: readonly NodeOffer[]): Capacity {
  const nodes: string[] = [];
  let fit: number | undefined = 0;
  let best = "no compute node has a device entry for it";
  for (const offer of offers) {
    const verdict = nodeCapacity(needs, offer);
    if (verdict.is === "unable") {
      if (verdict.near) best = verdict.why;
      continue;
    }
    nodes.push(offer.node);
    if (fit !== undefined) fit = verdict.fit === undefined ? undefined : fit + verdict.fit;
  }
  nodes.sort();
  return nodes.length > 0 ? { nodes, fit } : { nodes, fit: 0, impossible: best };
}

type NodeVerdict =
  | { readonly is: "able"; readonly fit: number | undefined }
  | { readonly is: "unable"; readonly why: string; readonly near: boolean };

function nodeCapacity(needs: readonly Need[], offer: NodeOffer): NodeVerdict {
  let fit: number | undefined = Number.MAX_SAFE_INTEGER;
  for (const need of needs) {
    const serving = offer.devices.filter((one) => couldServe(need.alias, one));
    if (serving.length === 0) {
      return {
        is: "unable",
        near: false,
        why: `alias ${need.alias.name}: no device entry on ${offer.node}`,
      };
    }
    const count = countOn(need.alias, serving, offer);
    if (count !== undefined && count.total < need.count) {
      return {
        is: "unable",
        near: true,
        why: `alias ${need.alias.name} asks for ${need.count} devices and ${offer.node} can offer at most ${count.total}`,
      };
    }
    if (count === undefined) fit = undefined;
    else if (fit !== undefined)
      fit = Math.min(fit, Math.floor(count.free / Math.max(1, need.count)));
  }
  return { is: "able", fit };
}

function countOn(
  alias: AliasDeclaration,
  serving: readonly DeviceDeclaration[],
  offer: NodeOffer,
): Count {
  if (offer.providers !== undefined && offer.providers.length > 0)
    return fromProviders(alias, offer.providers);
  const addresses = fromAddresses(alias, serving);
  const hardware =
    offer.hardware === undefined ? undefined : fromHardware(alias, serving, offer.hardware);
  if (addresses === undefined) return hardware;
  if (hardware === undefined) return addresses;
  return addresses.total < hardware.total ? addresses : hardware;
}

function fromProviders(alias: AliasDeclaration, providers: readonly PciProvider[]): Count {
  const classes = new Set(
    alias.match.length === 0 || alias.resourceClass !== undefined
      ? [resourceClassOf(alias.resourceClass, null, null)]
      : alias.match.map((one) => resourceClassOf(undefined, one.vendorId, one.productId)),
  );
  const own = providers.filter((one) => classes.has(one.resourceClass));
  const total = own.reduce((sum, one) => sum + one.total - one.reserved, 0);
  const used = own.reduce((sum, one) => sum + one.used, 0);
  return { total, free: Math.max(0, total - used) };
}

/** One full address of a PF or a plain device is one device; a VF's PF address may be many. */
function fromAddresses(alias: AliasDeclaration, serving: readonly DeviceDeclaration[]): Count {
  if (alias.deviceType === undefined || alias.deviceType === "type-VF") return undefined;
  const addresses = new Set<string>();
  for (const one of serving) {
    if (
      one.address === undefined ||
      !/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(one.address)
    ) {
      return undefined;
    }
    addresses.add(one.address.toLowerCase());
  }
  return { total: addresses.size, free: addresses.size };
}

function fromHardware(
  alias: AliasDeclaration,
  serving: readonly DeviceDeclaration[],
  hardware: NodeHardware,
): Count {
  const wanted = (vendor: string, product: string): boolean =>
    alias.match.length === 0 ||
    alias.match.some(
      (one) => one.vendorId.toLowerCase() === vendor && one.productId.toLowerCase() === product,
    );
  const covered = (vendor: string, product: string): boolean =>
    serving.some(
      (one) =>
        (one.vendorId === undefined || one.vendorId.toLowerCase() === vendor) &&
        (one.productId === undefined || one.productId.toLowerCase() === product),
    );
  const total = hardware.devices.filter(
    (one) => wanted(one.vendor, one.product) && covered(one.vendor, one.product),
  ).length;
  return { total, free: total };
}
