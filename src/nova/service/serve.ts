// The start of a Nova service with given files: what each service reads when, and which of our
// policies the entries touch. A verdict of the model is NovaRefuses with severity "refuse";
// everything else is a warning here, because Nova would run.

import { readAliases } from "../alias/alias.ts";
import { interpolate } from "../conf/conf-interpolate.ts";
import type { Finding } from "../terms/declare.ts";
import { readSpecs } from "../device/device-spec.ts";
import { aliasHazards, specHazards } from "../device/entry-hazards.ts";
import { finding } from "../terms/findings.ts";
import { unknownHost, type Host } from "../terms/host.ts";
import { readConf, type Conf, type ConfFile, type ConfValue } from "../conf/oslo-conf.ts";
import { nearMisses } from "../conf/near-misses.ts";
import { clashes } from "./neighbours.ts";
import { refuseDevnames } from "../serving/placement.ts";
import { loadJson } from "../text/python-json.ts";
import type { OptionName, Release } from "../terms/release.ts";
import { availableFilters, filterList, nearestFilter } from "./scheduler.ts";
import { mistakeIn } from "./value-mistakes.ts";

/** Nova's processes that read PCI options, as `--service` names them. */
export const novaServices = [
  "nova-api",
  "nova-compute",
  "nova-scheduler",
  "nova-conductor",
] as const;
export type NovaService = (typeof novaServices)[number];

export type ServiceFinding = Finding & {
  readonly file?: string;
  readonly line?: number;
  /** Whether the service would start depends on what nobody here can know. */
  readonly undecided?: true;
};

/** `--set group.option=value`: read after all files. */
export type Override = OptionName & { readonly value: string };

type ServiceQuestion = {
  readonly service: string;
  readonly release: Release;
  /** In the order in which the process parses them. */
  readonly files: readonly ConfFile[];
  readonly overrides?: readonly Override[];
  /** What is known of the host; nothing by default. */
  readonly host?: Host;
};

type Reading = ServiceQuestion & { readonly conf: Conf; readonly found: ServiceFinding[] };

export function checkService(question: ServiceQuestion): readonly ServiceFinding[] {
  const overrides = (question.overrides ?? []).map((override) => ({
    name: `--set ${override.section}.${override.option}`,
    text: `[${override.section}]\n${override.option} = ${override.value}\n`,
  }));
  const conf = readConf([...question.files, ...overrides]);
  const dies = `${question.service} ${question.release.version} would not start`;
  if (conf.problems.length > 0) {
    return conf.problems.map(({ file, line, message }) => ({
      ...finding("NovaRefuses", "", `${dies}: ${message}`),
      file,
      line,
    }));
  }
  const reading: Reading = { ...question, conf, found: [] };
  const switches = {
    pciInPlacement: readSwitch(reading, pciInPlacement, reading.release.pciInPlacement),
    reportInPlacement: readSwitch(reading, reportInPlacement, reports(reading)),
  };
  checkAliases(reading, switches.pciInPlacement);
  checkSpecs(reading, switches.reportInPlacement);
  if (question.service === "nova-scheduler") checkFilters(reading);
  const missed = nearMisses(conf).map(({ file, line, message }) => ({
    ...finding("IgnoredOption", "", message),
    file,
    line,
  }));
  return [...reading.found, ...missed];
}

function add(reading: Reading, own: ServiceFinding, at: ConfValue | undefined): void {
  reading.found.push(at === undefined ? own : { ...own, file: at.file, line: at.line });
}

function warn(own: Finding): Finding {
  return { ...own, severity: "warn" };
}

function undecided(own: Finding): ServiceFinding {
  return { ...own, severity: "warn", undecided: true };
}

/** Keys that stand twice in a value. */
function checkKeys(reading: Reading, at: ConfValue, text: string): void {
  const loaded = loadJson(text);
  for (const key of loaded.ok ? loaded.repeated : []) {
    const message = `"${key}" stands more than once in one object, and Nova takes the last: write each key once, and one object for each device`;
    add(reading, finding("DuplicateKey", key, message), at);
  }
}

/** The value with "$name" replaced; undefined after a finding. */
function textOf(reading: Reading, at: ConfValue, consequence: string): string | undefined {
  const group = at.section === "filter_scheduler" ? at.section : "pci";
  const { conf, release } = reading;
  const read = interpolate(at.value, { conf, group, machine: {}, release });
  if ("text" in read) return read.text;
  if ("refused" in read) {
    const message = `${consequence}: ${read.refused}; write "$$" for a dollar sign`;
    add(reading, finding("NovaRefuses", at.option, message), at);
  } else {
    const message = `cannot tell what [${at.section}]${at.option} is: ${read.undecided}`;
    add(reading, undecided(finding("NovaRefuses", at.option, message)), at);
  }
  return undefined;
}

function readSwitch(reading: Reading, name: OptionName, known: boolean): boolean {
  if (!known) return false;
  const at = reading.conf.single([name]);
  if (at === undefined) return false;
  const dies = `${reading.service} ${reading.release.version} would not start`;
  const text = textOf(reading, at, dies);
  if (text === undefined) return false;
  if (/^(true|1|on|yes)$/i.test(text)) return true;
  if (!/^(false|0|off|no)$/i.test(text)) {
    const message = `${dies}: [${name.section}]${name.option} "${text}" is not a boolean; write true or false`;
    add(reading, finding("NovaRefuses", name.option, message), at);
  }
  return false;
}

/** Asked for each server that is made, whether or not there is an alias. */
const pciInPlacement: OptionName = { section: "filter_scheduler", option: "pci_in_placement" };
const reportInPlacement: OptionName = { section: "pci", option: "report_in_placement" };

/** nova-compute asks for it at each update of its inventory, others only beside device specs. */
function reports({ service, release, conf }: Reading): boolean {
  const asks = service === "nova-compute" || conf.multi(release.deviceSpecNames).length > 0;
  return asks && release.reportInPlacement;
}

function checkAliases(reading: Reading, placement: boolean): void {
  const { service, release, conf } = reading;
  if (service !== "nova-api" && service !== "nova-compute") return;
  const consequence = aliasConsequence(service, release);
  const lines = conf.multi(release.aliasNames);
  const texts = lines.map((at) => textOf(reading, at, consequence));
  if (texts.includes(undefined)) return;
  const read = readAliases(texts as string[], release, placement);
  if ("refused" in read) {
    const all = wrongAlone(texts as string[], read, (text) =>
      readAliases([text], release, placement),
    );
    for (const { index, refused } of all) {
      const why = index === undefined ? refused : mistakeIn("alias", texts[index]!, refused);
      const at = lines[index ?? lines.length - 1];
      add(reading, finding("NovaRefuses", "alias", `${consequence}: ${why}`), at);
    }
    return;
  }
  for (const [index, at] of lines.entries()) checkKeys(reading, at, texts[index]!);
  for (const [name, alias] of read.aliases) {
    const at = lines.find((line) => line.value.includes(name)) ?? lines[0];
    for (const aliasHazard of aliasHazards(name, alias, release, placement)) {
      const serves = aliasHazard.policy === "SeveralMatchesNeedClass" && service === "nova-api";
      add(reading, serves ? { ...aliasHazard, policy: "NovaRefuses" } : warn(aliasHazard), at);
    }
  }
}

type Wrong = { readonly refused: string; readonly index: number | undefined };

/** Nova stops at the first; people want to hear of each value that is wrong by itself. */
function wrongAlone(
  texts: readonly string[],
  first: Wrong,
  readOne: (text: string) => object,
): readonly Wrong[] {
  const others = texts.flatMap((text, index): readonly Wrong[] => {
    const read = index === first.index ? {} : readOne(text);
    return "refused" in read ? [{ refused: String(read.refused), index }] : [];
  });
  if (first.index === undefined && others.length > 0) return others;
  return [first, ...others];
}

function aliasConsequence(service: string, release: Release): string {
  if (release.aliasValidatedAtStart) return `${service} ${release.version} would not start`;
  return service === "nova-api"
    ? `nova-api ${release.version} would answer 400 to every server with a PCI flavor`
    : `nova-compute ${release.version} would refuse every move of a server with a PCI flavor`;
}

function checkSpecs(reading: Reading, report: boolean): void {
  const { service, release, conf } = reading;
  const lines = conf.multi(release.deviceSpecNames);
  const ignored =
    release.deviceSpecName === "device_spec"
      ? undefined
      : conf.single([{ section: "pci", option: "device_spec" }]);
  if (ignored !== undefined) {
    const message = `Nova ${release.version} does not know device_spec and ignores it; write passthrough_whitelist`;
    add(reading, warn(finding("UnknownTag", "device_spec", message)), ignored);
  }
  if (lines.length === 0) return;
  const consequence =
    service === "nova-scheduler"
      ? `nova-scheduler ${release.version} would fail every request`
      : `${service} ${release.version} would not start`;
  const texts = lines.map((at) => textOf(reading, at, consequence));
  if (texts.includes(undefined)) return;
  if (service !== "nova-compute") {
    const message = `a device spec is of no use in ${service} and can stop it; leave it to nova-compute`;
    add(reading, finding("DeviceSpecElsewhere", "device_spec", message), lines[0]);
  }
  const context = { release, reportInPlacement: report, host: reading.host ?? unknownHost };
  const read = readSpecs(texts as string[], context);
  if ("undecided" in read) {
    const message = `cannot tell whether ${service} ${release.version} would start: ${read.undecided}`;
    add(reading, undecided(finding("UnportableRegex", "address", message)), lines[read.index]);
    return;
  }
  if ("refused" in read) {
    for (const wrong of wrongAlone(texts as string[], read, (text) => readSpecs([text], context))) {
      const why = mistakeIn("device_spec", texts[wrong.index!]!, wrong.refused);
      const own = finding("NovaRefuses", "device_spec", `${consequence}: ${why}`);
      add(reading, own, lines[wrong.index!]);
    }
    return;
  }
  const named = service === "nova-compute" && report ? refuseDevnames(read.specs) : undefined;
  if (named !== undefined) {
    add(reading, finding("NovaRefuses", "devname", `${consequence}: ${named.refused}`), lines[0]);
  }
  for (const [index, at] of lines.entries()) checkKeys(reading, at, texts[index]!);
  for (const clash of clashes(conf, read.specs)) add(reading, clash.finding, clash.at);
  for (const spec of read.specs) {
    for (const specHazard of specHazards(spec, release))
      add(reading, warn(specHazard), lines[spec.index]);
  }
}

function checkFilters(reading: Reading): void {
  const { release, conf } = reading;
  const at = conf.single(release.filterNames);
  if (at === undefined) {
    const old = conf.single([{ section: "DEFAULT", option: "scheduler_default_filters" }]);
    const unread = `Nova ${release.version} does not know [DEFAULT]scheduler_default_filters and ignores it: write [filter_scheduler]enabled_filters`;
    if (old !== undefined) add(reading, finding("IgnoredOption", "", unread), old);
    const message = `nova-scheduler ${release.version} does not run PciPassthroughFilter by default; set enabled_filters`;
    add(reading, finding("PciFilterMissing", "enabled_filters", message), undefined);
    return;
  }
  const dies = `nova-scheduler ${release.version} would not start`;
  const text = textOf(reading, at, dies);
  if (text === undefined) return;
  const available = availableFilters(
    conf
      .multi([{ section: "filter_scheduler", option: "available_filters" }])
      .map((confValue) => confValue.value),
  );
  const names = filterList(text);
  for (const name of names) {
    const verdict = available.verdict(name, release);
    if (verdict === "known") continue;
    if (verdict === "undecided") {
      const message = `cannot tell whether ${reading.service} ${release.version} would start: filter "${name}" must come from ${available.foreign.join(", ")} in available_filters`;
      add(reading, undecided(finding("NovaRefuses", "enabled_filters", message)), at);
      continue;
    }
    const why = filterTrouble[verdict];
    const message = `${dies}: filter "${name}" ${why}; ${filterAdvice(name)}`;
    add(reading, finding("NovaRefuses", "enabled_filters", message), at);
  }
  if (!names.includes("PciPassthroughFilter")) {
    const message =
      "without PciPassthroughFilter servers are sent to hosts without devices; add it";
    add(reading, finding("PciFilterMissing", "enabled_filters", message), at);
  }
}

/** A list of JSON or of Python, a name that is nearly one, or one that must go. */
function filterAdvice(name: string): string {
  const bare = name.replace(/[[\]"'\s]/g, "");
  if (bare !== name)
    return `enabled_filters is names with commas between, without quotes or brackets: write ${bare}`;
  const near = nearestFilter(name);
  return near === undefined
    ? "remove it from enabled_filters"
    : `write ${near} if that is meant, or remove it from enabled_filters`;
}

const filterTrouble = {
  removed: "is gone from this release",
  unknown: "is not known",
  unavailable: "is not among available_filters",
} as const;
