// nova-pci match: the device of a host that each device spec takes, and what would be handed out by
// mistake, for files that are not live yet. Decides nothing itself; the model of Nova does
// (src/nova), and hazards are in hand-outs.ts.

import { readSpecs, type DeviceSpec } from "../nova/device/device-spec.ts";
import type { Host } from "../nova/terms/host.ts";
import { asWord, truthy } from "../nova/text/python-json.ts";
import { parseInventory, type InventoryDevice } from "../nova/device/lspci.ts";
import { isRefusal, isUndecided, matcherOf, type Match } from "../nova/device/match.ts";
import type { Release } from "../nova/terms/release.ts";
import { matchFace } from "./faces/match.ts";
import { commandOf, readText, releaseOf } from "./terminal/arguments.ts";
import type { Given } from "./terminal/parse.ts";
import { ReadingProblem, UsageProblem } from "./terminal/problems.ts";
import { describeProblem, type FileObject } from "../api/read-yaml.ts";
import { needOurs, readNamed, type Named } from "./given/files.ts";
import { installationsOf } from "./given/installations.ts";
import { aliasLines } from "./host/aliases.ts";
import { collectLine } from "./host/collect.ts";
import {
  brokenExclusions,
  findMistakes,
  remarksOf,
  resourceClass,
  type HandOut,
  type Mistake,
} from "./host/hand-outs.ts";
import { exitCodes, type Io } from "./terminal/io.ts";
import { fitted } from "./terminal/lines.ts";
import { widthOf } from "./terminal/screen.ts";
import { printTable } from "./terminal/table.ts";
import {
  specsOfConf,
  specsOfWhitelists,
  type Exclusions,
  type WrittenSpec,
} from "./host/written-specs.ts";

export const command = commandOf(matchFace, match);

type Wanted = {
  readonly release: Release;
  readonly specs: readonly WrittenSpec[];
  readonly aliases: readonly string[];
  readonly pciInPlacement: boolean;
  /** Exclusions that name a node did not count. */
  readonly exclusionsLeft: readonly string[];
  readonly exclusions: Exclusions;
  readonly inventory: string;
  readonly reportInPlacement: boolean;
  readonly format: string;
};

async function readWanted(
  values: Given<typeof matchFace.options>["values"],
  io: Io,
): Promise<Wanted> {
  const release = releaseOf(values.release);
  if (values.inventory === undefined) {
    throw new UsageProblem("--inventory is missing: a file with the output of lspci -Dnmm, or -");
  }
  const isOfFiles = values.filename.length + values.kustomize.length > 0;
  if (values.conf.length > 0 === isOfFiles) {
    throw new UsageProblem("give either --conf FILE or -f FILE");
  }
  const found = isOfFiles
    ? specsOfWhitelists(await objectsOf(values, io), release, values.node)
    : specsOfConf(await readAll(values.conf, io), release);
  if ("problem" in found) throw new ReadingProblem(found.problem);
  const { specs, aliases, reportInPlacement, pciInPlacement, otherNodes, exclusions } = found;
  return {
    release,
    specs,
    aliases,
    pciInPlacement,
    exclusions,
    exclusionsLeft: values.node === undefined ? otherNodes : [],
    format: values.output,
    inventory: values.inventory,
    reportInPlacement: reportInPlacement || values["report-in-placement"],
  };
}

/** The objects of one installation; of those that are refused nobody knows what they would take. */
async function objectsOf(
  values: Named & { readonly namespace?: string | undefined },
  io: Io,
): Promise<readonly FileObject[]> {
  const files = await readNamed(values, io);
  const [wrong] = files.problems;
  if (wrong !== undefined) throw new ReadingProblem(describeProblem(wrong));
  needOurs(files);
  const [first, ...more] = installationsOf(files.objects, values.namespace);
  if (more.length > 0) {
    const names = [first!, ...more].map((installation) => installation.namespace).join(" and ");
    throw new UsageProblem(`-n is missing: the files hold installations of ${names}`);
  }
  return first?.objects ?? [];
}

export type NamedText = { readonly name: string; readonly text: string };

async function readAll(paths: readonly string[], io: Io): Promise<readonly NamedText[]> {
  const files: NamedText[] = [];
  for (const name of paths) files.push({ name, text: await readText(name, io) });
  return files;
}

async function match({ values }: Given<typeof matchFace.options>, io: Io): Promise<number> {
  if (values.collect) {
    io.stdout(`${collectLine}\n`);
    return exitCodes.fine;
  }
  const given = await readWanted(values, io);
  const inventory = parseInventory(await readText(given.inventory, io));
  const [problem] = inventory.problems;
  if (problem !== undefined) {
    throw new ReadingProblem(`${given.inventory}, line ${problem.line}: ${problem.message}`);
  }
  if (inventory.devices.length === 0)
    throw new ReadingProblem(
      `${given.inventory} holds no device: write the output of: lspci -Dnmm`,
    );
  const host = hostOf(inventory.devices);
  const { release, reportInPlacement } = given;
  const context = { release, reportInPlacement, host };
  const read = readSpecs(
    given.specs.map((spec) => spec.value),
    context,
  );
  if (!("specs" in read)) {
    const why = "refused" in read ? `refused: ${read.refused}` : `not decided: ${read.undecided}`;
    io.stderr(`${given.specs[read.index]!.origin} is ${why}; nova-compute would not start\n`);
    return exitCodes.finding;
  }
  const { specs, written } = eachSpec(read.specs, given.specs);
  const wanted: Wanted = { ...given, specs: written };
  const taken = handOut(inventory.devices, specs, wanted, host);
  const found = [
    ...brokenExclusions(taken, wanted.exclusions),
    ...undecidedSpecs(specs, inventory.devices, wanted),
    ...findMistakes(taken, specs, written, wanted),
  ];
  const judged = aliasLines(taken, wanted);
  const aliases = judged.map((item) => item.line);
  const mistakes = [...found, ...judged.flatMap((item) => item.mistakes)];
  const report = { taken, mistakes, wanted, aliases };
  io.stdout(
    wanted.format === "json" ? asJson(report) : fitted(asText(report, widthOf(io)), widthOf(io)),
  );
  return mistakes.length === 0 ? exitCodes.fine : exitCodes.finding;
}

/** A value may be a list: each of its specs has a place of its own, such as nova.conf:3[1]. */
function eachSpec(all: readonly DeviceSpec[], texts: readonly WrittenSpec[]) {
  const specs = all.map((spec, index) => ({ ...spec, index }));
  const written = all.map((spec, index): WrittenSpec => {
    const text = texts[spec.index]!;
    const own = all.filter((deviceSpec) => deviceSpec.index === spec.index);
    if (own.length === 1) return text;
    return { ...text, origin: `${text.origin}[${index - all.indexOf(own[0]!)}]` };
  });
  return { specs, written };
}

/** What nobody can tell without a fact that the inventory lacks: neither yes nor no. */
function undecidedSpecs(
  specs: readonly DeviceSpec[],
  devices: readonly InventoryDevice[],
  wanted: Wanted,
): readonly Mistake[] {
  const found: Mistake[] = [];
  const named = devices.some((device) => device.interfaces !== undefined);
  const looked = devices.some((device) => device.cardSerial !== undefined);
  for (const spec of specs) {
    const { origin } = wanted.specs[spec.index]!;
    if (truthy(spec.devname) && wanted.reportInPlacement) {
      const message = `${origin}: nova-compute ${wanted.release.version} would not start: report_in_placement does not support devname`;
      found.push({ name: "NovaRefuses", severity: "refuse", message });
    } else if (truthy(spec.devname) && !named) {
      found.push(undecided(origin, "the inventory has no names of interfaces"));
    }
    if (spec.remoteManaged && !looked) {
      found.push(undecided(origin, "the inventory has no serial numbers of cards"));
    }
  }
  if (wanted.exclusionsLeft.length > 0) {
    const nodes = [...new Set(wanted.exclusionsLeft)].join(", ");
    const message = `exclusions of ${nodes} did not count: say --node NAME`;
    found.push({ name: "NodeNotGiven", severity: "warn", message });
  }
  return found;
}

function undecided(origin: string, why: string): Mistake {
  const message = `${origin} cannot be decided, nor what stands below it: ${why}; make the inventory with the line that nova-pci match --collect prints`;
  return { name: "Undecided", severity: "warn", message };
}

function hostOf(devices: readonly InventoryDevice[]): Host {
  const physical = devices.filter(
    (device) =>
      device.deviceType === "type-PF" ||
      devices.some((other) => other.parentAddress === device.address && other !== device),
  );
  return {
    physicalFunctions: new Set(physical.map((inventoryDevice) => inventoryDevice.address)),
    interfaces: new Map(
      devices.flatMap((device) => {
        const isPf = device.deviceType === "type-PF";
        return (device.interfaces ?? []).map((name) => [name, { address: device.address, isPf }]);
      }),
    ),
    ids: new Map(),
  };
}

function handOut(
  devices: readonly InventoryDevice[],
  specs: readonly DeviceSpec[],
  wanted: Wanted,
  host: Host,
): readonly HandOut[] {
  const matcher = matcherOf(specs, host);
  return devices.map((device) => {
    const hit = specOf(matcher(device), specs);
    if (hit === undefined) return { device };
    return { device, spec: hit, origin: wanted.specs[hit.index]!.origin };
  });
}

/** A device whose address Nova cannot read is one that it skips. */
function specOf(hit: Match, specs: readonly DeviceSpec[]): DeviceSpec | undefined {
  if (hit === undefined || isRefusal(hit) || isUndecided(hit)) return undefined;
  return specs[hit];
}

type Report = {
  readonly taken: readonly HandOut[];
  readonly mistakes: readonly Mistake[];
  readonly wanted: Wanted;
  readonly aliases: readonly string[];
};

function asText(report: Report, width: number): string {
  const rows = report.taken.map((item) => [
    item.device.address,
    `${item.device.vendorId}:${item.device.productId}`,
    item.device.deviceType ?? "",
    item.origin ?? "-",
    item.spec === undefined ? "" : classOf(item),
    item.spec === undefined ? "" : tagsOf(item.spec),
  ]);
  const head = ["ADDRESS", "IDS", "TYPE", "TAKEN BY", "RESOURCE CLASS", "TAGS"];
  const count = report.taken.filter((item) => item.spec !== undefined).length;
  return [
    printTable([head, ...rows], width),
    `\n${count} of ${report.taken.length} devices go to guests\n`,
    ...idleOrigins(report).map((origin) => `${origin} takes nothing here\n`),
    ...report.aliases,
    ...remarksOf(report.taken).map((remark) => `note: ${remark}\n`),
    ...report.mistakes.map(
      (mistake) =>
        `${mistake.severity === "refuse" ? "error" : "warning"}: ${mistake.message} [${mistake.name}]\n`,
    ),
  ].join("");
}

function asJson(report: Report): string {
  const devices = report.taken.map(({ device, spec, origin }) => ({
    ...device,
    takenBy: origin ?? null,
    resourceClass: spec === undefined ? null : classOf({ device, spec }),
    tags: spec === undefined ? null : tagsObject(spec),
  }));
  const { release } = report.wanted;
  const aliases = report.aliases.map((alias) => alias.trimEnd());
  const found = { devices, idle: idleOrigins(report), aliases, mistakes: report.mistakes };
  const notes = remarksOf(report.taken);
  return `${JSON.stringify({ release: release.version, ...found, notes }, null, 2)}\n`;
}

/** An entry may be written as several specs; it is idle when none of them takes anything. */
function idleOrigins({ taken, wanted }: Report): readonly string[] {
  const busy = new Set(taken.map((item) => item.origin));
  const origins = wanted.specs.map((spec) => spec.origin);
  return [...new Set(origins)].filter((origin) => !busy.has(origin));
}

function classOf({ device, spec }: HandOut): string {
  return resourceClass(spec!, device);
}

function tagsOf(spec: DeviceSpec): string {
  return Object.entries(tagsObject(spec))
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

function tagsObject(spec: DeviceSpec): Readonly<Record<string, string>> {
  const shown = [...spec.tags].filter(([key]) => key !== "resource_class");
  return Object.fromEntries(shown.map(([key, value]) => [key, asWord(value)]));
}
