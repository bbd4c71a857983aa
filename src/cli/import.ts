// Answers "how would this nova.conf look as objects?": nova-pci import prints PciAlias and
// PciWhitelist YAML and proves, with the reader of nova.conf, that they mean the same.

import { parseArgs } from "node:util";
import { dump, YAML11_SCHEMA } from "js-yaml";
import { apiVersion } from "../api/names.ts";
import { problemsOf } from "../api/parse.ts";
import { readAliases, type Aliases } from "../nova/alias.ts";
import { interpolate } from "../nova/conf-interpolate.ts";
import { writeConf, type ConfLine } from "../nova/conf-writer.ts";
import type { AliasDeclaration, DeviceDeclaration, ModelContext } from "../nova/declare.ts";
import { emitAlias } from "../nova/declare-alias.ts";
import { emitDevice } from "../nova/declare-device.ts";
import { readSpecs, type DeviceSpec } from "../nova/device-spec.ts";
import { unknownHost } from "../nova/host.ts";
import { readConf, type ConfValue } from "../nova/oslo-conf.ts";
import { boolOfText } from "../nova/python-text.ts";
import { releases, type Release } from "../nova/release.ts";
import {
  guard,
  ReadingProblem,
  readText,
  releaseOf,
  understood,
  UsageProblem,
} from "./arguments.ts";
import {
  convertAliases,
  convertDevices,
  inRuns,
  type ImportedAlias,
  type ImportedDevice,
} from "./imported-objects.ts";
import { exitCodes, type Command, type Io } from "./io.ts";
import { differencesOf } from "./same-meaning.ts";

const help = `nova-pci import: existing nova.conf files as objects

  nova-pci import --conf /etc/nova/nova.conf
  nova-pci import --conf nova.conf --conf nova.conf.d/10-pci.conf > objects.yaml

Prints a PciAlias for every alias and a PciWhitelist for the device specs, in the order that keeps
the first match first. What comes out is written as the operator would write it, read again, and
compared with what went in. Comments say what nova.conf does not: the nodes, missing device types,
and everything that no object can express (such an entry is left out and the exit code is 1).

  --conf FILE    a nova.conf; may be repeated, in the order in which Nova reads them; - is stdin
  --release R    the Nova that reads them (default: the newest), such as 26 or Epoxy
  --name NAME    metadata.name of the PciWhitelist (default: imported)

Exit code: 0 everything is in the objects, 1 something is not, 2 a wrong argument or file.
`;

export const command: Command = {
  name: "import",
  summary: "Print existing nova.conf files as PciAlias and PciWhitelist objects",
  help,
  run: (args, io) => guard(command, args, io, () => importFiles(args, io)),
};

type Wanted = {
  readonly release: Release;
  readonly name: string;
  readonly files: readonly string[];
};

function readWanted(args: readonly string[]): Wanted {
  const { values } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        conf: { type: "string", multiple: true, default: [] },
        release: { type: "string" },
        name: { type: "string", default: "imported" },
      },
    }),
  );
  if (values.conf.length === 0) throw new UsageProblem("--conf FILE is missing");
  const release = values.release === undefined ? releases.at(-1)! : releaseOf(values.release);
  return { release, name: values.name, files: values.conf };
}

type Read = {
  readonly aliases: Aliases;
  readonly specs: readonly DeviceSpec[];
  readonly written: readonly Written[];
  readonly context: ModelContext;
};
type Written = { readonly text: string; readonly origin: string };

async function importFiles(args: readonly string[], io: Io): Promise<number> {
  const wanted = readWanted(args);
  const texts: { name: string; text: string }[] = [];
  for (const name of wanted.files) texts.push({ name, text: await readText(name, io) });
  const read = readNovaConf(texts, wanted.release);
  const aliases = convertAliases(read.aliases);
  const devices = convertDevices(read.specs);
  const { text, problems } = objectsText(aliases, devices, read, wanted);
  io.stdout(text);
  for (const problem of problems) io.stderr(`nova-pci import: ${problem}\n`);
  return problems.length === 0 ? exitCodes.fine : exitCodes.finding;
}

function readNovaConf(files: readonly { name: string; text: string }[], release: Release): Read {
  const conf = readConf(files);
  const [wrong] = conf.problems;
  if (wrong !== undefined) {
    throw new ReadingProblem(`${wrong.file}:${wrong.line}: ${wrong.message}`);
  }
  const resolved = (values: readonly ConfValue[]): readonly Written[] =>
    values.map(({ value, file, line }) => {
      const origin = `${file}:${line}`;
      const read = interpolate(value, { conf, group: "pci", machine: {} });
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

type Printed = { readonly text: string; readonly problems: readonly string[] };

function objectsText(
  aliases: readonly ImportedAlias[],
  devices: readonly ImportedDevice[],
  read: Read,
  wanted: Wanted,
): Printed {
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
  const documents = [
    ...aliasDocuments(kept.aliases),
    ...whitelistDocuments(kept.devices, wanted.name),
  ];
  const problems = [
    ...lost,
    ...documents.flatMap((one) => one.problems),
    ...notTheSame(aliases, devices, kept, read),
  ];
  const head = headOf(wanted, read, lost);
  return { text: [head, ...documents.map((one) => one.text)].join("---\n"), problems };
}

function headOf({ files }: Wanted, { context }: Read, lost: readonly string[]): string {
  const flags = [
    ...(context.reportInPlacement ? ["reportInPlacement: true"] : []),
    ...(context.pciInPlacement ? ["pciInPlacement: true"] : []),
  ];
  return comments([
    `Imported from ${files.join(", ")}.`,
    ...(flags.length === 0
      ? []
      : [`The PciPassthrough needs spec.placement: { ${flags.join(", ")} }.`]),
    ...lost.map((one) => `LEFT OUT: ${one}`),
  ]);
}

function comments(lines: readonly string[]): string {
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
  name: string,
): readonly Printed[] {
  const runs = inRuns(devices);
  return runs.map(({ priority, devices: some }, index) => {
    const object = runs.length === 1 ? name : `${name}-${index + 1}`;
    const spec = { ...(runs.length === 1 ? {} : { priority }), devices: some };
    const where =
      "spec.nodeSelector is missing: nova.conf does not say on which nodes it was; all get these.";
    return document("PciWhitelist", object, spec, [where]);
  });
}

function document(
  kind: "PciAlias" | "PciWhitelist",
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
function objectName(alias: string, taken: Set<string>): string {
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

type Kept = {
  readonly aliases: readonly AliasDeclaration[];
  readonly devices: readonly DeviceDeclaration[];
};

/** Written as the operator writes it, read as Nova reads it, compared with what was there. */
function notTheSame(
  aliases: readonly ImportedAlias[],
  devices: readonly ImportedDevice[],
  kept: Kept,
  read: Read,
): readonly string[] {
  const release = read.context.releases[0]!;
  const { pciInPlacement, reportInPlacement } = read.context;
  const option = (section: string, name: string, isOn: boolean): readonly ConfLine[] =>
    isOn ? [{ section, option: name, value: "true" }] : [];
  const lines: readonly ConfLine[] = [
    ...option("filter_scheduler", "pci_in_placement", pciInPlacement),
    ...option("pci", "report_in_placement", reportInPlacement),
    ...kept.aliases
      .flatMap((one) => emitAlias(one, read.context))
      .map((value) => ({ section: "pci", option: "alias", value })),
    ...kept.devices.map((one) => ({
      section: "pci",
      option: release.deviceSpecName,
      value: emitDevice(one, release),
    })),
  ];
  const again = readNovaConf([{ name: "rendered", text: writeConf(lines) }], release);
  const lostNames = new Set(aliases.filter((one) => "lost" in one).map((one) => one.name));
  const before = {
    aliases: new Map([...read.aliases].filter(([name]) => !lostNames.has(name))),
    specs: read.specs.filter((_, index) => "declared" in devices[index]!),
  };
  return differencesOf(before, again);
}
