// Sources of the cloud view: what is asked for each part of it, and how old it may be. Every part
// is read on its own and kept for its own while, so that a plan may be made as often as it likes.
// It must not know how the parts become one view.
import type { AliasUse, CloudRead, HostUsage } from "../../plan/terms/snapshot.ts";
import { Failure } from "../../api/failure.ts";
import { describe } from "../wire/failures.ts";
import { listFlavors } from "../services/flavors.ts";
import { listHypervisors, listServices, type Services } from "../services/hosts.ts";
import { allocationsOf, inventoryReader, type Inventories } from "./inventories.ts";
import { keep, type Kept } from "./kept.ts";
import { listDirectPorts } from "../services/neutron.ts";
import { aliasRequests, listOpenMigrations, listServers } from "../services/servers.ts";
import type { Session } from "../session/session.ts";
import { needsAllocation, usageOf } from "./usage.ts";

export type Freshness = {
  readonly flavorsSeconds: number;
  readonly servicesSeconds: number;
  readonly usageSeconds: number;
  readonly busySeconds: number;
  readonly inventoriesSeconds: number;
  readonly hypervisorsSeconds: number;
};

/** Flavors drift slowly; services are what a rollout waits for. */
const usualFreshness: Freshness = {
  flavorsSeconds: 30,
  servicesSeconds: 3,
  usageSeconds: 60,
  busySeconds: 3,
  inventoriesSeconds: 5,
  hypervisorsSeconds: 300,
};

export type ObserverOptions = {
  /** Milliseconds since the epoch, from the operator's one clock. */
  readonly now: () => number;
  readonly random?: () => number;
  readonly freshness?: Partial<Freshness>;
};

export type Sources = ReturnType<typeof openSources>;

/** Each part of the view with its own age. */
export function openSources(session: Session, options: ObserverOptions) {
  const fresh = { ...usualFreshness, ...options.freshness };
  const { now } = options;
  const random = options.random ?? Math.random;
  // Many operators, or many parts, must not ask in step.
  const jittered = (seconds: number) => seconds * 1000 * (0.8 + 0.4 * random());
  const keptFor = <T>(seconds: number, read: () => Promise<T>) =>
    keep(now, () => jittered(seconds), read);

  const services = keptFor(fresh.servicesSeconds, () => listServices(session));
  const hypervisors = keep(
    now,
    // A new host is a service at once, and a hypervisor only when it is mapped to its cell.
    ({ complete }) => jittered(complete ? fresh.hypervisorsSeconds : fresh.servicesSeconds),
    () => readHypervisors(session, services),
  );
  const migrations = keptFor(fresh.busySeconds, () => listOpenMigrations(session));
  const reader = inventoryReader(session);
  const inventories: Kept<Inventories | undefined> = keep(
    now,
    // What is not read yet is read on in the next round.
    (value) =>
      value?.complete === false ? 0 : jittered(fresh.inventoriesSeconds + listSeconds(value)),
    async () =>
      (await session.hasService("placement"))
        ? reader.read((await hypervisors.get()).all)
        : undefined,
  );
  const flavorsByAccess = byKey((key) =>
    keptFor(fresh.flavorsSeconds, () => listFlavors(session, JSON.parse(key) as string[])),
  );
  const flavors = (accessTo: readonly string[]) =>
    flavorsByAccess.at(JSON.stringify([...accessTo].sort())).get();

  const allServers = keptFor(fresh.busySeconds, () => listServers(session));
  const aliasUseByNames = byKey((key) =>
    keptFor(fresh.usageSeconds, async () =>
      readAliasUse(JSON.parse(key) as string[], {
        session,
        servers: await allServers.get(),
        downCellHosts: (await services.get()).downCellHosts,
      }),
    ),
  );
  const placement = keptFor(fresh.usageSeconds, () =>
    readPlacementNeeds(session, { services, migrations, inventories, allServers }),
  );
  const usageByHosts = byKey((host) =>
    keep<HostUsage>(
      now,
      (usage) =>
        jittered(
          usage.is === "read" && usage.busy.length === 0 ? fresh.usageSeconds : fresh.busySeconds,
        ),
      () => readUsage(host, { session, now, services, migrations, inventories, flavors }),
    ),
  );
  return {
    session,
    now,
    services,
    inventories,
    flavors,
    placement,
    aliasUse: (names: readonly string[]) =>
      aliasUseByNames.at(JSON.stringify([...names].sort())).get(),
    usage: (host: string) => usageByHosts.at(host).get(),
    forget: () => {
      for (const part of [services, migrations, inventories, placement, allServers]) part.forget();
      for (const group of [flavorsByAccess, aliasUseByNames, usageByHosts]) group.clear();
    },
  };
}

/** A list of forty thousand providers is not asked for every few seconds. */
function listSeconds(inventories: Inventories | undefined): number {
  const rows = Object.values(inventories?.byHost ?? {});
  return rows.reduce((sum, row) => sum + row.length, 0) / 1000;
}

async function readHypervisors(session: Session, services: Kept<Services>) {
  const [all, known] = await Promise.all([listHypervisors(session), services.get()]);
  const hosts = new Set(all.map(({ host }) => host));
  const computes = known.services.filter(({ binary }) => binary === "nova-compute");
  return { all, complete: computes.every(({ host }) => hosts.has(host)) };
}

/** What must hold before the scheduler asks Placement for PCI devices. */
async function readPlacementNeeds(
  session: Session,
  from: Pick<UsageSources, "services" | "migrations" | "inventories"> & {
    readonly allServers: Kept<Awaited<ReturnType<typeof listServers>>>;
  },
): Promise<CloudRead["placement"]> {
  const [{ downCellHosts }, migrations, inventories, servers] = await Promise.all([
    from.services.get(),
    from.migrations.get(),
    from.inventories.get(),
    from.allServers.get(),
  ]);
  if (inventories?.complete !== true) return undefined;
  const allocations = await allocationsOf(session, Object.values(inventories.byHost).flat());
  // A server without a host (never scheduled, shelved) holds nothing.
  const without = servers.filter(
    (server) => server.host !== "" && needsAllocation(server, allocations),
  );
  return {
    serversWithoutAllocation: [...without.map(({ id }) => id), ...unseenOn(downCellHosts)],
    unconfirmedMoves: migrations.map(({ uuid }) => uuid),
  };
}

/** One kept value per key; the keys come from plans, so old ones are let go. */
function byKey<T>(make: (key: string) => Kept<T>) {
  const all = new Map<string, Kept<T>>();
  return {
    at: (key: string): Kept<T> => {
      const kept = all.get(key) ?? make(key);
      all.delete(key);
      all.set(key, kept);
      const oldest = all.keys().next().value;
      if (all.size > 1000 && oldest !== undefined) all.delete(oldest);
      return kept;
    },
    clear: () => all.clear(),
  };
}

type UsageSources = {
  readonly session: Session;
  readonly now: () => number;
  readonly services: Kept<Services>;
  readonly migrations: Kept<Awaited<ReturnType<typeof listOpenMigrations>>>;
  readonly inventories: Kept<Inventories | undefined>;
  readonly flavors: (accessTo: readonly string[]) => ReturnType<typeof listFlavors>;
};

async function readUsage(host: string, from: UsageSources): Promise<HostUsage> {
  const { session } = from;
  try {
    const { downCellHosts } = await from.services.get();
    if (downCellHosts.includes(host)) return { is: "unknown", reason: "its cell is down" };
    const [servers, migrations, ports, inventories, flavors] = await Promise.all([
      listServers(session, host),
      from.migrations.get(),
      listDirectPorts(session, host),
      from.inventories.get(),
      from.flavors([]),
    ]);
    if (inventories?.complete === false && inventories.byHost[host] === undefined)
      return { is: "unknown", reason: "its devices in Placement are still being read" };
    const providers = inventories?.byHost[host] ?? [];
    const allocations =
      providers.length === 0 ? undefined : await allocationsOf(session, providers);
    const asked = [
      ...flavors.map(({ extraSpecs }) => aliasRequests(extraSpecs["pci_passthrough:alias"])),
      ...servers.map(({ asksFor }) => asksFor),
    ];
    const aliasNames = [...new Set(asked.flatMap((requests) => Object.keys(requests)))].sort();
    return usageOf({
      host,
      at: from.now(),
      servers,
      migrations,
      ports,
      allocations,
      aliasNames,
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { is: "unknown", reason: describe(error) };
  }
}

async function readAliasUse(
  names: readonly string[],
  {
    session,
    servers,
    downCellHosts,
  }: {
    readonly session: Session;
    readonly servers: Awaited<ReturnType<typeof listServers>>;
    readonly downCellHosts: readonly string[];
  },
): Promise<Readonly<Record<string, AliasUse>>> {
  const flavors = await listFlavors(session, []);
  const use = (name: string): AliasUse => ({
    flavors: flavors
      .filter(({ extraSpecs }) => name in aliasRequests(extraSpecs["pci_passthrough:alias"]))
      .map((flavor) => flavor.name),
    servers: [
      ...servers.filter(({ asksFor }) => name in asksFor).map(({ id }) => id),
      ...unseenOn(downCellHosts),
    ],
  });
  return Object.fromEntries(names.map((name) => [name, use(name)]));
}

/** What runs on a host of a cell that is down cannot be listed, so it counts as use. */
function unseenOn(hosts: readonly string[]): readonly string[] {
  return hosts.map((host) => `any server on ${host} (its cell is down)`);
}
