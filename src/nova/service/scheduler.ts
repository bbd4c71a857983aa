// The filters of a nova-scheduler: which of enabled_filters it runs, and whether it knows them.
// enabled_filters is one list: a later definition replaces it, so restating it means knowing the
// release's own.

import type { Release } from "../terms/release.ts";
import { nearestWord } from "../text/nearest-word.ts";
import { strip } from "../text/python-text.ts";

/** Filters of nova/scheduler/filters in 34.0.0; those that a release removed are in its row. */
const knownFilters: readonly string[] = [
  "AggregateImagePropertiesIsolation",
  "AggregateInstanceExtraSpecsFilter",
  "AggregateIoOpsFilter",
  "AggregateMultiTenancyIsolation",
  "AggregateNumInstancesFilter",
  "AggregateTypeAffinityFilter",
  "AllHostsFilter",
  "ComputeCapabilitiesFilter",
  "ComputeFilter",
  "DifferentHostFilter",
  "ImagePropertiesFilter",
  "IoOpsFilter",
  "IsolatedHostsFilter",
  "JsonFilter",
  "MetricsFilter",
  "NumInstancesFilter",
  "NUMATopologyFilter",
  "PciPassthroughFilter",
  "SameHostFilter",
  "ServerGroupAffinityFilter",
  "ServerGroupAntiAffinityFilter",
  "SimpleCIDRAffinityFilter",
];

/** The name that was meant; undefined = it is none of Nova's, or is spelt right. */
export function nearestFilter(name: string): string | undefined {
  const plain = name.toLowerCase();
  const same = knownFilters.find((knownFilter) => knownFilter.toLowerCase() === plain);
  const near = same ?? nearestWord(name, knownFilters);
  return near === name || removable.includes(name) ? undefined : near;
}

type FilterVerdict = "known" | "removed" | "unknown";

/** Names are exact; a site may have filters of its own ([filter_scheduler]available_filters). */
function filterVerdict(name: string, release: Release): FilterVerdict {
  if (release.removedFilters.includes(name)) return "removed";
  const once = [...removable, ...knownFilters];
  return once.includes(name) ? "known" : "unknown";
}

/** Gone by now, each from the release on whose row names it. */
const removable = [
  "AggregateCoreFilter",
  "AggregateDiskFilter",
  "AggregateRamFilter",
  "AvailabilityZoneFilter",
  "CoreFilter",
  "DiskFilter",
  "ExactCoreFilter",
  "ExactDiskFilter",
  "ExactRamFilter",
  "RamFilter",
  "RetryFilter",
];

/** oslo.config's ListOpt: commas at the end are dropped, items are trimmed. */
export function filterList(value: string): readonly string[] {
  const text = strip(value).replace(/,+$/, "");
  return text === "" ? [] : text.split(",").map(strip);
}

/** What [filter_scheduler]available_filters offers: class paths, or all of Nova's own. */
type Available = {
  /** Paths outside Nova, which only its Python can look into. */
  readonly foreign: readonly string[];
  readonly verdict: (name: string, release: Release) => FilterVerdict | "unavailable" | "undecided";
};

export function availableFilters(values: readonly string[]): Available {
  const paths = values.map(strip).filter((text) => text !== "");
  const all = paths.length === 0 || paths.includes("nova.scheduler.filters.all_filters");
  const own = paths.flatMap(
    (path) => /^nova\.scheduler\.filters\.\w+\.(\w+)$/.exec(path)?.[1] ?? [],
  );
  const foreign = paths.filter((path) => !path.startsWith("nova.scheduler.filters."));
  return {
    foreign,
    verdict: (name, release) => {
      const verdict = filterVerdict(name, release);
      if (verdict === "known" && (all || own.includes(name))) return "known";
      if (foreign.length > 0) return "undecided";
      return verdict === "known" ? "unavailable" : verdict;
    },
  };
}
