// What one process of Nova reads of aliases, device specs and switches, entry by entry: an entry
// that Nova refuses takes none of the others with it here.

import { readAliases, type Aliases } from "../../../nova/alias/alias.ts";
import { interpolate } from "../../../nova/conf/conf-interpolate.ts";
import { readSpecs, type DeviceSpec } from "../../../nova/device/device-spec.ts";
import { unknownHost } from "../../../nova/terms/host.ts";
import { innerValues } from "../../../nova/text/json-mistakes.ts";
import { aliasMeaning } from "../../../nova/device/meaning.ts";
import { nearMisses } from "../../../nova/conf/near-misses.ts";
import { readConf, type Conf, type ConfValue } from "../../../nova/conf/oslo-conf.ts";
import { isDict, isList, loadJson, type Dict } from "../../../nova/text/python-json.ts";
import type { OptionName, Release } from "../../../nova/terms/release.ts";
import { filterList } from "../../../nova/service/scheduler.ts";
import type { Process } from "../formats/given.ts";
import { mistakeIn } from "../../../nova/service/value-mistakes.ts";
import { unexpressed } from "./unexpressed.ts";

/** `origin` is "nova.conf:12", or "nova.conf:12[2]" for an element of a list. */
export type FoundDevice = {
  readonly spec: DeviceSpec;
  readonly written: Dict;
  readonly origin: string;
};

export type FoundAlias = {
  readonly name: string;
  readonly aliases: Aliases;
  /** Equal text = the same alternatives. */
  readonly meaning: string;
  readonly origin: string;
};

export type Placement = { readonly reportInPlacement: boolean; readonly pciInPlacement: boolean };

export type Entries = {
  readonly process: Process;
  readonly aliases: readonly FoundAlias[];
  readonly devices: readonly FoundDevice[];
  readonly placement: Placement;
  readonly filters: readonly string[] | undefined;
  /** LEFT OUT. */
  readonly lost: readonly string[];
  readonly notes: readonly string[];
  /** A device spec in the files of nova-api, which reads none. */
  readonly uselessSpec?: string;
  /** Some option was there, whatever became of it. */
  readonly saysAnything: boolean;
};

type Text = { readonly text: string; readonly origin: string };
type Reading = { readonly conf: Conf; readonly release: Release; readonly lost: string[] };

export function entriesOf(process: Process, release: Release): Entries {
  const conf = readConf(process.files);
  const lost: string[] = [
    ...conf.mistakes.map(
      (mistake) => `${mistake.file}:${mistake.line}: ${mistake.message}; Nova does not start`,
    ),
    ...nearMisses(conf).map((nearMiss) => `${nearMiss.file}:${nearMiss.line}: ${nearMiss.message}`),
    ...unexpressed(conf),
  ];
  const notes: string[] = [];
  const reading: Reading = { conf, release, lost };
  const placement = placementOf(reading);
  const aliases = aliasesOf(reading, placement.pciInPlacement, notes);
  const isApi = process.reader === "api";
  const devices = isApi ? [] : devicesOf(reading, placement.reportInPlacement, notes);
  const [useless] = isApi ? conf.multi(release.deviceSpecNames) : [];
  const filters = conf.single(release.filterNames);
  const list = filters === undefined ? undefined : textOf(reading, filters);
  return {
    process,
    aliases,
    devices,
    placement,
    filters: list === undefined ? undefined : filterList(list.text),
    lost,
    notes,
    ...(useless === undefined ? {} : { uselessSpec: originOf(useless) }),
    saysAnything: aliases.length + devices.length + lost.length > 0 || useless !== undefined,
  };
}

function originOf({ file, line }: ConfValue): string {
  return `${file}:${line}`;
}

/** The value with "$name" replaced; undefined after it was given up. */
function textOf({ conf, release, lost }: Reading, at: ConfValue): Text | undefined {
  const origin = originOf(at);
  if (at.value.includes("\ufffd")) {
    lost.push(`${origin}: holds a character that is not UTF-8`);
    return undefined;
  }
  const group = at.section === "filter_scheduler" ? at.section : "pci";
  const read = interpolate(at.value, { conf, group, machine: {}, release });
  if ("text" in read) return { text: read.text, origin };
  const why = "refused" in read ? read.refused : read.undecided;
  lost.push(`${origin}: ${why}; write $$ for a dollar sign`);
  return undefined;
}

function textsOf(reading: Reading, names: readonly OptionName[]): readonly Text[] {
  return reading.conf.multi(names).flatMap((at) => textOf(reading, at) ?? []);
}

function placementOf(reading: Reading): Placement {
  const on = (section: string, option: string, known: boolean): boolean => {
    const at = reading.conf.single([{ section, option }]);
    const text = at === undefined ? undefined : textOf(reading, at);
    if (text === undefined) return false;
    if (!known) {
      reading.lost.push(
        `${text.origin}: Nova ${reading.release.version} does not know ${option} and ignores it`,
      );
      return false;
    }
    if (/^(true|1|on|yes)$/i.test(text.text)) return true;
    if (!/^(false|0|off|no)$/i.test(text.text)) {
      reading.lost.push(
        `${text.origin}: ${option} "${text.text}" is not a boolean: write true or false`,
      );
    }
    return false;
  };
  const { release } = reading;
  return {
    reportInPlacement: on("pci", "report_in_placement", release.reportInPlacement),
    pciInPlacement: on("filter_scheduler", "pci_in_placement", release.pciInPlacement),
  };
}

/** Entries of one name stand or fall together, but for one that is wrong by itself. */
function aliasesOf(
  reading: Reading,
  pciInPlacement: boolean,
  notes: string[],
): readonly FoundAlias[] {
  const { release, lost } = reading;
  const byName = new Map<string, Text[]>();
  for (const text of textsOf(reading, release.aliasNames)) {
    const alone = readAliases([text.text], release, pciInPlacement);
    if ("refused" in alone) lost.push(refusal("alias", text, alone.refused, release));
    else {
      const name = [...alone.aliases.keys()][0]!;
      const loaded = loadJson(text.text);
      if (loaded.ok) notes.push(...repeatedKeys(text.origin, loaded.repeated));
      byName.set(name, [...(byName.get(name) ?? []), text]);
    }
  }
  return [...byName].flatMap(([name, texts]) => {
    const distinct = withoutRepeats(texts, notes);
    const all = distinct.map((text) => text.text);
    const read = readAliases(all, release, pciInPlacement);
    const origin = [...new Set(distinct.map((text) => text.origin))].join(", ");
    if ("refused" in read) {
      lost.push(`${origin}: Nova ${release.version} refuses alias "${name}": ${read.refused}`);
      return [];
    }
    if (pciInPlacement && distinct.length > 1) {
      lost.push(
        `${origin}: with pci_in_placement Nova ${release.version} answers 500 to each server that asks for alias "${name}", because it is repeated: give the devices one resource_class and the alias only that`,
      );
      return [];
    }
    const meaning = all.map(aliasMeaning).toSorted().join("\n");
    return [{ name, aliases: read.aliases, meaning, origin }];
  });
}

/** Case of ids and order of keys aside. */
function withoutRepeats(texts: readonly Text[], notes: string[]): readonly Text[] {
  const first = new Map<string, Text>();
  for (const text of texts) {
    const meaning = aliasMeaning(text.text);
    const known = first.get(meaning);
    if (known === undefined) first.set(meaning, text);
    else notes.push(`${text.origin} says the same as ${known.origin}: once in the object`);
  }
  return [...first.values()];
}

function repeatedKeys(origin: string, keys: readonly string[]): readonly string[] {
  return keys.map(
    (key) => `${origin}: "${key}" stands there more than once, and Nova takes the last`,
  );
}

function devicesOf(
  reading: Reading,
  reportInPlacement: boolean,
  notes: string[],
): readonly FoundDevice[] {
  const { conf, release, lost } = reading;
  if (release.deviceSpecName !== "device_spec") {
    for (const at of conf.multi([{ section: "pci", option: "device_spec" }])) {
      lost.push(
        `${originOf(at)}: Nova ${release.version} does not know device_spec and ignores it: write passthrough_whitelist, or say --release`,
      );
    }
  }
  return textsOf(reading, release.deviceSpecNames).flatMap((text) =>
    elementsOf(text).flatMap((element): readonly FoundDevice[] => {
      const context = { release, reportInPlacement, host: unknownHost };
      const read = readSpecs([element.text], context);
      if (!("specs" in read)) {
        const why = "refused" in read ? read.refused : `cannot be decided: ${read.undecided}`;
        lost.push(refusal("device_spec", element, why, release));
        return [];
      }
      const loaded = loadJson(element.text);
      if (!loaded.ok || !isDict(loaded.value)) return [];
      notes.push(...repeatedKeys(element.origin, loaded.repeated));
      return [{ spec: read.specs[0]!, written: loaded.value, origin: element.origin }];
    }),
  );
}

/** Each object of a list by itself, as it was written. */
function elementsOf({ text, origin }: Text): readonly Text[] {
  const loaded = loadJson(text);
  if (!loaded.ok || !isList(loaded.value)) return [{ text, origin }];
  const inner = innerValues(text);
  if (inner.length !== loaded.value.items.length) return [{ text, origin }];
  return inner.map((word, index) => ({
    text: word,
    origin: inner.length === 1 ? origin : `${origin}[${index}]`,
  }));
}

function refusal(
  option: "alias" | "device_spec",
  text: Text,
  why: string,
  release: Release,
): string {
  return `${text.origin}: Nova ${release.version} refuses it: ${mistakeIn(option, text.text, why)}`;
}
