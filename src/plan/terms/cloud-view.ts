// What was observed of the cloud: flavors, compute services, what holds devices, providers of
// Placement. Types only. What was not read is absent or "unknown", never empty.

import type { Millis } from "./time.ts";

export type CloudView =
  | { readonly is: "no-credentials"; readonly reason: string; readonly message: string }
  | {
      readonly is: "unreachable";
      readonly message: string;
      readonly at: Millis;
      /** As of a cloud that answers: the credentials are the same. */
      readonly warnings?: readonly string[];
    }
  | CloudRead;

export type CloudRead = {
  readonly is: "read";
  /** What is odd about the credentials it was read with: sentences without any value of them. */
  readonly warnings?: readonly string[];
  readonly at: Millis;
  readonly microversion: string;
  readonly flavors: readonly FlavorView[];
  readonly services: readonly ComputeServiceView[];
  /** PciFlavors of other namespaces whose Nova is this one; absent = none is known. */
  readonly elsewhere?: readonly FlavorElsewhere[];
  /** Per Nova host, only for the hosts that the last plan asked for (see Plan.ask). */
  readonly usage: Readonly<Record<string, HostUsage>>;
  /** Flavor names in embedded flavors of servers, by alias name; undefined = not asked. */
  readonly aliasUse?: Readonly<Record<string, AliasUse>>;
  /** What must hold before pci_in_placement goes on; undefined = not asked. */
  readonly placement?: {
    /** Servers whose flavor names a PCI alias and that have no PCI allocation. */
    readonly serversWithoutAllocation: readonly string[];
    /** Resizes and migrations that are not confirmed. */
    readonly unconfirmedMoves: readonly string[];
  };
  /** PCI providers in Placement by Nova host; undefined = Placement not reachable or not asked. */
  readonly inventories?: Readonly<Record<string, readonly PciProvider[]>>;
};

/** Of an object that this installation does not look after: which flavor it means. */
export type FlavorElsewhere = {
  readonly namespace: string;
  readonly object: string;
  readonly uid: string;
  readonly flavor: { readonly id?: string; readonly name?: string };
};

export type FlavorView = {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly ephemeralGiB: number;
  readonly swapMiB: number;
  readonly isPublic: boolean;
  readonly description?: string;
  readonly extraSpecs: Readonly<Record<string, string>>;
  /** Projects with access; only for private flavors. */
  readonly projects?: readonly string[];
};

export type ComputeServiceView = {
  readonly id: string;
  readonly host: string;
  readonly binary: string;
  /** "unknown": its cell does not answer, and Nova knows the name only. */
  readonly state: "up" | "down" | "unknown";
  readonly disabled: boolean;
  readonly disabledReason?: string;
  /**
   * Text as Nova gave it; only compared with other texts of the same service, never with a clock.
   */
  readonly updatedAt?: string;
};

/** What holds PCI devices of a host, and what runs there right now. */
export type HostUsage =
  | { readonly is: "unknown"; readonly reason: string }
  | {
      readonly is: "read";
      readonly at: Millis;
      readonly consumers: readonly DeviceUse[];
      /** Servers with a task state, migrations in progress: what quiescing waits for. */
      readonly busy: readonly { readonly what: string; readonly id: string }[];
    };

export type DeviceUse = {
  /** Server, migration or port that holds it. */
  readonly what: "server" | "migration" | "port" | "allocation";
  readonly id: string;
  readonly name?: string;
  /** Known with PCI in Placement or from a port's profile. */
  readonly address?: string;
  readonly resourceClass?: string;
  /** Alias names of the embedded flavor when the address is not known. */
  readonly aliases: readonly string[];
};

export type AliasUse = {
  readonly flavors: readonly string[];
  readonly servers: readonly string[];
};

export type PciProvider = {
  readonly uuid: string;
  readonly name: string;
  /** Lower case, as in sysfs. */
  readonly address: string;
  readonly resourceClass: string;
  readonly total: number;
  readonly reserved: number;
  readonly used: number;
  readonly traits: readonly string[];
  /**
   * Moves with every change of its inventories, traits and allocations; of before the rest was
   * read.
   */
  readonly generation?: number;
};
