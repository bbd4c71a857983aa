// The table of kubectl get: the columns of the CRDs (a test compares them with crds/), for objects
// that live in an embedded cluster.

import { conditionOf } from "../../api/statuses.ts";
import type { Kind } from "../../api/names.ts";
import type { Custom } from "../../embedded/store/objects.ts";
import { printTable } from "../terminal/table.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Name and path of each column that is shown without -o wide, but for age and problem. */
export const columns: Readonly<Record<Kind, readonly (readonly [name: string, path: string])[]>> = {
  PciPassthrough: [
    ["Ready", "condition.status"],
    ["Reason", "condition.reason"],
    ["Wired", ".status.conditions.Wired"],
    ["Release", ".status.release"],
    ["Delivery", ".status.delivery"],
  ],
  PciAlias: [
    ["Ready", "condition.status"],
    ["Reason", "condition.reason"],
    ["Type", ".spec.deviceType"],
    ["API", ".status.live.api.ready"],
    ["Computes", ".status.live.computes.ready"],
  ],
  PciWhitelist: [
    ["Ready", "condition.status"],
    ["Reason", "condition.reason"],
    ["Nodes", ".status.nodes.selected"],
    ["Devices", ".status.devices.matched"],
  ],
  PciFlavor: [
    ["Ready", "condition.status"],
    ["Reason", "condition.reason"],
    ["Flavor", ".spec.flavor.name"],
    ["Hosts", ".status.hosts.count"],
    ["Fit", ".status.instancesFit.value"],
  ],
};

/** Empty when there is no object of the kind. */
export function getTable(kind: Kind, objects: readonly Custom[]): string {
  if (objects.length === 0) return "";
  const shown = columns[kind];
  const rows = objects.map((object) => [
    object.metadata.name,
    ...shown.map(([, path]) => cell(object, path)),
  ]);
  return printTable([["NAME", ...shown.map(([name]) => name.toUpperCase())], ...rows]);
}

function cell(object: Custom, path: string): string {
  if (path === "condition.status") return conditionOf(object.status, "Ready")?.status ?? "";
  if (path === "condition.reason") return conditionOf(object.status, "Ready")?.reason ?? "";
  const condition = /^\.status\.conditions\.(\w+)$/.exec(path)?.[1];
  if (condition !== undefined) return conditionOf(object.status, condition)?.status ?? "";
  const parts = path.split(".").slice(1);
  const value = parts.reduce<unknown>((at, part) => (at as Raw | undefined)?.[part], object);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
