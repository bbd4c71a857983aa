// The flavors API's judgement of a request body: the JSON Schemas of
// nova/api/openstack/compute/schemas (flavor_manage until 32, flavors after) and of the extra
// specs, with the order in which jsonschema finds the first error, because only some errors are
// Nova's own.

import { namespacesOf, ruleNamed, validateNamed, type ExtraSpecVerdict } from "./extra-spec.ts";
import { asWord, isDict, type Dict, type Value } from "../text/python-json.ts";
import { lengthOf, parseInteger } from "../text/python-text.ts";
import { compareMicroversions, type Release } from "../terms/release.ts";

export type FlavorOperation = "create" | "update" | "extra_specs_create" | "extra_specs_update";

type BodyVerdict = ExtraSpecVerdict | { readonly is: "absent" };

const accepted: BodyVerdict = { is: "accepted" };

function refuse(why: string, clean = true): ExtraSpecVerdict {
  return { is: "refused", why, clean };
}

export function checkBody(
  operation: FlavorOperation,
  body: Value,
  microversion: string,
  release: Release,
): BodyVerdict {
  switch (operation) {
    case "create":
      return checkFlavor(body, (flavor) => checkCreate(flavor, microversion, release));
    case "update":
      if (compareMicroversions(microversion, "2.55") < 0) return { is: "absent" };
      return checkFlavor(body, (flavor) =>
        checkKeys(flavor, { description: isDescription }, ["description"]),
      );
    case "extra_specs_create":
      return checkWrapped(body, microversion, release);
    case "extra_specs_update":
      return checkUpdated(body, microversion, release);
  }
}

/** {"flavor": {...}} and nothing else. */
function checkFlavor(
  body: Value,
  check: (flavor: Dict) => ExtraSpecVerdict | undefined,
): BodyVerdict {
  if (!isDict(body)) return refuse("the body is not an object");
  const flavor = body.entries.get("flavor");
  if (flavor !== undefined) {
    if (!isDict(flavor)) return refuse("flavor is not an object");
    const refused = check(flavor);
    if (refused !== undefined) return refused;
  }
  if (flavor === undefined) return refuse("flavor is missing");
  return body.entries.size > 1 ? refuse("there is more than flavor in the body") : accepted;
}

/** undefined = the value is right. */
type Check = (value: Value, release: Release) => ExtraSpecVerdict | undefined;

function checkCreate(
  flavor: Dict,
  microversion: string,
  release: Release,
): ExtraSpecVerdict | undefined {
  const described = compareMicroversions(microversion, "2.55") >= 0;
  const rxtxGone =
    compareMicroversions(microversion, "2.102") >= 0 &&
    compareMicroversions(release.maxMicroversion, "2.102") >= 0;
  const checks: Readonly<Record<string, Check>> = {
    name: isName,
    id: isId,
    ram: isSize(1),
    vcpus: isSize(1),
    disk: isSize(0),
    "OS-FLV-EXT-DATA:ephemeral": isSize(0),
    swap: isSize(0),
    ...(rxtxGone ? {} : { rxtx_factor: isFactor }),
    "os-flavor-access:is_public": isBoolean,
    ...(described ? { description: isDescription } : {}),
  };
  return checkKeys(flavor, checks, ["name", "ram", "vcpus", "disk"], release);
}

/** Properties in the order of the schema, then what is missing, then what is too much. */
function checkKeys(
  dict: Dict,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[],
  release?: Release,
): ExtraSpecVerdict | undefined {
  for (const [key, check] of Object.entries(checks)) {
    const value = dict.entries.get(key);
    const refused = value === undefined ? undefined : check(value, release!);
    if (refused !== undefined) return refused;
  }
  for (const key of required) if (!dict.entries.has(key)) return refuse(`${key} is missing`);
  for (const key of dict.entries.keys()) {
    if (!Object.hasOwn(checks, key)) return refuse(`${key} is not known`);
  }
  return undefined;
}

/** Printable: no control, unassigned or private character, no blank but the horizontal ones. */
const printable = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
/** Nova builds its pattern of the first 65,535 characters only. */
const beyond = /[\u{ffff}-\u{10ffff}]/u;

/** Python's "$" also matches before a last line end. */
function withoutLastLineEnd(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

const isName: Check = (value) => {
  if (typeof value !== "string") return refuse("the name is not text");
  const length = lengthOf(value);
  if (length < 1 || length > 255) return refuse("the name has not 1 to 255 characters");
  const text = withoutLastLineEnd(value);
  const outer = /^\p{Zs}|\p{Zs}$/u.test(text);
  if (outer || beyond.test(text) || !printable.test(text)) {
    return refuse("the name has outer blanks or a character that is not printable");
  }
  return undefined;
};

const isDescription: Check = (value) => {
  if (value === null) return undefined;
  if (typeof value !== "string") return refuse("the description is neither text nor null");
  if (lengthOf(value) > 65535) return refuse("the description is longer than 65535 characters");
  const text = withoutLastLineEnd(value);
  return beyond.test(text) || !printable.test(text)
    ? refuse("the description has a character that is not printable, such as a line end")
    : undefined;
};

const isId: Check = (value) => {
  if (value === null || isNumber(value)) return undefined;
  if (typeof value !== "string") return refuse("the id is neither text nor number nor null");
  const length = lengthOf(value);
  const fits = /^(?! )[a-zA-Z0-9. _-]+(?<! )\n?$/.test(value) && length <= 255;
  return fits
    ? undefined
    : refuse("the id is not 1 to 255 of a-z, A-Z, 0-9, ., _, - and inner blanks");
};

function isNumber(value: Value): boolean {
  return (
    typeof value === "object" && value !== null && (value.type === "int" || value.type === "float")
  );
}

const largest = 0x7fffffffn;

function isSize(min: number): Check {
  return (value, release) => {
    const size = integerOf(value, release.wholeFloats);
    if (size === undefined) return refuse(`${asWord(value)} is not a whole number`);
    return size < BigInt(min) || size > largest
      ? refuse(`${asWord(value)} is not between ${min} and ${largest}`)
      : undefined;
  };
}

/** An integer, a text of digits, and from 30 on a float without fraction. */
function integerOf(value: Value, wholeFloats: boolean): bigint | undefined {
  if (typeof value === "string") {
    return /^[0-9]+\n?$/.test(value) ? parseInteger(value, 10) : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (value.type === "int") return value.value;
  if (value.type !== "float" || !wholeFloats || !Number.isInteger(value.value)) return undefined;
  return BigInt(value.value);
}

/** SQL_SP_FLOAT_MAX */
const largestFactor = 3.40282e38;

/**
 * Nova turns the value into a number with int() first, so until 29 a fraction below one counts as
 * zero; from 30 on the lower limit only looks at numbers. Infinity has no int: an OverflowError.
 */
const isFactor: Check = (value, release) => {
  if (typeof value === "string") {
    if (!/^[0-9]+(\.[0-9]+)?\n?$/.test(value)) return refuse("rxtx_factor is not a number");
    const number = Number(value);
    if (!release.wholeFloats && number <= 0) return refuse("rxtx_factor is not above zero");
    return number > largestFactor ? refuse("rxtx_factor is too large") : undefined;
  }
  if (!isNumber(value)) return refuse("rxtx_factor is neither number nor text");
  const number = Number((value as { readonly value: bigint | number }).value);
  if (Number.isNaN(number)) return undefined;
  if (release.wholeFloats) {
    if (number <= 0) return refuse("rxtx_factor is not above zero");
    if (!Number.isFinite(number)) return refuse("rxtx_factor is infinite", false);
  } else {
    if (!Number.isFinite(number)) return refuse("rxtx_factor is infinite", false);
    if (Math.trunc(number) <= 0) return refuse("rxtx_factor is not above zero");
  }
  return Math.trunc(number) > largestFactor ? refuse("rxtx_factor is too large") : undefined;
};

const booleanWords = [
  ..."True TRUE true 1 ON On on YES Yes yes".split(" "),
  ..."False FALSE false 0 OFF Off off NO No no".split(" "),
];

const isBoolean: Check = (value) => {
  const known =
    typeof value === "boolean" || (typeof value === "string" && booleanWords.includes(value));
  return known ? undefined : refuse("is_public is not a boolean");
};

function checkWrapped(body: Value, microversion: string, release: Release): BodyVerdict {
  if (!isDict(body)) return refuse("the body is not an object");
  const specs = body.entries.get("extra_specs");
  if (specs === undefined) return refuse("extra_specs is missing");
  const refused = checkMetadata(specs);
  if (refused !== undefined) return refused;
  if (body.entries.size > 1) return refuse("there is more than extra_specs in the body");
  return checkSpecs(specs as Dict, microversion, release);
}

function checkUpdated(body: Value, microversion: string, release: Release): BodyVerdict {
  const refused = checkMetadata(body);
  if (refused !== undefined) return refused;
  if ((body as Dict).entries.size !== 1) return refuse("there is not exactly one extra spec");
  return checkSpecs(body as Dict, microversion, release);
}

function checkMetadata(specs: Value): ExtraSpecVerdict | undefined {
  if (!isDict(specs)) return refuse("the extra specs are no object");
  for (const [key, value] of specs.entries) {
    if (!/^[a-zA-Z0-9\-_:. ]{1,255}\n?$/.test(key)) return refuse(`the key ${key} is not allowed`);
    if (isNumber(value)) continue;
    if (typeof value !== "string") return refuse(`${key} is neither text nor number`);
    if (lengthOf(value) > 255) return refuse(`${key} has more than 255 characters`);
  }
  return undefined;
}

function checkSpecs(specs: Dict, microversion: string, release: Release): BodyVerdict {
  if (compareMicroversions(microversion, "2.86") < 0 || !release.extraSpecValidation) {
    return accepted;
  }
  const namespaces = namespacesOf(release);
  for (const [key, value] of specs.entries) {
    const rule = ruleNamed(key, release);
    if (rule !== undefined) {
      const verdict = validateNamed(rule, key, key, isNumber(value) ? asWord(value) : value);
      if (verdict.is === "refused") return verdict;
    } else if (key.includes(":") && namespaces.has(key.split(":", 1)[0]!)) {
      return refuse(`${key} is no extra spec that this Nova knows`);
    }
  }
  return accepted;
}
