// The JSON Schemas of the kinds, as crds/generate-schemas.js wrote them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./kustomize.ts";

export function schemaFiles(): readonly (readonly [name: string, content: Buffer])[] {
  const folder = join(root, "crds/schemas");
  return readdirSync(folder)
    .sort()
    .map((name) => [name, readFileSync(join(folder, name))] as const);
}
