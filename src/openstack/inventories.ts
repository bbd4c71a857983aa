// Answers "which PCI devices does Placement show, host by host?" with as few questions as possible:
// one list of all providers, and details only of those whose generation moved since they were read.
import type { PciProvider } from "../plan/terms/snapshot.ts";
import type { Hypervisor } from "./hosts.ts";
import {
  addressOf,
  listProviders,
  readAllocations,
  readStock,
  type Provider,
  type Stock,
} from "./placement.ts";
import type { Session } from "./session.ts";
import type { DeviceAllocation } from "./usage.ts";

export type PciProvidersByHost = Readonly<Record<string, readonly PciProvider[]>>;

export type InventoryReader = {
  /** Every host that has a hypervisor, also without any device. */
  readonly read: (hypervisors: readonly Hypervisor[]) => Promise<PciProvidersByHost>;
};

export function inventoryReader(session: Session): InventoryReader {
  const known = new Map<
    string,
    { readonly generation: number; readonly stock: readonly Stock[] }
  >();

  async function stockOf({ uuid, generation }: Provider): Promise<readonly Stock[]> {
    const before = known.get(uuid);
    if (before?.generation === generation) return before.stock;
    const stock = await readStock(session, uuid);
    known.set(uuid, { generation, stock });
    return stock;
  }

  return {
    read: async (hypervisors) => {
      const providers = await listProviders(session);
      const devices = providers.filter((provider) => addressOf(provider) !== undefined);
      const stocks = await Promise.all(devices.map(stockOf));
      const alive = new Set(devices.map(({ uuid }) => uuid));
      for (const uuid of known.keys()) if (!alive.has(uuid)) known.delete(uuid);
      const byRoot = new Map<string, PciProvider[]>();
      devices.forEach((provider, at) => {
        const rows = byRoot.get(provider.root) ?? [];
        byRoot.set(provider.root, [...rows, ...rowsOf(provider, stocks[at] ?? [])]);
      });
      return Object.fromEntries(
        hypervisors.map(({ host, uuid }) => [host, byRoot.get(uuid) ?? []]),
      );
    },
  };
}

function rowsOf(provider: Provider, stock: readonly Stock[]): readonly PciProvider[] {
  const address = addressOf(provider) ?? "";
  return stock.map((one) => ({ uuid: provider.uuid, name: provider.name, address, ...one }));
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
