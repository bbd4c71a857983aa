// Options and sections of a nova.conf that Nova ignores although somebody meant them: a misspelt
// name, the wrong section, a missing "=", a line of JSON that belongs to no option.

import { nearestWord } from "../text/nearest-word.ts";
import { optionGroups } from "./nova-options.ts";
import { isTemplate, unrendered, type Conf, type ConfValue } from "./oslo-conf.ts";

type NearMiss = { readonly file: string; readonly line: number; readonly message: string };

/** What this program reads, by section. */
const known: Readonly<Record<string, readonly string[]>> = {
  pci: ["alias", "device_spec", "passthrough_whitelist", "report_in_placement"],
  filter_scheduler: [
    ...["enabled_filters", "available_filters", "pci_in_placement", "pci_weight_multiplier"],
  ],
  DEFAULT: ["pci_alias", "pci_passthrough_whitelist", "scheduler_default_filters"],
};

/** Names from documentation, other tools and habit that are too far away to be found by letters. */
const synonyms: Readonly<Record<string, string>> = {
  devspec: "device_spec",
  whitelist: "passthrough_whitelist",
  pciwhitelist: "passthrough_whitelist",
  pcipassthroughwhitelist: "passthrough_whitelist",
  pcialias: "alias",
  aliases: "alias",
  passthroughalias: "alias",
  pcidevicespec: "device_spec",
  devicespecs: "device_spec",
  passthruwhitelist: "passthrough_whitelist",
  specs: "device_spec",
};

/** Options whose name says where they belong. */
const homes: Readonly<Record<string, string>> = {
  device_spec: "pci",
  passthrough_whitelist: "pci",
  report_in_placement: "pci",
  pci_in_placement: "filter_scheduler",
};

export function nearMisses(conf: Conf): readonly NearMiss[] {
  const seen = new Set<string>();
  return conf.values.flatMap((value) => {
    const message = missOf(value);
    if (message === undefined) return [];
    const key = `${value.file}:${value.line} ${message}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ file: value.file, line: value.line, message }];
  });
}

function missOf(confValue: ConfValue): string | undefined {
  const { section, option } = confValue;
  if (isTemplate(option)) return unrendered;
  if (/^[{}[\]"']/.test(option)) return strayJson(confValue);
  const options = known[section];
  if (options === undefined) return wrongSection(confValue);
  if (options.includes(option)) return undefined;
  const unsaid = options.find((name) => new RegExp(`^${name}\\s*[{["' ]`, "i").test(option));
  if (unsaid !== undefined) {
    return `there is no "=" behind ${unsaid}, so Nova reads an option of another name: write ${unsaid} = ${shorten(confValue)}`;
  }
  const home = homes[option];
  if (home !== undefined) return elsewhere(confValue, home);
  const meant = meantBy(option, options, section);
  if (meant !== undefined) {
    return `[${section}]${option} is no option of Nova, which ignores it: write ${meant} = ...`;
  }
  return section === "pci"
    ? `[pci]${option} is no option of Nova, which ignores it; [pci] has ${options.join(", ")}`
    : undefined;
}

/** In large sections only names that speak of PCI are looked at. */
function meantBy(option: string, options: readonly string[], section: string): string | undefined {
  const bare = option.toLowerCase().replace(/[^a-z]/g, "");
  const own = synonyms[bare];
  if (section === "pci") return own ?? nearestWord(option, options);
  if (section === "DEFAULT" && !/pci|filters/i.test(option)) return undefined;
  return nearestWord(option, options);
}

function wrongSection(confValue: ConfValue): string | undefined {
  const { section, option, value } = confValue;
  const plain = section.trim().toLowerCase();
  const meant =
    known[plain] === undefined ? nearestWord(section, ["pci", "filter_scheduler"]) : plain;
  if (meant !== undefined && !optionGroups.has(section)) {
    return `[${section}] is another section than [${meant}], and Nova ignores it: write [${meant}] above ${option}`;
  }
  const home = homes[option] ?? (option === "alias" && /^\s*[{[]/.test(value) ? "pci" : undefined);
  return home === undefined ? undefined : elsewhere(confValue, home);
}

function elsewhere({ section, option }: ConfValue, home: string): string {
  return `Nova reads ${option} in [${home}] and ignores it in [${section}]: move the line below [${home}]`;
}

function strayJson(confValue: ConfValue): string | undefined {
  if (confValue.section !== "pci") return undefined;
  return `${shorten(confValue)} begins in the first column and so belongs to no option: indent it if it continues the line above, or write the name of the option and "=" before it`;
}

/** The line again, as far as it tells which one is meant. */
function shorten({ option, value }: ConfValue): string {
  const own = option.replace(/^[a-z_]+\s*/i, "");
  const text = `${own}:${value}`.replace(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
