// Answers "is this an object of ours, and if not, why not?": the CRD's schema by ajv and the twins
// of its CEL rules. Where the API server does not run: offline commands, and objects that were
// stored before a schema was tightened.

import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { pciAliasSchema } from "./generated/pci-alias.ts";
import { pciFlavorSchema } from "./generated/pci-flavor.ts";
import { pciPassthroughSchema } from "./generated/pci-passthrough.ts";
import { pciWhitelistSchema } from "./generated/pci-whitelist.ts";
import { apiVersion, type Kind } from "./names.ts";
import { brokenRules } from "./rules.ts";

export type Problem = {
  /** Path in the object, as kubectl prints it: spec.devices[0].vendorId. */
  readonly path: string;
  readonly message: string;
};

const schemas: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  PciAlias: pciAliasSchema,
  PciWhitelist: pciWhitelistSchema,
  PciFlavor: pciFlavorSchema,
  PciPassthrough: pciPassthroughSchema,
};

type Compiled = { readonly check: ValidateFunction; readonly fill: ValidateFunction };
const compiled = new Map<Kind, Compiled>();

function validators(kind: Kind): Compiled {
  const known = compiled.get(kind);
  if (known !== undefined) return known;
  const made = { check: compile(kind, false), fill: compile(kind, true) };
  compiled.set(kind, made);
  return made;
}

function compile(kind: Kind, useDefaults: boolean): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, useDefaults });
  for (const format of ["int32", "int64", "date-time"]) ajv.addFormat(format, true);
  return ajv.compile(structural(schemas[kind]));
}

/** A structural schema as JSON Schema: unknown fields are refused, int-or-string is spelled out. */
function structural(schema: unknown): Record<string, unknown> {
  return convert(schema) as Record<string, unknown>;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (value === null || typeof value !== "object") return value;
  const schema = value as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(schema)) {
    if (!key.startsWith("x-kubernetes-")) copy[key] = key === "default" ? one : convert(one);
  }
  if (schema["x-kubernetes-int-or-string"] === true) copy.type = ["integer", "string"];
  if (schema["x-kubernetes-list-type"] === "set") copy.uniqueItems = true;
  const closed = schema.type === "object" && schema.properties !== undefined;
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
  const { status, ...written } = object;
  void status;
  if (written.apiVersion !== undefined && written.apiVersion !== apiVersion) {
    return [
      { path: "apiVersion", message: `found ${text(written.apiVersion)}, write ${apiVersion}` },
    ];
  }
  const { check } = validators(kind);
  if (check(written)) return brokenRules(kind, written);
  const problems = (check.errors ?? []).map(readable);
  return unique(problems);
}

/** The object with the schema's defaults, as the API server stores it. */
export function withDefaults<T extends object>(kind: Kind, object: T): T {
  const copy = structuredClone(object);
  validators(kind).fill(copy);
  return copy;
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((one) => {
    const key = `${one.path}\n${one.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
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

function readable(error: ErrorObject): Problem {
  const path = pathOf(error);
  const found = text(error.data);
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case "required":
      return {
        path:
          path === "" ? text(params.missingProperty) : `${path}.${text(params.missingProperty)}`,
        message: "is required",
      };
    case "additionalProperties":
      return {
        path:
          path === ""
            ? text(params.additionalProperty)
            : `${path}.${text(params.additionalProperty)}`,
        message: "unknown field",
      };
    case "enum":
      return {
        path,
        message: `found ${found}, write one of ${(params.allowedValues as readonly unknown[]).map(text).join(", ")}`,
      };
    case "type":
      return { path, message: typeMessage(error.data, text(params.type)) };
    case "pattern":
      return { path, message: `found ${found}, write text that matches ${text(params.pattern)}` };
    default:
      return { path, message: `found ${found}, it ${error.message ?? "is not valid"}` };
  }
}

/** YAML reads an unquoted 8086, 0x10de or 1e49 as a number. */
function typeMessage(data: unknown, wanted: string): string {
  const quote = wanted === "string" && typeof data === "number" ? ": quote it" : "";
  return `found ${text(data)} (${data === null ? "null" : Array.isArray(data) ? "list" : typeof data}), write a ${wanted}${quote}`;
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  const json = JSON.stringify(value) ?? "nothing";
  return json.length <= 80 ? json : `${json.slice(0, 79)}…`;
}
