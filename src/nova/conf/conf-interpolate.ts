// Interpolation of "$name" in a value of nova.conf: oslo.config puts in the value of that option
// when the option is read, and an unknown name is an error of its own (cfg.py _substitute).

import { booleanOptions, defaultOptions, optionGroups } from "./nova-options.ts";
import type { Conf } from "./oslo-conf.ts";
import type { Release } from "../terms/release.ts";

type Interpolated =
  { readonly text: string } | { readonly refused: string } | { readonly undecided: string };

/** Values that depend on the machine; what is not given cannot be told. */
export type Machine = Readonly<Record<string, string>>;

export type Lookup = {
  readonly conf: Conf | undefined;
  /** Group of the option that is read: its own options are found without a group name. */
  readonly group?: "pci" | "filter_scheduler";
  readonly machine: Machine;
  /** Which options there are depends on it; absent = all that there have been. */
  readonly release?: Pick<Release, "pciInPlacement" | "reportInPlacement">;
};

/** All that group pci has had; what some of them are depends on the release. */
const pciOptions: ReadonlySet<string> = new Set([
  "alias",
  "device_spec",
  "passthrough_whitelist",
  "report_in_placement",
]);

const groupOptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pci: { report_in_placement: "False" },
  filter_scheduler: { pci_in_placement: "False" },
};

export function interpolate(value: string, lookup: Lookup): Interpolated {
  return replace(value, lookup, 0);
}

function replace(value: string, lookup: Lookup, depth: number): Interpolated {
  if (!value.includes("$")) return { text: value };
  if (depth > 20) return { refused: "options refer to each other in a circle" };
  // Python's IGNORECASE also takes the two other forms of i; those of s and k both languages do.
  const grammar = /\$(?:(\$)|([_a-zıİ][._a-z0-9ıİ]*)|\{([_a-zıİ][._a-z0-9ıİ]*)\})/giu;
  let stop: Exclude<Interpolated, { text: string }> | undefined;
  const text = value.replaceAll("\\$", "$$$$").replace(grammar, (all, escaped, named, braced) => {
    if (escaped !== undefined) return "$";
    const name = (named ?? braced) as string;
    const found = valueOf(name, lookup, depth);
    if ("text" in found) return found.text;
    stop ??= found;
    return all;
  });
  return stop ?? { text };
}

function valueOf(name: string, lookup: Lookup, depth: number): Interpolated {
  const dot = name.indexOf(".");
  if (dot >= 0) return valueInGroup(name.slice(0, dot), name.slice(dot + 1), lookup, depth);
  if (lookup.group !== undefined) {
    const own = ownOption(lookup.group, name, lookup);
    if (own !== undefined) return fromFile(lookup.group, name, lookup, depth) ?? { text: own };
    if (lookup.group === "pci" && (name === "alias" || name === "device_spec")) {
      return { refused: `$${name} refers to itself` };
    }
  }
  if (optionGroups.has(name)) return { refused: `$${name} is a group of options` };
  if (!defaultOptions.has(name)) return { refused: `no option is called ${name}` };
  const machine = lookup.machine[name];
  return (
    fromFile("DEFAULT", name, lookup, depth) ??
    (machine === undefined
      ? { undecided: `the value of option ${name} is not known here` }
      : { text: machine })
  );
}

/** The default of an option that this release has. */
function ownOption(group: string, name: string, { release }: Lookup): string | undefined {
  const missing =
    (name === "pci_in_placement" && release?.pciInPlacement === false) ||
    (name === "report_in_placement" && release?.reportInPlacement === false);
  return missing ? undefined : groupOptions[group]?.[name];
}

function valueInGroup(group: string, name: string, lookup: Lookup, depth: number): Interpolated {
  if (group === "DEFAULT") return { refused: "no group is called DEFAULT" };
  if (!optionGroups.has(group)) return { refused: `no group is called ${group}` };
  const own = ownOption(group, name, lookup);
  if (own !== undefined) return fromFile(group, name, lookup, depth) ?? { text: own };
  const missing = groupOptions[group]?.[name] !== undefined;
  if (missing || (group === "pci" && !pciOptions.has(name))) {
    return { refused: `group ${group} has no option ${name}` };
  }
  return (
    fromFile(group, name, lookup, depth) ?? {
      undecided: `the value of option [${group}]${name} is not known here`,
    }
  );
}

function fromFile(
  section: string,
  option: string,
  lookup: Lookup,
  depth: number,
): Interpolated | undefined {
  const found = lookup.conf?.single([{ section, option }]);
  if (found === undefined) return undefined;
  const { conf, machine, release } = lookup;
  const within = { conf, machine, ...(release === undefined ? {} : { release }) };
  const read = replace(found.value, within, depth + 1);
  return "text" in read && booleanOptions.has(option) ? booleanText(read.text, option) : read;
}

/** str(value) of a boolean option, of which oslo.config takes fewer words than Nova elsewhere. */
function booleanText(text: string, option: string): Interpolated {
  if (/^(true|1|on|yes)$/i.test(text)) return { text: "True" };
  if (/^(false|0|off|no)$/i.test(text)) return { text: "False" };
  return { refused: `option ${option} is not a boolean: ${text}` };
}
