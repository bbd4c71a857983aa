// The address of a device spec and the devices it selects: WhitelistPciAddress of
// nova/pci/devspec.py with its three forms. What the host says about PFs is given.

import {
  addressText,
  exactMatches,
  globMatches,
  isRefused,
  isSingle,
  parseExact,
  parseGlob,
  type AddressFields,
  type FieldName,
} from "./address.ts";
import type { Host } from "../terms/host.ts";
import { isDict, type Dict, type Value } from "../text/python-json.ts";
import { compilePattern, matchesStart, type Compiled } from "../text/python-regex.ts";

export type SpecAddress = {
  readonly style: "glob" | "exact" | "regex";
  readonly fields: AddressFields;
  readonly isPf: boolean;
  readonly regexes?: Readonly<Record<FieldName, FieldRegex>>;
};

/** Answers are kept: the same few values are asked for every device. */
export type FieldRegex = { readonly compiled: Compiled; readonly known: Map<string, Answer> };
type Answer = boolean | "undecided";

/** Why Nova stops; `clean` = with an exception of its own. */
export type Refusal = { readonly refused: string; readonly clean: boolean };
export type Undecided = { readonly undecided: string };

/** Compiles each distinct pattern once, so that ten thousand specs share their few expressions. */
export type RegexReader = (pattern: string) => FieldRegex | Refusal | Undecided;

export function regexReader(): RegexReader {
  const read = new Map<string, FieldRegex | Refusal | Undecided>();
  return (pattern) => {
    const known = read.get(pattern);
    if (known !== undefined) return known;
    const made = readRegex(pattern);
    read.set(pattern, made);
    return made;
  };
}

function readRegex(pattern: string): FieldRegex | Refusal | Undecided {
  const compiled = compilePattern(pattern);
  switch (compiled.is) {
    case "compiled":
      return { compiled, known: new Map() };
    case "unportable":
      return { undecided: `"${pattern}": ${compiled.why}` };
    case "refused":
      return { refused: `"${pattern}": ${compiled.why}`, clean: true };
  }
}

export function readAddress(
  value: Value,
  host: Host,
  regexes: RegexReader,
): SpecAddress | Refusal | Undecided {
  if (typeof value === "string") return readGlob(value, host);
  if (isDict(value)) return readRegexes(value, host, regexes);
  return { refused: "the address is neither text nor object", clean: true };
}

function readGlob(text: string, host: Host): SpecAddress | Refusal {
  const fields = parseGlob(text);
  if (isRefused(fields)) return { refused: fields.refused, clean: true };
  return { style: "glob", fields, isPf: asksHost(fields, host) };
}

/** The address that a PF's network interface leads to; an exact one is not asked again. */
export function addressOfInterface(
  address: string,
  isPf: boolean,
  host: Host,
): SpecAddress | Refusal {
  if (!isPf) return readGlob(address, host);
  const fields = parseExact(address);
  if (isRefused(fields)) return { refused: fields.refused, clean: true };
  return { style: "exact", fields, isPf: true };
}

function asksHost(fields: AddressFields, host: Host): boolean {
  return isSingle(fields) && host.physicalFunctions.has(addressText(fields));
}

/** In the order in which Nova compiles them; unknown keys are ignored. */
const regexOrder = ["domain", "bus", "slot", "function"] as const;

function readRegexes(
  dict: Dict,
  host: Host,
  reader: RegexReader,
): SpecAddress | Refusal | Undecided {
  const texts: Record<FieldName, string> = { domain: "", bus: "", slot: "", function: "" };
  const regexes: Partial<Record<FieldName, FieldRegex>> = {};
  for (const name of regexOrder) {
    const value = dict.entries.has(name) ? dict.entries.get(name)! : ".*";
    if (typeof value !== "string") {
      return { refused: `${name} of the address is not text`, clean: false };
    }
    const regex = reader(value);
    if ("undecided" in regex) return { undecided: `${name} ${regex.undecided}` };
    if ("refused" in regex) return { ...regex, refused: `${name} ${regex.refused}` };
    texts[name] = value;
    regexes[name] = regex;
  }
  return {
    style: "regex",
    fields: texts,
    isPf: asksHost(texts, host),
    regexes: regexes as Record<FieldName, FieldRegex>,
  };
}

/** A device's own address and, for a VF, that of its parent. */
export type DevicePlace = {
  readonly own: AddressFields | Refusal;
  readonly parent: AddressFields | Refusal | undefined;
};

export function placeOf(address: string, parent: string | undefined): DevicePlace {
  return {
    own: readPlace(address),
    parent: parent === undefined || parent === "" ? undefined : readPlace(parent),
  };
}

function readPlace(text: string): AddressFields | Refusal {
  const fields = parseExact(text);
  return isRefused(fields) ? { refused: fields.refused, clean: true } : fields;
}

/** A PF's spec first tries the parent; a malformed device address is an error, not a mismatch. */
export function addressMatches(spec: SpecAddress, place: DevicePlace): Answer | Refusal {
  if (spec.isPf && place.parent !== undefined) {
    if (isRefused(place.parent)) return place.parent;
    const hit = fieldsMatch(spec, place.parent);
    if (hit !== false) return hit;
  }
  if (isRefused(place.own)) return place.own;
  return fieldsMatch(spec, place.own);
}

function fieldsMatch(spec: SpecAddress, device: AddressFields): Answer {
  switch (spec.style) {
    case "glob":
      return globMatches(spec.fields, device);
    case "exact":
      return exactMatches(spec.fields, device);
    case "regex": {
      let answer: Answer = true;
      for (const name of regexOrder) {
        const other = regexMatches(spec.regexes![name], device[name]);
        if (other === false) return false;
        if (other === "undecided") answer = "undecided";
      }
      return answer;
    }
  }
}

export function regexMatches(regex: FieldRegex, text: string): Answer {
  const known = regex.known.get(text);
  if (known !== undefined) return known;
  const answer = matchesStart(regex.compiled, text);
  regex.known.set(text, answer);
  return answer;
}
