// The model's verdict on a case, in the form of the measured cases, so that model and Nova can be
// compared field by field. One function for each kind, as in the measuring program.

import { interpolate, type Lookup, type Machine } from "../../src/nova/conf/conf-interpolate.ts";
import { readAliases, type Aliases } from "../../src/nova/alias/alias.ts";
import {
  readSpecs,
  type DeviceSpec,
  type ReadSpecs,
  type SpecContext,
} from "../../src/nova/device/device-spec.ts";
import {
  ruleNamed,
  validateNamed,
  type ExtraSpecVerdict,
} from "../../src/nova/flavor/extra-spec.ts";
import { validatorTakes } from "../../src/nova/flavor/flavor-value.ts";
import { checkBody, type FlavorOperation } from "../../src/nova/flavor/flavors-api.ts";
import { readConf } from "../../src/nova/conf/oslo-conf.ts";
import { isDict, isList, truthy, type Dict, type Value } from "../../src/nova/text/python-json.ts";
import { boolOfText } from "../../src/nova/text/python-text.ts";
import {
  atLeast,
  findRelease,
  type OptionName,
  type Release,
} from "../../src/nova/terms/release.ts";
import { requestGroups, requestsOf } from "../../src/nova/flavor/request.ts";
import type { Case } from "./case.ts";
import { matchAll, providersOf, poolsOf } from "./judge-devices.ts";
import {
  absent,
  crash,
  Ended,
  hostOf,
  input,
  part,
  refuse,
  undecided,
  type Environment,
  type Question,
  type Verdict,
} from "./question.ts";
import { plainOf, valueOf } from "./values.ts";

/** The cases were measured on a machine of this name. */
export const measuringMachine: Machine = { host: "vm", console_host: "vm" };

const usual: Environment = { machine: measuringMachine };

export function judge(asked: Case, version: string, environment: Environment = usual): Verdict {
  return judgeCase(valueOf(asked) as Dict, version, environment);
}

export function judgeCase(asked: Dict, version: string, environment: Environment): Verdict {
  const release = findRelease(version);
  if (release === undefined) throw new Error(`no release is called ${version}`);
  const name = asked.entries.get("kind") as string;
  const kind = kinds[name];
  if (kind === undefined) throw new Error(`no kind is called ${name}`);
  try {
    return kind({ asked, release, environment, conf: undefined });
  } catch (caught) {
    if (caught instanceof Ended) return caught.verdict;
    throw caught;
  }
}

const placementOptions = {
  pci_in_placement: { section: "filter_scheduler", option: "pci_in_placement" },
  report_in_placement: { section: "pci", option: "report_in_placement" },
} as const satisfies Record<string, OptionName>;
type PlacementOption = keyof typeof placementOptions;

function knows(release: Release, option: PlacementOption): boolean {
  return option === "pci_in_placement" ? release.pciInPlacement : release.reportInPlacement;
}

function confEntries(question: Question): ReadonlyMap<string, Value> {
  const conf = part(question, "conf");
  return isDict(conf) ? conf.entries : new Map<string, Value>();
}

/** Nova.apply: an option that this release lacks makes the case n/a, unless it is switched off. */
function applyConf(question: Question): void {
  for (const [key, value] of confEntries(question)) {
    if (!Object.hasOwn(placementOptions, key)) continue;
    if (truthy(value) && !knows(question.release, key as PlacementOption)) {
      absent(`option ${key} is not known`);
    }
  }
}

/** With files an unknown option is an error, whatever its value. */
function overrideConf(question: Question): void {
  for (const key of confEntries(question).keys()) {
    if (!Object.hasOwn(placementOptions, key)) continue;
    if (!knows(question.release, key as PlacementOption)) crash(`option ${key} is not known`);
  }
}

/** Value of a placement option: the case's conf, then the files. */
function placementOption(question: Question, option: PlacementOption): boolean {
  if (!knows(question.release, option)) return false;
  const set = confEntries(question).get(option);
  if (set !== undefined && set !== null) return truthyOption(set);
  const found = question.conf?.single([placementOptions[option]]);
  if (found === undefined) return false;
  const text = interpolated(question, found.value, placementOptions[option].section);
  const known = /^(true|1|on|yes)$/i.test(text) || /^(false|0|off|no)$/i.test(text);
  if (!known) crash(`${option} is no boolean`);
  return boolOfText(text) === true;
}

/** set_override converts text by the option's own type. */
function truthyOption(value: Value): boolean {
  return typeof value === "string" ? boolOfText(value) === true : truthy(value);
}

function interpolated(
  question: Question,
  value: string,
  group: "pci" | "filter_scheduler" | undefined,
): string {
  const lookup: Lookup = {
    conf: question.conf,
    machine: question.environment.machine,
    release: question.release,
    ...(group === undefined ? {} : { group }),
  };
  const read = interpolate(value, lookup);
  if ("text" in read) return read.text;
  return "refused" in read ? crash(read.refused) : undecided(read.undecided);
}

function texts(value: Value | undefined): readonly string[] {
  if (!isList(value)) return crash("no list of values");
  return value.items.map((item) => (typeof item === "string" ? item : crash("a value is no text")));
}

/** Aliases that were set, not read from files: "$name" is replaced all the same, when they are read. */
function setAliases(question: Question, value: Value | undefined): () => Aliases {
  const values = texts(value ?? { type: "list", items: [] });
  return () =>
    aliasesOf(
      question,
      values.map((text) => interpolated(question, text, undefined)),
    );
}

function aliasesOf(question: Question, values: readonly string[]): Aliases {
  // The option is only read by releases that compare with it, and only after every value was read.
  const { release } = question;
  const each = readAliases(values, release, false);
  const broken = "refused" in each && each.index !== undefined;
  const inPlacement =
    !broken && release.aliasNeedsIds && placementOption(question, "pci_in_placement");
  const read = inPlacement ? readAliases(values, release, true) : each;
  return "refused" in read ? refuse({ refused: read.refused, clean: true }) : read.aliases;
}

/** The option is only read when a spec wants one_time_use, and then may itself be no boolean. */
function specsOf(
  question: Question,
  values: readonly string[],
  reports: () => boolean = () => placementOption(question, "report_in_placement"),
): readonly DeviceSpec[] {
  const { release } = question;
  const context: Omit<SpecContext, "reportInPlacement"> = {
    release,
    host: hostOf(question),
  };
  const without = readSpecs(values, { ...context, reportInPlacement: false });
  if ("specs" in without) return without.specs;
  const having = readSpecs(values, { ...context, reportInPlacement: true });
  const read = sameEnd(without, having) || !reports() ? without : having;
  if ("undecided" in read) return undecided(read.undecided);
  return "refused" in read ? refuse(read) : read.specs;
}

function sameEnd(specs: ReadSpecs, other: ReadSpecs): boolean {
  if ("specs" in specs || "specs" in other) return false;
  return JSON.stringify(specs) === JSON.stringify(other);
}

function loadFiles(question: Question, ini: Value): Question {
  const files = typeof ini === "string" ? [ini] : texts(ini);
  // A lone surrogate cannot be written to a file.
  if (files.some((file) => !file.isWellFormed())) crash("text that is no UTF-8");
  const conf = readConf(files.map((text, index) => ({ name: `file ${index}`, text })));
  const [problem] = conf.problems;
  if (problem !== undefined) crash(problem.message);
  return { ...question, conf };
}

function readOption(question: Question, names: readonly OptionName[]): readonly string[] {
  return question
    .conf!.multi(names)
    .map((confValue) => interpolated(question, confValue.value, "pci"));
}

const kinds: Readonly<Record<string, (question: Question) => Verdict>> = {
  alias: judgeAlias,
  device_spec: judgeDeviceSpec,
  device_match: judgeDeviceMatch,
  flavor_alias: judgeFlavorAlias,
  extra_spec: judgeExtraSpec,
  flavor: judgeFlavor,
  placement: judgePlacement,
  schedule: judgeSchedule,
  request: judgeRequest,
  ini: judgeIni,
};

function judgeAlias(question: Question): Verdict {
  const ini = part(question, "ini");
  if (truthy(ini)) {
    const loaded = loadFiles(question, ini!);
    overrideConf(loaded);
    const values = readOption(loaded, loaded.release.aliasNames);
    return { verdict: "accept", parsed: aliasView(aliasesOf(loaded, values)) };
  }
  applyConf(question);
  const aliases = setAliases(question, part(question, "input"));
  return { verdict: "accept", parsed: aliasView(aliases()) };
}

function aliasView(aliases: Aliases): unknown {
  return Object.fromEntries(
    [...aliases].map(([name, { numaPolicy, specs }]) => [
      name,
      { numa_policy: numaPolicy, specs: specs.map((spec) => Object.fromEntries(spec)) },
    ]),
  );
}

function judgeDeviceSpec(question: Question): Verdict {
  const ini = part(question, "ini");
  if (truthy(ini)) {
    const loaded = loadFiles(question, ini!);
    const values = readOption(loaded, loaded.release.deviceSpecNames);
    overrideConf(loaded);
    return { verdict: "accept", parsed: viewSpecs(loaded, values) };
  }
  applyConf(question);
  return { verdict: "accept", parsed: viewSpecs(question, texts(part(question, "input"))) };
}

function viewSpecs(question: Question, values: readonly string[]): unknown {
  return specsOf(question, values).map((spec) => specView(spec, question.release));
}

const styles = {
  glob: "PciAddressGlobSpec",
  exact: "PhysicalPciAddress",
  regex: "PciAddressRegexSpec",
} as const;

function specView(spec: DeviceSpec, release: Release): unknown {
  const { address, written } = spec;
  // Before 24 Nova keeps an unused address as written, and the measuring program stumbles over it.
  const odd = written !== null && typeof written !== "string" && !isDict(written);
  if (address === undefined && odd && !atLeast(release, "24.0.0")) crash("the address is no text");
  return {
    vendor_id: spec.vendorId,
    product_id: spec.productId,
    devname: plainOf(spec.devname),
    tags: Object.fromEntries([...spec.tags].map(([key, value]) => [key, plainOf(value)])),
    ...(address === undefined
      ? {}
      : {
          address: {
            style: styles[address.style],
            ...address.fields,
            is_pf: address.isPf,
          },
        }),
  };
}

function judgeDeviceMatch(question: Question): Verdict {
  applyConf(question);
  const values = texts(input(question, "specs"));
  const specs = specsOf(question, values);
  return { verdict: "accept", matches: matchAll(question, specs) };
}

function judgeFlavorAlias(question: Question): Verdict {
  const { release } = question;
  applyConf(question);
  const aliases = setAliases(question, confEntries(question).get("aliases"));
  const value = part(question, "input") ?? null;
  const validates = release.extraSpecValidation;
  if (validates && typeof value !== "string") crash("the value is no text");
  const taken = !validates || validatorTakes(value as string);
  const named = validates ? (taken ? "accept" : "reject") : "no validator in this release";
  const created = serverCreate(aliases, value);
  return {
    verdict: taken && created.parsed !== undefined ? "accept" : "reject",
    extra_spec_validation: named,
    server_create: created.parsed === undefined ? "reject" : "accept",
    ...created,
  };
}

function serverCreate(aliases: () => Aliases, value: Value): { readonly parsed?: unknown } {
  try {
    const known = aliases();
    if (typeof value !== "string") return {};
    const requests = requestsOf(value, known);
    if ("refused" in requests) return {};
    return {
      parsed: requests.map((request) => ({
        alias: request.aliasName,
        count: Number(request.count),
        numa_policy: request.alias.numaPolicy,
      })),
    };
  } catch (caught) {
    if (caught instanceof Ended && caught.verdict.verdict === "reject") return {};
    throw caught;
  }
}

function fromVerdict(verdict: ExtraSpecVerdict): Verdict {
  if (verdict.is === "accepted") return { verdict: "accept" };
  return { verdict: "reject", clean: verdict.clean, error: verdict.why };
}

function judgeExtraSpec(question: Question): Verdict {
  const { release } = question;
  if (!release.extraSpecValidation) absent("no extra spec validation");
  const key = input(question, "key");
  if (typeof key !== "string") return crash("the key is no text");
  const rule = ruleNamed(key, release);
  if (rule === undefined) return { verdict: key.includes(":") ? "reject" : "accept" };
  return fromVerdict(validateNamed(rule, key, key, input(question, "value") ?? null));
}

function judgeFlavor(question: Question): Verdict {
  const operation = input(question, "op") as FlavorOperation;
  const microversion = (input(question, "microversion") ?? "2.86") as string;
  const known = ["create", "update", "extra_specs_create"].includes(operation);
  const verdict = checkBody(
    known ? operation : "extra_specs_update",
    input(question, "body") ?? null,
    microversion,
    question.release,
  );
  if (verdict.is === "absent") return absent("not available at this microversion");
  return fromVerdict(verdict);
}

function judgePlacement(question: Question): Verdict {
  const { release } = question;
  if (!release.reportInPlacement) absent("no PCI in Placement");
  applyConf(question);
  const set = confEntries(question).get("report_in_placement");
  const report = set === undefined ? true : truthy(set);
  const specs = specsOf(question, texts(input(question, "specs")), () => report);
  return { verdict: "accept", parsed: providersOf(question, specs) };
}

function judgeSchedule(question: Question): Verdict {
  applyConf(question);
  const aliases = setAliases(question, input(question, "aliases"));
  const specTexts = texts(input(question, "specs"));
  const specs = specsOf(question, specTexts);
  const flavor = input(question, "flavor");
  return poolsOf(question, specs, (supports) => {
    if (flavor === undefined) return true;
    const known = aliases();
    if (typeof flavor !== "string") return crash("the flavor's value is no text");
    const requests = requestsOf(flavor, known);
    if ("refused" in requests) return refuse(requests);
    return supports(
      requests.map((request) => ({ specs: request.alias.specs, count: request.count })),
    );
  });
}

function judgeRequest(question: Question): Verdict {
  applyConf(question);
  const flavor = input(question, "flavor");
  const aliases = setAliases(question, input(question, "aliases"))();
  if (typeof flavor !== "string") return crash("the flavor's value is no text");
  const requests = requestsOf(flavor, aliases);
  if ("refused" in requests) return refuse(requests);
  if (!question.release.pciInPlacement) return crash("no request groups in this release");
  if (!placementOption(question, "pci_in_placement")) return { verdict: "accept", parsed: [] };
  const groups = requestGroups(requests);
  if ("refused" in groups) return refuse(groups);
  return {
    verdict: "accept",
    parsed: groups.map((group) => ({
      resources: { [group.resourceClass]: 1 },
      required_traits: group.traits,
    })),
  };
}

function judgeIni(question: Question): Verdict {
  const loaded = loadFiles(question, part(question, "input") ?? null);
  return {
    verdict: "accept",
    parsed: {
      alias: readOption(loaded, loaded.release.aliasNames),
      device_spec: readOption(loaded, loaded.release.deviceSpecNames),
    },
  };
}
