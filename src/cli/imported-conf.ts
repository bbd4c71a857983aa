// Answers "which documents say what this nova.conf says?": YAML of PciAlias and PciWhitelist, proved with
// the reader of nova.conf to mean the same. Knows neither files nor clusters.

import { dump, YAML11_SCHEMA } from "js-yaml";
import { apiVersion, type Kind } from "../api/names.ts";
import { problemsOf } from "../api/parse.ts";
import { readAliases, type Alias, type Aliases } from "../nova/alias.ts";
import { interpolate } from "../nova/conf-interpolate.ts";
import type { AliasDeclaration, DeviceDeclaration, ModelContext } from "../nova/declare.ts";
import { emitAlias } from "../nova/declare-alias.ts";
import { emitDevice } from "../nova/declare-device.ts";
import { readSpecs, type DeviceSpec } from "../nova/device-spec.ts";
import { unknownHost } from "../nova/host.ts";
import { aliasMeaning, deviceMeaning, deviceMeanings } from "../nova/meaning.ts";
import { readConf, type ConfValue } from "../nova/oslo-conf.ts";
import { boolOfText } from "../nova/python-text.ts";
import type { Release } from "../nova/release.ts";
import type { NodeSelector } from "../plan/terms/settings.ts";
import { ReadingProblem } from "./arguments.ts";
import {
  convertAliases,
  convertDevices,
  inRuns,
  type ImportedAlias,
  type ImportedDevice,
} from "./imported-objects.ts";

export type Read = {
  readonly aliases: Aliases;
  readonly specs: readonly DeviceSpec[];
  readonly written: readonly Written[];
  readonly context: ModelContext;
};
type Written = { readonly text: string; readonly origin: string };

export function readNovaConf(
  files: readonly { name: string; text: string }[],
  release: Release,
): Read {
  const conf = readConf(files);
  const [wrong] = conf.problems;
  if (wrong !== undefined) {
    throw new ReadingProblem(`${wrong.file}:${wrong.line}: ${wrong.message}`);
  }
  const resolved = (values: readonly ConfValue[]): readonly Written[] =>
    values.map(({ value, file, line }) => {
      const origin = `${file}:${line}`;
      const read = interpolate(value, { conf, group: "pci", machine: {}, release });
      if ("text" in read) return { text: read.text, origin };
      const why = "refused" in read ? read.refused : read.undecided;
      throw new ReadingProblem(`${origin}: ${why}; write $$ for a dollar sign`);
    });
  const flag = (section: string, option: string): boolean =>
    boolOfText(conf.single([{ section, option }])?.value ?? "") ?? false;
  const pciInPlacement = flag("filter_scheduler", "pci_in_placement");
  const reportInPlacement = flag("pci", "report_in_placement");
  const aliasValues = resolved(conf.multi(release.aliasNames));
  const written = resolved(conf.multi(release.deviceSpecNames));
  const context = { releases: [release], pciInPlacement, reportInPlacement };
  const aliases = readAliases(aliasValues.map(textOf), release, pciInPlacement);
  if ("refused" in aliases) {
    const origin = aliases.index === undefined ? "alias" : aliasValues[aliases.index]!.origin;
    throw new ReadingProblem(`${origin}: nova ${release.version} refuses it: ${aliases.refused}`);
  }
  const specs = readSpecs(written.map(textOf), { release, reportInPlacement, host: unknownHost });
  if (!("specs" in specs)) {
    const why = "refused" in specs ? specs.refused : specs.undecided;
    throw new ReadingProblem(
      `${written[specs.index]!.origin}: nova ${release.version} refuses it: ${why}`,
    );
  }
  return { aliases: aliases.aliases, specs: specs.specs, written, context };
}

function textOf({ text }: Written): string {
  return text;
}

export type Printed = { readonly text: string; readonly problems: readonly string[] };

/** What nova.conf does not say. */
export type Whereabouts = {
  readonly name: string;
  readonly nodeSelector?: NodeSelector;
  readonly comments: readonly string[];
};

/** One document for each alias, and one or more for the device specs. */
export function objectsOf(read: Read, where: Whereabouts): readonly Printed[] {
  const aliases = convertAliases(read.aliases);
  const devices = convertDevices(read.specs);
  const kept = {
    aliases: aliases.flatMap((one) => ("declared" in one ? [one.declared] : [])),
    devices: devices.flatMap((one) => ("declared" in one ? [one.declared] : [])),
  };
  const lost = [
    ...aliases.flatMap((one) => ("lost" in one ? [`alias "${one.name}": ${one.lost}`] : [])),
    ...devices.flatMap((one) =>
      "lost" in one ? [`${read.written[one.index]!.origin}: ${one.lost}`] : [],
    ),
  ];
  const unlike = notTheSame(aliases, devices, read);
  return [
    ...(lost.length + unlike.length === 0
      ? []
      : [{ text: leftOut(lost), problems: [...lost, ...unlike] }]),
    ...aliasDocuments(kept.aliases),
    ...whitelistDocuments(kept.devices, where),
  ];
}

function leftOut(lost: readonly string[]): string {
  return comments(lost.map((one) => `LEFT OUT: ${one}`));
}

/** Documents under a heading; what is only a comment joins it. */
export function assemble(heading: readonly string[], documents: readonly Printed[]): Printed {
  const remarks = documents.filter(
    (one) => !one.text.includes("\napiVersion:") && !one.text.startsWith("apiVersion:"),
  );
  const objects = documents.filter((one) => !remarks.includes(one));
  const head = comments(heading) + remarks.map((one) => one.text).join("");
  return {
    text: [head, ...objects.map((one) => one.text)].join("---\n"),
    problems: documents.flatMap((one) => one.problems),
  };
}

export function placementFlags({ context }: Read): readonly string[] {
  return [
    ...(context.reportInPlacement ? ["reportInPlacement: true"] : []),
    ...(context.pciInPlacement ? ["pciInPlacement: true"] : []),
  ];
}

export function comments(lines: readonly string[]): string {
  return lines.map((line) => `# ${line.replaceAll("\n", " ")}\n`).join("");
}

function aliasDocuments(aliases: readonly AliasDeclaration[]): readonly Printed[] {
  const names = new Set<string>();
  return aliases.map(({ name, match, ...rest }) => {
    const object = objectName(name, names);
    const spec = {
      ...(object === name ? {} : { name }),
      ...(match.length === 0 ? {} : { match }),
      ...rest,
    };
    const missing =
      rest.deviceType === undefined
        ? ["deviceType is missing: it takes type-PCI and type-VF, never a physical function."]
        : [];
    return document("PciAlias", object, spec, missing);
  });
}

function whitelistDocuments(
  devices: readonly DeviceDeclaration[],
  { name, nodeSelector, comments: said }: Whereabouts,
): readonly Printed[] {
  const runs = inRuns(devices);
  return runs.map(({ priority, devices: some }, index) => {
    const object = runs.length === 1 ? name : `${name}-${index + 1}`;
    const spec = {
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(runs.length === 1 ? {} : { priority }),
      devices: some,
    };
    return document("PciWhitelist", object, spec, said);
  });
}

export function document(
  kind: Kind,
  name: string,
  spec: object,
  missing: readonly string[],
): Printed {
  const problems = problemsOf(kind, { apiVersion, kind, metadata: { name }, spec });
  const body = dump({ spec }, { forceQuotes: true, quoteStyle: "double", lineWidth: -1 });
  const quoted = dump(name, { schema: YAML11_SCHEMA }).trim();
  const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${quoted}\n${body}`;
  return {
    text: comments(missing) + text,
    problems: problems.map(({ path, message }) => `${kind}/${name}: ${path}: ${message}`),
  };
}

/** A name that Kubernetes takes, near to that of the alias, and its own. */
export function objectName(alias: string, taken: Set<string>): string {
  const near = alias
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 200);
  const base = near === "" ? "alias" : near;
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  taken.add(name);
  return name;
}

/** Written as the operator writes it, and compared with what was there. */
function notTheSame(
  aliases: readonly ImportedAlias[],
  devices: readonly ImportedDevice[],
  read: Read,
): readonly string[] {
  const release = read.context.releases[0]!;
  const before = read.written.flatMap(({ text }) => deviceMeanings(text));
  const specs = devices.flatMap((one, index) =>
    "lost" in one || deviceMeaning(emitDevice(one.declared, release)) === before[index]
      ? []
      : [`${read.written[one.index]!.origin}: the device spec would mean something else`],
  );
  const values = aliases.flatMap((one) =>
    "lost" in one ? [] : emitAlias(one.declared, read.context),
  );
  const again = readAliases(values, release, read.context.pciInPlacement);
  const kept = aliases.filter((one) => "declared" in one).map((one) => one.name);
  const after = "aliases" in again ? again.aliases : new Map<string, Alias>();
  const other = kept.filter((name) => meaningOf(read.aliases, name) !== meaningOf(after, name));
  return [...specs, ...other.map((name) => `alias "${name}" would mean something else`)];
}

function meaningOf(aliases: Aliases, name: string): string {
  const alias = aliases.get(name);
  const specs = alias?.specs.map((one) => aliasMeaning(JSON.stringify(Object.fromEntries(one))));
  return [alias?.numaPolicy, ...new Set(specs)].join("\n");
}
