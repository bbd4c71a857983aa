// Devices that a manifest of Sunbeam keeps from guests, node by node (excluded_devices beside
// device_specs; sunbeam-python, core/manifest.py). Nova has no such option: Sunbeam leaves them out
// of what it writes, as spec.exclude of a PciWhitelist does.

import { nothingGiven, type Given } from "./given.ts";

export const leftOutKey = "excluded_devices";

/** Undefined = it does not have the form of Sunbeam. `place`: file and line. */
export function leftOutDevices(value: unknown, place: string): Given | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const nodes = Object.entries(value as Readonly<Record<string, unknown>>);
  if (!nodes.every(([, addresses]) => isTexts(addresses))) return undefined;
  const rows = nodes.flatMap(([nodeName, addresses]) =>
    (addresses as readonly string[]).map((address) => JSON.stringify({ nodeName, address })),
  );
  if (rows.length === 0) return nothingGiven;
  const problem = `${place}: ${leftOutKey} keeps devices of single nodes from guests, and no option of Nova does: write them into the PciWhitelist that offers them, by the names that Kubernetes has for the nodes, as spec.exclude: [${rows.join(", ")}]`;
  return { ...nothingGiven, problems: [problem] };
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
