// How many servers of a flavor still fit, node by node and alias by alias: what Placement would
// grant where it knows the devices, else what entries and inventories allow. An upper bound: CPU,
// memory, NUMA and races are Nova's business. Unknown is an answer, never a number and never a no.

import { canServe, misfit } from "../../nova/serving/serves.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../../nova/terms/declare.ts";
import { normalisedTrait, resourceClassOf } from "../../nova/terms/placement-names.ts";
import { offerOf } from "./offers.ts";
import type { NodeHardware, PciProvider } from "../terms/snapshot.ts";

/** What one compute node is known to offer. */
export type NodeOffer = {
  readonly node: string;
  readonly devices: readonly DeviceDeclaration[];
  readonly hardware?: NodeHardware;
  /** Of its host in Placement. */
  readonly providers?: readonly PciProvider[];
  /** What Placement shows is not yet what the entries say: nova-compute has still to be told. */
  readonly behind?: true;
};

export type Need = { readonly alias: AliasDeclaration; readonly count: number };

type DeviceCount = { readonly total: number; readonly free: number };

/** One alias of a flavor on one node; undefined = cannot be known from what we see. */
type AliasFit = {
  readonly alias: string;
  readonly devices: DeviceCount | undefined;
  /** Servers that this alias alone would let in. */
  readonly servers: number | undefined;
};

type NodeFit = {
  readonly node: string;
  /** Proved that the node can never take a server of the flavor, and how near it came. */
  readonly unable?: { readonly why: string; readonly near: boolean };
  readonly servers: number | undefined;
  readonly aliases: readonly AliasFit[];
};

export type Capacity = {
  /** Nodes that are not proved unable, sorted. */
  readonly nodes: readonly string[];
  /** Servers that still fit over all nodes; undefined when any node is unknown. */
  readonly fit: number | undefined;
  /** Set when it is proved that no node can ever serve the flavor. */
  readonly impossible?: string;
  /** The proof is a count of devices, not the lack of an entry. */
  readonly counted?: true;
};

/** `inPlacement`: Placement chooses the devices, by class and traits (pci_in_placement). */
export function capacityFor(
  needs: readonly Need[],
  offers: readonly NodeOffer[],
  inPlacement = false,
): Capacity {
  // A flavor without a device fits by CPU and memory alone, of which nothing is known here.
  if (needs.length === 0)
    return { nodes: offers.map((offer) => offer.node).sort(), fit: undefined };
  const fits = offers.map((offer) => fitOn(needs, offer, inPlacement));
  const able = fits.filter((fit) => fit.unable === undefined);
  const nodes = able.map((nodeFit) => nodeFit.node).sort();
  if (nodes.length > 0) return { nodes, fit: sum(able.map((nodeFit) => nodeFit.servers)) };
  const near = fits.flatMap(({ unable }) => (unable?.near === true ? [unable.why] : [])).at(-1);
  if (near !== undefined) return { nodes, fit: 0, impossible: near, counted: true };
  return { nodes, fit: 0, impossible: nobodyOffers(needs, offers, inPlacement) };
}

/** In the words of the entry that comes nearest, where only its names are wrong. */
function nobodyOffers(
  needs: readonly Need[],
  offers: readonly NodeOffer[],
  inPlacement: boolean,
): string {
  for (const { alias } of needs)
    for (const { devices } of offers) {
      if (servingOf(alias, devices, inPlacement).length > 0) continue;
      const misfits = devices.map((device) => misfit(alias, { device }, inPlacement));
      const why = misfits.find((unserved) => unserved !== undefined);
      if (why !== undefined) return why.message;
    }
  const bare = needs.find(
    ({ alias }) => !offers.some((offer) => servingOf(alias, offer.devices, inPlacement).length > 0),
  );
  if (bare !== undefined) return `no compute node has a device entry for alias ${bare.alias.name}`;
  const names = needs.map(({ alias }) => alias.name).join(", ");
  return `no compute node has device entries for all of its aliases: ${names}`;
}

/** Entries that can give the alias a device, by what Nova and, with it, Placement compare. */
function servingOf(
  alias: AliasDeclaration,
  devices: readonly DeviceDeclaration[],
  inPlacement: boolean,
): readonly DeviceDeclaration[] {
  return devices.filter((device) => canServe(alias, { device }, inPlacement));
}

function sum(numbers: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const number of numbers) {
    if (number === undefined) return undefined;
    total += number;
  }
  return total;
}

/** Devices that are counted together, each by what tells it from the others. */
type Units = ReadonlyMap<string, DeviceCount>;
type Asked = { readonly need: Need; readonly units: Units | undefined };

export function fitOn(needs: readonly Need[], offer: NodeOffer, inPlacement: boolean): NodeFit {
  const { node } = offer;
  const asked = needs.map((need): Asked => ({ need, units: unitsOf(need, offer, inPlacement) }));
  const aliases = asked.map(({ need, units }): AliasFit => {
    const devices = units === undefined ? undefined : countOf([units]);
    const servers = devices === undefined ? undefined : Math.floor(devices.free / need.count);
    return { alias: need.alias.name, devices, servers };
  });
  const bare = needs.find(({ alias }) => servingOf(alias, offer.devices, inPlacement).length === 0);
  if (bare !== undefined) {
    const why = `alias ${bare.alias.name}: no device entry on ${node}`;
    return { node, unable: { why, near: false }, servers: 0, aliases };
  }
  const other = needs.map(({ alias }) => otherTypeOn(alias, offer, inPlacement)).find(isText);
  if (other !== undefined) return { node, unable: { why: other, near: true }, servers: 0, aliases };
  const groups = groupsOf(asked);
  const short = groups.find((group) => group.devices.total < group.wants);
  if (short !== undefined) {
    const which = `${short.names.length === 1 ? "alias" : "aliases"} ${short.names.join(", ")}`;
    const verb = short.names.length === 1 ? "asks" : "together ask";
    const why = `${which} ${verb} for ${short.wants} ${short.wants === 1 ? "device" : "devices"} and ${node} can offer at most ${short.devices.total}`;
    return { node, unable: { why, near: true }, servers: 0, aliases };
  }
  const known = asked.every((item) => item.units !== undefined);
  const least = Math.min(...groups.map((group) => Math.floor(group.devices.free / group.wants)));
  // One alias without a free device is enough, whatever is not known of the others.
  return { node, servers: known || least === 0 ? least : undefined, aliases };
}

/** Every device that the entries take there is of another type than the alias asks for. */
function otherTypeOn(
  alias: AliasDeclaration,
  { devices, hardware }: NodeOffer,
  inPlacement: boolean,
): string | undefined {
  if (hardware === undefined) return undefined;
  const misses = servingOf(alias, devices, inPlacement).map((device) =>
    misfit(alias, offerOf(device, hardware), inPlacement),
  );
  return misses.every((miss) => miss?.name === "WrongDeviceType") ? misses[0]?.message : undefined;
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

type Group = {
  readonly names: readonly string[];
  readonly wants: number;
  readonly devices: DeviceCount;
};

/** So many aliases are looked at in every combination; of more, alone and all together. */
const combinedAliases = 6;

/**
 * As many servers fit as, for every combination of aliases, the devices that any of them could take
 * allow (Hall's theorem): two aliases that can take the same card do not both get it.
 */
function groupsOf(asked: readonly Asked[]): readonly Group[] {
  const known = asked.filter((item) => item.units !== undefined);
  const all =
    known.length <= combinedAliases ? subsets(known) : [...known.map((item) => [item]), known];
  return all.map((some) => ({
    names: some.map((item) => item.need.alias.name),
    wants: some.reduce((total, item) => total + item.need.count, 0),
    devices: countOf(some.map((item) => item.units!)),
  }));
}

function subsets<T>(all: readonly T[]): readonly (readonly T[])[] {
  return all
    .reduce<readonly (readonly T[])[]>(
      (some, one) => [...some, ...some.map((each) => [...each, one])],
      [[]],
    )
    .filter((item) => item.length > 0);
}

function countOf(units: readonly Units[]): DeviceCount {
  const each = new Map(units.flatMap((unit) => [...unit]));
  let [total, free] = [0, 0];
  for (const deviceCount of each.values()) {
    total += deviceCount.total;
    free += deviceCount.free;
  }
  return { total, free };
}

function unitsOf(need: Need, offer: NodeOffer, inPlacement: boolean): Units | undefined {
  const { alias } = need;
  const serving = servingOf(alias, offer.devices, inPlacement);
  if (offer.providers !== undefined && offer.providers.length > 0) {
    if (offer.behind === true) return undefined;
    // A device with a physical network is never reported
    // (nova/compute/pci_placement_translator.py).
    if (
      !inPlacement &&
      serving.some((deviceDeclaration) => (deviceDeclaration.physicalNetwork ?? "") !== "")
    )
      return undefined;
    return unitsInPlacement(alias, serving, offer.providers, inPlacement);
  }
  const addresses = unitsOfAddresses(alias, serving);
  const hardware =
    offer.hardware === undefined ? undefined : unitsOfHardware(alias, serving, offer.hardware);
  if (addresses === undefined || hardware === undefined) return addresses ?? hardware;
  return addresses.size < hardware.size ? addresses : hardware;
}

/**
 * A provider grants what its total leaves after what is reserved and used, and never less than
 * nothing: a one-time-use device in use is reserved and used at once.
 */
function unitsInPlacement(
  alias: AliasDeclaration,
  serving: readonly DeviceDeclaration[],
  providers: readonly PciProvider[],
  inPlacement: boolean,
): Units {
  const classes = inPlacement ? classesAsked(alias) : classesOffered(alias, serving);
  const traits = inPlacement ? (alias.traits ?? []).map(normalisedTrait) : [];
  const own = providers.filter(
    (provider) =>
      classes.has(provider.resourceClass) &&
      traits.every((trait) => provider.traits.includes(trait)),
  );
  return new Map(
    own.map((provider) => [
      `${provider.uuid} ${provider.resourceClass}`,
      {
        total: provider.total,
        free: Math.max(0, provider.total - provider.reserved - provider.used),
      },
    ]),
  );
}

function classesAsked(alias: AliasDeclaration): ReadonlySet<string> {
  if (alias.resourceClass !== undefined || alias.match.length === 0)
    return new Set([resourceClassOf(alias.resourceClass, null, null)]);
  return classesOfIds(alias);
}

function classesOfIds(alias: AliasDeclaration): ReadonlySet<string> {
  return new Set(
    alias.match.map((device) => resourceClassOf(undefined, device.vendorId, device.productId)),
  );
}

/** Without Placement a device is chosen by its ids, whatever class its entry gives it. */
function classesOffered(
  alias: AliasDeclaration,
  serving: readonly DeviceDeclaration[],
): ReadonlySet<string> {
  const named = serving.flatMap(({ resourceClass }) =>
    resourceClass === undefined ? [] : [resourceClassOf(resourceClass, null, null)],
  );
  return new Set([...named, ...classesOfIds(alias)]);
}

/** One full address of a PF or a plain device is one device; a VF's PF address may be many. */
function unitsOfAddresses(
  alias: AliasDeclaration,
  serving: readonly DeviceDeclaration[],
): Units | undefined {
  if (alias.deviceType === undefined || alias.deviceType === "type-VF") return undefined;
  const units = new Map<string, DeviceCount>();
  for (const { address } of serving) {
    if (address === undefined || !/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(address))
      return undefined;
    units.set(address.toLowerCase(), { total: 1, free: 1 });
  }
  return units;
}

function unitsOfHardware(
  alias: AliasDeclaration,
  serving: readonly DeviceDeclaration[],
  hardware: NodeHardware,
): Units {
  const has = (wanted: string | undefined, found: string): boolean =>
    wanted === undefined || wanted.toLowerCase().padStart(4, "0") === found;
  type Ids = { readonly vendorId?: string; readonly productId?: string };
  const fits = (ids: Ids, device: NodeHardware["devices"][number]): boolean =>
    has(ids.vendorId, device.vendor) && has(ids.productId, device.product);
  const own = hardware.devices.flatMap((device, index) => {
    const wanted = alias.match.length === 0 || alias.match.some((ids) => fits(ids, device));
    return wanted && serving.some((ids) => fits(ids, device)) ? [`device ${index}`] : [];
  });
  return new Map(own.map((key) => [key, { total: 1, free: 1 }]));
}
