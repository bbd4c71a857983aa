// JSON Schemas for editors and pipelines: crds/*.yaml -> crds/schemas/, one for each kind in the
// naming that validators look for, and all.json, which tells the kinds apart by themselves.
// Run by `npm run types`.
import { load } from "js-yaml";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;

/** Kubernetes' words that JSON Schema does not know, in JSON Schema's; unknown fields are mistakes. */
function asJsonSchema(schema) {
  if (Array.isArray(schema)) return schema.map(asJsonSchema);
  if (schema === null || typeof schema !== "object") return schema;
  if (schema["x-kubernetes-int-or-string"] === true) {
    const { description, default: standard } = schema;
    const either = { anyOf: [{ type: "integer" }, { type: "string" }] };
    return { description, ...(standard === undefined ? {} : { default: standard }), ...either };
  }
  const copy = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith("x-kubernetes-") || key === "nullable") continue;
    copy[key] = key === "default" || key === "enum" ? value : asJsonSchema(value);
  }
  if (schema.nullable === true) {
    copy.type = [schema.type, "null"];
    if (schema.enum !== undefined) copy.enum = [...schema.enum, null];
  }
  if (schema.type === "object" && schema.properties !== undefined)
    copy.additionalProperties = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return copy;
}

function schemaOf(file) {
  const crd = load(readFileSync(join(here, file), "utf8"));
  const { group, names, versions } = crd.spec;
  const [version] = versions;
  const schema = asJsonSchema(version.schema.openAPIV3Schema);
  schema.required = [...new Set(["apiVersion", "kind", "metadata", ...(schema.required ?? [])])];
  schema.properties.apiVersion = { const: `${group}/${version.name}` };
  schema.properties.kind = { const: names.kind };
  const { description } = version.schema.openAPIV3Schema.properties.metadata ?? {};
  schema.properties.metadata = { type: "object", ...(description ? { description } : {}) };
  // Written by the operator alone.
  schema.properties.status = { type: "object" };
  const name = `${names.singular}_${version.name}.json`;
  const head = { $schema: "http://json-schema.org/draft-07/schema#", title: names.kind };
  return { name, kind: names.kind, schema: { ...head, ...schema } };
}

/** File name below crds/schemas -> text. */
export function allSchemas() {
  const files = readdirSync(here)
    .filter((one) => /^pci.*\.yaml$/.test(one))
    .sort();
  const each = files.map(schemaOf);
  const all = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "The kinds of nova-pci-operator",
    type: "object",
    required: ["apiVersion", "kind"],
    properties: { kind: { enum: each.map(({ kind }) => kind) } },
    allOf: each.map(({ kind, schema }) => ({
      if: { properties: { kind: { const: kind } }, required: ["kind"] },
      then: { ...schema, $schema: undefined },
    })),
  };
  const named = [...each.map(({ name, schema }) => [name, schema]), ["all.json", all]];
  return new Map(named.map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]));
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(join(here, "schemas"), { recursive: true });
  for (const [name, text] of allSchemas()) writeFileSync(join(here, "schemas", name), text);
}
