// nova-pci import: PCI options of an existing Nova as objects that mean the same, proved on the way
// that the objects take afterwards.

import { releases, type Release } from "../nova/terms/release.ts";
import { importFace } from "./faces/import.ts";
import { commandOf, reading } from "./terminal/arguments.ts";
import type { Given as Called } from "./terminal/parse.ts";
import { exitCodes, type Io } from "./terminal/io.ts";
import { readWanted, type FileGroup, type Wanted } from "./import/arguments.ts";
import { importCluster } from "./import/cluster.ts";
import { entriesOf } from "./import/convert/entries.ts";
import { readFolder } from "./import/formats/folders.ts";
import { besideOthers, readFormat } from "./import/formats/formats.ts";
import {
  joined,
  nothingGiven,
  processesOf,
  severalSources,
  type Given,
  type Piece,
} from "./import/formats/given.ts";
import { importEntries, type Imported } from "./import/convert/objects.ts";
import { undeclared } from "./import/flavors.ts";
import { assemble, documentsOf, placed, type Sheet } from "./import/print.ts";
import { prove } from "./import/proof.ts";

export const command = commandOf(importFace, importAll);

async function importAll(given: Called<typeof importFace.options>, io: Io): Promise<number> {
  const wanted = readWanted(given);
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
  const entries = processesOf(given.pieces).map((item) => entriesOf(item, release));
  const imported = importEntries(entries, release);
  const asksFlavors = wanted.groups.some((group) => group.holdsFlavors);
  const saysAnything = entries.some((entry) => entry.saysAnything) || given.flavors.length > 0;
  if (!saysAnything && !asksFlavors) {
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
  const toCheck = unsure(given, imported);
  const documents = isEmpty(imported, given) ? [] : proved.documents;
  const heading = [
    `Imported from ${wanted.groups.flatMap((group) => group.paths).join(", ")}.`,
    `Read as Nova ${release.version}: ${why}.`,
    ...[...given.notes, ...imported.notes],
    ...lost.map((word) => `LEFT OUT: ${word}`),
    ...toCheck.map((word) => `CHECK: ${word}`),
  ];
  const text = assemble(heading, documents, nextSteps(proved.sheet));
  return { text, problems: [...lost, ...toCheck] };
}

/** CHECK. */
function unsure({ problems, pieces, flavors }: Given, imported: Imported): readonly string[] {
  return [
    ...problems,
    ...severalSources(pieces),
    ...imported.unequal,
    ...undeclared(flavors, imported.aliases),
  ];
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
  const several = groups.flatMap((group) => group.paths).length > 1;
  for (const { paths, reader, pool, holdsFlavors } of groups) {
    for (const path of paths) {
      const given = await readOne(path, { holdsFlavors, several }, io);
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

type How = { readonly holdsFlavors: boolean; readonly several: boolean };

async function readOne(path: string, { holdsFlavors, several }: How, io: Io): Promise<Given> {
  const folder = path === "-" ? undefined : await readFolder(path, io);
  if (folder !== undefined) return folder;
  const bytes =
    path === "-"
      ? new TextEncoder().encode(await io.readStdin())
      : await reading(path, () => io.readBytes(path));
  const read = (): Given => (holdsFlavors ? readFlavors(path, bytes) : readFormat(path, bytes));
  return several ? besideOthers(read) : read();
}

/** A cloud without flavors answers with an empty list. */
function readFlavors(path: string, bytes: Uint8Array): Given {
  const isEmptyList = /^\s*\[\s*\]\s*$/.test(new TextDecoder().decode(bytes));
  if (isEmptyList)
    return { ...nothingGiven, notes: [`${path}: an empty list, so there is no flavor.`] };
  return readFormat(path, bytes);
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

type Tried = Proved & { readonly refused: readonly { readonly object: string }[] };

/** What the operator would refuse is not printed. */
async function proofOf(sheet: Sheet): Promise<Tried> {
  const documents = documentsOf(sheet);
  const yaml = documents
    .map((document) => document.text)
    .filter((text) => text !== "")
    .join("---\n");
  const { refused, changed } = await prove(yaml, placed(sheet), sheet.imported.aliases);
  const out = new Set(refused.map((item) => item.object));
  const whys = [
    ...documents.flatMap((document) => document.problems),
    ...refused.map((item) => item.why),
  ];
  const kept = documents.map((document) =>
    out.has(document.object) ? { ...document, text: "" } : document,
  );
  return { sheet, documents: kept, problems: [...new Set([...whys, ...changed])], refused };
}

function nextSteps({ namespace, imported }: Sheet): readonly string[] {
  if (imported.aliases.length + imported.pools.length === 0) return [];
  return [
    "1. nova-pci lint -f FILE && nova-pci plan -f FILE, with your Node objects among the files",
    `2. kubectl apply -n ${namespace} -f FILE, with deploy/namespace/base-config and spec.baseConfig.fromWorkloads: true in the PciPassthrough, so that what nova.conf says already is seen and nothing restarts`,
    "3. take the [pci] options out of the chart's values when PciPassthrough is Ready; the operator renders them from then on",
  ];
}
