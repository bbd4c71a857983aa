// The chain of one alias, from the card to the server, as boxes in six columns, and beside it the
// links of `explain` with the first that is broken. Nodes that nothing tells apart are one box.

import { canServe } from "../nova/serving/serves.ts";
import { settingsOf } from "../plan/terms/settings.ts";
import type { ComputeView } from "../plan/gates/compute-view.ts";
import { explain, type Explained } from "../plan/explain.ts";
import { deviceMap, type NodeDevices } from "../plan/told/device-map.ts";
import type { AliasEntry, DeviceEntry } from "../plan/wanted/resolve.ts";
import type { ChainBox, ChainView, LinkView, Tone } from "./model.ts";
import { decisionAt, objectsIn, readyOf, someOf, toneOf, type Moment } from "./moment.ts";
import { nodeState } from "./node-state.ts";

type Link = Explained["links"][number];
type Edge = { readonly from: string; readonly to: string; readonly tone: Tone };
type Drawing = { readonly boxes: ChainBox[]; readonly edges: Edge[] };

export function chainView(moment: Moment, asked?: string): ChainView {
  const objects = objectsIn(moment.seen).filter((object) => object.kind === "PciAlias");
  const names = objects.map((object) => ({ name: object.name, tone: toneOf(object) }));
  const alias = names.find((name) => name.name === asked)?.name ?? names[0]?.name;
  if (alias === undefined) return { aliases: names };
  const explained = explain(moment.seen, { kind: "alias", name: alias });
  const links = explained?.links ?? [];
  const broken = explained?.broken === undefined ? -1 : links.indexOf(explained.broken);
  const { boxes, edges } = draw(moment, alias);
  return {
    aliases: names,
    chosen: {
      ...{ alias, boxes, edges, links: links.map(linkView) },
      ...(broken < 0 ? {} : { broken }),
    },
  };
}

function linkView({ link, holds, message, passes }: Link): LinkView {
  const say = (word: LinkView["word"], tone: Tone): LinkView => ({ link, word, tone, message });
  if (holds === true) return say("holds", "good");
  if (holds === undefined) return say("unknown", "unknown");
  return passes === true ? say("on its way", "moving") : say("broken", "bad");
}

function draw(moment: Moment, object: string): Drawing {
  const decision = decisionAt(moment);
  const drawing: Drawing = { boxes: [], edges: [] };
  const entry = decision.wanted.aliases.find((alias) => alias.object === object);
  const aliasTone = addAlias(moment, object, entry, drawing);
  if (entry !== undefined) addDevices(moment, entry, drawing);
  addFlavors(moment, { object, name: entry?.name ?? object, tone: aliasTone }, drawing);
  return drawing;
}

function addAlias(
  moment: Moment,
  object: string,
  entry: AliasEntry | undefined,
  { boxes }: Drawing,
): Tone {
  const stored = objectsIn(moment.seen).find(
    (other) => other.kind === "PciAlias" && other.name === object,
  )!;
  const live = entry !== undefined && decisionAt(moment).liveAliases.has(entry.name);
  const tone = live ? "good" : toneOf(stored);
  const title = entry === undefined || entry.name === object ? object : `${entry.name} (${object})`;
  const detail = readyOf(stored)?.reason ?? "no status yet";
  boxes.push({ id: "alias", column: 3, title, detail, word: live ? "live" : "not live", tone });
  return tone;
}

type Serving = { readonly entry: DeviceEntry; readonly nodes: ComputeView[] };

function addDevices(moment: Moment, alias: AliasEntry, drawing: Drawing): void {
  const decision = decisionAt(moment);
  const inPlacement = settingsOf(moment.seen).pciInPlacement;
  const map = new Map(
    deviceMap(decision, moment.seen).map((nodeDevices) => [nodeDevices.node, nodeDevices]),
  );
  const serving = new Map<DeviceEntry["line"]["value"], Serving>();
  for (const view of decision.nodes) {
    const pool = decision.wanted.pools.get(decision.wanted.poolOf.get(view.node.name) ?? "");
    for (const entry of pool?.devices ?? []) {
      if (!canServe(alias.declaration, { device: entry.declaration }, inPlacement)) continue;
      const key = `${entry.object} ${entry.line.value}`;
      const known = serving.get(key) ?? { entry, nodes: [] };
      serving.set(key, known);
      known.nodes.push(view);
    }
  }
  const drawn = new Set<string>();
  for (const [key, { entry, nodes }] of serving) {
    const there = nodes.some((view) =>
      view.wanted.lines.some((line) => line.entry === entry.line.entry),
    );
    const tone: Tone = there ? "good" : "waiting";
    drawing.boxes.push({
      ...{ id: `entry ${key}`, column: 2, title: entry.object, detail: shortEntry(entry) },
      ...{ word: there ? "in the file" : "held back", tone },
    });
    drawing.edges.push({ from: `entry ${key}`, to: "alias", tone });
    for (const group of nodeGroups(nodes)) {
      if (!drawn.has(group.id)) addNodes(group, alias.name, map, drawing);
      drawn.add(group.id);
      drawing.edges.push({ from: group.id, to: `entry ${key}`, tone: group.tone });
    }
  }
}

function shortEntry({ declaration }: DeviceEntry): string {
  const { vendorId, productId, address, addressRegex, devname } = declaration;
  const ids = vendorId === undefined ? [] : [`${vendorId}:${productId ?? "any"}`];
  const where = address ?? devname ?? (addressRegex === undefined ? undefined : "by pattern");
  return [...ids, ...(where === undefined ? [] : [where])].join(" at ");
}

type NodeGroup = {
  readonly id: string;
  readonly names: readonly string[];
  readonly word: string;
  readonly tone: Tone;
};

/** Up to so many nodes have a box of their own. */
const ownBoxes = 4;

function nodeGroups(nodes: readonly ComputeView[]): readonly NodeGroup[] {
  if (nodes.length <= ownBoxes)
    return nodes.map((view) => ({
      id: `node ${view.node.name}`,
      names: [view.node.name],
      ...nodeState(view),
    }));
  const groups = new Map<string, { names: string[]; word: string; tone: Tone }>();
  for (const view of nodes) {
    const { word, tone } = nodeState(view);
    const group = groups.get(word) ?? { names: [], word, tone };
    groups.set(word, group);
    group.names.push(view.node.name);
  }
  return [...groups.values()].map((group) => ({
    id: `nodes ${group.word} ${group.names[0]!} ${group.names.length}`,
    ...group,
  }));
}

function addNodes(
  { id, names, word, tone }: NodeGroup,
  alias: string,
  map: ReadonlyMap<string, NodeDevices>,
  drawing: Drawing,
): void {
  const many = names.length > 1;
  drawing.boxes.push({
    ...{ id, column: 1, word, tone },
    title: many ? `${names.length} nodes` : names[0]!,
    detail: many ? someOf(names, 3) : "",
  });
  const rows = names
    .flatMap((name) => map.get(name)?.devices ?? [])
    .filter((row) => row.aliases.includes(alias));
  const sum = (state: "free" | "used" | "unknown"): number =>
    rows.reduce((total, row) => total + (row.counts[state] ?? 0), 0);
  const card = { id: `card ${id}`, column: 0 };
  const cards = cardBox(rows.filter((row) => Object.keys(row.counts).length > 0).length, {
    free: sum("free"),
    used: sum("used"),
    unknown: sum("unknown"),
  });
  const where = rows.flatMap((row) => row.address ?? row.resourceClass ?? []);
  drawing.boxes.push({
    ...card,
    ...cards,
    detail: where.length === 0 ? "no inventory tells which" : someOf([...new Set(where)], 2),
  });
  drawing.edges.push({ from: card.id, to: id, tone: cards.tone });
}

function cardBox(
  known: number,
  {
    free,
    used,
    unknown,
  }: { readonly free: number; readonly used: number; readonly unknown: number },
): Pick<ChainBox, "title" | "word" | "tone"> {
  if (known === 0) return { title: "cards not known", word: "unknown", tone: "unknown" };
  if (free + used === 0) {
    const title = unknown === 1 ? "1 device" : `${unknown} devices`;
    return { title, word: "state unknown", tone: "unknown" };
  }
  const title = `${free} free, ${used} used`;
  return free > 0
    ? { title, word: "free", tone: "good" }
    : { title, word: "none free", tone: "waiting" };
}

type AliasBox = { readonly object: string; readonly name: string; readonly tone: Tone };

function addFlavors(moment: Moment, alias: AliasBox, { boxes, edges }: Drawing): void {
  const asking = moment.seen.objects.flavors.filter((flavor) =>
    (flavor.spec?.aliases ?? []).some((each) => each.name === alias.name),
  );
  for (const stored of asking) {
    const name = stored.metadata.name;
    const object = objectsIn(moment.seen).find(
      (each) => each.kind === "PciFlavor" && each.name === name,
    )!;
    const count = stored.spec?.aliases?.find((each) => each.name === alias.name)?.count ?? 1;
    const tone = toneOf(object);
    const id = `flavor ${name}`;
    const word = tone === "good" ? "in Nova" : (readyOf(object)?.reason ?? "no status yet");
    boxes.push({ id, column: 4, title: name, detail: `asks for ${count}`, word, tone });
    edges.push({ from: "alias", to: id, tone });
  }
  if (asking.length === 0)
    boxes.push({
      ...{ id: "no flavor", column: 4, title: "no flavor", detail: "no PciFlavor asks for it" },
      ...{ word: "none", tone: "idle" },
    });
  boxes.push({ id: "servers", column: 5, ...serverBox(serversOf(moment, alias.name)) });
  const last =
    asking.length === 0 ? ["no flavor"] : asking.map((stored) => `flavor ${stored.metadata.name}`);
  for (const from of last) edges.push({ from, to: "servers", tone: "idle" });
}

/** Servers that hold a device of the alias; undefined = nobody was asked. */
function serversOf(moment: Moment, alias: string): readonly string[] | undefined {
  const { cloud } = moment.seen;
  if (cloud.is !== "read") return undefined;
  const told = cloud.aliasUse?.[alias]?.servers;
  if (told !== undefined) return told;
  const rows = deviceMap(decisionAt(moment), moment.seen)
    .flatMap((nodeDevices) => nodeDevices.devices)
    .filter((row) => row.aliases.includes(alias));
  const counted = rows.filter((row) => (row.counts.free ?? row.counts.used) !== undefined);
  if (counted.length === 0) return undefined;
  if (counted.every((row) => (row.counts.used ?? 0) === 0)) return [];
  const users = counted.flatMap((row) => row.usedBy ?? []);
  return users.length === 0 ? undefined : [...new Set(users.map((user) => user.name ?? user.id))];
}

function serverBox(
  servers: readonly string[] | undefined,
): Pick<ChainBox, "title" | "detail" | "word" | "tone"> {
  if (servers === undefined)
    return {
      ...{ title: "servers", detail: "nobody was asked who uses it" },
      ...{ word: "unknown", tone: "unknown" },
    };
  const title = servers.length === 1 ? "1 server" : `${servers.length} servers`;
  return servers.length === 0
    ? { title, detail: "", word: "none yet", tone: "idle" }
    : { title, detail: someOf(servers, 3), word: "running", tone: "good" };
}
