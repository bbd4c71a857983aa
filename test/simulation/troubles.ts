// Troubles that came to the schedules later: each draws from a source of its own, so that a seed keeps
// its story when one more is added.

import { type Chance, makeChance } from "../../src/embedded/store/chance.ts";
import { type Happening, type Setting, type Spec, calmAfter, names } from "./schedule.ts";

/** A flavor that others made, reached by its name and by its id. */
export const sharedFlavor = { name: "flavor-shared", id: "42" };

const parts = ["all", "all", "secret", "placement", "usage", "alias-use", "cells"] as const;

export function outages({ credentials }: Setting, chance: Chance): readonly Happening[] {
  if (!credentials) return [];
  return Array.from({ length: chance.between(0, 3) }, () => ({
    at: chance.between(60, calmAfter - 60),
    do: "outage",
    of: chance.pick(parts),
    seconds: chance.pick([1, 5, 30, 120, 250]),
  }));
}

export function troubles(seed: number, setting: Setting): readonly Happening[] {
  const own = (number: number): Chance => makeChance(seed).fork(number);
  return [
    ...noImages(setting, own(6)),
    ...sharedFlavors(setting, own(7)),
    ...replacements(setting, own(8)),
    ...withoutAdmission(setting, own(10)),
  ];
}

function moment(chance: Chance): number {
  return chance.between(30, calmAfter - 60);
}

/** Image pulls that last, or never end. */
function noImages({ nodes }: Setting, chance: Chance): readonly Happening[] {
  if (!chance.yes(0.3)) return [];
  const seconds = chance.pick([20, 200, 100_000]);
  return [{ at: moment(chance), do: "no-image", node: chance.pick(nodes).name, seconds }];
}

/** Two objects on one flavor, and an administrator who writes its key again and again. */
function sharedFlavors({ credentials }: Setting, chance: Chance): readonly Happening[] {
  if (!credentials || !chance.yes(0.25)) return [];
  const apply = (name: string, flavor: Spec): Happening => ({
    at: moment(chance),
    do: "apply",
    kind: "PciFlavor",
    name,
    spec: {
      flavor,
      aliases: [{ name: chance.pick(names), count: chance.between(1, 2) }],
      adopt: "Overwrite",
    },
  });
  const { name, id } = sharedFlavor;
  const tampers = { times: chance.between(1, 14), every: chance.between(2, 60) };
  return [
    apply("shared", { name }),
    ...(chance.yes(0.6) ? [apply("same", { id })] : []),
    ...(chance.yes(0.8) ? [{ at: moment(chance), do: "tamper-flavor" as const, ...tampers }] : []),
  ];
}

/** Another machine takes the name, with a Node object of its own. */
function replacements({ nodes }: Setting, chance: Chance): readonly Happening[] {
  if (!chance.yes(0.25)) return [];
  const after = chance.pick([0, 5, 40, 90, 200]);
  return [{ at: moment(chance), do: "replace-node", node: chance.pick(nodes).name, after }];
}

/**
 * The policy is deleted and made again, or the namespace loses its label: pods that are made meanwhile
 * read nothing of ours, whoever asked for them.
 */
function withoutAdmission({ nodes, delivery }: Setting, chance: Chance): readonly Happening[] {
  if (delivery === "Mounted" || !chance.yes(0.2)) return [];
  const at = moment(chance);
  const seconds = chance.pick([5, 30, 120, 300]);
  const inside = (): number => Math.min(at + chance.between(0, seconds), calmAfter - 1);
  return [
    { at, do: chance.yes(0.5) ? "policy-away" : "unlabelled", seconds },
    ...(chance.yes(0.7)
      ? [{ at: inside(), do: "delete-pod" as const, node: chance.pick(nodes).name }]
      : []),
    ...(chance.yes(0.3) ? [{ at: inside(), do: "delete-api-pod" as const }] : []),
  ];
}
