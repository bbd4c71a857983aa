// nova-pci import: PCI options of an existing Nova as objects that mean the same, proved on the way
// that the objects take afterwards.

import { releases, type Release } from "../nova/terms/release.ts";
import { guard, reading } from "./terminal/arguments.ts";
import { clusterOptionsHelp } from "./access/cluster-access.ts";
import { exitCodes, type Command, type Io } from "./terminal/io.ts";
import { readWanted, type FileGroup, type Wanted } from "./import/arguments.ts";
import { importCluster } from "./import/cluster.ts";
import { entriesOf } from "./import/convert/entries.ts";
import { readFormat } from "./import/formats/formats.ts";
import { joined, processesOf, type Given, type Piece } from "./import/formats/given.ts";
import { importEntries, type Imported } from "./import/convert/objects.ts";
import { assemble, documentsOf, placed, type Sheet } from "./import/print.ts";
import { prove } from "./import/proof.ts";

const help = `nova-pci import: PCI options that exist already, as objects

  nova-pci import nova.conf
  nova-pci import --api nova-api.conf --compute nova-compute.conf > objects.yaml
  nova-pci import --compute gpu=gpu.conf --compute nic=nic.conf --node-selector gpu:pool=gpu
  nova-pci import values.yaml --flavors flavors.json
  nova-pci import --cluster -n openstack > objects.yaml

Prints the PciPassthrough, a PciAlias for every alias, PciWhitelists for the device specs in the order
that keeps the first match first, and a PciFlavor for every flavor that asks for devices. What comes
out is read, accepted, ordered and rendered as the operator does it, and compared entry by entry with
what went in. What no object can express is LEFT OUT with file and line, the rest is printed, and the
exit code is 1.

  FILE, --conf FILE        what every service of Nova reads; files in the order in which it does
  --api FILE...            what nova-api reads; it is compared with nova-compute's
  --compute [POOL=]FILE... what nova-compute reads, on all nodes or on those of a pool
  --scheduler FILE...      what nova-scheduler reads, for its filters
  --flavors FILE           output of: openstack flavor list --long -f json
  --node-selector [POOL:]KEY=VALUE[,KEY=VALUE]
                           labels of the nodes; a pool without is the node of that name
  --release R              the Nova that reads them, such as 26, 31.3.1 or Epoxy; without, an image in
                           the files tells it, or the newest is assumed, and the output says which
  --name NAME              metadata.name of the PciWhitelist (default: imported)
  -n, --namespace NS       of the objects (default: that of a manifest, or openstack)

A file may be nova.conf, a ConfigMap or Secret with *.conf keys, Helm values with conf.nova and
conf.overrides.nova_compute, customServiceConfig of RHOSO, heat or hiera parameters
(NovaPCIPassthrough, nova::pci::aliases), pci-alias and pci-passthrough-whitelist of Juju, a bare list
or object of device specs or aliases in YAML or JSON, or local.conf of devstack; - is standard input.

With --cluster the files are those that nova-api and each nova-compute DaemonSet mount, the nodes are
those of the DaemonSet, and every flavor of Nova with pci_passthrough:alias becomes a PciFlavor (where
the Secret nova-pci-cloud is there). Applied as printed, nothing restarts: what the nova.conf of the
chart says already is live through it. Only an alias that nova-compute has and nova-api has not is
given to nova-api, which is said.

${clusterOptionsHelp}
Exit code: 0 everything is in the objects, 1 something is not, 2 a wrong argument or file.
`;

export const command: Command = {
  name: "import",
  summary: "Print PCI options of an existing Nova as objects",
  help,
  run: (args, io) => guard(command, args, io, () => importAll(args, io)),
};

async function importAll(args: readonly string[], io: Io): Promise<number> {
  const wanted = readWanted(args);
  const { text, problems } =
    wanted.cluster === undefined
      ? await importFiles(wanted, io)
      : await importCluster(wanted.cluster, wanted.release?.release);
  io.stdout(text);
  for (const problem of problems) io.stderr(`nova-pci import: ${problem}\n`);
  return problems.length === 0 ? exitCodes.fine : exitCodes.finding;
}

type Result = { readonly text: string; readonly problems: readonly string[] };

async function importFiles(wanted: Wanted, io: Io): Promise<Result> {
  const given = await readGroups(wanted.groups, io);
  const { release, why } = chosenRelease(wanted, given);
  const entries = processesOf(given.pieces).map((one) => entriesOf(one, release));
  const imported = importEntries(entries, release);
  const saysAnything = entries.some((one) => one.saysAnything) || given.flavors.length > 0;
  if (!saysAnything) {
    return { text: "", problems: [...given.problems, "no [pci] option in these files"] };
  }
  const sheet: Sheet = {
    imported,
    flavors: given.flavors,
    name: wanted.name,
    namespace: wanted.namespace ?? given.namespace ?? "openstack",
    release: undefined,
    installation: {},
    remarks: [],
    selectors: wanted.selectors,
  };
  const said =
    wanted.release?.text ?? (given.release === undefined ? undefined : writtenRelease(release));
  const proved = await provedSheet(sheet, release, said);
  const lost = [...imported.lost, ...proved.problems];
  const toCheck = [...given.problems, ...imported.unequal];
  const documents = isEmpty(imported, given) ? [] : proved.documents;
  const heading = [
    `Imported from ${wanted.groups.flatMap((one) => one.paths).join(", ")}.`,
    `Read as Nova ${release.version}: ${why}.`,
    ...[...given.notes, ...imported.notes],
    ...lost.map((one) => `LEFT OUT: ${one}`),
    ...toCheck.map((one) => `CHECK: ${one}`),
  ];
  const text = assemble(heading, documents, nextSteps(proved.sheet));
  return { text, problems: [...lost, ...toCheck] };
}

/** A tag of an image names a series, and so does the object. */
function writtenRelease({ name, version, pointAssumed }: Release): string {
  return pointAssumed ? name.split(" ")[0]! : version;
}

function isEmpty(imported: Imported, given: Given): boolean {
  return imported.aliases.length + imported.pools.length + given.flavors.length === 0;
}

async function readGroups(groups: readonly FileGroup[], io: Io): Promise<Given> {
  const all: Given[] = [];
  for (const { paths, reader, pool } of groups) {
    for (const path of paths) {
      const bytes =
        path === "-"
          ? new TextEncoder().encode(await io.readStdin())
          : await reading(path, () => io.readBytes(path));
      const given = readFormat(path, bytes);
      const own = (piece: Piece): Piece => ({
        ...piece,
        reader: reader === "any" ? piece.reader : reader,
        ...(pool === undefined ? {} : { pool: piece.pool ?? { name: pool, comments: [] } }),
      });
      all.push({ ...given, pieces: given.pieces.map(own) });
    }
  }
  return joined(all);
}

function chosenRelease(
  { release }: Wanted,
  given: Given,
): { readonly release: Release; readonly why: string } {
  if (release !== undefined) return { release: release.release, why: "--release says so" };
  if (given.release !== undefined) return given.release;
  const newest = releases.at(-1)!;
  return {
    release: newest,
    why: "the newest that is known, because neither --release nor an image names one",
  };
}

type Proved = {
  readonly sheet: Sheet;
  readonly documents: ReturnType<typeof documentsOf>;
  readonly problems: readonly string[];
};

/** Without a word about the release only what means the same in all of them is accepted. */
async function provedSheet(
  sheet: Sheet,
  release: Release,
  said: string | undefined,
): Promise<Proved> {
  const first = await proofOf({ ...sheet, release: said });
  if (first.refused.length === 0 || said !== undefined) return first;
  const assumed = {
    ...sheet,
    release: release.version,
    remarks: ["release is assumed: write the one that runs, or import again with --release."],
  };
  return proofOf(assumed);
}

async function proofOf(sheet: Sheet): Promise<Proved & { readonly refused: readonly string[] }> {
  const documents = documentsOf(sheet);
  const yaml = documents.map((one) => one.text).join("---\n");
  const { refused, changed } = await prove(yaml, placed(sheet), sheet.imported.aliases);
  const problems = [...documents.flatMap((one) => one.problems), ...refused, ...changed];
  return { sheet, documents, problems: [...new Set(problems)], refused };
}

function nextSteps({ namespace, imported }: Sheet): readonly string[] {
  if (imported.aliases.length + imported.pools.length === 0) return [];
  return [
    "1. nova-pci lint -f FILE && nova-pci plan -f FILE, with your Node objects among the files",
    `2. kubectl apply -n ${namespace} -f FILE, with deploy/namespace/base-config and spec.baseConfig.fromWorkloads: true in the PciPassthrough, so that what nova.conf says already is seen and nothing restarts`,
    "3. take the [pci] options out of the chart's values when PciPassthrough is Ready; the operator renders them from then on",
  ];
}
