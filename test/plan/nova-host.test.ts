// Whatever Nodes and hosts are called: a Node gets its own host or none, and who could be two is told
// so. What is done to the wrong host is done to its servers.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { sightContext } from "../../src/plan/gates/sight.ts";
import { hostFinder, type NamedNode, type NovaHost } from "../../src/plan/terms/nova-host.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";

const host = (name: string): NovaHost => ({ is: "host", host: name });
const none: NovaHost = { is: "none" };
const could = (...hosts: string[]): NovaHost => ({ is: "ambiguous", hosts });
const labelled = (name: string, label: string): NamedNode => ({
  name,
  labels: { "kubernetes.io/hostname": label },
});

test.each<[title: string, nodes: readonly NamedNode[], hosts: string[], found: NovaHost[]]>([
  ["the full name", [{ name: "c1" }], ["c1", "c1.dc"], [host("c1")]],
  ["the label", [labelled("ip-10-0-0-1", "c1")], ["c1", "c2"], [host("c1")]],
  ["the name before the label", [labelled("c1", "c2")], ["c1", "c2"], [host("c1")]],
  ["Nova adds the domain", [{ name: "c1" }], ["c1.dc"], [host("c1.dc")]],
  ["the Node has the domain", [{ name: "c1.dc" }], ["c1"], [host("c1")]],
  [
    "two racks with the same first label",
    [{ name: "compute-0.rack1" }, { name: "compute-0.rack2" }],
    ["compute-0.rack1.dc.example", "compute-0.rack2.dc.example"],
    [host("compute-0.rack1.dc.example"), host("compute-0.rack2.dc.example")],
  ],
  [
    "the host of one of them is not listed yet",
    [{ name: "compute-0.rack1" }, { name: "compute-0.rack2" }],
    ["compute-0.rack1.dc.example"],
    [host("compute-0.rack1.dc.example"), none],
  ],
  ["two hosts of one first label", [{ name: "c1" }], ["c1.a", "c1.b"], [could("c1.a", "c1.b")]],
  [
    "two Nodes for one host",
    [{ name: "c1.a" }, { name: "c1.b" }],
    ["c1"],
    [could("c1"), could("c1")],
  ],
  [
    "two Nodes of one label",
    [labelled("a", "c1"), labelled("b", "c1")],
    ["c1"],
    [could("c1"), could("c1")],
  ],
  ["somebody else's", [{ name: "c1" }, { name: "c1.dc" }], ["c1"], [host("c1"), none]],
  [
    "Nova has capitals",
    [{ name: "c1" }, { name: "c2" }],
    ["C1", "C2.dc"],
    [host("C1"), host("C2.dc")],
  ],
  ["capitals in a domain", [{ name: "c1.dc" }], ["C1.DC", "c1.other"], [host("C1.DC")]],
  ["capitals in the label", [labelled("ip-1", "C1.dc")], ["c1.dc"], [host("c1.dc")]],
  ["the exact name before the one in capitals", [{ name: "c1" }], ["C1", "c1"], [host("c1")]],
  ["a dot behind the host", [{ name: "c1.dc" }], ["c1.dc.", "c1.other"], [host("c1.dc.")]],
  ["an empty label", [labelled("c1", "")], ["c1.dc"], [host("c1.dc")]],
  [
    "addresses",
    [{ name: "10.0.0.1" }, { name: "10.0.0.2" }],
    ["10.0.0.2"],
    [none, host("10.0.0.2")],
  ],
  ["an address that begins as another", [{ name: "10.0.0.1" }], ["10.1.1.1", "10.0.0.10"], [none]],
  ["a label of somebody else", [labelled("c1", "c2"), { name: "c2" }], ["c2"], [none, host("c2")]],
  ["a host with a suffix of its cell", [{ name: "c1" }], ["c1-cell1"], [none]],
  ["a name in the middle", [{ name: "c1" }], ["rack.c1.dc"], [none]],
  ["the host of an Ironic service", [{ name: "c1" }], ["6b1e5a2e-0000-4000-8000-0"], [none]],
  ["nobody", [{ name: "c1" }], ["c2"], [none]],
  ["no host at all", [{ name: "c1" }], [], [none]],
  ["the first label is no prefix", [{ name: "c1" }], ["c10"], [none]],
])("%s", (_, nodes, hosts, found) => {
  const find = hostFinder(nodes, hosts);
  expect(nodes.map(({ name }) => find(name))).toEqual(found);
});

test("a Node that is gone keeps no host that is another's", () => {
  expect(hostFinder([{ name: "c1.b" }], ["c1"])("c1.a")).toEqual(none);
  expect(hostFinder([], ["c1.dc"])("c1")).toEqual(host("c1.dc"));
});

const label = fc.constantFrom("c1", "c2", "c10");
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
const node = fc
  .tuple(name, fc.option(name, { nil: undefined }))
  .map(([own, other]) => (other === undefined ? { name: own } : labelled(own, other)));
const nodes = fc.uniqueArray(node, { maxLength: 5, selector: (namedNode) => namedNode.name });
const hosts = fc.uniqueArray(name, { maxLength: 5 });

test("no host is two Nodes', and every host found could be told from all others", () => {
  fc.assert(
    fc.property(nodes, hosts, (some, all) => {
      const find = hostFinder(some, all);
      const found = some.map((namedNode) => [namedNode, find(namedNode.name)] as const);
      const given = found.flatMap(([, novaHost]) =>
        novaHost.is === "host" ? [novaHost.host] : [],
      );
      expect(new Set(given).size).toBe(given.length);
      for (const [{ name: own, labels }, novaHost] of found) {
        if (all.includes(own)) expect(novaHost).toEqual(host(own));
        if (novaHost.is !== "host" || novaHost.host === own) continue;
        const names = [own, labels?.["kubernetes.io/hostname"] ?? own];
        const first = names.map((each) => each.split(".")[0]);
        expect(first).toContain(novaHost.host.split(".")[0]);
        // Beyond a name that is equal or longer by a domain, it is the only one of its first label.
        const plain = names.some(
          (each) => novaHost.host === each || novaHost.host.startsWith(`${each}.`),
        );
        const alike = all.filter((each) => first.includes(each.split(".")[0]));
        if (!plain) expect(alike).toEqual([novaHost.host]);
      }
    }),
    { numRuns: 3000 },
  );
});

test("the order of Nodes and hosts decides nothing", () => {
  fc.assert(
    fc.property(nodes, hosts, (some, all) => {
      const item = hostFinder(some, all);
      const other = hostFinder([...some].reverse(), [...all].reverse());
      for (const each of some) expect(other(each.name)).toEqual(item(each.name));
    }),
    { numRuns: 1000 },
  );
});

test("a Node that could be several hosts has no service, and that is said", () => {
  const service = (id: string, of: string) => ({
    id,
    host: of,
    binary: "nova-compute",
    state: "up" as const,
    disabled: false,
  });
  const seen = {
    pods: [],
    nodes: [{ name: "c1", uid: "1", labels: {} }],
    cloud: { is: "read", services: [service("1", "c1.a"), service("2", "c1.b")] },
  } as unknown as Snapshot;
  const context = sightContext(seen, "Injected");
  expect(context.serviceOf("c1")).toBeUndefined();
  expect(context.couldBe("c1")).toEqual(["c1.a", "c1.b"]);
});
