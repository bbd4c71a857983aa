// The value of pci_passthrough:alias: the validator of the API (21 on, microversion 2.86 on) and
// the parser that a server meets. They do not agree.

import { parseInteger, strip } from "../text/python-text.ts";

export type AliasCount = { readonly name: string; readonly count: number };

/** The one text that both parsers read alike: no blanks, counts without sign or leading zero. */
export function emitFlavorValue(aliases: readonly AliasCount[]): string {
  return aliases.map((alias) => `${alias.name}:${alias.count}`).join(",");
}

type FlavorProblem = { readonly index: number | undefined; readonly message: string };

/** Whether the canonical text can be written and read back by every Nova. */
export function checkFlavorValue(aliases: readonly AliasCount[]): readonly FlavorProblem[] {
  const found = aliases.flatMap(({ name, count }, index): FlavorProblem[] => {
    if (!/^[^\s:,](?:[^:,]*[^\s:,])?$/.test(name) || /[\x00-\x1f\x7f-\x9f]/.test(name)) {
      return [
        {
          index,
          message: `alias "${name}" cannot be named in a flavor: no ":", "," or outer blanks`,
        },
      ];
    }
    if (!Number.isInteger(count) || count < 1) {
      return [{ index, message: `count ${count} is not a whole number above zero` }];
    }
    if (aliases.findIndex((alias) => alias.name === name) < index) {
      return [{ index, message: `alias "${name}" is listed twice; add the counts` }];
    }
    return [];
  });
  const { length } = emitFlavorValue(aliases);
  if (length <= 255) return found;
  return [
    ...found,
    { index: undefined, message: `the value has ${length} characters, and Nova's API takes 255` },
  ];
}

/**
 * The API's validator: the whole value is [^:]+:\d+(?:\s*,\s*[^:]+:\d+)*, read piece by piece
 * between the colons so that no text takes long.
 */
export function validatorTakes(value: string): boolean {
  const pieces = value.split(":");
  if (pieces.length < 2 || pieces[0] === "") return false;
  return pieces.slice(1).every((piece, index) => {
    const last = index === pieces.length - 2;
    return last ? /^\p{Nd}+$/u.test(piece) : isBetween(piece);
  });
}

/** Count, comma and the next name, which is at least one character long. */
function isBetween(piece: string): boolean {
  const rest = piece.replace(/^\p{Nd}+/u, "");
  if (rest.length === piece.length) return false;
  const comma = rest.indexOf(",");
  return comma >= 0 && strip(rest.slice(0, comma)) === "" && comma + 1 < rest.length;
}

/** What the parser of a server create makes of it: parts in order, the first bad one ends it. */
type FlavorPart =
  { readonly name: string; readonly count: bigint | undefined } | { readonly malformed: string };

export function partsOf(value: string): readonly FlavorPart[] {
  return value.split(",").map((part) => {
    const pieces = part.split(":");
    if (pieces.length !== 2) return { malformed: part };
    return { name: strip(pieces[0]!), count: parseInteger(pieces[1]!, 10) };
  });
}
