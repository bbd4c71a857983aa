// What the files of an import hold, whatever their format: texts that one process of Nova reads,
// flavors, and what the files say about the installation. Every line knows where it stands.

import type { ConfFile } from "../../../nova/conf/oslo-conf.ts";
import type { Release } from "../../../nova/terms/release.ts";
import type { NodeSelector } from "../../../plan/terms/settings.ts";

/** Who reads a text: nova-api, nova-compute, or whoever there is. */
export type Reader = "api" | "compute" | "any";

/** Compute nodes with one configuration. */
export type Pool = {
  readonly name: string;
  readonly nodeSelector?: NodeSelector;
  readonly comments: readonly string[];
};

/** A text in the form of nova.conf. Texts of one reader and one pool are one process. */
export type Piece = {
  readonly reader: Reader;
  readonly pool?: Pool;
  /** The object or the part of one that it is taken from. */
  readonly source?: string;
  readonly file: ConfFile;
};

export type GivenFlavor = {
  readonly id: string;
  readonly name: string;
  readonly extraSpecs: Readonly<Record<string, string>>;
};

export type Given = {
  readonly pieces: readonly Piece[];
  readonly flavors: readonly GivenFlavor[];
  readonly namespace?: string;
  /** The release that an image or a name tells, and where. */
  readonly release?: { readonly release: Release; readonly why: string };
  /** Said, and the exit code is 1. */
  readonly problems: readonly string[];
  /** Said only. */
  readonly notes: readonly string[];
};

export const nothingGiven: Given = { pieces: [], flavors: [], problems: [], notes: [] };

/** The first to name a namespace or a release is believed. */
export function joined(all: readonly Given[]): Given {
  const namespace = all.find((row) => row.namespace !== undefined)?.namespace;
  const release = all.find((row) => row.release !== undefined)?.release;
  return {
    pieces: all.flatMap((row) => row.pieces),
    flavors: all.flatMap((row) => row.flavors),
    problems: all.flatMap((row) => row.problems),
    notes: all.flatMap((row) => row.notes),
    ...(namespace === undefined ? {} : { namespace }),
    ...(release === undefined ? {} : { release }),
  };
}

const deviceSpec = /^\s*(device_spec|(pci_)?passthrough_whitelist)\s*[=:]/m;

/**
 * Device specs of several objects that nothing gives nodes of their own: of one nova-compute, or of
 * several pools.
 */
export function severalSources(pieces: readonly Piece[]): readonly string[] {
  const specs = pieces.filter(
    (piece) =>
      piece.source !== undefined && piece.reader !== "api" && deviceSpec.test(piece.file.text),
  );
  const unplaced = specs.filter((spec) => spec.pool === undefined);
  const sources = [...new Set(unplaced.map((piece) => piece.source!))];
  if (sources.length < 2) return [];
  return [
    `device specs stand in ${sources.join(" and ")}, and nothing says whether the same nodes read them; the object gives all to all nodes: for nodes of their own give each in a file of its own, as --compute NAME=FILE`,
  ];
}

/** What one process of Nova reads. */
export type Process = {
  readonly reader: Reader;
  readonly pool: Pool | undefined;
  readonly files: readonly ConfFile[];
};

export function processesOf(pieces: readonly Piece[]): readonly Process[] {
  const found = new Map<string, { reader: Reader; pool: Pool | undefined; files: ConfFile[] }>();
  for (const { reader, pool, file } of pieces) {
    const key = `${reader} ${pool?.name ?? ""}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { reader, pool, files: [file] });
    else known.files.push(file);
  }
  return [...found.values()];
}

/** Options on one line each, as a text of nova.conf that remembers where they came from. */
export type OptionLine = {
  readonly section: string;
  readonly option: string;
  readonly value: string;
  readonly line: number;
};

export function asConf(name: string, options: readonly OptionLine[]): ConfFile {
  const text: string[] = [];
  const lines: number[] = [];
  const put = (written: string, line: number): void => {
    text.push(written);
    lines.push(line);
  };
  let current: string | undefined;
  for (const { section, option, value, line } of options) {
    if (section !== current) put(`[${section}]`, line);
    current = section;
    for (const [index, part] of `${option} = ${value}`.split("\n").entries()) {
      put(part, line + index);
    }
  }
  return { name, text: `${text.join("\n")}\n`, lines };
}
