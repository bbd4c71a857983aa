// A schedule made from a seed alone: the installation, what is applied to it first, and what happens,
// with how often each does.

import type { Kind } from "../../src/api/names.ts";
import { makeChance, type Chance } from "../../src/embedded/store/chance.ts";
import { makeBase } from "./base.ts";
import {
  calmAfter,
  names,
  products,
  type Happening,
  type Schedule,
  type Setting,
  type Spec,
} from "./schedule.ts";
import { storyOf } from "./stories.ts";
import { outages, troubles } from "./troubles.ts";

const pools = ["gpu", "nic"];

/** Below zero it is a story written by hand. */
export function makeSchedule(seed: number): Schedule {
  return storyOf(seed) ?? generate(seed);
}

function generate(seed: number): Schedule {
  const chance = makeChance(seed);
  // What came later draws from a source of its own, so that a seed keeps its story.
  const own = makeChance(seed).fork(5);
  const first = makeSetting(chance);
  const setting = {
    ...first,
    ...makeCloud(own),
    ...makeBase(makeChance(seed).fork(9)),
    ...makeClocks(first, makeChance(seed).fork(11)),
  };
  const count = chance.between(4, 14);
  const happenings: Happening[] = [
    ...firstObjects(chance),
    ...releaseObjects(setting),
    ...outages(setting, own),
    ...troubles(seed, setting),
  ];
  for (let made = 0; made < count; made += 1) {
    const at = chance.between(30, calmAfter - 60);
    happenings.push(...somethingHappens(at, setting, chance));
  }
  happenings.sort((a, b) => a.at - b.at);
  return { seed, setting, happenings };
}

type CloudSetting = Pick<Setting, "microversion" | "told" | "wiped" | "badFilters">;

/**
 * In one of ten the machines of the leaders are minutes apart. Mounted has no evidence but the time at
 * which the API server made a pod, whose clock the operator therefore goes by (server-clock.ts).
 */
function makeClocks(
  { delivery }: Pick<Setting, "delivery">,
  chance: Chance,
): Pick<Setting, "clocks"> {
  if (delivery === "Mounted" || !chance.yes(0.1)) return {};
  return { clocks: [chance.pick([0, 600, -600, 45]), chance.pick([0, 600, -600, -45])] };
}

const microversions = ["2.88", "2.90", "2.93", "2.95", "2.96", "2.100", "2.103", "2.104"];

function makeCloud(chance: Chance): CloudSetting {
  const wiped = chance.yes(0.15);
  const told = chance.yes(0.5);
  const microversion = told ? "2.100" : chance.pick(microversions);
  return {
    microversion: wiped ? "2.104" : microversion,
    told,
    wiped,
    badFilters: chance.yes(0.1),
  };
}

/** Releases before these take the keys of these objects as tags without effect. */
function movable({ microversion, wiped, told, credentials }: Setting): boolean {
  const known = told || credentials;
  return known && !wiped && ["2.100", "2.103", "2.104"].includes(microversion);
}

/** What means something in some releases only: judged anew, it would be refused or gone. */
function releaseObjects(setting: Setting): readonly Happening[] {
  const apply = { at: 5, do: "apply" } as const;
  if (setting.wiped) {
    if (!setting.told && !setting.credentials) return [];
    const device = { vendorId: "8086", productId: products.wiped, oneTimeUse: true };
    return [{ ...apply, kind: "PciWhitelist", name: "wiped", spec: { devices: [device] } }];
  }
  if (!movable(setting)) return [];
  const ids = { vendorId: "8086", productId: products.movable };
  return [
    {
      ...apply,
      kind: "PciWhitelist",
      name: "movable",
      spec: { devices: [{ ...ids, liveMigratable: true }] },
    },
    { ...apply, kind: "PciAlias", name: "movable", spec: { match: [ids], liveMigratable: true } },
  ];
}

function makeSetting(chance: Chance): Omit<Setting, keyof CloudSetting | "base" | "clocks"> {
  const count = chance.between(2, 5);
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `n${index + 1}`,
    pool: chance.pick(pools),
  }));
  const delivery = chance.yes(0.9) ? "Injected" : "Mounted";
  return {
    nodes,
    api: chance.yes(0.7) ? "Deployment" : "StatefulSet",
    apiReplicas: chance.between(1, 3),
    compute: chance.yes(0.7) ? "RollingUpdate" : "OnDelete",
    budget: chance.yes(0.85) ? "none" : chance.yes(0.7) ? "loose" : "broken",
    delivery,
    credentials: chance.yes(0.8),
    maxUnavailable: chance.yes(0.75) ? 1 : 2,
    canaryCount: 1,
    // A shared file cannot keep a failed entry from one node and give it to the next.
    failureLimit: delivery === "Mounted" || chance.yes(0.85) ? 1 : 2,
    autoRollback: chance.yes(0.9),
    readySeconds: chance.between(2, 12),
  };
}

function firstObjects(chance: Chance): readonly Happening[] {
  const at = 5;
  const objects: Happening[] = [
    whitelist(at, "one", chance, 0),
    { at, do: "apply", kind: "PciAlias", name: "one", spec: aliasSpec(chance, 0) },
  ];
  if (chance.yes(0.5)) objects.push(whitelist(at, "two", chance, 0));
  return objects;
}

function whitelist(at: number, name: string, chance: Chance, bad: number): Happening {
  return { at, do: "apply", kind: "PciWhitelist", name, spec: whitelistSpec(chance, bad) };
}

function whitelistSpec(chance: Chance, bad: number): Spec {
  const some = Array.from({ length: chance.between(1, 2) }, () => deviceSpec(chance, bad));
  return {
    ...(chance.yes(0.7) ? { nodeSelector: { matchLabels: { pool: chance.pick(pools) } } } : {}),
    devices: some.filter(
      (item, index) => some.findIndex((other) => other.productId === item.productId) === index,
    ),
  };
}

function deviceSpec(chance: Chance, bad: number): Spec {
  if (chance.yes(bad)) {
    const productId = chance.yes(0.75) ? chance.pick(products.badSpec) : products.badOnFirst;
    return { vendorId: "8086", productId };
  }
  if (chance.yes(bad / 3)) return { address: "*:*:*.*" };
  return { vendorId: "8086", productId: chance.pick(products.good) };
}

function aliasSpec(chance: Chance, bad: number): Spec {
  const productId = chance.yes(bad)
    ? chance.yes(0.6)
      ? chance.pick(products.badApi)
      : products.badAliasOnCompute
    : chance.pick(products.good);
  return { match: [{ vendorId: "8086", productId }], deviceType: "type-PCI" };
}

function flavorSpec(chance: Chance): Spec {
  return {
    flavor: { name: `flavor-${chance.pick(names)}` },
    aliases: [{ name: chance.pick(names), count: 1 }],
    create: { vcpus: 2, ramMiB: 1024, diskGiB: 10 },
  };
}

type Making = (at: number, setting: Setting, chance: Chance) => readonly Happening[];

function kindOf(chance: Chance): Kind {
  return chance.pick(["PciWhitelist", "PciAlias", "PciFlavor"] as const);
}

function edit(at: number, chance: Chance): Happening {
  const kind = chance.yes(0.55) ? "PciWhitelist" : chance.yes(0.7) ? "PciAlias" : "PciFlavor";
  const name = chance.pick(names);
  if (kind === "PciWhitelist") return whitelist(at, name, chance, 0.25);
  if (kind === "PciAlias") return { at, do: "apply", kind, name, spec: aliasSpec(chance, 0.25) };
  return { at, do: "apply", kind, name, spec: flavorSpec(chance) };
}

const watched = [
  "Pod",
  "Node",
  "ConfigMap",
  "DaemonSet",
  "Deployment",
  "PciWhitelist",
  "PciAlias",
] as const;

/** What may happen, with how often: the weights lean to edits and to what makes edits dangerous. */
const makings: readonly (readonly [number, Making])[] = [
  [22, (at, _setting, chance) => [edit(at, chance)]],
  [
    8,
    (at, _setting, chance) => [
      { at, do: "delete", kind: kindOf(chance), name: chance.pick(names) },
    ],
  ],
  [
    4,
    (at, _setting, chance) => {
      // A commit that removes things and its revert.
      const name = chance.pick(names);
      const kind = chance.pick(["PciWhitelist", "PciAlias"] as const);
      const spec = kind === "PciWhitelist" ? whitelistSpec(chance, 0) : aliasSpec(chance, 0);
      return [
        { at, do: "apply", kind, name, spec },
        { at: at + 40, do: "delete", kind, name },
        { at: at + chance.between(50, 140), do: "apply", kind, name, spec },
      ];
    },
  ],
  [
    6,
    (at, setting, chance) => {
      const { name } = chance.pick(setting.nodes);
      return [
        { at, do: "kill-node", node: name },
        ...(chance.yes(0.6)
          ? [{ at: at + chance.between(20, 300), do: "revive-node" as const, node: name }]
          : []),
      ];
    },
  ],
  [3, (at, setting, chance) => [{ at, do: "remove-node", node: chance.pick(setting.nodes).name }]],
  [
    4,
    (at, _setting, chance) => [
      { at, do: "add-node", node: `m${chance.between(1, 3)}`, pool: chance.pick(pools) },
    ],
  ],
  [
    4,
    (at, setting, chance) => [
      {
        at,
        do: "label-node",
        node: chance.pick(setting.nodes).name,
        pool: chance.pick([...pools, "none"]),
      },
    ],
  ],
  [
    4,
    (at, setting, chance) => [
      {
        at,
        do: "slow-node",
        node: chance.pick(setting.nodes).name,
        factor: chance.pick([5, 12, 30]),
      },
    ],
  ],
  [4, (at, setting, chance) => [{ at, do: "delete-pod", node: chance.pick(setting.nodes).name }]],
  [4, (at, setting, chance) => [{ at, do: "crash-pod", node: chance.pick(setting.nodes).name }]],
  [2, (at) => [{ at, do: "crash-api" }]],
  [
    6,
    (at, _setting, chance) => [
      { at, do: "stall", kind: chance.pick(watched), seconds: chance.between(2, 90) },
    ],
  ],
  [
    5,
    (at, _setting, chance) => [
      { at, do: "lose", kind: chance.pick(watched), seconds: chance.between(2, 60) },
    ],
  ],
  [2, (at, _setting, chance) => [{ at, do: "repeat", kind: chance.pick(watched) }]],
  [
    8,
    (at, _setting, chance) => [
      {
        at,
        do: "fault",
        fault: chance.pick([
          "conflict",
          "unreachable",
          "error-after",
          "crash-before",
          "crash-after",
        ] as const),
      },
    ],
  ],
  [5, (at, _setting, chance) => [{ at, do: "crash-each-write", writes: chance.between(2, 12) }]],
  [
    5,
    (at, _setting, chance) => [
      { at, do: "hand-over", thawAfter: chance.between(5, 120), inFlight: chance.between(1, 4) },
    ],
  ],
  [3, (at) => [{ at, do: "restart-operator" }]],
  [3, (at, _setting, chance) => [{ at, do: "cloud-down", seconds: chance.between(10, 200) }]],
  [4, (at, setting, chance) => [{ at, do: "boot-server", node: chance.pick(setting.nodes).name }]],
  [
    2,
    (at, setting, chance) => [{ at, do: "delete-servers", node: chance.pick(setting.nodes).name }],
  ],
  [
    2,
    (at, setting, chance) => {
      const node = chance.pick(setting.nodes).name;
      return [
        { at, do: "disable-service", node },
        { at: at + chance.between(60, 300), do: "enable-service", node },
      ];
    },
  ],
  [
    2,
    (at, _setting, chance) => [
      { at, do: "wipe-status", kind: kindOf(chance), name: chance.pick(names) },
    ],
  ],
  [
    3,
    (at, _setting, chance) => [
      { at, do: "lose-kind", kind: kindOf(chance), backAfter: chance.between(10, 200) },
    ],
  ],
  [
    3,
    (at, _setting, chance) => [
      { at, do: "pause", paused: true },
      { at: at + chance.between(20, 200), do: "pause", paused: false },
    ],
  ],
  [
    3,
    (at, _setting, chance) => [
      {
        at,
        do: "release",
        kind: chance.pick(["PciWhitelist", "PciAlias"] as const),
        name: chance.pick(names),
        force: chance.yes(0.3),
      },
    ],
  ],
  [1, (at) => [{ at, do: "undo-api" }]],
  [1, (at) => [{ at, do: "strip-api" }]],
];

const totalWeight = makings.reduce((sum, [weight]) => sum + weight, 0);

function somethingHappens(at: number, setting: Setting, chance: Chance): readonly Happening[] {
  let left = chance.next() * totalWeight;
  for (const [weight, make] of makings) {
    left -= weight;
    if (left <= 0) return make(at, setting, chance);
  }
  return [];
}
