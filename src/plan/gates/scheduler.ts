// The filters that nova-scheduler must have, and the gate before PCI in Placement is switched on.
// enabled_filters is one list that replaces the base's: it is rendered only when the base is known.

import type { Wanted } from "../wanted/resolve.ts";
import { baseWins, placementStaysOff } from "./base-scalars.ts";
import type { BaseFacts } from "../wanted/adoption.ts";
import type { ComputeView } from "./compute-view.ts";
import type { Reason } from "../terms/gates.ts";
import { isDevice } from "../wanted/lines.ts";
import { filtersLine } from "../wanted/lines.ts";
import { unaskable } from "./sight.ts";
import type { Settings } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import type { Line } from "../terms/state.ts";

export type FilterAnswer = {
  readonly lines: readonly Line[];
  /** Filters that the effective list lacks and that we do not manage; undefined = list unknown. */
  readonly missing?: readonly string[];
  /** Manage was asked for, and the base list is not known. */
  readonly unknownBase: boolean;
  /** Manage was asked for, and the base's own list would win over ours. */
  readonly gate?: Reason;
};

export function wantedFilters(
  seen: Snapshot,
  settings: Settings,
  base: BaseFacts,
  wanted: Wanted,
): FilterAnswer {
  const needed = neededFilters(wanted);
  if (settings.filters === "Ignore" || needed.length === 0)
    return { lines: [], unknownBase: false };
  const known = baseList(settings, base);
  const missing = known === undefined ? undefined : needed.filter((text) => !known.includes(text));
  if (settings.filters === "Check") {
    return { lines: [], unknownBase: false, ...(missing === undefined ? {} : { missing }) };
  }
  if (known === undefined) return { lines: [], unknownBase: true };
  // Live through the base, as an alias may be: the same list once more would be a restart for
  // nothing.
  if (missing!.length === 0) return { lines: [], unknownBase: false, missing: [] };
  const gate = baseWins(seen, enabledFilters, () => false);
  if (gate !== undefined) return { lines: [], unknownBase: false, missing: missing!, gate };
  return { lines: [filtersLine([...known, ...missing!])], unknownBase: false, missing: [] };
}

const enabledFilters = {
  service: "scheduler",
  section: "filter_scheduler",
  option: "enabled_filters",
} as const;

/**
 * PciPassthroughFilter places ports of Neutron as well, by the physical network of a device or its
 * remote management, without any alias (nova/scheduler/filters/pci_passthrough_filter.py).
 */
function neededFilters({ aliases, pools }: Wanted): readonly string[] {
  const ports = [...pools.values()].some(({ devices }) =>
    devices.some(
      ({ declaration }) =>
        declaration.physicalNetwork !== undefined || declaration.remoteManaged === true,
    ),
  );
  if (aliases.length === 0) return ports ? ["PciPassthroughFilter"] : [];
  const numa = aliases.some(
    ({ declaration }) =>
      declaration.numaPolicy !== undefined && declaration.numaPolicy !== "legacy",
  );
  return numa ? ["PciPassthroughFilter", "NUMATopologyFilter"] : ["PciPassthroughFilter"];
}

/** The list in force without us: given, read, or assumed to be the release's own default. */
function baseList(settings: Settings, base: BaseFacts): readonly string[] | undefined {
  if (settings.baseFilters !== undefined) return settings.baseFilters;
  // A list that oslo.config would not hand on unchanged ($names, class paths) is as good as
  // unknown.
  if (base.filters !== undefined) {
    return base.filters.every((filter) => /^[A-Za-z0-9_]+$/.test(filter))
      ? base.filters
      : undefined;
  }
  const release = settings.releases[0];
  const agreed = settings.releases.every(
    (other) => other.defaultFilters.join(",") === release?.defaultFilters.join(","),
  );
  return settings.assumeReleaseDefaults && agreed ? release?.defaultFilters : undefined;
}

/** Why pci_in_placement may not be switched on yet. */
export function placementGate(
  seen: Snapshot,
  settings: Settings,
  nodes: readonly ComputeView[],
  isOn: boolean,
): Reason | undefined {
  if (!settings.pciInPlacement || isOn) return undefined;
  const off = placementStaysOff(seen, settings);
  if (off !== undefined) return off;
  const silent = nodes
    .filter(
      ({ record, wanted }) =>
        record.phase !== "skipped" && wanted.lines.some(isDevice) && record.reports !== true,
    )
    .map((node) => node.node.name);
  if (silent.length > 0) return { gate: "ReportFirst", nodes: silent.slice(0, 10) };
  if (seen.cloud.is !== "read") return unaskable(seen);
  const { placement } = seen.cloud;
  if (placement === undefined)
    return { gate: "Inconclusive", why: "Nova and Placement are being asked" };
  if (placement.unconfirmedMoves.length > 0) {
    return {
      gate: "UnconfirmedMove",
      migrations: [...placement.unconfirmedMoves].sort().slice(0, 10),
    };
  }
  if (placement.serversWithoutAllocation.length > 0) {
    return {
      gate: "PlacementAllocationsMissing",
      servers: [...placement.serversWithoutAllocation].sort().slice(0, 10),
    };
  }
  return undefined;
}
