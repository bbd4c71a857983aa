// What the steps of planning a flavor hand to each other: inputs, outcomes and the draft of one
// PciFlavor.

import type { AliasDeclaration } from "../../nova/terms/declare.ts";
import type { FlavorContent, Notice } from "../wanted/accept.ts";
import type { Capacity, NodeOffer } from "./capacity.ts";
import type { Effect } from "../terms/effects.ts";
import type { Reason } from "../terms/gates.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";
import type { HeldNow } from "../terms/still-held.ts";
import type { FlavorRecord, State } from "../terms/state.ts";

/** How long a deletion waits for a cloud that does not answer. */
export const deletionWaitMillis = 10 * 60 * 1000;

export type FlavorsInput = {
  readonly seen: Snapshot;
  readonly flavors: readonly FlavorContent[];
  readonly records: Readonly<Record<string, FlavorRecord>>;
  /** Aliases that are live on every nova-api pod. */
  readonly liveAliases: ReadonlySet<string>;
  readonly aliases: ReadonlyMap<string, AliasDeclaration>;
  readonly offers: readonly NodeOffer[];
  /** Placement chooses the devices of a guest. */
  readonly inPlacement?: boolean;
  /** What was held before, for where nobody can tell today. */
  readonly holds?: State["holds"];
};

/** What became of one PciFlavor, for status. */
export type FlavorOutcome = {
  readonly object: string;
  readonly flavorId?: string;
  readonly gate?: Reason;
  /** `gate` is remembered while its source is silent. */
  readonly held?: HeldNow;
  readonly conflicts: readonly Notice[];
  readonly warnings: readonly Notice[];
  readonly live: boolean;
  readonly capacity?: Capacity;
};

export type FlavorsOutput = {
  readonly records: Readonly<Record<string, FlavorRecord>>;
  readonly outcomes: readonly FlavorOutcome[];
  readonly effects: readonly Effect[];
  readonly wakes: readonly Millis[];
  /** Flavors whose projects must be known, by id. */
  readonly accessTo: readonly string[];
};

export type Draft = {
  record: FlavorRecord | undefined;
  readonly effects: Effect[];
  readonly wakes: Millis[];
};

export function storedFlavor(
  content: FlavorContent,
  seen: Snapshot,
): Snapshot["objects"]["flavors"][number] | undefined {
  return seen.objects.flavors.find((flavor) => flavor.metadata.name === content.object);
}

export function idOf(record: FlavorRecord | undefined): { readonly flavorId?: string } {
  return record === undefined ? {} : { flavorId: record.id };
}

export function notice(reason: string, message: string, path: string): Notice {
  return { reason, message, path };
}

export function cloudGate(seen: Snapshot): Reason | undefined {
  switch (seen.cloud.is) {
    case "read":
      return undefined;
    case "unreachable":
      return { gate: "CloudUnreachable", since: seen.cloud.at };
    case "no-credentials":
      return { gate: "NoCredentials", command: seen.cloud.message };
  }
}
