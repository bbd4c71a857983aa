// PCI inventories of Placement, host by host, with as few questions as possible: one list of all
// providers, and details only of those whose generation moved since they were read. It moves with
// everything but the end of an allocation, so what is in use is asked for again in turns. Only so
// many in one round: while five thousand hosts are read for the first time, steps go on.
import type { PciProvider } from "../../plan/terms/snapshot.ts";
import type { Hypervisor } from "../services/hosts.ts";
import {
  addressOf,
  listProviders,
  readAllocations,
  readStock,
  readUsed,
  type Provider,
  type Stock,
} from "../services/placement.ts";
import { isFailure } from "../wire/failures.ts";
import type { Session } from "../session/session.ts";
import type { DeviceAllocation } from "./usage.ts";

type PciProvidersByHost = Readonly<Record<string, readonly PciProvider[]>>;

export type Inventories = {
  /** Every host that has a hypervisor, also without any device; absent = not read yet. */
  readonly byHost: PciProvidersByHost;
  readonly complete: boolean;
};

type InventoryReader = {
  readonly read: (hypervisors: readonly Hypervisor[]) => Promise<Inventories>;
};

/** Three questions each, eight at a time: about three seconds at 20 ms an answer. */
const providersPerRound = 400;
/** One question each, so that a cloud full of servers costs eight a second. */
const usedPerRound = 40;

type Known = {
  readonly generation: number;
  readonly stock: readonly Stock[];
  /** When it was read, as a number of a round. */
  readonly round: number;
};

export function inventoryReader(
  session: Session,
  perRound: number = providersPerRound,
): InventoryReader {
  const known = new Map<string, Known>();
  let round = 0;

  const isKnown = ({ uuid, generation }: Provider) => known.get(uuid)?.generation === generation;

  async function learn({ uuid, generation }: Provider): Promise<void> {
    try {
      known.set(uuid, { generation, stock: await readStock(session, uuid), round });
    } catch (error) {
      // Gone since it was listed: it holds nothing, and says nothing about the others.
      if (!isFailure(error, "missing")) throw error;
      known.set(uuid, { generation, stock: [], round });
    }
  }

  /** Placement counts no generation when a server gives its devices back (measured on 34.0.0). */
  async function refresh({ uuid, generation }: Provider): Promise<void> {
    try {
      const used = await readUsed(session, uuid);
      const rows = known.get(uuid)?.stock ?? [];
      const stock = rows.map((row) => ({ ...row, used: used[row.resourceClass] ?? 0 }));
      known.set(uuid, { generation, stock, round });
    } catch (error) {
      if (!isFailure(error, "missing")) throw error;
    }
  }

  const isUsed = ({ uuid }: Provider) => known.get(uuid)!.stock.some((stock) => stock.used > 0);
  const longestAgo = (provider: Provider, other: Provider) =>
    known.get(provider.uuid)!.round - known.get(other.uuid)!.round;

  return {
    read: async (hypervisors) => {
      const providers = await listProviders(session);
      const devices = providers.filter((provider) => addressOf(provider) !== undefined);
      round += 1;
      const moved = devices.filter((device) => !isKnown(device));
      const used = devices.filter((device) => isKnown(device) && isUsed(device)).sort(longestAgo);
      await Promise.all([
        ...moved.slice(0, perRound).map(learn),
        ...used.slice(0, usedPerRound).map(refresh),
      ]);
      const unread = new Set(moved.slice(perRound).map(({ root }) => root));
      const alive = new Set(devices.map(({ uuid }) => uuid));
      for (const uuid of known.keys()) if (!alive.has(uuid)) known.delete(uuid);
      const byRoot = new Map<string, PciProvider[]>();
      for (const provider of devices) {
        const rows = byRoot.get(provider.root) ?? [];
        const stock = known.get(provider.uuid)?.stock ?? [];
        byRoot.set(provider.root, [...rows, ...rowsOf(provider, stock)]);
      }
      return {
        byHost: Object.fromEntries(
          hypervisors
            .filter(({ uuid }) => !unread.has(uuid))
            .map(({ host, uuid }) => [host, byRoot.get(uuid) ?? []]),
        ),
        complete: unread.size === 0,
      };
    },
  };
}

function rowsOf(provider: Provider, stock: readonly Stock[]): readonly PciProvider[] {
  const address = addressOf(provider) ?? "";
  const { uuid, name, generation } = provider;
  return stock.map((item) => ({ uuid, name, generation, address, ...item }));
}

/** Who uses the devices of one host. */
export async function allocationsOf(
  session: Session,
  providers: readonly PciProvider[],
): Promise<readonly DeviceAllocation[]> {
  const used = providers.filter((provider) => provider.used > 0);
  const lists = await Promise.all(
    used.map(async ({ uuid, address }) =>
      (await readAllocations(session, uuid)).map((allocation) => ({ ...allocation, address })),
    ),
  );
  return lists.flat();
}
