// What import prints: a heading, one document for each object, and what to do next.

import { passthroughName } from "../../api/names.ts";
import type { NodeSelector } from "../../plan/terms/settings.ts";
import type { GivenFlavor, Pool } from "./formats/given.ts";
import { flavorDocuments } from "./flavors.ts";
import type { MergedAlias } from "./convert/merge-aliases.ts";
import type { Imported, PoolRuns } from "./convert/objects.ts";
import { comments, document, objectName, type Printed } from "./yaml-document.ts";

export type Selectors = ReadonlyMap<string, Readonly<Record<string, string>>>;

export type Sheet = {
  readonly imported: Imported;
  readonly flavors: readonly GivenFlavor[];
  readonly name: string;
  readonly namespace: string | undefined;
  /** Of the PciPassthrough; undefined = the operator finds out. */
  readonly release: string | undefined;
  /** What the PciPassthrough says besides. */
  readonly installation: { readonly placement?: object };
  readonly remarks: readonly string[];
  readonly selectors: Selectors;
};

/** A pool with the selector that its whitelists get. */
export type PlacedPool = PoolRuns & { readonly place: Pool };

export function documentsOf(sheet: Sheet): readonly Printed[] {
  return [
    passthrough(sheet),
    ...aliasDocuments(sheet.imported.aliases, sheet.namespace),
    ...whitelistDocuments(sheet),
    ...flavorDocuments(sheet.flavors, sheet.namespace),
  ];
}

function passthrough(sheet: Sheet): Printed {
  const { reportInPlacement, pciInPlacement } = sheet.imported.placement;
  const placement = {
    ...(reportInPlacement ? { reportInPlacement } : {}),
    ...(pciInPlacement ? { pciInPlacement } : {}),
  };
  const { filters } = sheet.imported;
  const spec = {
    ...(sheet.release === undefined ? {} : { release: sheet.release }),
    ...sheet.installation,
    ...(Object.keys(placement).length === 0
      ? {}
      : { placement: { ...sheet.installation.placement, ...placement } }),
    ...(filters === undefined
      ? {}
      : { scheduler: { filters: "Check", baseFilters: [...new Set(filters)] } }),
  };
  return document({
    kind: "PciPassthrough",
    name: passthroughName,
    namespace: sheet.namespace,
    spec,
    comments: [...sheet.remarks, ...filterRemarks(filters)],
  });
}

function filterRemarks(filters: readonly string[] | undefined): readonly string[] {
  if (filters === undefined) {
    return [
      "enabled_filters is not in these files: nova-scheduler needs PciPassthroughFilter, which no release has by default.",
    ];
  }
  return filters.includes("PciPassthroughFilter")
    ? []
    : [
        "enabled_filters lacks PciPassthroughFilter, so servers are sent to hosts without devices: scheduler.filters: Manage adds it.",
      ];
}

function aliasDocuments(
  aliases: readonly MergedAlias[],
  namespace: string | undefined,
): readonly Printed[] {
  const names = new Set<string>();
  return aliases.map(({ declared: { name, match, ...rest } }) => {
    const object = objectName(name, names);
    const spec = {
      ...(object === name ? {} : { name }),
      ...(match.length === 0 ? {} : { match }),
      ...rest,
    };
    const missing =
      rest.deviceType === undefined
        ? ["deviceType is missing: it takes type-PCI and type-VF, never a physical function."]
        : [];
    return document({ kind: "PciAlias", name: object, namespace, spec, comments: missing });
  });
}

function whitelistDocuments(sheet: Sheet): readonly Printed[] {
  const names = new Set<string>();
  return placed(sheet).flatMap(({ runs, place }) =>
    runs.map(({ priority, devices }, index) => {
      const numbered = runs.length === 1 ? place.name : `${place.name}-${index + 1}`;
      const spec = {
        ...(place.nodeSelector === undefined ? {} : { nodeSelector: place.nodeSelector }),
        ...(runs.length === 1 ? {} : { priority }),
        devices: devices.map((device) => device.declared),
      };
      const name = objectName(numbered, names);
      const { namespace } = sheet;
      return document({ kind: "PciWhitelist", name, namespace, spec, comments: place.comments });
    }),
  );
}

/** Each pool with its selector: what the files say, what the user says, else by the host's name. */
export function placed({ imported, name, selectors }: Sheet): readonly PlacedPool[] {
  const { pools } = imported;
  const guessed = pools.flatMap(({ pool }) =>
    pool === undefined || pool.nodeSelector !== undefined || selectors.has(pool.name)
      ? []
      : [pool.name],
  );
  return pools.map((pool) => ({
    ...pool,
    place: placeOf(pool.pool, { name, selectors, guessed, alone: pools.length === 1 }),
  }));
}

type Around = {
  readonly name: string;
  readonly selectors: Selectors;
  readonly guessed: readonly string[];
  readonly alone: boolean;
};

const hostLabel = "kubernetes.io/hostname";

function placeOf(pool: Pool | undefined, around: Around): Pool {
  const name = pool?.name ?? around.name;
  const given = around.selectors.get(pool?.name ?? "");
  const said = pool?.comments ?? [];
  if (given !== undefined) return { name, nodeSelector: { matchLabels: given }, comments: said };
  if (pool?.nodeSelector !== undefined) return pool;
  if (around.alone) {
    const where =
      "spec.nodeSelector is missing: the files do not say on which nodes it was; all get these.";
    return { name, comments: [...said, where] };
  }
  if (pool === undefined) {
    const others = { key: hostLabel, operator: "NotIn" as const, values: [...around.guessed] };
    const where = "The nodes that no other file is for: change spec.nodeSelector if that is wrong.";
    return around.guessed.length === 0
      ? { name, comments: [...said, where] }
      : { name, nodeSelector: { matchExpressions: [others] }, comments: [...said, where] };
  }
  const nodeSelector: NodeSelector = { matchLabels: { [hostLabel]: name } };
  const where = `The files do not say which nodes are ${name}: the node of that name, unless --node-selector ${name}:KEY=VALUE says otherwise.`;
  return { name, nodeSelector, comments: [...said, where] };
}

/** Heading, documents and next steps as one text. */
export function assemble(
  heading: readonly string[],
  documents: readonly Printed[],
  next: readonly string[],
): string {
  const texts = documents.map((printed) => printed.text).filter((text) => text !== "");
  const last = next.length === 0 ? "" : comments(["Next:", ...next.map((text) => `  ${text}`)]);
  return [comments(heading), ...texts].join("---\n") + last;
}
