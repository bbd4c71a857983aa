// Validation of an object of ours: the CRD's schema by ajv, and the twins of its CEL rules. For
// where the API server does not run: offline commands, and objects that were stored before a schema
// was tightened.

import { Ajv, type ValidateFunction } from "ajv";
import { pciAliasSchema } from "./generated/pci-alias.ts";
import { pciFlavorSchema } from "./generated/pci-flavor.ts";
import { pciPassthroughSchema } from "./generated/pci-passthrough.ts";
import { pciWhitelistSchema } from "./generated/pci-whitelist.ts";
import { isMoment } from "./moments.ts";
import { apiVersion, type Kind } from "./names.ts";
import { nameProblems } from "./object-name.ts";
import { brokenRules } from "./rules.ts";
import { leavesRulesAlone, schemaProblems, text, type Problem } from "./schema-problems.ts";

export type { Problem } from "./schema-problems.ts";

type Schema = Readonly<Record<string, unknown>>;

const schemas: Readonly<Record<Kind, Schema>> = {
  PciAlias: pciAliasSchema,
  PciWhitelist: pciWhitelistSchema,
  PciFlavor: pciFlavorSchema,
  PciPassthrough: pciPassthroughSchema,
};

type Validators = (kind: Kind) => ValidateFunction;

/** Each is compiled when it is first asked for: a process that fills nothing in compiles half. */
function validators(useDefaults: boolean): Validators {
  const compiled = new Map<Kind, ValidateFunction>();
  return (kind) => {
    const made = compiled.get(kind) ?? compile(kind, useDefaults);
    compiled.set(kind, made);
    return made;
  };
}

const checkOf = validators(false);
const fillOf = validators(true);

/** The schemas are ours, and API servers take them: nobody judges them here, which takes longer. */
const asTheyAre = { strict: false, meta: false, validateSchema: false } as const;

function compile(kind: Kind, useDefaults: boolean): ValidateFunction {
  const ajv = new Ajv({ ...asTheyAre, allErrors: true, verbose: true, useDefaults });
  for (const format of ["int32", "int64"]) ajv.addFormat(format, true);
  ajv.addFormat("date-time", isMoment);
  ajv.addKeyword({ keyword: uniqueKeys, type: "array", validate: hasUniqueKeys });
  return ajv.compile(structural(schemas[kind]));
}

/** What x-kubernetes-list-map-keys asks: no two items with the same keys. */
const uniqueKeys = "uniqueKeys";

function hasUniqueKeys(keys: readonly string[], items: readonly unknown[]): boolean {
  const seen = items.map((item) =>
    JSON.stringify(keys.map((key) => (item as Schema | null)?.[key])),
  );
  return new Set(seen).size === seen.length;
}

/** A structural schema as JSON Schema: unknown fields are refused, int-or-string is spelled out. */
function structural(schema: Schema): Record<string, unknown> {
  const copy = convert(schema) as Record<string, unknown>;
  return { ...copy, properties: { ...(copy.properties as object), metadata: { type: "object" } } };
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (value === null || typeof value !== "object") return value;
  const schema = value as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(schema)) {
    if (!key.startsWith("x-kubernetes-")) copy[key] = key === "default" ? item : convert(item);
  }
  if (schema["x-kubernetes-int-or-string"] === true) copy.type = ["integer", "string"];
  if (schema["x-kubernetes-list-type"] === "set") copy.uniqueItems = true;
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys !== undefined) copy[uniqueKeys] = keys;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const closed = schema.type === "object" && schema.properties !== undefined && !open;
  if (closed && schema.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

const judged = new WeakMap<object, readonly Problem[]>();

/**
 * Every problem of an object, most telling first; empty = fine. Judging the same value again costs
 * nothing.
 */
export function problemsOf(kind: Kind, object: object): readonly Problem[] {
  const known = judged.get(object);
  if (known !== undefined) return known;
  const problems = judge(kind, object as Readonly<Record<string, unknown>>);
  judged.set(object, problems);
  return problems;
}

function judge(kind: Kind, object: Readonly<Record<string, unknown>>): readonly Problem[] {
  const whole = withoutNulls(schemas[kind], object) as Schema;
  const written: Schema = Object.fromEntries(
    Object.entries(whole).filter(([key]) => key !== "status"),
  );
  if (written.apiVersion !== undefined && written.apiVersion !== apiVersion) {
    return [
      { path: "apiVersion", message: `found ${text(written.apiVersion)}, write ${apiVersion}` },
    ];
  }
  const check = checkOf(kind);
  const errors = check(written) ? [] : (check.errors ?? []);
  // As the API server does: rules are not asked about values of the wrong type or size.
  const broken = errors.every(leavesRulesAlone) ? brokenRules(kind, written) : [];
  const misnamed = nameProblems(kind, written);
  const rules = broken.filter(({ path }) => misnamed.every((problem) => problem.path !== path));
  return [...misnamed, ...schemaProblems(errors), ...rules];
}

/**
 * What the API server would refuse or drop of a status; empty = fine. A status that does not fit is
 * never written, so the tests of whoever makes one ask here.
 */
export function statusProblems(kind: Kind, status: unknown): readonly Problem[] {
  const check = checkOf(kind);
  check({ status });
  return schemaProblems(check.errors ?? []).filter((schemaProblem) =>
    schemaProblem.path.startsWith("status"),
  );
}

/** The object with the schema's defaults, as the API server stores it. */
export function withDefaults<T extends object>(kind: Kind, object: T): T {
  const copy = withoutNulls(schemas[kind], structuredClone(object)) as T;
  fillOf(kind)(copy);
  return copy;
}

/**
 * The API server takes `key: null` for an absent key where null is no value (templates write it).
 */
function withoutNulls(schema: unknown, value: unknown): unknown {
  return holdsNull(value) ? leftNotNull(schema, value) : value;
}

function holdsNull(value: unknown): boolean {
  if (typeof value !== "object") return false;
  return value === null || Object.values(value).some(holdsNull);
}

function leftNotNull(schema: unknown, value: unknown): unknown {
  const { properties, additionalProperties, items } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly additionalProperties?: unknown;
    readonly items?: unknown;
  };
  if (Array.isArray(value)) return value.map((item) => leftNotNull(items, item));
  if (value === null || typeof value !== "object") return value;
  const inner = (key: string): unknown => properties?.[key] ?? additionalProperties;
  const kept = Object.entries(value).filter(
    ([key, item]) => item !== null || (inner(key) as Schema | undefined)?.["nullable"] === true,
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, leftNotNull(inner(key), item)]));
}
