// A shape: an object that somebody may write, with the verdict of the API server and of the same
// rules offline. Both test suites read the same tables.
import { apiVersion, type Kind } from "../../../src/api/names.ts";

export type Refusal = {
  /** Field as kubectl names it. */
  readonly path: string;
  /** Words of ours; the API server says the same for a CEL rule. */
  readonly message: string;
  /** Words of the API server, where the schema and no rule of ours refuses. */
  readonly server?: string;
};

type Shape = {
  readonly it: string;
  /** Name of the object; else one that is allowed. */
  readonly name?: string;
  readonly spec?: unknown;
  /** Absent = accepted. */
  readonly refused?: readonly Refusal[];
};

type Change = {
  readonly it: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly refused?: readonly Refusal[];
};

export type Shapes = {
  readonly kind: Kind;
  readonly created: readonly Shape[];
  readonly changed: readonly Change[];
  /** What is stored when this was written. */
  readonly defaults: readonly {
    readonly it: string;
    readonly spec?: unknown;
    readonly stored: unknown;
  }[];
};

/** The status of an object that the operator has not seen: kstatus takes none at all for current. */
export const notLookedAt = { observedGeneration: -1 } as const;

export function objectOf(kind: Kind, spec: unknown, name?: string): Record<string, unknown> {
  const allowed = kind === "PciPassthrough" ? "nova" : "some-name";
  return {
    apiVersion,
    kind,
    metadata: { name: name ?? allowed },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** A refusal by the schema: the API server adds the path to its own words. */
export function bySchema(path: string, message: string, server: string): Refusal {
  return { path, message, server };
}

export function required(path: string): Refusal {
  return { path, message: "is required", server: "Required value" };
}

/** kubectl and the server with strict validation name the field; nothing else is looked at. */
export function unknownField(path: string, write?: string): Refusal {
  const message = `unknown field${write === undefined ? "" : `, write ${write}`}`;
  return { path, message, server: `unknown field "${path}"` };
}

export function notText(path: string, found: number | boolean): Refusal {
  const type = typeof found === "number" ? "integer" : "boolean";
  return {
    path,
    message: `must be text, not ${typeof found === "boolean" ? "true or false" : "a number"}: found ${found}, quote it`,
    server: `must be of type string: "${type}"`,
  };
}

export function notHexId(path: string, found: string): Refusal {
  return {
    path,
    message: `found ${found}, write four hex digits in quotes, such as "10de"`,
    server: "should match '^[0-9a-fA-F]{4}$'",
  };
}
