// Green is a promise: each object is Ready only where a node, a device entry and a compute serve it, and
// says the right reason where not, in worlds one step beside the usual ones.
import { expect, test } from "@jest/globals";
import { readYaml } from "../../../src/api/read-yaml.ts";
import { conditionOf } from "../../../src/api/statuses.ts";
import { plurals, type Kind } from "../../../src/api/names.ts";
import { playOn, playToEnd } from "../../../src/cli/played/offline.ts";
import type { Cluster } from "../../../src/embedded/cluster.ts";

const our = (kind: Kind, name: string, spec: string): string =>
  `apiVersion: pci.openstack.org/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n---\n`;
const node = (name: string, labels = ""): string =>
  `apiVersion: v1\nkind: Node\nmetadata: { name: ${name}, labels: { openstack-compute-node: enabled${labels} } }\n---\n`;
const inventory = (name: string, attributes: string): string =>
  `apiVersion: nfd.k8s-sigs.io/v1alpha1\nkind: NodeFeature\nmetadata: { name: ${name}, labels: { nfd.node.kubernetes.io/node-name: ${name} } }\nspec: { features: { instances: { pci.device: { elements: [{ attributes: ${attributes} }] } } } }\n---\n`;

const card = (more = ""): string => `[{ vendorId: "10de", productId: "2330"${more} }]`;
const nic = '[{ vendorId: "15b3", productId: "101e" }]';
const at = (place: string): string => card(`, address: "${place}"`);
const installation = our("PciPassthrough", "nova", '{ adopt: true, release: "2025.1" }');
const alias = (name = "gpu", match = card(), type = "type-PF"): string =>
  our("PciAlias", name, `{ match: ${match}, deviceType: ${type} }`);
const offer = (devices = card(), more = "", name = "gpus"): string =>
  our("PciWhitelist", name, `{ devices: ${devices}${more} }`);
const flavor = (aliases = "[{ name: gpu, count: 1 }]"): string =>
  our(
    "PciFlavor",
    "g",
    `{ flavor: { name: g }, aliases: ${aliases}, create: { vcpus: 1, ramMiB: 512, diskGiB: 1 } }`,
  );
const usual = installation + alias() + offer() + flavor();

type Change = (cluster: Cluster) => void;
const edit =
  (kind: Kind, name: string, more: object): Change =>
  ({ store }) =>
    store.edit(kind, name, (old) => ({ ...old, spec: { ...old.spec, ...more } }));

type World = {
  readonly files: string;
  /** After all of it was live. */
  readonly then?: readonly Change[];
  /** Ready of each object but the PciPassthrough, and what "False" says; "True" says nothing. */
  readonly says: Readonly<Record<string, string>>;
  readonly told?: RegExp;
};

const live = { "PciAlias/gpu": "True", "PciWhitelist/gpus": "True", "PciFlavor/g": "True" };
const nobody = { "PciAlias/gpu": "NoMatchingDevice", "PciFlavor/g": "NoHostCanServe" };
const missing = { ...nobody, "PciWhitelist/gpus": "NoNodeSelected" };

const worlds: Readonly<Record<string, World>> = {
  "the usual one": { files: node("n1") + usual, says: live },
  "the entry is on a node that is no compute": {
    files: `${node("n1")}apiVersion: v1\nkind: Node\nmetadata: { name: n2, labels: { gpu: h100 } }\n---\n${installation}${alias()}${offer(card(), ", nodeSelector: { matchLabels: { gpu: h100 } }")}${flavor()}`,
    says: live,
  },
  "its only node was deleted": {
    files: node("n1") + usual,
    then: [({ store }) => store.remove("Node", "n1")],
    says: missing,
    told: /there is no compute node/,
  },
  "its only node lost the label": {
    files: `${node("n1", ", pool: gpu")}${node("n2")}${installation}${alias()}${offer(card(), ", nodeSelector: { matchLabels: { pool: gpu } }")}${flavor()}`,
    then: [
      ({ store }) =>
        store.edit("Node", "n1", (old) => ({
          ...old,
          metadata: { ...old.metadata, labels: { "openstack-compute-node": "enabled" } },
        })),
    ],
    says: missing,
  },
  "the whitelist was deleted": {
    files: node("n1") + usual,
    then: [({ store }) => store.remove("PciWhitelist", "gpus")],
    says: nobody,
    told: /no compute node has a device entry for alias gpu/,
  },
  "the exclusions take all": {
    files:
      node("n1") +
      installation +
      alias() +
      flavor() +
      offer(at("0000:3b:00.0"), ', exclude: [{ address: "0000:3b:00.0" }]'),
    says: { ...nobody, "PciWhitelist/gpus": "NoMatchingDevice" },
    told: /spec\.exclude leaves no device on the node that it picks/,
  },
  "the exclusions take all, and none is wanted": {
    files:
      node("n1") +
      installation +
      offer(at("0000:3b:00.0"), ', minNodes: 0, exclude: [{ address: "0000:3b:00.0" }]'),
    says: { "PciWhitelist/gpus": "True" },
  },
  "the exclusions take all of one node of two": {
    files:
      node("n1") +
      node("n2") +
      installation +
      alias() +
      flavor() +
      offer(at("0000:3b:00.0"), ', exclude: [{ nodeName: n1, address: "0000:3b:00.0" }]'),
    says: live,
    told: /^1\/1 nodes offer these devices; spec\.exclude leaves none on n1$/m,
  },
  "a selector that picks no node": {
    files:
      node("n1") +
      installation +
      alias() +
      offer(card(), ", nodeSelector: { matchLabels: { pool: gpu } }") +
      offer(nic, "", "nics") +
      flavor(),
    says: { ...missing, "PciWhitelist/nics": "True" },
    told: /it asks for 10de:2330; PciWhitelist gpus names it, and is in force on no node/,
  },
  "fewer nodes than minNodes": {
    files: node("n1") + installation + alias() + offer(card(), ", minNodes: 2") + flavor(),
    says: { ...live, "PciWhitelist/gpus": "NoNodeSelected" },
    told: /picks 1 compute node, minNodes is 2/,
  },
  "one of two aliases is served": {
    files:
      node("n1") +
      installation +
      alias() +
      alias("nic", nic, "type-VF") +
      offer() +
      flavor("[{ name: gpu, count: 1 }, { name: nic, count: 1 }]"),
    says: { ...live, "PciAlias/nic": "NoMatchingDevice", "PciFlavor/g": "NoHostCanServe" },
    told: /no compute node has a device entry for alias nic/,
  },
  "two aliases are served, each by another node": {
    files:
      node("n1", ", pool: a") +
      node("n2", ", pool: b") +
      installation +
      alias() +
      alias("nic", nic, "type-VF") +
      offer(card(), ", nodeSelector: { matchLabels: { pool: a } }") +
      offer(nic, ", nodeSelector: { matchLabels: { pool: b } }", "nics") +
      flavor("[{ name: gpu, count: 1 }, { name: nic, count: 1 }]"),
    says: {
      ...live,
      "PciAlias/nic": "True",
      "PciWhitelist/nics": "True",
      "PciFlavor/g": "NoHostCanServe",
    },
    told: /no compute node has device entries for all of its aliases: gpu, nic/,
  },
  "a card that can SR-IOV, and has no virtual functions": {
    files:
      node("n1") +
      inventory("n1", '{ vendor: "10de", device: "2330", class: "0302", sriov_totalvfs: "32" }') +
      installation +
      alias("gpu", card(), "type-VF") +
      offer() +
      flavor(),
    says: { ...live, "PciAlias/gpu": "WrongDeviceType", "PciFlavor/g": "NoHostCanServe" },
    told: /create the virtual functions first/,
  },
  "the node's inventory has no such card": {
    files:
      node("n1") + inventory("n1", '{ vendor: "8086", device: "1572", class: "0200" }') + usual,
    says: { ...nobody, "PciWhitelist/gpus": "NoMatchingDevice" },
  },
  "the flavor asks for more than one host has, since a card was taken out": {
    files:
      node("n1") +
      installation +
      alias() +
      offer(`${at("0000:3b:00.0").slice(0, -1)}, ${at("0000:3c:00.0").slice(1)}`) +
      flavor("[{ name: gpu, count: 2 }]"),
    then: [
      edit("PciWhitelist", "gpus", {
        devices: [{ vendorId: "10de", productId: "2330", address: "0000:3b:00.0" }],
      }),
    ],
    says: { ...live, "PciFlavor/g": "NoHostCanServe" },
    told: /asks for 2 devices and n1 can offer at most 1/,
  },
  "two whitelists contradict each other": {
    files:
      node("n1") +
      installation +
      alias() +
      offer() +
      offer(card(", physicalNetwork: p1"), "", "other") +
      flavor(),
    says: {
      ...nobody,
      "PciWhitelist/gpus": "Contradiction",
      "PciWhitelist/other": "Contradiction",
    },
  },
  "paused before anything was live": {
    files:
      node("n1") +
      our(
        "PciPassthrough",
        "nova",
        '{ adopt: true, release: "2025.1", rollout: { paused: true } }',
      ) +
      alias() +
      offer() +
      flavor(),
    says: {
      "PciAlias/gpu": "Paused",
      "PciWhitelist/gpus": "Paused",
      "PciFlavor/g": "AliasNotLive",
    },
    told: /alias gpu is not live: spec\.rollout\.paused is true/,
  },
  "paused, then another whitelist": {
    files: node("n1") + usual,
    then: [
      edit("PciPassthrough", "nova", { rollout: { paused: true } }),
      ({ store }) =>
        void store.create("PciWhitelist", {
          metadata: { name: "nics" },
          spec: { devices: [{ vendorId: "15b3", productId: "101e" }] },
        }),
    ],
    // Both are on one node, whose next fragment waits.
    says: { ...live, "PciWhitelist/nics": "Paused", "PciWhitelist/gpus": "Paused" },
  },
  "an alias that a flavor asks for is changed": {
    files: node("n1") + usual,
    then: [edit("PciAlias", "gpu", { numaPolicy: "preferred" })],
    says: { ...live, "PciAlias/gpu": "InUse", "PciFlavor/g": "AliasNotLive" },
    told: /in use by PciFlavor g: let it ask for another alias, or write \{kind: PciAlias, name: gpu, force: true\}/,
  },
  "the same, with the line that it tells to write": {
    files: node("n1") + usual,
    then: [
      edit("PciAlias", "gpu", { numaPolicy: "preferred" }),
      edit("PciPassthrough", "nova", {
        removals: [{ kind: "PciAlias", name: "gpu", force: true }],
      }),
    ],
    says: live,
  },
  "an alias is edited into what is refused": {
    files: node("n1") + usual,
    then: [edit("PciAlias", "gpu", { numaPolicy: "nonsense" })],
    says: { ...live, "PciAlias/gpu": "InvalidObject" },
    told: /The content accepted before stays in force/,
  },
  "devices that only Neutron hands out": {
    files: node("n1") + installation + alias() + offer(card(", remoteManaged: true")) + flavor(),
    says: { ...nobody, "PciWhitelist/gpus": "True" },
    told: /remoteManaged: only ports of Neutron get it/,
  },
  "an alias that nobody declares": {
    files: node("n1") + installation + flavor(),
    says: { "PciFlavor/g": "AliasNotDeclared" },
  },
  "a flavor that Nova does not have": {
    files:
      node("n1") +
      installation +
      alias() +
      offer() +
      our("PciFlavor", "g", "{ flavor: { name: g }, aliases: [{ name: gpu, count: 1 }] }"),
    says: { ...live, "PciFlavor/g": "FlavorMissing" },
  },
  "no nova-compute at all": {
    files: `${usual}apiVersion: v1\nkind: Node\nmetadata: { name: n1 }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api, labels: { application: nova, component: os-api } }\nspec: { replicas: 1, template: { metadata: { labels: { application: nova, component: os-api } }, spec: { containers: [{ name: nova-osapi, image: x }] } } }\n---\n`,
    says: missing,
    told: /no DaemonSet of nova-compute wants a pod on any node/,
  },
};

test.each(Object.entries(worlds))("%s", async (_what, { files, then = [], says, told }) => {
  const { objects } = readYaml("p.yaml", files);
  // Nova was asked, and has the flavors that objects make.
  const live = { flavors: [] };
  const { cluster } = await playToEnd({ namespace: "openstack", objects, live });
  for (const change of then) {
    change(cluster);
    await playOn(cluster);
  }
  const found: Record<string, string> = {};
  const messages: string[] = [];
  for (const kind of Object.keys(plurals) as Kind[]) {
    for (const { metadata, status } of cluster.store.list(kind)) {
      const ready = conditionOf(status, "Ready")!;
      messages.push(ready.message);
      // At the end nothing can come any more: what is not Ready needs somebody.
      expect([metadata.name, conditionOf(status, "Reconciling")?.reason]).toEqual([
        metadata.name,
        undefined,
      ]);
      expect(conditionOf(status, "Live")?.status === "True" || ready.status === "False").toBe(true);
      if (kind !== "PciPassthrough")
        found[`${kind}/${metadata.name}`] = ready.status === "True" ? "True" : ready.reason;
    }
  }
  expect(found).toEqual(says);
  if (told !== undefined) expect(messages.join("\n")).toMatch(told);
});
