// A folder of nova.conf files: the overrides of Kolla-Ansible (/etc/kolla/config), in which a
// folder named like a host holds what its nova-compute reads besides, or a nova.conf.d.

import { ReadingProblem } from "../../terminal/problems.ts";
import type { Io } from "../../terminal/io.ts";
import { besideOthers, readFormat } from "./formats.ts";
import { joined, type Given, type Piece, type Reader } from "./given.ts";
import { optionNamed } from "./option-names.ts";

type Found = {
  readonly path: string;
  readonly reader: Reader;
  readonly host?: string;
};

/** undefined = it is not a folder. */
export async function readFolder(path: string, io: Io): Promise<Given | undefined> {
  const names = await namesIn(path, io);
  if (names === undefined) return undefined;
  const found = /\.conf\.d\/?$/.test(path)
    ? [...names].sort().flatMap((name) => drop(name, `${path.replace(/\/$/, "")}/${name}`))
    : await filesBelow(path.replace(/\/$/, ""), names, io);
  if (found.length === 0) {
    throw new ReadingProblem(
      `${path}: is a folder without nova.conf, nova-compute.conf or HOST/nova.conf of Kolla-Ansible: name the files`,
    );
  }
  const all: { readonly found: Found; readonly given: Given }[] = [];
  for (const entry of found) {
    const bytes = await io.readBytes(entry.path);
    const given = besideOthers(() => readFormat(entry.path, bytes));
    const own = (piece: Piece): Piece => ({
      ...piece,
      reader: entry.reader === "any" ? piece.reader : entry.reader,
      ...(entry.host === undefined ? {} : { pool: { name: entry.host, comments: [] } }),
    });
    all.push({ found: entry, given: { ...given, pieces: given.pieces.map(own) } });
  }
  const shared = all.filter((item) => item.found.host === undefined && item.found.reader !== "api");
  const general = shared.flatMap((item) => item.given.pieces);
  return joined(
    all.map(({ found: { host }, given }) => {
      if (host === undefined) return given;
      if (!given.pieces.some((piece) => optionsIn(piece).size > 0)) return { ...given, pieces: [] };
      const set = new Set(given.pieces.flatMap((piece) => [...optionsIn(piece)]));
      const pool = { name: host, comments: [] };
      const below = general.map((piece): Piece => ({
        ...without(piece, set),
        reader: "compute",
        pool,
      }));
      return { ...given, pieces: [...below, ...given.pieces] };
    }),
  );
}

function drop(name: string, path: string): readonly Found[] {
  return name.endsWith(".conf") ? [{ path, reader: "any" }] : [];
}

async function namesIn(path: string, io: Io): Promise<readonly string[] | undefined> {
  try {
    return await io.readFolder(path);
  } catch {
    return undefined;
  }
}

/** What Kolla-Ansible merges for Nova, in its order (ansible/roles/nova-cell, merge_configs). */
async function filesBelow(
  path: string,
  names: readonly string[],
  io: Io,
): Promise<readonly Found[]> {
  const inside = names.includes("nova") ? `${path}/nova` : undefined;
  const below = inside === undefined ? [] : ((await namesIn(inside, io)) ?? []);
  const files = [
    ...names.flatMap((name) => namedFile(name, `${path}/${name}`)),
    ...below.flatMap((name) => namedFile(name, `${inside!}/${name}`)),
  ];
  const [where, some] = inside === undefined ? [path, names] : [inside, below];
  const hosts: Found[] = [];
  for (const name of some) {
    const own = name.includes(".conf") ? undefined : await namesIn(`${where}/${name}`, io);
    if (own?.includes("nova.conf") !== true) continue;
    hosts.push({ path: `${where}/${name}/nova.conf`, reader: "compute", host: name });
  }
  const rank = (found: Found): number => (found.reader === "any" ? 0 : 1);
  return [...files.sort((a, b) => rank(a) - rank(b)), ...hosts];
}

function namedFile(name: string, path: string): readonly Found[] {
  if (name === "nova.conf") return [{ path, reader: "any" }];
  const service = /^nova-(api|scheduler|conductor|super-conductor|compute)\.conf$/.exec(name)?.[1];
  if (service === undefined) return [];
  return [{ path, reader: service === "compute" ? "compute" : "api" }];
}

const line = /^\s*([A-Za-z_]+)\s*[=:]/;

function optionsIn({ file }: Piece): ReadonlySet<string> {
  const names = file.text.split("\n").flatMap((row) => {
    const option = optionNamed(line.exec(row)?.[1] ?? "", "pci");
    return option === undefined ? [] : [kindOf(option)];
  });
  return new Set(names);
}

/** Both names of the device specs are one option. */
function kindOf(option: string): string {
  return option === "alias" ? option : "device_spec";
}

/** A file of a host replaces an option of the files before it; lines keep their numbers. */
function without(piece: Piece, options: ReadonlySet<string>): Piece {
  let left = false;
  const lines = piece.file.text.split("\n").map((row) => {
    if (!/^\s+\S/.test(row) || line.test(row)) {
      const option = optionNamed(line.exec(row)?.[1] ?? "", "pci");
      left = option !== undefined && options.has(kindOf(option));
    }
    return left ? "" : row;
  });
  return { ...piece, file: { ...piece.file, text: lines.join("\n") } };
}
