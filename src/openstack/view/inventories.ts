// Answers "which PCI devices does Placement show, host by host?" with as few questions as possible:
// one list of all providers, and details only of those whose generation moved since they were read.
// Only so many in one round: while five thousand hosts are read for the first time, steps go on.
import type { PciProvider } from "../../plan/terms/snapshot.ts";
import type { Hypervisor } from "../services/hosts.ts";
import {
  addressOf,
  listProviders,
  readAllocations,
  readStock,
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

export function inventoryReader(
  session: Session,
  perRound: number = providersPerRound,
): InventoryReader {
  const known = new Map<
    string,
    { readonly generation: number; readonly stock: readonly Stock[] }
  >();

  const isKnown = ({ uuid, generation }: Provider) => known.get(uuid)?.generation === generation;

  async function learn({ uuid, generation }: Provider): Promise<void> {
    try {
      known.set(uuid, { generation, stock: await readStock(session, uuid) });
    } catch (error) {
      // Gone since it was listed: it holds nothing, and says nothing about the others.
      if (!isFailure(error, "missing")) throw error;
      known.set(uuid, { generation, stock: [] });
    }
  }

  return {
    read: async (hypervisors) => {
      const providers = await listProviders(session);
      const devices = providers.filter((provider) => addressOf(provider) !== undefined);
      const moved = devices.filter((one) => !isKnown(one));
      await Promise.all(moved.slice(0, perRound).map(learn));
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
  return stock.map((one) => ({ uuid, name, generation, address, ...one }));
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
