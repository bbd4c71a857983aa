// Answers "would this service of this Nova start and serve with these files?": nova-pci check reads
// them in the order of the command line, as the service would, and asks the model of Nova.

import { parseArgs } from "node:util";
import { confFilesIn, type ConfFile } from "../nova/oslo-conf.ts";
import type { Release } from "../nova/release.ts";
import {
  checkService,
  type NovaService,
  type Override,
  type ServiceFinding,
} from "../nova/serve.ts";
import { formatOf, guard, reading, releaseOf, understood, UsageProblem } from "./arguments.ts";
import { exitCodes, type Command, type Io } from "./io.ts";

const services: readonly NovaService[] = [
  "nova-api",
  "nova-compute",
  "nova-scheduler",
  "nova-conductor",
];

const help = `nova-pci check: would this Nova start and serve with these files?

  nova-pci check --release 32.0.0 --service nova-compute /etc/nova/nova.conf
  nova-pci check --release Epoxy --service nova-api nova.conf --config-dir nova.conf.d
  nova-pci check --release 31.3.1 --service nova-api --set filter_scheduler.pci_in_placement=true FILE

Reads the [pci] options, pci_in_placement and, for nova-scheduler, the enabled filters, exactly as
oslo.config and Nova of that release would, and says with file and line what stops the service or
fails its requests. What Nova takes but nobody wants (a spec that matches every device, a key that
is misspelt) is a warning with the name of the policy.

  --release R              Nova version or OpenStack name. Point releases differ: 31.3.1 refuses
                           what 31.3.0 takes; without one the lowest of the series is meant
  --service S              nova-api, nova-compute, nova-scheduler or nova-conductor
  FILE, --config-file FILE a nova.conf; - is standard input
  --config-dir DIR         its *.conf in the order of their names. Files and folders count in the
                           order given here: a later one overrides options with one value
  --set group.option=value read after all files; may be repeated
  -o text|json             default text

A regular expression whose meaning depends on the Python of nova-compute cannot be decided here; a
warning says so.

Exit code: 0 it would start and serve, 1 it would not, 2 a wrong argument or file.
`;

export const command: Command = {
  name: "check",
  summary: "Tell whether a service of a Nova would start and serve with these files",
  help,
  run: (args, io) => guard(command, args, io, () => check(args, io)),
};

type Source = { readonly is: "file" | "folder"; readonly path: string };

type Wanted = {
  readonly release: Release;
  readonly service: NovaService;
  readonly sources: readonly Source[];
  readonly overrides: readonly Override[];
  readonly format: string;
};

function readWanted(args: readonly string[]): Wanted {
  const { values, tokens } = understood(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      tokens: true,
      options: {
        release: { type: "string" },
        service: { type: "string" },
        set: { type: "string", multiple: true, default: [] },
        "config-dir": { type: "string", multiple: true },
        "config-file": { type: "string", multiple: true },
        output: { type: "string", short: "o" },
      },
    }),
  );
  const sources = tokens.flatMap((token): readonly Source[] => {
    if (token.kind === "positional") return [{ is: "file", path: token.value }];
    if (token.kind !== "option" || token.value === undefined) return [];
    if (token.name === "config-file") return [{ is: "file", path: token.value }];
    return token.name === "config-dir" ? [{ is: "folder", path: token.value }] : [];
  });
  const release = releaseOf(values.release);
  const service = services.find((one) => one === values.service);
  if (service === undefined) {
    const found = values.service === undefined ? "is missing" : `${values.service} is unknown`;
    throw new UsageProblem(`--service ${found}: write one of ${services.join(", ")}`);
  }
  if (sources.length === 0) throw new UsageProblem("no file: give FILE or --config-dir DIR");
  const format = formatOf(values.output, ["text", "json"]);
  return { release, service, sources, format, overrides: values.set.map(readOverride) };
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

async function check(args: readonly string[], io: Io): Promise<number> {
  const wanted = readWanted(args);
  const { files, problems } = await readSources(wanted, io);
  const { release, service, overrides } = wanted;
  const found = problems.length > 0 ? [] : checkService({ service, release, files, overrides });
  const findings = [...problems, ...found];
  const starts = !findings.some((one) => one.severity === "refuse");
  io.stdout(wanted.format === "json" ? asJson(wanted, findings) : asText(wanted, findings));
  if (release.pointAssumed) {
    io.stderr(`nova-pci check: read as Nova ${release.version}; point releases may differ\n`);
  }
  return starts ? exitCodes.fine : exitCodes.finding;
}

type Sources = {
  readonly files: readonly ConfFile[];
  readonly problems: readonly ServiceFinding[];
};

async function readSources({ sources, service, release }: Wanted, io: Io): Promise<Sources> {
  const files: ConfFile[] = [];
  const problems: ServiceFinding[] = [];
  for (const name of await pathsOf(sources, io)) {
    const text = await readStrictly(name, io);
    if (text !== undefined) files.push({ name, text });
    else {
      const message = `${service} ${release.version} would not start: the file is no UTF-8`;
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

/** oslo.config reads strict UTF-8 and takes a BOM for text; undefined = it is no UTF-8. */
async function readStrictly(path: string, io: Io): Promise<string | undefined> {
  if (path === "-") return io.readStdin();
  const bytes = await reading(path, () => io.readBytes(path));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function asText(wanted: Wanted, findings: readonly ServiceFinding[]): string {
  const lines = findings.map((one) => {
    const place = [one.file, one.line].filter((part) => part !== undefined).join(":");
    const level = one.severity === "refuse" ? "error" : "warning";
    return `${place === "" ? "" : `${place}: `}${level}: ${one.message} [${one.policy}]\n`;
  });
  const { service, release } = wanted;
  const starts = !findings.some((one) => one.severity === "refuse");
  const verdict = starts ? "would start and serve" : "would not start or not serve";
  return [...lines, `${service} ${release.version} ${verdict} with these files\n`].join("");
}

function asJson(wanted: Wanted, findings: readonly ServiceFinding[]): string {
  const { release, service } = wanted;
  const serves = !findings.some((one) => one.severity === "refuse");
  return `${JSON.stringify({ release: release.version, service, serves, findings }, null, 2)}\n`;
}
