// What the page is told of one moment: capacity, chain, rollout and object, as values.

import { expect, test } from "@jest/globals";
import { capacityView, drawnAtOnce, groupNodes } from "../../src/ui/capacity.ts";
import { chainView } from "../../src/ui/chain.ts";
import { makeReel } from "../../src/ui/reel.ts";
import { objectsView } from "../../src/ui/objects.ts";
import { rolloutView } from "../../src/ui/rollout.ts";
import { eightCards, gpuStage, momentOf } from "./gpu-world.ts";
import { setStage } from "../support/stage.ts";

test("capacity counts what Placement says, node by node and in all", async () => {
  const stage = await gpuStage(["g1", "g2"], (_, place) => eightCards(place * 3, place));
  await stage.pass(1200);
  const view = capacityView(momentOf(stage));
  expect(view.counts).toEqual({ free: 12, used: 3, reserved: 1 });
  expect(view.groups).toMatchObject([
    { title: "h100-nodes", aliases: ["h100"], size: 2, counts: view.counts },
  ]);
  expect(view.groups[0]!.nodes!.map((node) => [node.node, node.counts])).toEqual([
    ["g1", { free: 8 }],
    ["g2", { free: 4, used: 3, reserved: 1 }],
  ]);
  expect(view.flavors).toEqual([
    { name: "gpu.h100x4", tone: "good", hosts: "2", fit: "at most 3" },
  ]);
  expect(view.unknown).toEqual([]);
});

test("of files it is said that files tell no use", async () => {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
  stage.apply("PciWhitelist", "nics", "{ devices: [{ vendorId: '8086', productId: '10fb' }] }");
  await stage.pass(1200);
  const reel = makeReel({ source: "files", namespace: "openstack", title: "" });
  reel.add(momentOf(stage));
  expect(capacityView(reel.at()!).unknown).toEqual([
    "c1: files say which devices there are, not who uses them",
  ]);
});

test("without Placement there is a word instead of a number", async () => {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
  stage.apply("PciWhitelist", "nics", "{ devices: [{ vendorId: '8086', productId: '10fb' }] }");
  await stage.pass(1200);
  const view = capacityView(momentOf(stage));
  expect(view.counts).toEqual({});
  expect(view.groups[0]!.nodes).toMatchObject([
    { node: "c1", devices: [{ title: "address not known", counts: {} }] },
  ]);
  expect(view.unknown).toEqual(["c1: its nova-compute does not report PCI devices to Placement"]);
});

test("thousands of nodes come as groups, whose nodes are asked for", async () => {
  const nodes = Array.from({ length: drawnAtOnce + 1 }, (_, place) => `g${place}`);
  const stage = await gpuStage(nodes, () => eightCards(2));
  await stage.pass(2);
  const moment = momentOf(stage);
  const view = capacityView(moment);
  expect(view.nodes).toBe(drawnAtOnce + 1);
  expect(view.groups.map((group) => [group.size, group.nodes])).toEqual([
    [drawnAtOnce + 1, undefined],
  ]);
  expect(groupNodes(moment, view.groups[0]!.key)).toHaveLength(drawnAtOnce);
  expect(groupNodes(moment, "nope")).toEqual([]);
});

test("the chain of an alias that works has no broken link, and every box is reached", async () => {
  const stage = await gpuStage(["g1", "g2"], () => eightCards(5));
  await stage.pass(1200);
  const { chosen } = chainView(momentOf(stage), "h100");
  expect(chosen?.broken).toBeUndefined();
  expect(chosen!.boxes.map((box) => [box.column, box.title, box.word])).toEqual([
    [3, "h100", "live"],
    [2, "h100-nodes", "in the file"],
    [1, "g1", "proved"],
    [0, "3 free, 5 used", "free"],
    [1, "g2", "proved"],
    [0, "3 free, 5 used", "free"],
    [4, "gpu.h100x4", "in Nova"],
    [5, "servers", "unknown"],
  ]);
  const ids = new Set(chosen!.boxes.map((box) => box.id));
  expect(ids.size).toBe(chosen!.boxes.length);
  for (const { from, to } of chosen!.edges)
    expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
});

test.each([
  [
    "an alias that no device serves",
    "PciAlias",
    "other",
    "{ match: [{ vendorId: '10de', productId: '1234' }], deviceType: type-PF }",
    "device specs",
  ],
  [
    "an alias that is refused",
    "PciAlias",
    "other",
    "{ match: [{ vendorId: '10de', productId: '2330' }], liveMigratable: true }",
    "accepted",
  ],
] as const)("%s: the first broken link is named", async (_, kind, name, spec, link) => {
  const stage = await gpuStage(["g1"], () => eightCards(0));
  stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2024.1' }");
  stage.apply(kind, name, spec);
  await stage.pass(1200);
  const { chosen } = chainView(momentOf(stage), name);
  expect(chosen!.links[chosen!.broken!]).toMatchObject({ link, word: "broken", tone: "bad" });
});

test("an alias whose rollout runs is on its way, not broken", async () => {
  const stage = await gpuStage(["g1", "g2"], () => eightCards(0));
  await stage.pass(30);
  const { chosen } = chainView(momentOf(stage), "h100");
  expect(chosen!.links.map((link) => link.word)).not.toContain("broken");
  expect(chosen!.links[chosen!.broken!]).toMatchObject({ word: "on its way" });
});

test("many nodes are one box for each thing that they do", async () => {
  const nodes = Array.from({ length: 9 }, (_, place) => `g${place}`);
  const stage = await gpuStage(nodes, () => eightCards(0));
  await stage.pass(30);
  const boxes = chainView(momentOf(stage), "h100").chosen!.boxes.filter((box) => box.column === 1);
  expect(boxes.length).toBeLessThan(4);
  expect(boxes.map((box) => box.word)).toContain("waits its turn");
});

test("a rollout shows its canary, what waits for it, and ends with every node proved", async () => {
  const stage = await gpuStage(["g1", "g2", "g3"], () => eightCards(0));
  await stage.pass(30);
  const during = rolloutView(momentOf(stage));
  const [pool] = during.pools;
  expect(pool).toMatchObject({ title: "h100-nodes", size: 3 });
  expect(pool!.nodes.filter((node) => node.canary)).toHaveLength(1);
  expect(during.waits.length).toBeGreaterThan(0);
  expect(during.waits.every((wait) => !wait.person)).toBe(true);
  await stage.pass(3600);
  const after = rolloutView(momentOf(stage));
  expect(after.pools[0]).toMatchObject({ done: 3, size: 3 });
  expect(after.services.map((service) => [service.service, service.tone])).toContainEqual([
    "nova-api",
    "good",
  ]);
  expect(after.waits).toEqual([]);
  expect(after.history.length).toBeGreaterThan(0);
});

test("an object shows what it says, its lines among those of others, and its flavor's keys", async () => {
  const stage = await gpuStage(["g1"], () => eightCards(0));
  await stage.pass(1200);
  const moment = momentOf(stage);
  const alias = objectsView(moment, "PciAlias", "h100").chosen!;
  expect(alias.spec).toContain("deviceType: type-PF");
  expect(alias.renders.map((render) => render.readers).sort()).toEqual([
    "nova-api",
    "nova-compute on g1",
  ]);
  for (const { lines } of alias.renders) {
    const own = lines.filter((line) => line.own).map((line) => line.text);
    expect(own).toEqual([expect.stringMatching(/^\[pci\]alias=/)]);
  }
  const whitelist = objectsView(moment, "PciWhitelist", "h100-nodes").chosen!;
  expect(whitelist.renders[0]!.lines.filter((line) => line.own)).toHaveLength(1);
  const flavor = objectsView(moment, "PciFlavor", "gpu.h100x4").chosen!;
  expect(flavor.writes).toContainEqual({ key: "pci_passthrough:alias", value: "h100:4" });
  expect(flavor.conditions).toContainEqual(
    expect.objectContaining({ type: "Ready", tone: "good" }),
  );
});

test("nothing at all is a view too", async () => {
  const stage = await setStage({ nodes: [] });
  await stage.pass(10);
  const moment = momentOf(stage);
  expect(chainView(moment)).toEqual({ aliases: [] });
  expect(capacityView(moment)).toEqual({
    counts: {},
    nodes: 0,
    groups: [],
    flavors: [],
    unknown: [],
  });
  expect(objectsView(moment).objects).toEqual([]);
});
