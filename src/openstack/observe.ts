// Answers "what does the cloud look like?" as the plain value that the plan reads. It decides
// nothing and changes nothing. How old a part may be stands here and nowhere else; what could not
// be read is absent or "unknown", never empty.
import type { Ask } from "../plan/plan.ts";
import type { AliasUse, CloudRead, CloudView, HostUsage } from "../plan/snapshot.ts";
import { Failure } from "../api/failure.ts";
import { describe } from "./failures.ts";
import { listFlavors } from "./flavors.ts";
import { listHypervisors, listServices, type Services } from "./hosts.ts";
import { allocationsOf, inventoryReader, type PciProvidersByHost } from "./inventories.ts";
import { keep, type Kept } from "./kept.ts";
import { listDirectPorts } from "./neutron.ts";
import { aliasRequests, listOpenMigrations, listServers } from "./servers.ts";
import type { Session } from "./session.ts";
import { needsAllocation, usageOf } from "./usage.ts";

export type CloudWant = Pick<Ask, "usageOf" | "aliasUse" | "inventories" | "placement"> & {
  /** Names or ids of the flavors whose project access is needed: one question each. */
  readonly accessTo?: readonly string[];
};

export type Observer = {
  readonly observe: (want: CloudWant) => Promise<CloudView>;
  /** Something was changed by us: the next observation asks again. */
  readonly forget: () => void;
};

export type Freshness = {
  readonly flavorsSeconds: number;
  readonly servicesSeconds: number;
  readonly usageSeconds: number;
  readonly busySeconds: number;
  readonly inventoriesSeconds: number;
  readonly hypervisorsSeconds: number;
};

/** Flavors drift slowly; services are what a rollout waits for. */
export const usualFreshness: Freshness = {
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

export function openObserver(session: Session, options: ObserverOptions): Observer {
  const sources = openSources(session, options);
  return {
    observe: async (want) => {
      try {
        return await observeOnce(sources, want);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return { is: "unreachable", message: describe(error), at: options.now() };
      }
    },
    forget: () => sources.forget(),
  };
}

/** One look with nothing kept from an earlier one. */
export function observeCloud(
  session: Session,
  want: CloudWant,
  now: () => number,
): Promise<CloudView> {
  return openObserver(session, { now }).observe(want);
}

async function observeOnce(sources: Sources, want: CloudWant): Promise<CloudView> {
  const [flavors, { services }, { highest }] = await Promise.all([
    sources.flavors(want.accessTo ?? []),
    sources.services.get(),
    sources.session.range("compute"),
  ]);
  const [usage, aliasUse, inventories, placement] = await Promise.all([
    usageByHost(sources, want),
    want.aliasUse.length === 0 ? undefined : orUnknown(sources.aliasUse(want.aliasUse)),
    want.inventories ? orUnknown(sources.inventories.get()) : undefined,
    want.placement ? orUnknown(sources.placement.get()) : undefined,
  ]);
  return {
    is: "read",
    at: sources.now(),
    microversion: highest,
    flavors,
    services,
    usage,
    ...(aliasUse === undefined ? {} : { aliasUse }),
    ...(inventories === undefined ? {} : { inventories }),
    ...(placement === undefined ? {} : { placement }),
  };
}

async function usageByHost(sources: Sources, want: CloudWant) {
  const entries = want.usageOf.map(async (host): Promise<readonly [string, HostUsage]> => [
    host,
    await sources.usage(host),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function orUnknown<T>(answer: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

type Sources = ReturnType<typeof openSources>;

/** Each part of the view with its own age. */
function openSources(session: Session, options: ObserverOptions) {
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
  const inventories: Kept<PciProvidersByHost | undefined> = keptFor(
    fresh.inventoriesSeconds,
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

  const aliasUseByNames = byKey((key) =>
    keptFor(fresh.usageSeconds, async () =>
      readAliasUse(session, JSON.parse(key) as string[], (await services.get()).downCellHosts),
    ),
  );
  const placement = keptFor(fresh.usageSeconds, () =>
    readPlacementNeeds(session, { services, migrations, inventories }),
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
      for (const part of [services, migrations, inventories, placement]) part.forget();
      for (const group of [flavorsByAccess, aliasUseByNames, usageByHosts]) group.clear();
    },
  };
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
  from: Pick<UsageSources, "services" | "migrations" | "inventories">,
): Promise<CloudRead["placement"]> {
  const [{ downCellHosts }, migrations, inventories, servers] = await Promise.all([
    from.services.get(),
    from.migrations.get(),
    from.inventories.get(),
    listServers(session),
  ]);
  if (inventories === undefined) return undefined;
  const allocations = await allocationsOf(session, Object.values(inventories).flat());
  const without = servers.filter((server) => needsAllocation(server, allocations));
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
  readonly inventories: Kept<PciProvidersByHost | undefined>;
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
    const providers = inventories?.[host] ?? [];
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
  session: Session,
  names: readonly string[],
  downCellHosts: readonly string[],
): Promise<Readonly<Record<string, AliasUse>>> {
  const [flavors, servers] = await Promise.all([listFlavors(session, []), listServers(session)]);
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
