// Holds one device of a node back from servers without touching its nova-compute, and tells whether
// it is held back now. With PCI in Placement a fully reserved provider is never handed out, and
// nova-compute leaves `reserved` alone, also when it restarts (measured on 34.0.0).
import { hostFinder, isSameMachine } from "../plan/terms/nova-host.ts";
import { listHypervisors, listServices } from "./services/hosts.ts";
import {
  addressOf,
  listProviders,
  readAllocations,
  readStock,
  reserve,
  type Reservation,
} from "./services/placement.ts";
import { oneTimeUseTrait } from "../nova/serving/placement.ts";
import type { Session } from "./session/session.ts";

export type HoldBack =
  | {
      readonly is: "done";
      readonly host: string;
      readonly provider: string;
      readonly reservations: readonly Reservation[];
      /** Who uses it now: reserving takes nothing away. */
      readonly consumers: readonly string[];
      readonly oneTimeUse: boolean;
    }
  /** Used once and perhaps not cleaned: not given back. */
  | { readonly is: "dirty"; readonly host: string; readonly provider: string }
  | { readonly is: "no-such-host"; readonly hosts: readonly string[] }
  /** Each of them could be the node. */
  | { readonly is: "several-hosts"; readonly hosts: readonly string[] }
  | { readonly is: "no-placement" }
  /** The host reports other devices or none; a VF is reported at its PF only. */
  | { readonly is: "not-reported"; readonly host: string; readonly devices: readonly string[] };

export type Device = { readonly node: string; readonly address: string };

/** "cleaned": as "none", and whoever says it has wiped the device. */
export type HoldBackHow = "all" | "none" | "cleaned";

export async function holdBack(
  session: Session,
  { node, address }: Device,
  how: HoldBackHow,
): Promise<HoldBack> {
  const { services } = await listServices(session);
  const hosts = services.filter(({ binary }) => binary === "nova-compute").map(({ host }) => host);
  const found = hostFinder([{ name: node }], hosts)(node);
  if (found.is === "ambiguous") return { is: "several-hosts", hosts: found.hosts };
  // The other nodes are not known here: one of them may be the host that is left for this one.
  if (found.is === "none" || !isSameMachine(node, found.host))
    return { is: "no-such-host", hosts: [...hosts].sort() };
  const { host } = found;
  if (!(await session.hasService("placement"))) return { is: "no-placement" };
  const hypervisor = (await listHypervisors(session)).find((item) => item.host === host);
  const providers =
    hypervisor === undefined ? [] : await listProviders(session, { inTree: hypervisor.uuid });
  const provider = providers.find((item) => addressOf(item) === address);
  if (provider === undefined) {
    const devices = providers.map(addressOf).filter((found) => found !== undefined);
    return { is: "not-reported", host, devices: devices.sort() };
  }
  const stock = await readStock(session, provider.uuid);
  const oneTimeUse = stock.some((item) => item.traits.includes(oneTimeUseTrait));
  const isReserved = stock.some((item) => item.reserved > 0);
  // Nova reserves such a device with its first use; what frees it hands it to the next tenant as it
  // is.
  if (how === "none" && oneTimeUse && isReserved)
    return { is: "dirty", host, provider: provider.name };
  const reservations = await reserve(session, provider.uuid, how === "all" ? "all" : "none");
  const allocations = await readAllocations(session, provider.uuid);
  const consumers = [...new Set(allocations.map(({ consumer }) => consumer))];
  return { is: "done", host, provider: provider.name, reservations, consumers, oneTimeUse };
}
