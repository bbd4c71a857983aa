// The rule of the API server for metadata.name, in words that tell where Nova's own name goes.

import { passthroughName, type Kind } from "./names.ts";
import type { Problem } from "./schema-problems.ts";

const pattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function nameProblems(
  kind: Kind,
  object: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  const name = (object.metadata as Readonly<Record<string, unknown>> | undefined)?.name;
  if (typeof name !== "string" || name === "") {
    return [{ path: "metadata.name", message: "is required" }];
  }
  if (pattern.test(name) && name.length <= 253) return [];
  // There is one name, which a rule of its own also says of names that Kubernetes takes.
  if (kind === "PciPassthrough") {
    const advice = `write ${passthroughName}, the name of the one PciPassthrough of a namespace`;
    return [{ path: "metadata.name", message: `found ${name}, ${advice}` }];
  }
  const advice =
    "write lower case letters, digits, '-' and '.' (a name in Nova goes into spec.name or spec.flavor.name)";
  return [{ path: "metadata.name", message: `found ${name}, ${advice}` }];
}
