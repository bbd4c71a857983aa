// The rule of the API server for metadata.name, in words that tell where Nova's own name goes.

import type { Problem } from "./schema-problems.ts";

const pattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function nameProblems(object: Readonly<Record<string, unknown>>): readonly Problem[] {
  const name = (object.metadata as Readonly<Record<string, unknown>> | undefined)?.name;
  if (typeof name !== "string" || name === "") {
    return [{ path: "metadata.name", message: "is required" }];
  }
  if (pattern.test(name) && name.length <= 253) return [];
  const advice =
    "write lower case letters, digits, '-' and '.' (a name in Nova goes into spec.name or spec.flavor.name)";
  return [{ path: "metadata.name", message: `found ${name}, ${advice}` }];
}
