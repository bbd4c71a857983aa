// Objects that the API server takes and that mean harm, or were written by a machine: as long and as many as
// the schema allows, with the words that other readers take for something else.

import type { Kind } from "../../src/api/names.ts";

type Given = { readonly kind: Kind; readonly name: string; readonly spec: object };

export const hex = (n: number): string => n.toString(16).padStart(4, "0");
export const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** What YAML, INI, JSON, Python or a shell takes for something else. */
const words = ["no", "null", "1e5", "0x10", "true", "nan", "__proto__", "constructor"];
/** Characters that begin something in one of them. */
const signs = ["%(user)s", "$" + "{HOME}$$", '"]}\\', "é\u202eÿ", "#;=[x]"];

const ids = { vendorId: "8086", productId: "1572" };
const devices = (...all: readonly object[]): object => ({ devices: all });

export const hostile: readonly Given[] = [
  // Names that are words elsewhere; Kubernetes takes no underscores, so the last two stand in specs.
  ...["no", "null", "1e5", "0x10", "true", "nan", "8086"].flatMap((name): readonly Given[] => [
    { kind: "PciWhitelist", name, spec: devices(ids) },
    { kind: "PciAlias", name, spec: { match: [ids] } },
  ]),
  ...words.slice(-2).map((name, at): Given => ({
    kind: "PciAlias",
    name: `word-${at}`,
    spec: { name, match: [ids] },
  })),
  ...signs.map((name, at): Given => ({
    kind: "PciAlias",
    name: `sign-${at}`,
    spec: { name, match: [ids] },
  })),
  // As long and as many as may be.
  {
    kind: "PciAlias",
    name: "long",
    spec: { name: "x".repeat(255), match: many(64, (at) => ({ ...ids, productId: hex(at) })) },
  },
  {
    kind: "PciAlias",
    name: "traits",
    spec: { resourceClass: "c".repeat(255), traits: many(32, (at) => `${"t".repeat(250)}${at}`) },
  },
  ...many(3, (object): Given => ({
    kind: "PciWhitelist",
    name: `many-${object}`,
    spec: {
      priority: object === 0 ? 1000 : -1000,
      devices: many(128, (at) => ({
        vendorId: hex(object),
        productId: hex(at),
        physicalNetwork: "n".repeat(255),
        traits: many(4, (trait) => `T${trait}`),
      })),
    },
  })),
  {
    kind: "PciWhitelist",
    name: "addresses",
    spec: {
      devices: many(128, (at) => ({ ...ids, address: `0000:${hex(at).slice(2)}:00.*` })),
      exclude: many(16, (at) => ({ address: `0000:0${at.toString(16)}:00.0`, nodeName: "c1" })),
    },
  },
  {
    kind: "PciWhitelist",
    name: "expressions",
    spec: devices(
      ...many(128, (at) => ({
        vendorId: hex(at),
        addressRegex: { bus: `(.?|0)(${hex(at)[3]!}|.)[0-9a-f]?`, slot: "[0-9a-f]{1,2}" },
      })),
    ),
  },
  {
    kind: "PciWhitelist",
    name: "selects",
    spec: {
      nodeSelector: {
        matchLabels: Object.fromEntries(many(32, (at) => [`k${at}`, words[at % 6]!])),
        matchExpressions: many(32, (at) => ({
          key: `e${at}`,
          operator: "NotIn",
          values: many(64, (value) => `v${value}`),
        })),
      },
      devices: [ids],
    },
  },
  ...[
    ["__proto__", "1"],
    ["hw:cpu_policy", "$(reboot)"],
  ].map(([key, value], at): Given => ({
    kind: "PciFlavor",
    name: `specs-${at}`,
    spec: {
      flavor: { name: signs[at]! },
      aliases: many(16, (alias) => ({ name: words[alias] ?? `a${alias}`, count: 256 })),
      extraSpecs: Object.fromEntries([
        [key!, value!],
        ...many(31, (spec) => [`x:${spec}`, "v".repeat(255)] as const),
      ]),
      create: { vcpus: 2147483647, ramMiB: 2147483647, diskGiB: 0, description: "d".repeat(1024) },
    },
  })),
];
