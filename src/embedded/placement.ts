// A stand-in for Placement's PCI providers: devices that are reported, used, reserved after their
// one use and given back, each with the generation that moves with every change.

import { Failure } from "../api/failure.ts";
import { oneTimeUseTrait } from "../nova/serving/placement.ts";
import type { CloudEffect } from "../plan/terms/effects.ts";
import type { PciProvider } from "../plan/terms/snapshot.ts";

type Reported = {
  readonly host: string;
  readonly address: string;
  readonly resourceClass: string;
  readonly oneTimeUse?: boolean;
};

export type FakePlacement = {
  readonly report: (device: Reported) => void;
  /** By host; undefined = nothing was ever reported. */
  readonly inventories: () => Readonly<Record<string, readonly PciProvider[]>> | undefined;
  /** A server lands on a free device of this class; undefined = NoValidHost. */
  readonly allocate: (resourceClass: string) => Reported | undefined;
  readonly release: (host: string, address: string) => void;
  /** `nova-pci uncordon --cleaned`. */
  readonly clean: (host: string, address: string) => void;
  /** Somebody writes something else of the provider, and its generation moves. */
  readonly touch: (host: string, address: string) => void;
  readonly giveBack: (effect: GivenBack) => void;
};

type GivenBack = Extract<CloudEffect, { readonly do: "return-device" }>;

type Row = { readonly host: string; provider: PciProvider & { readonly generation: number } };

export function makeFakePlacement(): FakePlacement {
  const rows: Row[] = [];
  return {
    report: (device) => void rows.push(reported(device, rows.length + 1)),
    inventories: () => inventoriesOf(rows),
    allocate: (resourceClass) => allocate(rows, resourceClass),
    release: (host, address) => end(rowAt(rows, host, address)),
    clean: (host, address) => change(rowAt(rows, host, address), { reserved: 0 }),
    touch: (host, address) => change(rowAt(rows, host, address), {}),
    giveBack: (effect) => giveBack(rows, effect),
  };
}

function change(row: Row, more: Partial<PciProvider>): void {
  row.provider = { ...row.provider, ...more, generation: row.provider.generation + 1 };
}

/** The end of an allocation moves no generation in Placement. */
function end(row: Row): void {
  row.provider = { ...row.provider, used: 0 };
}

function rowAt(rows: readonly Row[], host: string, address: string): Row {
  const found = rows.find((row) => row.host === host && row.provider.address === address);
  if (found === undefined) throw new Failure("missing", `no provider ${host}_${address}`);
  return found;
}

function reported(
  { host, address, resourceClass, oneTimeUse = false }: Reported,
  number: number,
): Row {
  const traits = oneTimeUse ? [oneTimeUseTrait] : [];
  const stock = { total: 1, reserved: 0, used: 0, generation: 1 };
  const name = `${host}_${address.toUpperCase()}`;
  const uuid = `provider-${number}`;
  return { host, provider: { uuid, name, address, resourceClass, traits, ...stock } };
}

function inventoriesOf(
  rows: readonly Row[],
): Readonly<Record<string, readonly PciProvider[]>> | undefined {
  if (rows.length === 0) return undefined;
  const hosts = [...new Set(rows.map((row) => row.host))];
  const of = (host: string) =>
    rows.filter((row) => row.host === host).map(({ provider }) => provider);
  return Object.fromEntries(hosts.map((host) => [host, of(host)] as const));
}

function allocate(rows: readonly Row[], resourceClass: string): Reported | undefined {
  const row = rows.find(
    ({ provider }) =>
      provider.resourceClass === resourceClass && provider.reserved + provider.used === 0,
  );
  if (row === undefined) return undefined;
  change(row, { used: 1 });
  // nova-compute reserves it as soon as it is allocated (pci_placement_translator, 32 and later).
  if (row.provider.traits.includes(oneTimeUseTrait)) change(row, { reserved: 1 });
  return { host: row.host, address: row.provider.address, resourceClass };
}

function giveBack(rows: readonly Row[], { provider, generation }: GivenBack): void {
  const row = rows.find((host) => host.provider.uuid === provider);
  if (row === undefined) throw new Failure("missing", `no provider ${provider}`);
  if (row.provider.generation !== generation)
    throw new Failure("conflict", "resource provider generation conflict");
  change(row, { reserved: 0 });
}
