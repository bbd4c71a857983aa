// Where a mutant is put to the test: small installations and what happens to them, leant towards
// what its mistake needs, so that few schedules are enough. Every second schedule mixes in what
// happens anywhere.

import { makeChance } from "../../../src/embedded/chance.ts";
import {
  makeSchedule,
  products,
  type Happening,
  type Schedule,
  type Setting,
  type Spec,
} from "../schedule.ts";

type Lean = {
  readonly setting?: Partial<Setting>;
  readonly happenings: readonly Happening[];
};
type Stage = (seed: number) => Lean;

export type StageName =
  | "anything"
  | "good change"
  | "bad entry"
  | "bad entry on one node"
  | "bad alias"
  | "dead node"
  | "pause"
  | "removal"
  | "servers"
  | "rejected edit"
  | "lost kind"
  | "disabled service"
  | "two operators"
  | "state refused";

const pools = ["gpu", "gpu", "gpu", "gpu"];
const nodes = pools.map((pool, index) => ({ name: `n${index + 1}`, pool }));
const usual: Partial<Setting> = {
  nodes,
  budget: "none",
  delivery: "Injected",
  credentials: true,
  maxUnavailable: 1,
  failureLimit: 1,
  autoRollback: true,
  readySeconds: 6,
};

function devices(...ids: readonly string[]): Spec {
  return { devices: ids.map((productId) => ({ vendorId: "8086", productId })) };
}

function whitelist(at: number, name: string, ...ids: readonly string[]): Happening {
  return { at, do: "apply", kind: "PciWhitelist", name, spec: devices(...ids) };
}

function alias(at: number, name: string, productId: string): Happening {
  const spec = { match: [{ vendorId: "8086", productId }], deviceType: "type-PCI" };
  return { at, do: "apply", kind: "PciAlias", name, spec };
}

const [first, second, third] = products.good as [string, string, string];
const start = [whitelist(5, "one", first), alias(5, "one", first)];

function onEach(make: (node: string) => Happening): readonly Happening[] {
  return nodes.map((one) => make(one.name));
}

const stages: Readonly<Record<StageName, Stage>> = {
  anything: () => ({ happenings: [] }),
  "good change": (seed) => ({
    setting: { maxUnavailable: 2, credentials: seed % 2 === 0 },
    happenings: [...start, whitelist(200, "two", second), alias(200 + (seed % 3), "two", second)],
  }),
  "bad entry": (seed) => ({
    happenings: [
      ...start,
      whitelist(200, "two", products.badSpec[seed % products.badSpec.length]!),
      whitelist(420, "three", third),
    ],
  }),
  "bad entry on one node": () => ({
    setting: { failureLimit: 2 },
    happenings: [...start, whitelist(200, "two", products.badOnFirst)],
  }),
  "bad alias": (seed) => ({
    setting: { api: "StatefulSet", apiReplicas: 2 },
    happenings: [
      ...start,
      alias(200, "two", products.badApi[seed % 2]!),
      alias(400, "three", third),
    ],
  }),
  "dead node": (seed) => ({
    setting: { credentials: seed % 2 === 0 },
    happenings: [
      ...start,
      { at: seed % 3 === 0 ? 60 : 150, do: "kill-node", node: "n2" },
      whitelist(200, "two", second),
      { at: 205 + (seed % 5) * 8, do: "kill-node", node: "n3" },
      { at: 480, do: "revive-node", node: "n2" },
    ],
  }),
  pause: () => ({
    happenings: [
      ...start,
      { at: 150, do: "pause", paused: true },
      whitelist(200, "two", second),
      alias(200, "two", second),
    ],
  }),
  removal: (seed) => ({
    happenings: [
      ...start,
      whitelist(5, "two", second),
      alias(5, "two", second),
      ...(seed % 2 === 0
        ? [{ at: 200, do: "delete", kind: "PciWhitelist", name: "two" } as const]
        : []),
      { at: 200, do: "delete", kind: "PciAlias", name: "two" },
      whitelist(240, "two", second),
    ],
  }),
  servers: () => ({
    happenings: [
      ...start,
      whitelist(5, "two", second),
      alias(5, "two", second),
      ...onEach((node) => ({ at: 250, do: "boot-server", node })),
      { at: 270, do: "delete", kind: "PciWhitelist", name: "one" },
      { at: 270, do: "delete", kind: "PciAlias", name: "one" },
    ],
  }),
  "rejected edit": () => ({
    happenings: [
      ...start,
      {
        at: 200,
        do: "apply",
        kind: "PciWhitelist",
        name: "one",
        spec: { devices: [{ address: "*:*:*.*" }] },
      },
    ],
  }),
  "lost kind": (seed) => ({
    happenings: [
      ...start,
      { at: 200, do: "lose-kind", kind: "PciWhitelist", backAfter: 37 + (seed % 4) },
    ],
  }),
  "disabled service": () => ({
    happenings: [
      ...start,
      ...onEach((node) => ({ at: 150, do: "disable-service", node })).slice(0, 2),
      whitelist(200, "two", second),
    ],
  }),
  "two operators": (seed) => ({
    setting: { api: "StatefulSet", apiReplicas: 2 },
    happenings: [
      ...start,
      whitelist(200, "two", second),
      alias(202, "two", products.badApi[seed % 2]!),
      ...[205, 225, 245, 265, 285, 305].map((at): Happening => ({
        at: at + (seed % 17),
        do: "hand-over",
        thawAfter: 5 + (seed % 7) * 3,
        inFlight: 4,
      })),
    ],
  }),
  "state refused": (seed) => ({
    happenings: [
      ...start,
      whitelist(200, "two", second),
      ...[203, 210, 220, 230, 240].map((at): Happening => ({
        at: at + (seed % 7),
        do: "fault",
        fault: seed % 2 === 0 ? "conflict" : "unreachable",
      })),
    ],
  }),
};

export function stagedSchedule(stage: StageName, seed: number): Schedule {
  const random = makeSchedule(seed);
  if (stage === "anything") return random;
  const lean = stages[stage](seed);
  const setting = { ...random.setting, ...usual, ...lean.setting };
  const chance = makeChance(seed).fork(5);
  const mixed = seed % 2 === 1 ? [] : random.happenings.filter(() => chance.yes(0.3));
  const happenings = [...lean.happenings, ...mixed].sort((a, b) => a.at - b.at);
  return { seed, setting, happenings };
}
