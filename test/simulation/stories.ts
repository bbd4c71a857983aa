// Schedules written by hand: what chance brings together too rarely. Each has a seed below zero, under
// which it is run, traced and hunted with like any other; its sentence says what must not go wrong.

import { type Happening, type Schedule, type Setting, products } from "./schedule.ts";

type Story = { readonly sentence: string; readonly schedule: Omit<Schedule, "seed"> };

const calm: Setting = {
  nodes: ["n1", "n2", "n3"].map((name) => ({ name, pool: "gpu" })),
  api: "Deployment",
  apiReplicas: 2,
  compute: "OnDelete",
  budget: "none",
  delivery: "Injected",
  credentials: true,
  maxUnavailable: 1,
  canaryCount: 1,
  failureLimit: 1,
  autoRollback: true,
  readySeconds: 4,
  microversion: "2.100",
  told: true,
  wiped: false,
  badFilters: false,
};

const [card, other, third] = products.good as [string, string, string];

function devices(at: number, name: string, productId: string): Happening {
  const spec = { devices: [{ vendorId: "8086", productId }] };
  return { at, do: "apply", kind: "PciWhitelist", name, spec };
}

function alias(at: number, name: string, productId: string): Happening {
  const spec = { match: [{ vendorId: "8086", productId }], deviceType: "type-PCI" };
  return { at, do: "apply", kind: "PciAlias", name, spec };
}

const stories: readonly Story[] = [
  {
    sentence: "a server keeps its device when the whitelist that offered it is deleted",
    schedule: {
      setting: calm,
      happenings: [
        devices(5, "one", card),
        devices(5, "two", other),
        alias(5, "one", card),
        { at: 280, do: "boot-server", node: "n2" },
        { at: 300, do: "delete", kind: "PciWhitelist", name: "one" },
      ],
    },
  },
  {
    sentence: "two nodes that are being closed for one change are not taken with another one",
    schedule: {
      setting: { ...calm, maxUnavailable: 2 },
      happenings: [
        devices(5, "one", card),
        devices(5, "two", other),
        devices(300, "three", third),
        // Its grace ends while both are being closed.
        { at: 330, do: "delete", kind: "PciWhitelist", name: "two" },
        { at: 370, do: "boot-server", node: "n2" },
        { at: 371, do: "boot-server", node: "n3" },
        { at: 375, do: "slow-node", node: "n2", factor: 5 },
      ],
    },
  },
  {
    sentence: "an operator that died before it took a node looks who went down meanwhile",
    schedule: {
      setting: calm,
      happenings: [
        devices(5, "one", card),
        { at: 300, do: "slow-node", node: "n3", factor: 30 },
        devices(300, "two", other),
        { at: 376, do: "boot-server", node: "n2" },
        // Its next write says that n2 is taken.
        { at: 395, do: "fault", fault: "crash-after" },
        { at: 407, do: "crash-pod", node: "n3" },
      ],
    },
  },
  {
    sentence: "a nova-compute that does not get its new fragment is not replaced without end",
    schedule: {
      setting: calm,
      happenings: [
        devices(5, "one", card),
        // The policy was deleted and made again: its parameters stand still until a person acts.
        { at: 290, do: "freeze-admission", seconds: 200 },
        devices(300, "two", other),
        { at: 520, do: "delete-pod", node: "n1" },
      ],
    },
  },
  {
    sentence: "a revert within the grace finds the filters of nova-scheduler",
    schedule: {
      setting: { ...calm, goodFilters: true },
      happenings: [
        devices(5, "one", card),
        alias(5, "one", card),
        { at: 300, do: "delete", kind: "PciAlias", name: "one" },
        alias(340, "one", card),
        { at: 450, do: "delete", kind: "PciAlias", name: "one" },
      ],
    },
  },
  {
    sentence: "a node that was dead does not get what failed elsewhere meanwhile",
    schedule: {
      setting: calm,
      happenings: [
        devices(5, "one", card),
        { at: 232, do: "kill-node", node: "n1" },
        { at: 232, do: "kill-node", node: "n3" },
        // Proved on n2, and meant for the others when they return; n1 does not stand it.
        devices(300, "two", products.badOnFirst),
        { at: 440, do: "revive-node", node: "n1" },
        { at: 590, do: "revive-node", node: "n3" },
      ],
    },
  },
];

export function storyOf(seed: number): Schedule | undefined {
  const found = stories[-seed - 1];
  return found === undefined ? undefined : { seed, ...found.schedule };
}

/** Seed and sentence of each. */
export const told: readonly (readonly [number, string])[] = stories.map(
  ({ sentence }, index) => [-index - 1, sentence] as const,
);
