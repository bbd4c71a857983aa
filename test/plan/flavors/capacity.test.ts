// How many servers still fit. The judge is a filler that places one server after the other in every
// possible way; the answer must be what it reaches where Placement knows the devices, and never less.
import fc from "fast-check";
import { describe, expect, test } from "@jest/globals";
import {
  capacityFor,
  fitOn,
  type Need,
  type NodeOffer,
} from "../../../src/plan/flavors/capacity.ts";
import type { PciProvider } from "../../../src/plan/terms/snapshot.ts";
import { gpuAlias, gpuDevices, installation, setStage } from "../../support/stage.ts";

const gpu = { vendorId: "10de", productId: "2330" };
const gpuClass = "CUSTOM_PCI_10DE_2330";

function provider(
  uuid: string,
  [total, reserved, used]: readonly [number, number, number],
  more: Partial<PciProvider> = {},
): PciProvider {
  const name = `n1_${uuid}`;
  return {
    ...{ uuid, name, address: "0000:41:00.0", resourceClass: gpuClass, traits: [] },
    ...{ total, reserved, used },
    ...more,
  };
}

const wants = (count: number): Need[] => [{ alias: { name: "gpu", match: [gpu] }, count }];
const having = (...providers: PciProvider[]): NodeOffer[] => [
  { node: "n1", devices: [gpu], providers },
];

describe("devices in Placement", () => {
  const free = [1, 0, 0] as const;
  const oneTimeInUse = [1, 1, 1] as const;
  const dirty = [1, 1, 0] as const;
  const inUse = [1, 0, 1] as const;
  test.each([
    ["one in use once and for all, one free", [oneTimeInUse, free], 1],
    ["one in use once and for all, three free", [oneTimeInUse, free, free, free], 3],
    ["two in use once and for all", [oneTimeInUse, oneTimeInUse], 0],
    ["two that wait to be cleaned, or are cordoned", [dirty, dirty], 0],
    ["one of each", [free, inUse, dirty, oneTimeInUse], 1],
    ["eight virtual functions, two reserved, three used", [[8, 2, 3] as const], 3],
  ])("%s", (_title, devices, fit) => {
    const offers = having(...devices.map((device, index) => provider(`p${index}`, device)));
    expect(capacityFor(wants(1), offers, true)).toEqual({ nodes: ["n1"], fit });
  });

  test("what is reserved proves nothing: only the total makes a flavor impossible", () => {
    const offers = having(provider("a", dirty), provider("b", dirty));
    expect(capacityFor(wants(2), offers, true).impossible).toBeUndefined();
    expect(capacityFor(wants(3), offers, true)).toMatchObject({
      nodes: [],
      fit: 0,
      impossible: "alias gpu asks for 3 devices and n1 can offer at most 2",
    });
  });

  test("nothing is proved by an inventory that is older than the entries", () => {
    const offers = having(provider("a", free)).map((nodeOffer) => ({
      ...nodeOffer,
      behind: true as const,
    }));
    expect(capacityFor(wants(4), offers, true)).toEqual({ nodes: ["n1"], fit: undefined });
  });

  test("two aliases for one card do not both get it", () => {
    const needs = ["a", "b"].map((name) => ({ alias: { name, match: [gpu] }, count: 1 }));
    const three = having(provider("x", free), provider("y", free), provider("z", free));
    expect(capacityFor(needs, three, true).fit).toBe(1);
    expect(capacityFor(needs, having(provider("x", free)), true).impossible).toBe(
      "aliases a, b together ask for 2 devices and n1 can offer at most 1",
    );
  });
});

describe("who can host it is judged by what Placement compares, where it chooses the devices", () => {
  type Entry = NodeOffer["devices"][number];
  const other: Entry = { ...gpu, resourceClass: "CUSTOM_FAST" };
  const ids = { name: "gpu", match: [gpu] };
  const fast = { ...ids, resourceClass: "custom_fast" };
  const networked: Entry = { ...gpu, physicalNetwork: "physnet0" };
  const anyOf: Entry = { address: "0000:41:00.0" };
  test.each<[string, Need["alias"], Entry, boolean, readonly string[]]>([
    ["by ids, and the entry has them", ids, gpu, true, ["n1"]],
    ["by ids, and the entry names another class", ids, other, true, []],
    ["the same without Placement", ids, other, false, ["n1"]],
    ["by class, and the entry has only ids", fast, gpu, true, []],
    ["by class, and the entry names it", fast, other, true, ["n1"]],
    ["by class alone", { ...fast, match: [] }, other, true, ["n1"]],
    ["by trait, and the entry has none", { ...ids, traits: ["A"] }, gpu, true, []],
    ["by ids, and the device is on a network", ids, networked, true, []],
    ["by ids, and the entry does not tell them", ids, anyOf, true, ["n1"]],
    ["by class, and the entry tells neither ids nor class", fast, anyOf, true, []],
  ])("%s", (_title, alias, entry, inPlacement, nodes) => {
    const offers: NodeOffer[] = [{ node: "n1", devices: [entry] }];
    const { impossible, ...found } = capacityFor([{ alias, count: 1 }], offers, inPlacement);
    expect(found.nodes).toEqual(nodes);
    expect(impossible === undefined).toBe(nodes.length > 0);
  });

  test.each([
    ["traits: [A]", "", 1],
    ["traits: [B]", "", 0],
    ["traits: [A]", ", physicalNetwork: physnet0", 0],
    ["traits: [A]", ", physicalNetwork: null", 1],
  ])("what the node was given says the same: %s%s", async (traits, network, hosts) => {
    const stage = await setStage({ nodes: ["c1"], microversion: "2.104" });
    const place = "{ reportInPlacement: true, pciInPlacement: true }";
    stage.apply(
      "PciPassthrough",
      "nova",
      `{ adopt: true, release: '34.0.0', placement: ${place} }`,
    );
    const ids = "vendorId: '10de', productId: '2330'";
    stage.apply("PciAlias", "gpu", `{ match: [{ ${ids} }], traits: [CUSTOM_A] }`);
    stage.apply("PciWhitelist", "gpus", `{ devices: [{ ${ids}, ${traits}${network} }] }`);
    stage.apply("PciFlavor", "f", "{ flavor: { id: '42' }, aliases: [{ name: gpu, count: 1 }] }");
    await stage.pass(1800);
    expect(stage.status("PciFlavor", "f")).toMatchObject({ hosts: { count: hosts } });
  });

  test("one node of two, and what to write where there is none", () => {
    const both = [
      { node: "n1", devices: [gpu] },
      { node: "n2", devices: [other] },
    ];
    expect(capacityFor(wants(1), both, true).nodes).toEqual(["n1"]);
    expect(capacityFor(wants(1), both.slice(1), true).impossible).toBe(
      `gpu asks Placement for ${gpuClass}, 10de:2330 offers CUSTOM_FAST: give the alias resourceClass: CUSTOM_FAST`,
    );
  });
});

test("a flavor without devices has no number", () => {
  expect(capacityFor([], having(provider("a", [1, 0, 0])))).toEqual({
    nodes: ["n1"],
    fit: undefined,
  });
});

describe("an alias that nobody declares", () => {
  test.each([
    ["nope", "L40S_Whole", "no PciAlias declares"],
    ["l40s-whole", "L40S_Whole", "did you mean L40S_Whole (PciAlias l40s-whole)?"],
    ["l40s_hole", "L40S_Whole", "did you mean L40S_Whole?"],
  ])("%s, where there is %s", async (asked, name, words) => {
    const stage = await setStage({ nodes: ["c1"] });
    stage.apply("PciPassthrough", "nova", installation);
    stage.apply("PciAlias", "l40s-whole", gpuAlias.replace("{ ", `{ name: ${name}, `));
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    stage.apply(
      "PciFlavor",
      "f",
      `{ flavor: { id: '42' }, aliases: [{ name: ${asked}, count: 1 }] }`,
    );
    await stage.pass(600);
    expect(stage.ready("PciFlavor", "f")).toBe("False AliasNotDeclared");
    expect(stage.status("PciFlavor", "f")).toMatchObject({
      hosts: { count: 0 },
      instancesFit: { bound: "Unknown" },
    });
    expect(JSON.stringify(stage.status("PciFlavor", "f"))).toContain(words);
    expect(JSON.stringify(stage.status("PciFlavor", "f"))).not.toContain("being written");
  });
});

// --- worlds that nobody chose -----------------------------------------------------------------------

const products = ["2330", "20b5"];
const providers = fc.array(
  fc.record({
    product: fc.constantFrom(...products),
    traits: fc.subarray(["CUSTOM_A", "CUSTOM_B"]),
    total: fc.integer({ min: 1, max: 3 }),
    reserved: fc.integer({ min: 0, max: 2 }),
    used: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 4 },
);
const needs = fc.array(
  fc.record({
    match: fc.subarray(products, { minLength: 1 }),
    traits: fc.subarray(["CUSTOM_A"]),
    count: fc.integer({ min: 1, max: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);

type Unit = { readonly product: string; readonly traits: readonly string[] };
type Wish = { readonly match: readonly string[]; readonly traits: readonly string[] };

/** Servers that the best of all orders gets in; each takes `wishes` out of `units`. */
function filled(units: readonly Unit[], server: readonly Wish[]): number {
  let servers = 0;
  while (places(units, Array.from({ length: servers + 1 }, () => server).flat())) servers += 1;
  return servers;
}

/** Can every wish get a unit of its own? Augmenting paths. */
function places(units: readonly Unit[], wishes: readonly Wish[]): boolean {
  const holder = new Map<number, number>();
  const find = (wish: number, tried: Set<number>): boolean =>
    units.some((unit, index) => {
      const { match, traits } = wishes[wish]!;
      const fits =
        match.includes(unit.product) && traits.every((trait) => unit.traits.includes(trait));
      if (!fits || tried.has(index)) return false;
      tried.add(index);
      const other = holder.get(index);
      if (other !== undefined && !find(other, tried)) return false;
      holder.set(index, wish);
      return true;
    });
  return wishes.every((_one, index) => find(index, new Set()));
}

test("as many servers fit as can be filled in", () => {
  fc.assert(
    fc.property(providers, needs, (some, asked) => {
      const offer: NodeOffer = {
        node: "n1",
        // What Placement shows of a device is what its entry says.
        devices: some.map(({ product, traits }) => ({
          ...{ vendorId: "10de", productId: product },
          traits,
        })),
        providers: [
          provider("other", [1, 0, 0], { resourceClass: "CUSTOM_OTHER" }),
          ...some.map((item, index) =>
            provider(`p${index}`, [item.total, item.reserved, item.used], {
              resourceClass: `CUSTOM_PCI_10DE_${item.product.toUpperCase()}`,
              traits: item.traits,
            }),
          ),
        ],
      };
      const flavor = asked.map(({ match, traits, count }, index) => ({
        alias: {
          name: `a${index}`,
          match: match.map((productId) => ({ vendorId: "10de", productId })),
          traits,
        },
        count,
      }));
      const units = some.flatMap((item) =>
        Array.from({ length: Math.max(0, item.total - item.reserved - item.used) }, () => item),
      );
      const server = asked.flatMap((item) => Array.from({ length: item.count }, () => item));
      const fit = fitOn(flavor, offer, true);
      expect(fit.servers).toBe(filled(units, server));
      // No sum of devices allows less, and nothing is called impossible that an empty node could do.
      const all = some.flatMap((item) => Array.from({ length: item.total }, () => item));
      expect(fit.unable === undefined).toBe(filled(all, server) > 0);
    }),
    { numRuns: 500 },
  );
});
