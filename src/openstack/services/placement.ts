// Placement's PCI providers: what they hold and who uses it; reserves one of them. It must not know
// Nova hosts beyond the root provider's UUID.
import { Failure } from "../../api/failure.ts";
import { isFailure } from "../wire/failures.ts";
import {
  isRecord,
  listIn,
  mapIn,
  numberOf,
  recordAt,
  textOf,
  textsIn,
  type Json,
} from "../wire/json.ts";
import type { Session } from "../session/session.ts";

/** The newest all releases from 26 on speak; inventories may be fully reserved from 1.26 on. */
const microversion = "1.36";

export type Provider = {
  readonly uuid: string;
  readonly name: string;
  /** Changes with every change of its inventories, traits or allocations. */
  readonly generation: number;
  readonly root: string;
  readonly parent: string | undefined;
};

type ProviderQuery = { readonly inTree?: string; readonly name?: string };

export async function listProviders(
  session: Session,
  query: ProviderQuery = {},
): Promise<readonly Provider[]> {
  const body = await session.ask({
    ...get("/resource_providers"),
    query: {
      ...(query.inTree === undefined ? {} : { in_tree: query.inTree }),
      ...(query.name === undefined ? {} : { name: query.name }),
    },
  });
  return listIn(body, "resource_providers").map((json) => ({
    uuid: textOf(json["uuid"]),
    name: textOf(json["name"]),
    generation: numberOf(json["generation"]),
    root: textOf(json["root_provider_uuid"]),
    parent: textOf(json["parent_provider_uuid"]) || undefined,
  }));
}

/**
 * Nova names the provider of a device or of the parent of VFs NODE_DDDD:BB:SS.F, with an upper case
 * address (nova/compute/pci_placement_translator.py). Lower case here, as in sysfs.
 */
export function addressOf(provider: Provider): string | undefined {
  if (provider.parent === undefined) return undefined;
  const found = /_([0-9A-F]{4,8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-7])$/.exec(provider.name);
  return found?.[1]?.toLowerCase();
}

export type Stock = {
  readonly resourceClass: string;
  readonly total: number;
  readonly reserved: number;
  readonly used: number;
  readonly traits: readonly string[];
};

/** One entry per resource class; Nova gives a PCI provider exactly one. */
export async function readStock(session: Session, uuid: string): Promise<readonly Stock[]> {
  const [inventories, used, traits] = await Promise.all([
    session.ask(get(`/resource_providers/${uuid}/inventories`)),
    readUsed(session, uuid),
    session.ask(get(`/resource_providers/${uuid}/traits`)),
  ]);
  const names = textsIn(traits, "traits");
  return Object.entries(mapIn(inventories, "inventories")).map(([resourceClass, json]) => ({
    resourceClass,
    total: numberOf(isRecord(json) ? json["total"] : 0),
    reserved: numberOf(isRecord(json) ? json["reserved"] : 0),
    used: used[resourceClass] ?? 0,
    traits: [...names].sort(),
  }));
}

/** By resource class. */
export async function readUsed(
  session: Session,
  uuid: string,
): Promise<Readonly<Record<string, number>>> {
  const body = await session.ask(get(`/resource_providers/${uuid}/usages`));
  const rows = Object.entries(mapIn(body, "usages"));
  return Object.fromEntries(rows.map(([name, used]) => [name, numberOf(used)]));
}

export type Allocation = {
  /** A server, or a migration that holds the devices of the side it leaves. */
  readonly consumer: string;
  readonly resourceClass: string;
  readonly amount: number;
};

export async function readAllocations(
  session: Session,
  uuid: string,
): Promise<readonly Allocation[]> {
  const body = await session.ask(get(`/resource_providers/${uuid}/allocations`));
  return Object.entries(mapIn(body, "allocations")).flatMap(([consumer, json]) =>
    Object.entries(recordAt(json, "resources")).map(([resourceClass, amount]) => ({
      consumer,
      resourceClass,
      amount: numberOf(amount),
    })),
  );
}

export type Reservation = {
  readonly resourceClass: string;
  readonly before: number;
  readonly reserved: number;
  readonly total: number;
};

const reserveAttempts = 5;

/**
 * Reserves all of a provider, or none of it. nova-compute leaves `reserved` alone (measured over
 * its restart); every other field is written back as it was read, under the provider's generation.
 */
export async function reserve(
  session: Session,
  uuid: string,
  how: "all" | "none",
): Promise<readonly Reservation[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await reserveOnce(session, uuid, how);
    } catch (error) {
      // Another writer moved the generation in between.
      if (!isFailure(error, "conflict") || attempt >= reserveAttempts) throw error;
    }
  }
}

/**
 * Lets servers have a device again, if Placement has changed nothing of it since that generation:
 * whoever used or reserved it meanwhile has begun another life of it, which nobody has cleaned.
 */
export async function returnDevice(
  session: Session,
  uuid: string,
  generation: number,
): Promise<void> {
  await reserveOnce(session, uuid, "none", generation);
}

async function reserveOnce(
  session: Session,
  uuid: string,
  how: "all" | "none",
  only?: number,
): Promise<readonly Reservation[]> {
  const path = `/resource_providers/${uuid}/inventories`;
  const body = await session.ask(get(path));
  const generation = isRecord(body) ? body["resource_provider_generation"] : undefined;
  if (only !== undefined && generation !== only) {
    const moved = `provider ${uuid} is at generation ${numberOf(generation)}, not at ${only}`;
    throw new Failure("conflict", moved);
  }
  const inventories = Object.entries(mapIn(body, "inventories"));
  if (inventories.length === 0) throw new Failure("missing", "the provider holds no inventory");
  const done = inventories.map(([resourceClass, json]) => reservation(resourceClass, json, how));
  if (done.every(({ before, reserved }) => before === reserved)) return done;
  const wanted = inventories.map(
    ([name, json], at) => [name, { ...(json as Json), reserved: done[at]!.reserved }] as const,
  );
  await session.ask({
    ...get(path),
    method: "PUT",
    body: {
      resource_provider_generation: generation,
      inventories: Object.fromEntries(wanted),
    },
  });
  return done;
}

function reservation(resourceClass: string, json: unknown, how: "all" | "none"): Reservation {
  const total = numberOf(isRecord(json) ? json["total"] : 0);
  const before = numberOf(isRecord(json) ? json["reserved"] : 0);
  return { resourceClass, before, total, reserved: how === "all" ? total : 0 };
}

function get(path: string) {
  return { service: "placement", method: "GET", path, microversion } as const;
}
