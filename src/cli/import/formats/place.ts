// Where a walk through the documents of a file is, and for whom what it finds is.

import type { Pool, Reader } from "./given.ts";

export type Raw = Readonly<Record<string, unknown>>;

export type Place = {
  readonly file: string;
  readonly path: string;
  /** Line of a path, or of what is nearest to it. */
  readonly lineOf: (path: string) => number;
  readonly reader: Reader;
  readonly pool?: Pool;
  /** The object, or the part of one, that is walked through: others may be for other nodes. */
  readonly source?: string;
};

export function isMap(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
