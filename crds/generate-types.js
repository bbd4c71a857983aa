// The CRDs in TypeScript: crds/*.yaml -> src/api/generated/*.ts, the type with our descriptions and
// the schema as a constant. `--check` compares instead of writing.
import { compile } from "json-schema-to-typescript";
import { load } from "js-yaml";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "src/api/generated");
const sources = {
  "pci-alias": "pcialiases.yaml",
  "pci-whitelist": "pciwhitelists.yaml",
  "pci-flavor": "pciflavors.yaml",
  "pci-passthrough": "pcipassthroughs.yaml",
};

/** Kubernetes' words that JSON Schema does not know, in JSON Schema's. */
function asJsonSchema(schema) {
  if (Array.isArray(schema)) return schema.map(asJsonSchema);
  if (schema === null || typeof schema !== "object") return schema;
  if (schema["x-kubernetes-int-or-string"] === true) {
    return { description: schema.description, anyOf: [{ type: "integer" }, { type: "string" }] };
  }
  const copy = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "default" || key.startsWith("x-kubernetes-")) continue;
    copy[key] = asJsonSchema(value);
  }
  if (schema.nullable === true) {
    copy.type = [schema.type, "null"];
    delete copy.nullable;
  }
  if (schema.type === "object" && schema.properties !== undefined) {
    const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
    copy.additionalProperties = open;
  }
  return copy;
}

export async function generated(file) {
  const crd = load(readFileSync(join(root, "crds", file), "utf8"));
  const kind = crd.spec.names.kind;
  const schema = crd.spec.versions[0].schema.openAPIV3Schema;
  const json = asJsonSchema(schema);
  json.properties.metadata = { type: "object", additionalProperties: true };
  const types = await compile(json, kind, {
    bannerComment: "",
    style: { printWidth: 100 },
    ignoreMinAndMaxItems: true,
    additionalProperties: false,
  });
  const name = `${kind[0].toLowerCase()}${kind.slice(1)}Schema`;
  return [
    `// Made from crds/${file} by crds/generate-types.js. Do not edit.`,
    "",
    types.trim(),
    "",
    `export const ${name}: Readonly<Record<string, unknown>> = ${JSON.stringify(schema, null, 1)};`,
    "",
  ].join("\n");
}

export async function allGenerated() {
  const pairs = Object.entries(sources).map(async ([name, file]) => [
    join(target, `${name}.ts`),
    await generated(file),
  ]);
  return Promise.all(pairs);
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(target, { recursive: true });
  for (const [path, text] of await allGenerated()) writeFileSync(path, text);
}
