// The objects that mean what the processes of a Nova read: entries that no object can express are
// left out and named, what is printed has gone the way that an operator's files go.

import type { DeviceDeclaration, ModelContext } from "../../../nova/terms/declare.ts";
import { judgeAlias } from "../../../nova/alias/declare-alias.ts";
import { judgeDevice } from "../../../nova/device/declare-device.ts";
import { apiVersion } from "../../../api/names.ts";
import { problemsOf } from "../../../api/parse.ts";
import type { Release } from "../../../nova/terms/release.ts";
import { convertDevice, type ConvertedDevice } from "./convert-device.ts";
import type { Entries, Placement } from "./entries.ts";
import type { Pool } from "../formats/given.ts";
import { mergeAliases, titleOf, type MergedAlias } from "./merge-aliases.ts";
import { misfits, withoutDevices } from "./misfits.ts";
import { inRuns, withoutDead, type Run } from "./runs.ts";

export type PoolRuns = {
  readonly pool: Pool | undefined;
  readonly runs: readonly Run[];
};

/** Everything that will be printed, before it is YAML. */
export type Imported = {
  readonly aliases: readonly MergedAlias[];
  readonly pools: readonly PoolRuns[];
  readonly placement: Placement;
  readonly filters: readonly string[] | undefined;
  /** LEFT OUT. */
  readonly lost: readonly string[];
  /** What does not fit together, such as services that say different things: somebody must look. */
  readonly unequal: readonly string[];
  readonly notes: readonly string[];
};

export function importEntries(all: readonly Entries[], release: Release): Imported {
  const lost = all.flatMap((item) => item.lost);
  const notes = all.flatMap((item) => item.notes);
  const { placement, problems: unequal } = placementOf(all);
  const context: ModelContext = { releases: [release], ...placement };
  const useless = uselessSpecs(all);
  notes.push(...useless.notes);
  const sides = all.map((entries) => {
    const kept = devicesOf(entries, release, context, { lost, notes });
    return { entries, kept, devices: kept.map((convertedDevice) => convertedDevice.declared) };
  });
  const merged = mergeAliases(sides);
  const aliases = merged.aliases.filter((alias) => {
    const why = refusedAlias(alias, context);
    if (why !== undefined) lost.push(`${alias.origin}: alias "${alias.declared.name}": ${why}`);
    return why === undefined;
  });
  const pools = sides.flatMap(({ entries, kept }) =>
    kept.length === 0 ? [] : [{ pool: entries.process.pool, runs: inRuns(kept) }],
  );
  const devices = sides.flatMap((side) => side.kept);
  // What was left out may be the very device.
  const unfit = unservedOf(aliases, devices, placement.pciInPlacement, lost.length > 0);
  return {
    aliases,
    pools,
    placement,
    filters: all.find((item) => item.filters !== undefined)?.filters,
    lost: distinct([...lost, ...merged.lost]),
    unequal: distinct([...merged.unequal, ...unequal, ...unfit, ...useless.problems]),
    notes: distinct(notes),
  };
}

/** Device specs in the files of nova-api: of no use there, and lost if nobody else has them. */
function uselessSpecs(all: readonly Entries[]): {
  readonly notes: readonly string[];
  readonly problems: readonly string[];
} {
  const places = all.flatMap(({ uselessSpec }) => uselessSpec ?? []);
  if (all.some((item) => item.process.reader !== "api")) {
    const said = "a device spec is of no use in nova-api, and is not taken from there";
    return { notes: places.map((at) => `${at}: ${said}`), problems: [] };
  }
  const asked =
    "a device spec is of no use in nova-api, and no file of a nova-compute is given: give it as --compute FILE, or this one if nova-compute reads it";
  return { notes: [], problems: places.map((at) => `${at}: ${asked}`) };
}

function unservedOf(
  aliases: readonly MergedAlias[],
  devices: readonly ConvertedDevice[],
  pciInPlacement: boolean,
  someAreLost: boolean,
): readonly string[] {
  const unfit = misfits(aliases, devices, pciInPlacement);
  const told = new Set(unfit.map((misfit) => misfit.alias));
  const others = someAreLost ? [] : aliases.filter((alias) => !told.has(alias));
  return [
    ...unfit.map(({ alias, message }) => `${alias.origin}: ${message}`),
    ...withoutDevices(others, devices, pciInPlacement),
  ];
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}

type Said = { readonly lost: string[]; readonly notes: string[] };

function devicesOf(
  entries: Entries,
  release: Release,
  context: ModelContext,
  said: Said,
): readonly ConvertedDevice[] {
  const kept = entries.devices.flatMap((found): readonly ConvertedDevice[] => {
    const made = convertDevice(found, release);
    said.lost.push(...made.problems);
    said.notes.push(...made.notes);
    if (made.kept === undefined) return [];
    const why = refusedDevice(made.kept.declared, context);
    if (why === undefined) return [made.kept];
    said.lost.push(`${found.origin}: ${why}`);
    return [];
  });
  const { live, dead } = withoutDead(kept);
  said.notes.push(...dead.map((text) => `${text}: in no object`));
  return live;
}

function refusedDevice(declared: DeviceDeclaration, context: ModelContext): string | undefined {
  const spec = { devices: [declared] };
  const object = { apiVersion, kind: "PciWhitelist", metadata: { name: "one" }, spec };
  const [wrong] = problemsOf("PciWhitelist", object);
  if (wrong !== undefined) {
    return `${wrong.path.replace("spec.devices[0].", "")}: ${wrong.message}`;
  }
  return judgeDevice(declared, context).find((finding) => finding.severity === "refuse")?.message;
}

function refusedAlias({ declared }: MergedAlias, context: ModelContext): string | undefined {
  const { match, ...rest } = declared;
  const spec = { ...rest, ...(match.length === 0 ? {} : { match }) };
  const object = { apiVersion, kind: "PciAlias", metadata: { name: "one" }, spec };
  const [wrong] = problemsOf("PciAlias", object);
  if (wrong !== undefined) return `${wrong.path}: ${wrong.message}`;
  return judgeAlias(declared, context).find((finding) => finding.severity === "refuse")?.message;
}

/** Every service must say the same; what one says is taken, and the others are named. */
function placementOf(all: readonly Entries[]): {
  readonly placement: Placement;
  readonly problems: readonly string[];
} {
  const computes = all.filter((item) => item.process.reader !== "api" && item.devices.length > 0);
  const reporting = computes.filter((compute) => compute.placement.reportInPlacement);
  const pci = all.filter((item) => item.placement.pciInPlacement);
  const reports = reporting.length > 0;
  const silent = reports ? computes.filter((compute) => !compute.placement.reportInPlacement) : [];
  const problems = [
    ...silent.map(
      (item) =>
        `${titleOf(item)}: report_in_placement is off here and on elsewhere; the object says on`,
    ),
    ...(pci.length > 0 && !reports && computes.length > 0
      ? [
          `${titleOf(pci[0]!)}: pci_in_placement without report_in_placement on any nova-compute: no device is found; the object says both`,
        ]
      : []),
  ];
  return {
    placement: { reportInPlacement: reports || pci.length > 0, pciInPlacement: pci.length > 0 },
    problems,
  };
}
