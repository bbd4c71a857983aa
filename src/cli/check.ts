// nova-pci check: whether a service of one Nova would start and serve with these files. Reads them
// in the order of the command line, as the service would, and asks the model of Nova.

import { didYouMean } from "../api/nearest-name.ts";
import { compareServices } from "../nova/service/compare-services.ts";
import { confFilesIn, type ConfFile } from "../nova/conf/oslo-conf.ts";
import type { Release } from "../nova/terms/release.ts";
import {
  checkService,
  type NovaService,
  type Override,
  type ServiceFinding,
} from "../nova/service/serve.ts";
import { checkFace } from "./faces/check.ts";
import { commandOf, reading, releaseOf } from "./terminal/arguments.ts";
import type { Given, Token } from "./terminal/parse.ts";
import { UsageProblem } from "./terminal/problems.ts";
import { convertDevice } from "./import/convert/convert-device.ts";
import { entriesOf } from "./import/convert/entries.ts";
import { misfits } from "./import/convert/misfits.ts";
import { importEntries } from "./import/convert/objects.ts";
import { withoutDead } from "./import/convert/runs.ts";
import { exitCodes, type Io } from "./terminal/io.ts";

const services: readonly NovaService[] = [
  "nova-api",
  "nova-compute",
  "nova-scheduler",
  "nova-conductor",
];

export const command = commandOf(checkFace, check);

type Source = { readonly is: "file" | "folder"; readonly path: string };

/** The services that read the same files. */
type Group = { readonly services: readonly NovaService[]; readonly sources: readonly Source[] };

type Wanted = {
  readonly release: Release;
  readonly groups: readonly Group[];
  readonly overrides: readonly Override[];
  readonly format: string;
};

function readWanted({ values, tokens }: Given<typeof checkFace.options>): Wanted {
  const release = releaseOf(values.release);
  if (values.service.length === 0) {
    throw new UsageProblem(`--service is missing: write one of ${services.join(", ")}`);
  }
  const groups = groupsOf(tokens);
  if (groups.some((group) => group.sources.length === 0)) {
    throw new UsageProblem("no file: give FILE or --config-dir DIR");
  }
  return { release, groups, format: values.output, overrides: values.set.map(readOverride) };
}

/**
 * Files belong to the services named before them; what stands before the first service, or is all
 * there is, belongs to every one.
 */
function groupsOf(tokens: readonly Token[]): readonly Group[] {
  const shared: Source[] = [];
  const groups: { services: NovaService[]; sources: Source[] }[] = [];
  for (const token of tokens) {
    const source = sourceOf(token);
    const last = groups.at(-1);
    if (source !== undefined) (last?.sources ?? shared).push(source);
    else if (token.kind === "option" && token.name === "service") {
      const service = serviceOf(token.value ?? "");
      if (last?.sources.length === 0) last.services.push(service);
      else groups.push({ services: [service], sources: [] });
    }
  }
  return groups.map((group) => ({ ...group, sources: [...shared, ...group.sources] }));
}

function serviceOf(text: string): NovaService {
  const service = services.find((word) => word === text || word === `nova-${text}`);
  if (service !== undefined) return service;
  const known = `write one of ${services.join(", ")}`;
  throw new UsageProblem(`--service ${text} is unknown: ${known}${didYouMean(text, services)}`);
}

function sourceOf({ kind, name, value }: Token): Source | undefined {
  if (value === undefined) return undefined;
  if (kind === "positional") return { is: "file", path: value };
  if (kind !== "option") return undefined;
  if (name === "config-file") return { is: "file", path: value };
  return name === "config-dir" ? { is: "folder", path: value } : undefined;
}

function readOverride(text: string): Override {
  const parts = /^([^.=\s]+)\.([^=\s]+)=(.*)$/s.exec(text);
  if (parts === null) {
    throw new UsageProblem(`--set ${text}: write group.option=value, such as pci.alias=...`);
  }
  const [, section, option, value] = parts;
  if (value!.includes("\n")) throw new UsageProblem("--set takes a value of one line");
  return { section: section!, option: option!, value: value! };
}

type Checked = {
  readonly service: NovaService;
  readonly files: readonly ConfFile[];
  readonly findings: readonly ServiceFinding[];
};

async function check(given: Given<typeof checkFace.options>, io: Io): Promise<number> {
  const wanted = readWanted(given);
  const { release } = wanted;
  const checked: Checked[] = [];
  for (const group of wanted.groups) checked.push(...(await checkGroup(group, wanted, io)));
  const isFine = checked.every((item) => verdictOf(item.findings) === "serves");
  const differences: readonly Difference[] = [
    ...(checked.length > 1 ? compareServices(checked, release).map(asError) : []),
    ...(isFine ? unfitAliases(checked, wanted) : []),
  ];
  io.stdout(
    wanted.format === "json"
      ? asJson(release, checked, differences)
      : asText(release, checked, differences),
  );
  if (release.pointAssumed) {
    io.stderr(`nova-pci check: read as Nova ${release.version}; point releases may differ\n`);
  }
  return isFine && differences.length === 0 ? exitCodes.fine : exitCodes.finding;
}

async function checkGroup(group: Group, wanted: Wanted, io: Io): Promise<readonly Checked[]> {
  const { release, overrides } = wanted;
  const checked: Checked[] = [];
  for (const service of group.services) {
    const { files, problems } = await readSources(group.sources, { service, release }, io);
    const found =
      problems.length > 0
        ? []
        : checkService({ service, release, files, overrides }).map((finding) =>
            asYaml(finding, files),
          );
    const isServing = verdictOf([...problems, ...found]) === "serves";
    const dead = isServing && service === "nova-compute" ? deadSpecs(files, release) : [];
    checked.push({ service, files, findings: [...problems, ...found, ...dead] });
  }
  return checked;
}

/** A manifest is no file of Nova's, and what stands in its way to be one is no help. */
function asYaml(finding: ServiceFinding, files: readonly ConfFile[]): ServiceFinding {
  const text = files.find(({ name }) => name === finding.file)?.text ?? "";
  if (finding.severity !== "refuse" || !/^(apiVersion|kind|conf|parameter_defaults):/m.test(text))
    return finding;
  return { ...finding, message: `${finding.message}; this is YAML, which nova-pci import reads` };
}

/** Device specs that an earlier one leaves nothing: the first match wins. */
function deadSpecs(files: readonly ConfFile[], release: Release): readonly ServiceFinding[] {
  const { devices } = entriesOf({ reader: "compute", pool: undefined, files }, release);
  const converted = devices.flatMap((device) => convertDevice(device, release).kept ?? []);
  return withoutDead(converted).dead.map((text) => {
    const [, file, line, message] = /^(.*?):(\d+)(?:\[\d+\])?: (.*)$/s.exec(text)!;
    const own = { policy: "NeverMatches", severity: "warn", path: "device_spec" } as const;
    return { ...own, message: `this device spec ${message!}`, file: file!, line: Number(line) };
  });
}

/** Nova starts with them, and no server that asks for such an alias ever does. */
function unfitAliases(
  checked: readonly Checked[],
  { release, overrides }: Wanted,
): readonly Difference[] {
  const set = overrides.map(({ section, option, value }) => ({
    name: `--set ${section}.${option}`,
    text: `[${section}]\n${option} = ${value}\n`,
  }));
  const processes = checked.map(({ service, files }) => ({
    ...{ reader: service === "nova-compute" ? ("compute" as const) : ("api" as const) },
    ...{ pool: undefined, files: [...files, ...set] },
  }));
  const entries = processes.map((item) => entriesOf(item, release));
  const { aliases, pools, placement } = importEntries(entries, release);
  const devices = pools.flatMap(({ runs }) => runs.flatMap((run) => run.devices));
  return misfits(aliases, devices, placement.pciInPlacement).map(({ alias, rule, message }) => {
    const [, file, line] = /^(.*?):(\d+)/s.exec(alias.origin)!;
    const inConf = message
      .replace(/resourceClass: (\w+)/g, '"resource_class": "$1"')
      .replaceAll("resourceClass", "resource_class");
    const own = { policy: rule, severity: "error", path: "alias", message: inConf } as const;
    return { ...own, file: file!, line: Number(line) };
  });
}

/**
 * What no service shows alone: each would start, and some servers can never be made or moved. Its
 * name may be one that objects have, too.
 */
type Difference = Omit<ServiceFinding, "policy" | "severity"> & {
  readonly policy: string;
  readonly severity: "error";
};

function asError(finding: ServiceFinding): Difference {
  return { ...finding, severity: "error" };
}

/** Not knowing is a third answer. */
function verdictOf(findings: readonly ServiceFinding[]): "serves" | "refused" | "undecided" {
  if (findings.some((finding) => finding.severity === "refuse")) return "refused";
  return findings.some((finding) => finding.undecided === true) ? "undecided" : "serves";
}

type Sources = {
  readonly files: readonly ConfFile[];
  readonly problems: readonly ServiceFinding[];
};

async function readSources(
  sources: readonly Source[],
  { service, release }: { readonly service: NovaService; readonly release: Release },
  io: Io,
): Promise<Sources> {
  const files: ConfFile[] = [];
  const problems: ServiceFinding[] = [];
  for (const name of await pathsOf(sources, io)) {
    const text = await readStrictly(name, io);
    const wrongEncoding = encodingProblem(text);
    if (text !== undefined && wrongEncoding === undefined) files.push({ name, text });
    else {
      const message = `${service} ${release.version} would not start: ${wrongEncoding!}`;
      problems.push({ policy: "NovaRefuses", severity: "refuse", message, path: "", file: name });
    }
  }
  return { files, problems };
}

async function pathsOf(sources: readonly Source[], io: Io): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { is, path } of sources) {
    if (is === "file") paths.push(path);
    else {
      const names = confFilesIn(await reading(path, () => io.readFolder(path)));
      paths.push(...names.map((name) => `${path.replace(/\/$/, "")}/${name}`));
    }
  }
  return paths;
}

function encodingProblem(text: string | undefined): string | undefined {
  if (text === undefined) return "the file is not UTF-8: save it as UTF-8";
  if (/^\ufeff?[^\0]\0[^\0]\0|^\ufeff?\0[^\0]\0/.test(text))
    return "the file is UTF-16: save it as UTF-8";
  return text.startsWith("\ufeff")
    ? "the file begins with a byte order mark: save it as UTF-8 without one"
    : undefined;
}

/** oslo.config reads strict UTF-8 and takes a BOM for text; undefined = it is not UTF-8. */
async function readStrictly(path: string, io: Io): Promise<string | undefined> {
  if (path === "-") return io.readStdin();
  const bytes = await reading(path, () => io.readBytes(path));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function asText(
  release: Release,
  checked: readonly Checked[],
  differences: readonly Difference[],
): string {
  const parts = checked.flatMap(({ service, findings }) => [
    ...findings.map(lineOf),
    `${service} ${release.version} ${verdicts[verdictOf(findings)]} with these files\n`,
  ]);
  return [...parts, ...differences.map(lineOf)].join("");
}

const verdicts = {
  serves: "would start and serve",
  refused: "would not start or not serve",
  undecided: "cannot be decided: whether it would start and serve",
} as const;

function lineOf(file: ServiceFinding | Difference): string {
  const place = [file.file, file.line].filter((part) => part !== undefined).join(":");
  const level = file.severity === "warn" ? "warning" : "error";
  return `${place === "" ? "" : `${place}: `}${level}: ${file.message} [${file.policy}]\n`;
}

function asJson(
  { version }: Release,
  checked: readonly Checked[],
  differences: readonly Difference[],
): string {
  const all = checked.map(({ service, findings }) => {
    const verdict = verdictOf(findings);
    return { release: version, service, serves: verdict === "serves", verdict, findings };
  });
  const [only, ...more] = all;
  const found =
    more.length > 0
      ? { services: all, differences }
      : { ...only, findings: [...(only?.findings ?? []), ...differences] };
  return `${JSON.stringify(found, null, 2)}\n`;
}
