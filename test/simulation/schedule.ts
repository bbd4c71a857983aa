// The words of a run of the simulation, as plain data: a small installation and the things that happen
// to it. A shorter list of happenings is a schedule too, which is how a trace is made minimal.

import type { Kind } from "../../src/api/names.ts";
import type { ObjectKind } from "../../src/embedded/store/objects.ts";
import type { Fault } from "../../src/embedded/world.ts";

/** Names of the objects that come and go. */
export const names = ["one", "two", "three"];

export type Setting = {
  readonly nodes: readonly { readonly name: string; readonly pool: string }[];
  readonly api: "Deployment" | "StatefulSet";
  readonly apiReplicas: number;
  readonly compute: "OnDelete" | "RollingUpdate";
  readonly budget: "none" | "loose" | "broken";
  readonly delivery: "Injected" | "Mounted";
  readonly credentials: boolean;
  readonly maxUnavailable: number;
  readonly canaryCount: number;
  readonly failureLimit: number;
  readonly autoRollback: boolean;
  /** Seconds that a kubelet takes from bound to Ready. */
  readonly readySeconds: number;
  /** What Nova's API says it is; where `told`, PciPassthrough says the release itself. */
  readonly microversion: string;
  readonly told: boolean;
  /** Every node has devices that are wiped between tenants, and reports to Placement. */
  readonly wiped: boolean;
  /** nova-scheduler is given filters, and does not start with them. */
  readonly badFilters: boolean;
  /** It is given filters, and starts with them. */
  readonly goodFilters?: boolean;
  /** Seconds that the clocks of the leaders are ahead, in turn; absent = all are right. */
  readonly clocks?: readonly number[];
  /** What the chart's own nova.conf says of PCI; absent = nobody reads it, and it says nothing. */
  readonly base?: Base;
};

/** The [pci] section of the chart's own nova.conf: devices of every node, and what is asked for. */
export type Base = {
  readonly product: string;
  readonly alias?: { readonly name: string; readonly product: string };
  readonly reports: boolean;
};

/** What of the cloud does not answer. */
export type Outage = "all" | "secret" | "placement" | "usage" | "alias-use" | "cells";

export type Happening = { readonly at: number } & (
  | { readonly do: "apply"; readonly kind: Kind; readonly name: string; readonly spec: Spec }
  | { readonly do: "delete"; readonly kind: Kind; readonly name: string }
  | { readonly do: "wipe-status"; readonly kind: Kind; readonly name: string }
  | { readonly do: "lose-kind"; readonly kind: Kind; readonly backAfter: number }
  | { readonly do: "pause"; readonly paused: boolean }
  | { readonly do: "release"; readonly kind: Kind; readonly name: string; readonly force: boolean }
  | { readonly do: "kill-node" | "revive-node" | "remove-node"; readonly node: string }
  | { readonly do: "add-node"; readonly node: string; readonly pool: string }
  | { readonly do: "label-node"; readonly node: string; readonly pool: string }
  | { readonly do: "slow-node"; readonly node: string; readonly factor: number }
  | { readonly do: "no-image"; readonly node: string; readonly seconds: number }
  | { readonly do: "replace-node"; readonly node: string; readonly after: number }
  | { readonly do: "tamper-flavor"; readonly times: number; readonly every: number }
  | { readonly do: "delete-pod" | "crash-pod"; readonly node: string }
  | { readonly do: "crash-api" | "delete-api-pod" }
  | { readonly do: "stall" | "lose"; readonly kind: ObjectKind; readonly seconds: number }
  | { readonly do: "repeat"; readonly kind: ObjectKind }
  | { readonly do: "fault"; readonly fault: Fault }
  | { readonly do: "crash-each-write"; readonly writes: number }
  | { readonly do: "hand-over"; readonly thawAfter: number; readonly inFlight: number }
  | { readonly do: "restart-operator" }
  | { readonly do: "cloud-down"; readonly seconds: number }
  | { readonly do: "outage"; readonly of: Outage; readonly seconds: number }
  | { readonly do: "boot-server"; readonly node: string }
  | { readonly do: "delete-servers"; readonly node: string }
  | { readonly do: "disable-service" | "enable-service"; readonly node: string }
  | { readonly do: "policy-away" | "unlabelled"; readonly seconds: number }
  | { readonly do: "freeze-admission"; readonly seconds: number }
  | { readonly do: "undo-api" }
  | { readonly do: "strip-api" }
);

export type Spec = Readonly<Record<string, unknown>>;

export type Schedule = {
  readonly seed: number;
  readonly setting: Setting;
  readonly happenings: readonly Happening[];
};

/** After this many seconds nothing happens any more and every fault ends. */
export const calmAfter = 600;

/** Products whose device spec, or alias, does something to the Nova that reads it. */
export const products = {
  good: ["10fb", "154d", "1572"],
  /** nova-compute ends, never becomes Ready, or is Ready and never reports. */
  badSpec: ["dead", "dea1", "dea2"],
  /** nova-compute ends on the first node only. */
  badOnFirst: "de03",
  /** nova-api ends, or never becomes Ready. */
  badApi: ["bad0", "bad1"],
  /** nova-compute ends when it carries the alias. */
  badAliasOnCompute: "bad2",
  /** With liveMigratable, and with oneTimeUse: see releaseObjects. */
  movable: "0a0a",
  wiped: "0b0b",
} as const;

/** One line of a trace. */
export function describeHappening(happening: Happening): string {
  const { at, do: what, ...rest } = happening;
  const words = Object.values(rest).map((value) =>
    typeof value === "object" ? JSON.stringify(value) : String(value),
  );
  return `${String(at).padStart(4)} s  ${what} ${words.join(" ")}`.trimEnd();
}
