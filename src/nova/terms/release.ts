// The table of Nova's releases: a row per release or point release that differs, and a row says
// what it changed. Nothing else in this folder compares version numbers to decide what Nova
// accepts. Sources: nova/conf/pci.py, nova/conf/scheduler.py, nova/pci/*.py at each tag.

export type NumaPolicy = "legacy" | "preferred" | "required" | "socket";

/** Names of nova.conf under which device specs are read, in the order in which oslo merges them. */
export type OptionName = { readonly section: string; readonly option: string };

type Capabilities = {
  readonly numaPolicies: readonly NumaPolicy[];
  /** Alias keys resource_class and traits are known. */
  readonly aliasPlacementKeys: boolean;
  readonly aliasLiveMigratable: boolean;
  /** vendor_id and product_id are compulsory (with PCI in Placement a class may stand for them). */
  readonly aliasNeedsIds: boolean;
  /** nova-api and nova-compute read every alias at start; before, only when a server asks. */
  readonly aliasValidatedAtStart: boolean;
  /** With PCI in Placement a repeated name stops the service; before, it fails each request. */
  readonly aliasRepeatRefusedWithPlacement: boolean;
  /** Ids of an alias and of a device are compared ignoring case. */
  readonly idsIgnoreCase: boolean;
  readonly specRemoteManaged: boolean;
  /** Device spec tags resource_class and traits have an effect (with report_in_placement). */
  readonly specPlacementKeys: boolean;
  /** Device spec tags managed and live_migratable are read as strict booleans. */
  readonly specManaged: boolean;
  readonly specOneTimeUse: boolean;
  readonly deviceSpecName: "passthrough_whitelist" | "device_spec";
  readonly deviceSpecNames: readonly OptionName[];
  readonly aliasNames: readonly OptionName[];
  readonly filterNames: readonly OptionName[];
  readonly pciInPlacement: boolean;
  readonly reportInPlacement: boolean;
  /** A provider gets the trait HW_PCI_LIVE_MIGRATABLE, so mixed siblings are refused. */
  readonly liveMigratableTrait: boolean;
  /** Every type-PCI and type-PF device is a pool of its own. */
  readonly poolPerDevice: boolean;
  /** A request for zero devices still needs a matching pool. */
  readonly zeroNeedsPool: boolean;
  /** The interface name of a VF's parent is a property of its pool. */
  readonly poolParentInterface: boolean;
  /** Requests of one flavor use up the pools one after the other (Launchpad 1986838). */
  readonly requestsConsume: boolean;
  /** Request bodies are checked by JSON Schema 2020-12: 2.0 is an integer. */
  readonly wholeFloats: boolean;
  /** Device specs may go while devices are allocated (Launchpad 2115905). */
  readonly drainSafe: boolean;
  /** Extra specs are validated by the API from microversion 2.86 on. */
  readonly extraSpecValidation: boolean;
  /**
   * How long a service may take to stop by itself: ComputeManager.graceful_shutdown and its likes,
   * `manager_shutdown_timeout` and a little (33 sleeps it away, 34 waits only for tasks).
   */
  readonly stopSeconds: number;
  /** It sleeps all of that time although nothing runs any more. */
  readonly stopSleeps: boolean;
  readonly maxMicroversion: string;
  readonly defaultFilters: readonly string[];
  readonly removedFilters: readonly string[];
};

export type Release = Capabilities & {
  /** Three numbers, such as "31.3.1". */
  readonly version: string;
  /** Such as "2025.1 Epoxy"; "Zed" and older have no number. */
  readonly name: string;
  /** The text named a series only, and its lowest point release is assumed. */
  readonly pointAssumed: boolean;
};

const queensFilters = [
  "RetryFilter",
  "AvailabilityZoneFilter",
  "ComputeFilter",
  "ComputeCapabilitiesFilter",
  "ImagePropertiesFilter",
  "ServerGroupAntiAffinityFilter",
  "ServerGroupAffinityFilter",
];

const exactFilters = ["ExactCoreFilter", "ExactDiskFilter", "ExactRamFilter"];
const resourceFilters = ["CoreFilter", "DiskFilter", "RamFilter"];
const aggregateFilters = ["AggregateCoreFilter", "AggregateDiskFilter", "AggregateRamFilter"];

function option(section: string, name: string): OptionName {
  return { section, option: name };
}

const queens: Capabilities = {
  numaPolicies: ["legacy", "preferred", "required"],
  aliasPlacementKeys: false,
  aliasLiveMigratable: false,
  aliasNeedsIds: false,
  aliasValidatedAtStart: false,
  aliasRepeatRefusedWithPlacement: false,
  idsIgnoreCase: false,
  specRemoteManaged: false,
  specPlacementKeys: false,
  specManaged: false,
  specOneTimeUse: false,
  stopSeconds: 0,
  stopSleeps: false,
  deviceSpecName: "passthrough_whitelist",
  deviceSpecNames: [
    option("DEFAULT", "pci_passthrough_whitelist"),
    option("pci", "passthrough_whitelist"),
  ],
  aliasNames: [option("DEFAULT", "pci_alias"), option("pci", "alias")],
  filterNames: [
    option("DEFAULT", "scheduler_default_filters"),
    option("filter_scheduler", "enabled_filters"),
  ],
  pciInPlacement: false,
  reportInPlacement: false,
  liveMigratableTrait: false,
  poolPerDevice: false,
  zeroNeedsPool: false,
  poolParentInterface: false,
  requestsConsume: true,
  wholeFloats: false,
  drainSafe: false,
  extraSpecValidation: false,
  maxMicroversion: "2.60",
  defaultFilters: queensFilters,
  removedFilters: [],
};

type Row = readonly [version: string, name: string, changes: Partial<Capabilities>];

const rows: readonly Row[] = [
  ["17.0.0", "Queens", {}],
  [
    "18.0.0",
    "Rocky",
    { maxMicroversion: "2.65", idsIgnoreCase: true, removedFilters: exactFilters },
  ],
  ["19.0.0", "Stein", { maxMicroversion: "2.72", poolParentInterface: true }],
  [
    "20.0.0",
    "Train",
    {
      maxMicroversion: "2.79",
      defaultFilters: queensFilters.slice(1),
      removedFilters: [...exactFilters, ...resourceFilters],
    },
  ],
  ["21.0.0", "Ussuri", { maxMicroversion: "2.87", extraSpecValidation: true }],
  [
    "22.0.0",
    "Victoria",
    { removedFilters: [...exactFilters, ...resourceFilters, ...aggregateFilters, "RetryFilter"] },
  ],
  [
    "23.0.0",
    "Wallaby",
    {
      maxMicroversion: "2.88",
      numaPolicies: ["legacy", "preferred", "required", "socket"],
      zeroNeedsPool: true,
      requestsConsume: false,
    },
  ],
  [
    "24.0.0",
    "Xena",
    {
      maxMicroversion: "2.90",
      defaultFilters: queensFilters.slice(2),
      filterNames: [option("filter_scheduler", "enabled_filters")],
    },
  ],
  ["25.0.0", "Yoga", { specRemoteManaged: true }],
  [
    "26.0.0",
    "Zed",
    {
      maxMicroversion: "2.93",
      deviceSpecName: "device_spec",
      deviceSpecNames: [
        option("DEFAULT", "pci_passthrough_whitelist"),
        option("pci", "passthrough_whitelist"),
        option("pci", "device_spec"),
      ],
      specPlacementKeys: true,
      reportInPlacement: true,
      requestsConsume: true,
    },
  ],
  [
    "27.0.0",
    "2023.1 Antelope",
    {
      maxMicroversion: "2.95",
      aliasPlacementKeys: true,
      pciInPlacement: true,
      poolPerDevice: true,
    },
  ],
  [
    "28.0.0",
    "2023.2 Bobcat",
    {
      removedFilters: [
        ...exactFilters,
        ...resourceFilters,
        ...aggregateFilters,
        "RetryFilter",
        "AvailabilityZoneFilter",
      ],
    },
  ],
  ["29.0.0", "2024.1 Caracal", { maxMicroversion: "2.96" }],
  ["30.0.0", "2024.2 Dalmatian", { wholeFloats: true }],
  [
    "31.0.0",
    "2025.1 Epoxy",
    { maxMicroversion: "2.100", aliasLiveMigratable: true, specManaged: true },
  ],
  ["31.2.0", "2025.1 Epoxy", { drainSafe: true }],
  [
    "31.3.1",
    "2025.1 Epoxy",
    { aliasNeedsIds: true, aliasValidatedAtStart: true, aliasRepeatRefusedWithPlacement: true },
  ],
  ["32.0.0", "2025.2 Flamingo", { specOneTimeUse: true }],
  ["33.0.0", "2026.1 Gazpacho", { maxMicroversion: "2.103", stopSeconds: 180, stopSleeps: true }],
  [
    "34.0.0",
    "2026.2 Hibiscus",
    { maxMicroversion: "2.104", liveMigratableTrait: true, stopSleeps: false },
  ],
];

/** Every row with everything that earlier rows brought. */
export const releases: readonly Release[] = accumulated();

function accumulated(): readonly Release[] {
  let so = queens;
  return rows.map(([version, name, changes]) => {
    so = { ...so, ...changes };
    return { ...so, version, name, pointAssumed: false };
  });
}

/** The releases that objects are judged for when nobody says and nothing shows which one runs. */
export const supportedReleases: readonly Release[] = releases.filter((release) =>
  atLeast(release, "26.0.0"),
);

/**
 * Finds a release by OpenStack name ("Epoxy", "2025.1", "2025.1 Epoxy") or Nova version ("31",
 * "31.3", "31.3.1"), whatever the case. A text that names no point release means the lowest one of
 * its series: what that one accepts may be refused by a later point release, and `pointAssumed`
 * says so.
 */
export function findRelease(text: string): Release | undefined {
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/^nova[ -]?/, "");
  const version = /^(\d{2})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?$/.exec(wanted);
  if (version !== null) {
    const [, major, minor = "0", patch = "0"] = version;
    const found = rowOf(`${major}.${Number(minor)}.${Number(patch)}`);
    return found === undefined ? undefined : { ...found, pointAssumed: version[3] === undefined };
  }
  const named = releases.find((release) => namesOf(release).includes(wanted));
  return named === undefined ? undefined : { ...named, pointAssumed: true };
}

function namesOf(release: Release): readonly string[] {
  const whole = release.name.toLowerCase();
  return [whole, ...whole.split(" ")];
}

/** The last row of the same series that is not above the version. */
function rowOf(version: string): Release | undefined {
  const series = version.split(".")[0]!;
  const row = releases.findLast(
    (release) =>
      release.version.split(".")[0] === series && compareVersions(release.version, version) <= 0,
  );
  return row === undefined ? undefined : { ...row, version };
}

/** Releases whose API stops at this microversion: every row that it may be, lowest first. */
export function releasesOfMicroversion(max: string): readonly Release[] {
  return releases.filter((release) => release.maxMicroversion === max);
}

export function atLeast(release: { readonly version: string }, version: string): boolean {
  return compareVersions(release.version, version) >= 0;
}

/** Three numbers each; negative when the first is lower. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Lower than, equal to or above a microversion such as "2.86". */
export function compareMicroversions(a: string, b: string): number {
  return compareVersions(a, b);
}

export function deviceOptionName(release: Release): Release["deviceSpecName"] {
  return release.deviceSpecName;
}

/** "31.3.1", or "26.0.0 to 34.0.0" for several: how messages name them. */
export function describeReleases(all: readonly Release[]): string {
  const first = all[0];
  const last = all.at(-1);
  if (first === undefined || last === undefined) return "no release";
  return first.version === last.version ? first.version : `${first.version} to ${last.version}`;
}
