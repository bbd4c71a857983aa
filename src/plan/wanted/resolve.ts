// The wanted lines of each service and each compute node, before any gate. Compute nodes with the
// same matching whitelists form a pool and are computed once. Knows no pod and no progress.

import { excludeAddresses } from "../../nova/device/exclude.ts";
import type { DeviceDeclaration, ModelContext } from "../../nova/terms/declare.ts";
import { rankOf } from "../../nova/device/covers.ts";
import type { AliasContent, WhitelistContent } from "./accept.ts";
import { aliasLines, deviceLine } from "./lines.ts";
import { onceFor, onceForAll } from "../terms/recent.ts";
import { selects, type ComputeNode } from "./selection.ts";
import type { Line } from "../terms/state.ts";

export type DeviceEntry = {
  readonly line: Line;
  readonly object: string;
  readonly declaration: DeviceDeclaration;
  readonly priority: number;
  readonly rank: number;
};

export type AliasEntry = {
  readonly object: string;
  readonly name: string;
  readonly declaration: AliasContent["declaration"];
  readonly lines: readonly Line[];
  readonly live: boolean;
};

export type Pool = {
  readonly key: string;
  /** In the order in which Nova must read them: first match wins. */
  readonly devices: readonly DeviceEntry[];
  readonly whitelists: readonly WhitelistContent[];
};

export type Wanted = {
  readonly aliases: readonly AliasEntry[];
  readonly pools: ReadonlyMap<string, Pool>;
  /** Pool key by node name. */
  readonly poolOf: ReadonlyMap<string, string>;
};

export function resolve(
  content: {
    readonly aliases: readonly AliasContent[];
    readonly whitelists: readonly WhitelistContent[];
  },
  nodes: readonly ComputeNode[],
  context: ModelContext,
): Wanted {
  const aliases = content.aliases
    .map((alias) => {
      const both = aliasEntries(context, alias.declaration, () => bothEntries(alias, context));
      return alias.live ? both.live : both.fresh;
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const pooled = pooling(content.whitelists, nodes, context);
  return { aliases, ...pooled };
}

/** The same entry, and the same value, as long as what is declared is the same. */
const aliasEntries = onceFor<
  AliasContent["declaration"],
  { readonly live: AliasEntry; readonly fresh: AliasEntry }
>();

function bothEntries({ object, declaration }: AliasContent, context: ModelContext) {
  const lines = aliasLines(declaration, context);
  const entry = { object, name: declaration.name, declaration, lines };
  return { live: { ...entry, live: true }, fresh: { ...entry, live: false } };
}

type Pooling = Pick<Wanted, "pools" | "poolOf">;
type Pooled = {
  readonly whitelists: readonly WhitelistContent[];
  readonly context: ModelContext;
  readonly made: Pooling;
};

const pooled = new WeakMap<readonly ComputeNode[], readonly Pooled[]>();

/**
 * Contradictions are looked for in the same pools that are then decided on, in every round: the
 * last two answers for these nodes are kept.
 */
function pooling(
  whitelists: readonly WhitelistContent[],
  nodes: readonly ComputeNode[],
  context: ModelContext,
): Pooling {
  const kept = pooled.get(nodes) ?? [];
  const found = kept.find(
    (item) => item.context === context && sameContents(item.whitelists, whitelists),
  );
  if (found !== undefined) return found.made;
  const made = poolNodes(whitelists, nodes, context);
  pooled.set(nodes, [{ whitelists, context, made }, ...kept.slice(0, 1)]);
  return made;
}

/** Made anew in every round, of specs that stay the same values. */
function sameContents(a: readonly WhitelistContent[], b: readonly WhitelistContent[]): boolean {
  return (
    a.length === b.length &&
    a.every((whitelistContent, index) => {
      const { object, spec, live, earlier } = b[index]!;
      return (
        whitelistContent.object === object &&
        whitelistContent.spec === spec &&
        whitelistContent.live === live &&
        whitelistContent.earlier === earlier
      );
    })
  );
}

function poolNodes(
  whitelists: readonly WhitelistContent[],
  nodes: readonly ComputeNode[],
  context: ModelContext,
): Pooling {
  const candidatesFor = indexByLabel(whitelists);
  const pools = new Map<string, Pool>();
  const poolOf = new Map<string, string>();
  const entriesOf = entryCache(context);
  const excluding = new Set(
    whitelists.filter((whitelist) => (whitelist.spec.exclude ?? []).length > 0),
  );
  for (const node of nodes) {
    const matching = candidatesFor(node).filter((candidate) =>
      selects(candidate.spec.nodeSelector, node.labels),
    );
    const own =
      excluding.size === 0
        ? []
        : matching.filter((whitelistContent) => hasOwnExclusion(whitelistContent, node.name));
    const key = poolKey(matching, own.length > 0 ? node.name : undefined);
    poolOf.set(node.name, key);
    if (pools.has(key)) continue;
    const parts = matching.map((whitelistContent) =>
      entriesOf(whitelistContent, own.includes(whitelistContent) ? node.name : undefined),
    );
    const devices = inOrder(parts, () => parts.flat().sort(precedence));
    pools.set(key, { key, devices, whitelists: matching });
  }
  return { pools, poolOf };
}

const inOrder = onceForAll<readonly DeviceEntry[], readonly DeviceEntry[]>();

function poolKey(matching: readonly WhitelistContent[], node: string | undefined): string {
  const names = matching.map((whitelistContent) => whitelistContent.object).join(",");
  return node === undefined ? names : `${names}@${node}`;
}

/**
 * Higher priority, then the more specific, then by text: an entry that moves to another whitelist
 * changes no file. Entries of one rank that overlap carry the same tags, so their order is free.
 */
function precedence(a: DeviceEntry, b: DeviceEntry): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.rank !== b.rank) return b.rank - a.rank;
  return a.line.value < b.line.value ? -1 : a.line.value > b.line.value ? 1 : 0;
}

function hasOwnExclusion(whitelist: WhitelistContent, node: string): boolean {
  return (whitelist.spec.exclude ?? []).some((device) => device.nodeName === node);
}

function entryCache(
  context: ModelContext,
): (whitelist: WhitelistContent, node: string | undefined) => readonly DeviceEntry[] {
  const cache = new Map<string, readonly DeviceEntry[]>();
  return (whitelist, node) => {
    const key = node === undefined ? whitelist.object : `${whitelist.object}@${node}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const made = deviceEntries(whitelist, node, context);
    cache.set(key, made);
    return made;
  };
}

const plainEntries = onceFor<WhitelistContent["spec"], readonly DeviceEntry[]>();

/** Entries of one whitelist, exclusions compiled to their complement. */
export function deviceEntries(
  whitelist: WhitelistContent,
  node: string | undefined,
  context: ModelContext,
): readonly DeviceEntry[] {
  // A spec belongs to one object; entries for a node of its own are rare and made anew.
  return node === undefined
    ? plainEntries(context, whitelist.spec, () => compileEntries(whitelist, node, context))
    : compileEntries(whitelist, node, context);
}

function compileEntries(
  whitelist: WhitelistContent,
  node: string | undefined,
  context: ModelContext,
): readonly DeviceEntry[] {
  const excluded = (whitelist.spec.exclude ?? [])
    .filter((device) => device.nodeName === undefined || device.nodeName === node)
    .map((device) => device.address);
  const seen = new Set<string>();
  return whitelist.spec.devices.flatMap((device) => {
    const declared = device as DeviceDeclaration;
    const rank = rankOf(declared);
    const parts = excluded.length === 0 ? [declared] : excludeAddresses(declared, excluded);
    return parts.flatMap((part) => {
      const line = deviceLine(whitelist.object, part, context);
      if (seen.has(line.entry)) return [];
      seen.add(line.entry);
      return [
        {
          line,
          object: whitelist.object,
          declaration: part,
          priority: whitelist.spec.priority ?? 0,
          rank,
        },
      ];
    });
  });
}

/**
 * Whitelists that can match a node, without asking each: those with matchLabels are found by one
 * of their labels (1,000 whitelists x 5,000 nodes would be five million questions).
 */
function indexByLabel(
  whitelists: readonly WhitelistContent[],
): (node: ComputeNode) => readonly WhitelistContent[] {
  const always: WhitelistContent[] = [];
  const byLabel = new Map<string, Map<string, WhitelistContent[]>>();
  for (const whitelist of whitelists) {
    const first = Object.entries(whitelist.spec.nodeSelector?.matchLabels ?? {})[0];
    if (first === undefined) {
      always.push(whitelist);
      continue;
    }
    const values = byLabel.get(first[0]) ?? new Map<string, WhitelistContent[]>();
    byLabel.set(first[0], values);
    const list = values.get(first[1]);
    if (list === undefined) values.set(first[1], [whitelist]);
    else list.push(whitelist);
  }
  return (node) => {
    const found = [...always];
    for (const [key, values] of byLabel) {
      const value = node.labels[key];
      const list = value === undefined ? undefined : values.get(value);
      if (list !== undefined) found.push(...list);
    }
    return found.length < 2 ? found : found.sort((a, b) => (a.object < b.object ? -1 : 1));
  };
}
