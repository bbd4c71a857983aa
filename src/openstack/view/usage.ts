// Use of a host's PCI devices, and what is going on there, from what Nova, Placement and Neutron
// said. Pure. Every doubt counts as use: a guard built on this may wait too long, never too short.
import type { DeviceUse, HostUsage } from "../../plan/terms/snapshot.ts";
import type { DirectPort } from "../services/neutron.ts";
import type { Allocation } from "../services/placement.ts";
import { isUnderWay, type Migration, type Server } from "../services/servers.ts";

export type HostFacts = {
  readonly host: string;
  readonly at: number;
  /** Servers of this host. */
  readonly servers: readonly Server[];
  /** Open migrations of the whole cloud. */
  readonly migrations: readonly Migration[];
  readonly ports: readonly DirectPort[];
  /** Undefined when this host reports no PCI devices in Placement. */
  readonly allocations: readonly DeviceAllocation[] | undefined;
  /** Every alias name that any flavor is known to ask for. */
  readonly aliasNames: readonly string[];
};

export type DeviceAllocation = Allocation & { readonly address: string };

export function usageOf(facts: HostFacts): HostUsage {
  return {
    is: "read",
    at: facts.at,
    consumers: [
      ...allocated(facts),
      ...serversByAlias(facts),
      ...migrationsByAlias(facts),
      ...facts.ports.map(portUse),
    ],
    busy: busyOf(facts),
  };
}

/** Placement names the device; for a VF it names the PF, which carries the inventory. */
function allocated(facts: HostFacts): readonly DeviceUse[] {
  return (facts.allocations ?? []).map(({ consumer, address, resourceClass }) => {
    const server = facts.servers.find(({ id }) => id === consumer);
    const migrates = facts.migrations.some(({ uuid }) => uuid === consumer);
    return {
      what: server !== undefined ? "server" : migrates ? "migration" : "allocation",
      id: consumer,
      ...(server === undefined ? {} : { name: server.name }),
      address,
      resourceClass,
      aliases: [],
    };
  });
}

/**
 * A server whose devices Placement does not (all) name. The allocation may hold more devices than
 * the server after a resize, never fewer (measured), so an allocation as large as the request
 * names them all.
 */
function serversByAlias(facts: HostFacts): readonly DeviceUse[] {
  return facts.servers
    .filter((server) => needsAllocation(server, facts.allocations ?? []))
    .map(({ id, name, asksFor }) => ({ what: "server", id, name, aliases: Object.keys(asksFor) }));
}

/** It asks for devices (on a host or still without one) that no allocation names. */
export function needsAllocation(
  { id, asksFor }: Server,
  allocations: readonly Allocation[],
): boolean {
  const asked = Object.values(asksFor).reduce((sum, count) => sum + count, 0);
  return Object.keys(asksFor).length > 0 && amountOf(allocations, id) < Math.max(asked, 1);
}

/**
 * A migration whose devices here are not named by Placement. No API shows the flavor of the side
 * that a changed flavor leaves, so any alias may be meant.
 */
function migrationsByAlias(facts: HostFacts): readonly DeviceUse[] {
  return facts.migrations
    .filter((migration) => touches(migration, facts.host) && mayHoldMore(migration, facts))
    .map((migration) => {
      const server = facts.servers.find(({ id }) => id === migration.serverId);
      const known = server !== undefined && !migration.changesFlavor;
      const aliases = known ? Object.keys(server.asksFor) : facts.aliasNames;
      return { what: "migration", id: migration.uuid, aliases } as const;
    })
    .filter(({ aliases }) => aliases.length > 0);
}

function mayHoldMore(migration: Migration, facts: HostFacts): boolean {
  if (amountOf(facts.allocations ?? [], migration.uuid) > 0) return false;
  if (isUnderWay(migration)) return true;
  // At rest, Placement knows what the side left behind holds, and the server is at its new host.
  return migration.source === facts.host && facts.allocations === undefined;
}

function portUse(port: DirectPort): DeviceUse {
  return {
    what: "port",
    id: port.id,
    ...(port.name === "" ? {} : { name: port.name }),
    ...(port.address === undefined ? {} : { address: port.address }),
    aliases: [],
  };
}

function busyOf(facts: HostFacts): readonly { readonly what: string; readonly id: string }[] {
  const tasks = facts.servers
    .filter(({ taskState }) => taskState !== undefined)
    .map(({ id, taskState }) => ({ what: `server in task ${taskState ?? ""}`, id }));
  const moves = facts.migrations
    .filter((migration) => isUnderWay(migration) && touches(migration, facts.host))
    .map(({ uuid, type, status }) => ({ what: `${type} ${status}`, id: uuid }));
  return [...tasks, ...moves];
}

function touches(migration: Migration, host: string): boolean {
  return migration.source === host || migration.destination === host;
}

function amountOf(allocations: readonly Allocation[], consumer: string): number {
  return allocations
    .filter((allocation) => allocation.consumer === consumer)
    .reduce((sum, { amount }) => sum + amount, 0);
}
