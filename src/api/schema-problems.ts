// Schema violations in words: each kind as one sentence with what was found and what to write.
// Knows no kind of object.

import type { ErrorObject } from "ajv";
import { momentWords } from "./moments.ts";
import { nearestName } from "./nearest-name.ts";

export type Problem = {
  /** Path in the object, as kubectl prints it: spec.devices[0].vendorId. */
  readonly path: string;
  readonly message: string;
  /** What an unquoted word was taken for, where text is wanted. */
  readonly misread?: string;
};

/** Patterns of the CRDs in words; a test finds one that is missing. */
export const patternWords: Readonly<Record<string, string>> = {
  "^[0-9a-fA-F]{4}$": 'four hex digits in quotes, such as "10de"',
  "^[0-9a-fA-F*:.]+$": 'domain:bus:slot.function in hex digits, * for any, such as "0000:41:00.*"',
  "^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]$": 'a full address such as "0000:41:00.1"',
  "^(([A-Za-z0-9][A-Za-z0-9_.-]*)?[A-Za-z0-9])?$":
    "the value of a label: letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
  "^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$":
    "the value of a label, which is not empty here: letters, digits, '-', '_' and '.'",
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$":
    "the name of a container: small letters, digits and '-', such as nova-compute",
  "^([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$":
    "the name of a label, such as example.org/pci",
  "^[a-zA-Z0-9_.-]([a-zA-Z0-9 _.-]*[a-zA-Z0-9_.-])?$":
    "the id of a flavor: letters, digits, inner blanks, '.', '-' and '_'",
  "^[^\\n\\r]*$": "one line of text",
  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2})$": momentWords,
  "^[A-Za-z0-9_.]+$": "the name of a filter, such as PciPassthroughFilter",
};

/** Formats that a value of the right pattern can still miss. */
const formatWords: Readonly<Record<string, string>> = {
  "date-time": `${momentWords}: a day and an hour that there are`,
};

/** The API server's CEL rules are judged beside such errors, and not after others. */
export function leavesRulesAlone(error: ErrorObject): boolean {
  return ["pattern", "minLength", "minItems", "minProperties", "minimum", "maximum"].includes(
    error.keyword,
  );
}

/** One problem for each place: a value of the wrong type breaks every other rule too. */
export function schemaProblems(errors: readonly ErrorObject[]): readonly Problem[] {
  const telling = ["type", "enum", "pattern"];
  const rank = ({ keyword }: ErrorObject): number =>
    telling.includes(keyword) ? telling.indexOf(keyword) : telling.length;
  const best = new Map<string, Problem>();
  for (const error of [...errors].sort((a, b) => rank(a) - rank(b))) {
    const problem = readable(error);
    if (!best.has(problem.path)) best.set(problem.path, problem);
  }
  return [...best.values()].sort(byPath);
}

function byPath(a: Problem, b: Problem): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function readable(error: ErrorObject): Problem {
  const path = pathOf(error);
  const params = error.params as Params;
  const below = (property: unknown): string =>
    path === "" ? text(property) : `${path}.${text(property)}`;
  switch (error.keyword) {
    case "required":
      return { path: below(params.missingProperty), message: "is required" };
    case "additionalProperties": {
      const key = text(params.additionalProperty);
      return { path: below(key), message: `unknown field${suggestion(key, error)}` };
    }
    case "type":
      return typeProblem(path, error.data, params.type);
    default:
      return { path, message: `found ${text(error.data)}, ${wanted(error.keyword, params)}` };
  }
}

type Params = Readonly<Record<string, unknown>>;

/** What to write, by keyword of JSON Schema. */
const wantedBy: Readonly<Record<string, (params: Params) => string>> = {
  enum: ({ allowedValues }) =>
    `write one of ${(allowedValues as readonly unknown[]).map(text).join(", ")}`,
  pattern: ({ pattern }) =>
    `write ${patternWords[text(pattern)] ?? `text that matches ${text(pattern)}`}`,
  format: ({ format }) => `write ${formatWords[text(format)] ?? `what is ${text(format)}`}`,
  minimum: ({ limit }) => `write at least ${text(limit)}`,
  maximum: ({ limit }) => `write at most ${text(limit)}`,
  minLength: ({ limit }) =>
    limit === 1 ? "write some text" : `write at least ${text(limit)} characters`,
  maxLength: ({ limit }) => `write at most ${text(limit)} characters`,
  minItems: ({ limit }) => `give at least ${text(limit)}`,
  minProperties: ({ limit }) => `give at least ${text(limit)}`,
  maxItems: ({ limit }) => `give at most ${text(limit)}`,
  maxProperties: ({ limit }) => `give at most ${text(limit)}`,
  uniqueItems: () => "write each only once",
  uniqueKeys: () => "write each only once",
};

function wanted(keyword: string, params: Params): string {
  return wantedBy[keyword]?.(params) ?? `which breaks the schema (${keyword})`;
}

/** YAML reads an unquoted 8086, 0x10de or 1e49 as a number, and no as false. */
function typeProblem(path: string, data: unknown, types: unknown): Problem {
  const names = (Array.isArray(types) ? types : [types]).map(
    (value) => typeWords[text(value)] ?? text(value),
  );
  const found = kindOf(data);
  const isNumber = found === "a number" && names.some((name) => name.endsWith("number"));
  const message = `must be ${names.join(" or ")}${isNumber ? "" : `, not ${found}`}: found ${text(data)}`;
  const misread = typeof data === "number" || typeof data === "boolean" ? typeof data : undefined;
  if (misread === undefined || types !== "string") return { path, message };
  return { path, message: `${message}, quote it`, misread };
}

function kindOf(data: unknown): string {
  if (data === null) return "nothing";
  return Array.isArray(data) ? "a list" : (foundWords[typeof data] ?? typeof data);
}

const foundWords: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  object: "an object",
};

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** Nova's own spelling: vendor_id is vendorId here. */
function suggestion(key: string, error: ErrorObject): string {
  const plain = (name: string): string => name.replaceAll(/[_-]/g, "").toLowerCase();
  const parent = error.parentSchema as
    { readonly properties?: Readonly<Record<string, unknown>> } | undefined;
  const own = Object.keys(parent?.properties ?? {});
  const known = own.find((word) => plain(word) === plain(key));
  if (known !== undefined) return `, write ${known}`;
  const below = placeBelow(plain(key), parent ?? {}, plain);
  if (below !== undefined) return `, it stands in ${below}`;
  const near = nearestName(key, own);
  return near === undefined ? "" : `, did you mean ${near}?`;
}

type Schema = {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
};

/** The field of that name further down, when there is one and no other: match[].vendorId. */
function placeBelow(
  wanted: string,
  schema: Schema,
  plain: (name: string) => string,
): string | undefined {
  const found = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const { items } = value as Schema;
    const inner = (items ?? value) as Schema;
    const path = items === undefined ? name : `${name}[]`;
    return Object.keys(inner.properties ?? {})
      .filter((own) => plain(own) === wanted)
      .map((own) => `${path}.${own}`);
  });
  return found.length === 1 ? found[0] : undefined;
}

function pathOf(error: ErrorObject): string {
  return error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce(
      (path, part) =>
        /^\d+$/.test(part) ? `${path}[${part}]` : path === "" ? part : `${path}.${part}`,
      "",
    );
}

export function text(value: unknown): string {
  const whole = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return whole.length <= 80 ? whole : `${whole.slice(0, 79)}…`;
}
