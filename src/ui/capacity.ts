// The capacity map: which node has which devices, and what each is doing. Nodes that one set of
// whitelists serves with the same kinds of devices are one group; thousands of nodes are drawn as
// groups and opened one at a time.

import { deviceMap, ofFiles, type DeviceRow, type NodeDevices } from "../plan/told/device-map.ts";
import type { Decision } from "../plan/round/decision.ts";
import { deviceWords } from "./model.ts";
import type {
  CapacityGroup,
  CapacityView,
  Counts,
  DeviceCell,
  FlavorFit,
  NodeRow,
} from "./model.ts";
import { decisionAt, objectsIn, someOf, toneOf, type Moment } from "./moment.ts";

/** Up to so many nodes are sent at once. */
export const drawnAtOnce = 600;

type Group = { readonly title: string; readonly aliases: Set<string>; readonly nodes: NodeRow[] };

export function capacityView(moment: Moment): CapacityView {
  const { map, groups } = grouped(moment);
  const whole = map.length <= drawnAtOnce;
  const shown = [...groups].map(([key, group]): CapacityGroup => {
    const { title, aliases, nodes } = group;
    return {
      key,
      title,
      aliases: [...aliases].sort(),
      counts: sumOf(nodes.map((node) => node.counts)),
      size: nodes.length,
      ...(whole ? { nodes } : {}),
    };
  });
  return {
    counts: sumOf(shown.map((capacityGroup) => capacityGroup.counts)),
    nodes: map.length,
    groups: shown.sort((a, b) => (a.title < b.title ? -1 : 1)),
    flavors: flavorFits(moment),
    unknown: unknownOf(map),
  };
}

/** The nodes of one group, for those who open it; at most `limit`. */
export function groupNodes(moment: Moment, key: string, limit = drawnAtOnce): readonly NodeRow[] {
  return (grouped(moment).groups.get(key)?.nodes ?? []).slice(0, limit);
}

type Grouped = {
  readonly map: readonly NodeDevices[];
  readonly groups: ReadonlyMap<string, Group>;
};

const known = new WeakMap<Moment, Grouped>();

function grouped(moment: Moment): Grouped {
  const found = known.get(moment);
  if (found !== undefined) return found;
  const decision = decisionAt(moment);
  const seen = deviceMap(decision, moment.seen);
  const map = moment.isPlayed === true ? seen.map(ofFiles) : seen;
  const groups = new Map<string, Group>();
  for (const nodeDevices of map) {
    const { key, title } = groupOf(nodeDevices, decision);
    const group = groups.get(key) ?? { title, aliases: new Set<string>(), nodes: [] };
    groups.set(key, group);
    for (const row of nodeDevices.devices)
      for (const alias of row.aliases) group.aliases.add(alias);
    group.nodes.push(nodeRow(nodeDevices));
  }
  const made = { map, groups };
  known.set(moment, made);
  return made;
}

function groupOf(nodeDevices: NodeDevices, { wanted }: Decision) {
  const pool = wanted.pools.get(wanted.poolOf.get(nodeDevices.node) ?? "");
  const names = [...new Set((pool?.whitelists ?? []).map((each) => each.object))];
  const classes = [
    ...new Set(nodeDevices.devices.flatMap((each) => each.resourceClass ?? [])),
  ].sort();
  const title = names.length === 0 ? "no PciWhitelist" : someOf(names, 4);
  return { key: JSON.stringify([names, classes]), title };
}

function nodeRow(nodeDevices: NodeDevices): NodeRow {
  const devices = nodeDevices.devices.map(cell);
  return {
    node: nodeDevices.node,
    devices,
    counts: sumOf(devices.map((each) => each.counts)),
    ...(nodeDevices.unknown === undefined ? {} : { unknown: nodeDevices.unknown }),
  };
}

function cell(row: DeviceRow): DeviceCell {
  const title = row.address ?? row.resourceClass ?? "address not known";
  const aliases =
    row.aliases.length === 0 ? "no alias asks for it" : `alias ${someOf(row.aliases)}`;
  const parts = [
    ...(row.address !== undefined && row.resourceClass !== undefined ? [row.resourceClass] : []),
    aliases,
    ...(row.usedBy ?? []).map(
      (deviceUser) => `${deviceUser.what} ${deviceUser.name ?? deviceUser.id}`,
    ),
  ];
  return { title, detail: parts.join(", "), counts: row.counts };
}

function sumOf(all: readonly Counts[]): Counts {
  const sums = deviceWords.map(
    (word) => [word, all.reduce((sum, item) => sum + (item[word] ?? 0), 0)] as const,
  );
  return Object.fromEntries(sums.filter(([, count]) => count > 0));
}

function flavorFits(moment: Moment): readonly FlavorFit[] {
  const flavors = objectsIn(moment.seen).filter((object) => object.kind === "PciFlavor");
  return flavors.map((flavor) => {
    const status = (flavor.status ?? {}) as {
      readonly hosts?: { readonly count?: number };
      readonly instancesFit?: { readonly bound?: string; readonly value?: number };
    };
    const count = status.hosts?.count;
    const fit = status.instancesFit?.value;
    return {
      name: flavor.name,
      tone: toneOf(flavor),
      hosts: count === undefined ? "unknown" : String(count),
      fit: fit === undefined ? "unknown" : `at most ${fit}`,
    };
  });
}

function unknownOf(map: readonly NodeDevices[]): readonly string[] {
  const nodes = new Map<string, string[]>();
  for (const nodeDevices of map)
    if (nodeDevices.unknown !== undefined)
      nodes.set(nodeDevices.unknown, [...(nodes.get(nodeDevices.unknown) ?? []), nodeDevices.node]);
  return [...nodes].map(([why, names]) => `${someOf(names, 4)}: ${why}`);
}
