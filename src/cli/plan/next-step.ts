// The plan of this moment for a cluster as it is: what would be done now, and what waits for what.

import type { Effect, Plan } from "../../plan/terms/effects.ts";
import { answerOf, type ForEach } from "../../plan/terms/effect-table.ts";
import { sentenceOf } from "../../plan/terms/gate-table.ts";
import type { Snapshot } from "../../plan/terms/snapshot.ts";
import { fitted } from "../terminal/lines.ts";
import { printTable } from "../terminal/table.ts";

/** Effects that change the world beyond our own notes. */
export function doing(made: Plan): readonly Effect[] {
  return made.effects.filter(
    (effect) => effect.do !== "status" && effect.do !== "event" && effect.do !== "write-state",
  );
}

export function nextStepText(made: Plan, seen: Snapshot, width: number): string {
  const rows = doing(made).map((effect) => answerOf(whatAndWhy, effect));
  const waits = [
    ...new Set(made.gates.map((gate) => `waits: ${sentenceOf(gate, seen.namespace)}\n`)),
  ];
  const table =
    rows.length === 0 ? "nothing to do now\n" : printTable([["WHAT", "WHY"], ...rows], width);
  return fitted(`${table}${waits.join("")}`, width);
}

const whatAndWhy: ForEach<readonly [string, string]> = {
  "create-fragment": (effect) => [
    `create ConfigMap ${effect.name}`,
    "a fragment that a pod is going to read",
  ],
  "delete-fragment": (effect) => [
    `delete ConfigMap ${effect.name}`,
    "nothing has named it for an hour",
  ],
  "write-mounted": (effect) => [
    `write ConfigMap ${effect.name}`,
    "every pod of the service mounts it",
  ],
  "create-assignment": () => [
    "create ConfigMap nova-pci-assignment",
    "it says what runs now; nothing restarts",
  ],
  "patch-assignment": (effect) => [
    "patch ConfigMap nova-pci-assignment",
    Object.entries(effect.data)
      .map(([node, value]) => `${node}: ${value ?? "gone"}`)
      .slice(0, 5)
      .join(", "),
  ],
  "annotate-workload": (effect) => [
    `restart ${effect.kind}/${effect.name}`,
    `will read ${effect.value}`,
  ],
  "remove-pod": (effect) => [`restart pod ${effect.name}`, effect.why],
  "create-job": (effect) => [
    `create Job ${effect.name}`,
    `cleans ${effect.address} on ${effect.node}`,
  ],
  "create-preflight": (effect) => [
    `create Job ${effect.name}`,
    `tries ${effect.fragment} on ${effect.node}`,
  ],
  "delete-job": (effect) => [`delete Job ${effect.name}`, "nothing waits for it any more"],
  "return-device": (effect) => [
    `give back ${effect.address} on ${effect.node}`,
    "its Job has cleaned it",
  ],
  "create-flavor": (effect) => [
    `create flavor ${effect.flavor.name}`,
    `PciFlavor ${effect.object}`,
  ],
  "set-extra-specs": (effect) => [
    `set extra specs of flavor ${effect.flavorId}`,
    Object.entries(effect.set)
      .map(([key, value]) => `${key}=${value}`)
      .join(", "),
  ],
  "delete-extra-spec": (effect) => [
    `remove ${effect.key} from flavor ${effect.flavorId}`,
    "it is not asked for any more",
  ],
  "delete-flavor": (effect) => [`delete flavor ${effect.flavorId}`, "its PciFlavor is gone"],
  "disable-compute": (effect) => [`disable nova-compute ${effect.host}`, effect.reason],
  "enable-compute": (effect) => [
    `enable nova-compute ${effect.host}`,
    "it is proved, or left for later",
  ],
  "set-flavor-description": (effect) => [
    `describe flavor ${effect.flavorId}`,
    effect.description ?? "no description",
  ],
  "add-flavor-access": (effect) => [
    `give access to flavor ${effect.flavorId}`,
    `project ${effect.project}`,
  ],
  "remove-flavor-access": (effect) => [
    `take access to flavor ${effect.flavorId}`,
    `project ${effect.project}`,
  ],
  "create-passthrough": () => [
    "create PciPassthrough nova",
    "there is none; it gets an empty spec",
  ],
  "set-finalizers": (effect) => [
    `change the finalizers of PciFlavor ${effect.name}`,
    "its flavor in Nova is ours to clean up",
  ],
  "write-state": (effect) => [effect.do, ""],
  status: (effect) => [effect.do, ""],
  event: (effect) => [effect.do, ""],
};
