// Fewer nodes with the same story: of the nodes that nothing tells apart a few are played, and each
// stands for its share. 5,000 nodes one after the other would be played for an hour; what a person
// asks is the same for all of a kind.

import type { FileObject } from "../api/read-yaml.ts";
import { nodeNameLabel } from "../cluster/views/hardware.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Nodes of one kind: those that are played, and all that they stand for. */
export type Likeness = { readonly played: readonly string[]; readonly all: readonly string[] };

type Thinned = {
  readonly objects: readonly FileObject[];
  readonly kinds: readonly Likeness[];
  /** Nodes that are not played. */
  readonly others: readonly FileObject[];
};

/** Enough for a canary, a node of the budget and those that wait for them. */
const playedOfEach = 4;

export function thin(
  objects: readonly FileObject[],
  keep: ReadonlySet<string> = new Set(),
): Thinned {
  const nodes = objects.filter((object) => object.kind === "Node");
  const keyOf = keyFinder(objects, keep);
  const kinds = new Map<string, { played: string[]; all: string[] }>();
  for (const node of nodes) {
    const key = keyOf(node);
    const kind = kinds.get(key) ?? { played: [], all: [] };
    kinds.set(key, kind);
    kind.all.push(node.name);
    if (kind.played.length < playedOfEach) kind.played.push(node.name);
  }
  const played = new Set([...kinds.values()].flatMap((kind) => kind.played));
  const isOther = (object: FileObject): boolean =>
    object.kind === "Node" && !played.has(object.name);
  return {
    objects: objects.filter((object) => !isOther(object)),
    kinds: [...kinds.values()],
    others: objects.filter(isOther),
  };
}

function keyFinder(
  objects: readonly FileObject[],
  keep: ReadonlySet<string>,
): (node: FileObject) => string {
  const labels = labelsAskedFor(objects);
  const named = new Set([...keep, ...namesAskedFor(objects)]);
  const hardware = hardwareByNode(objects);
  return (node) => {
    if (named.has(node.name)) return `name ${node.name}`;
    const own = raw(raw(node.value.metadata).labels);
    return JSON.stringify([
      ...labels.map((key) => own[key] ?? null),
      hardware.get(node.name) ?? "",
    ]);
  };
}

/** Keys of labels by which something chooses nodes, whoever it is. */
function labelsAskedFor(objects: readonly FileObject[]): readonly string[] {
  const keys = new Set<string>();
  for (const object of objects) {
    if (object.kind === "Node") continue;
    visit(object.value, (name, value) => {
      if (name === "matchLabels" || name === "nodeSelector")
        for (const key of Object.keys(raw(value))) keys.add(key);
      const { key } = raw(value);
      if (typeof key === "string") keys.add(key);
    });
  }
  return [...keys].sort();
}

/** Nodes that something names: an exclusion, a DaemonSet of one node. */
function namesAskedFor(objects: readonly FileObject[]): readonly string[] {
  const names: string[] = [];
  for (const object of objects) {
    if (object.kind === "Node" || object.kind === "NodeFeature") continue;
    visit(object.value, (name, value) => {
      if (name === "nodeName" && typeof value === "string") names.push(value);
      const { key, values } = raw(value);
      if ((key === "metadata.name" || key === "kubernetes.io/hostname") && Array.isArray(values))
        names.push(...values.map(String));
    });
  }
  return names;
}

function featureNode(object: FileObject): string | undefined {
  const name = raw(raw(object.value.metadata).labels)[nodeNameLabel];
  return typeof name === "string" ? name : undefined;
}

function hardwareByNode(objects: readonly FileObject[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const object of objects) {
    const node = object.kind === "NodeFeature" ? featureNode(object) : undefined;
    if (node !== undefined)
      found.set(node, `${found.get(node) ?? ""}${JSON.stringify(object.value.spec)}`);
  }
  return found;
}

function raw(value: unknown): Raw {
  return value !== null && typeof value === "object" ? (value as Raw) : {};
}

/** Every field below a value with its name; items of lists carry the name of the list. */
function visit(value: unknown, told: (name: string, value: unknown) => void, name = ""): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      told(name, item);
      visit(item, told, name);
    }
  } else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) {
      told(key, item);
      visit(item, told, key);
    }
  }
}
