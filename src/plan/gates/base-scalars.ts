// Scalars of the chart's own nova.conf that Nova takes instead of ours, because our fragment is
// parsed before it (cluster/reading-order.ts). List options add up, so they need no gate.

import type { Service } from "../../api/names.ts";
import { readConf } from "../../nova/conf/oslo-conf.ts";
import type { Reason } from "../terms/gates.ts";
import { knownBase } from "../wanted/known-base.ts";
import type { Settings } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";

type Scalar = { readonly service: Service; readonly section: string; readonly option: string };

/** The gate, when the base sets the option to something that ours would not change. */
export function baseWins(
  seen: Snapshot,
  { service, section, option }: Scalar,
  agrees: (value: string) => boolean,
): Reason | undefined {
  const base = knownBase(seen);
  const place = base?.places?.[service];
  if (place === undefined || place === "last") return undefined;
  const value = readConf(base?.files[service] ?? []).single([{ section, option }])?.value;
  if (value === undefined || agrees(value)) return undefined;
  return {
    gate: "BaseWins",
    service,
    option: `[${section}]${option}`,
    value: value.slice(0, 100),
    certain: place === "first",
  };
}

/** Words of oslo.config for true; every other one that it takes is false. */
function isOn(value: string): boolean {
  return ["true", "1", "on", "yes"].includes(value.trim().toLowerCase());
}

const inPlacement = { section: "filter_scheduler", option: "pci_in_placement" } as const;
const report = { section: "pci", option: "report_in_placement" } as const;

/** Why PCI in Placement would stay off for a service whatever our fragment says. */
export function placementStaysOff(seen: Snapshot, settings: Settings): Reason | undefined {
  if (!settings.pciInPlacement) return undefined;
  for (const service of ["api", "scheduler", "conductor"] as const) {
    const gate = baseWins(seen, { service, ...inPlacement }, isOn);
    if (gate !== undefined) return gate;
  }
  return undefined;
}

/** The same for what computes report. */
export function reportStaysOff(seen: Snapshot, settings: Settings): Reason | undefined {
  return settings.reportInPlacement
    ? baseWins(seen, { service: "compute", ...report }, isOn)
    : undefined;
}
