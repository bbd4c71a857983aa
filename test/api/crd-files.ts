// The CRDs' files as they are, and every node of their schemas.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { plurals, type Kind } from "../../src/api/names.ts";

type Node = {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node;
  readonly items?: Node;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-validations"?: readonly {
    readonly rule: string;
    readonly message: string;
  }[];
};

type Crd = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly versions: readonly [
      { readonly name: string; readonly schema: { readonly openAPIV3Schema: Node } },
    ];
  };
};

export const kinds = Object.keys(plurals) as readonly Kind[];

export function crdOf(kind: Kind): Crd {
  const file = join(import.meta.dirname, "../../crds", `${plurals[kind]}.yaml`);
  return load(readFileSync(file, "utf8")) as Crd;
}

export function schemaOf(kind: Kind): Node {
  return crdOf(kind).spec.versions[0].schema.openAPIV3Schema;
}

/** Every node below one, with its path; items are "[]", keys of a map "*". */
export function nodesOf(node: Node, path = ""): readonly (readonly [string, Node])[] {
  const below = (key: string): string => (path === "" ? key : `${path}.${key}`);
  return [
    [path, node] as const,
    ...Object.entries(node.properties ?? {}).flatMap(([key, value]) => nodesOf(value, below(key))),
    ...(node.additionalProperties === undefined
      ? []
      : nodesOf(node.additionalProperties, below("*"))),
    ...(node.items === undefined ? [] : nodesOf(node.items, `${path}[]`)),
  ];
}
