// What those who hold lines back are given, and what they give. Types only.

import type { DeviceBase } from "../wanted/device-bases.ts";
import type { NodeHardware } from "../terms/snapshot.ts";
import type { Gate } from "../terms/gates.ts";
import type { Leaving, Line } from "../terms/state.ts";
import type { RemovalContext } from "./removal.ts";

export type HoldContext = RemovalContext & {
  /** pci_in_placement was verified on nova-api. */
  readonly apiInPlacement: boolean;
  /** Aliases that nova-api's own nova.conf defines with equal meaning: never rendered for it. */
  readonly throughBase: ReadonlySet<string>;
  /** The same of any nova.conf: never rendered for a compute. */
  readonly inSomeBase: ReadonlySet<string>;
};

export type Held = {
  readonly lines: readonly Line[];
  readonly gates: readonly Gate[];
  readonly leaving: Leaving | undefined;
};

export type NodeFacts = {
  readonly node: string;
  readonly novaHost: string | undefined;
  readonly current: readonly Line[];
  readonly leaving: Leaving | undefined;
  /** report_in_placement was verified here once: it is never taken back. */
  readonly reports: boolean;
  /** What the chart's own nova.conf says there. */
  readonly base: DeviceBase;
  /** The node's own inventory, where it publishes one. */
  readonly hardware: NodeHardware | undefined;
};

export type ServiceFacts = {
  readonly current: readonly Line[];
  readonly leaving: Leaving | undefined;
  /** What it is assigned failed there and was not put back. */
  readonly halted: boolean;
};
