// The plan of this moment for a cluster as it is: what would be done now, and what waits for what.

import type { Effect, Plan } from "../../plan/terms/effects.ts";
import { sentenceOf } from "../../plan/terms/gate-table.ts";
import type { Snapshot } from "../../plan/terms/snapshot.ts";
import { printTable } from "../table.ts";

/** Effects that change the world beyond our own notes. */
export function doing(made: Plan): readonly Effect[] {
  return made.effects.filter(
    (one) => one.do !== "status" && one.do !== "event" && one.do !== "write-state",
  );
}

export function nextStepText(made: Plan, seen: Snapshot): string {
  const rows = doing(made).map((one) => effectRow(one));
  const waits = [
    ...new Set(made.gates.map((one) => `waits: ${sentenceOf(one, seen.namespace)}\n`)),
  ];
  const table = rows.length === 0 ? "nothing to do now\n" : printTable([["WHAT", "WHY"], ...rows]);
  return `${table}${waits.join("")}`;
}

function effectRow(effect: Effect): readonly [string, string] {
  switch (effect.do) {
    case "create-fragment":
      return [`create ConfigMap ${effect.name}`, "a fragment that a pod is going to read"];
    case "delete-fragment":
      return [`delete ConfigMap ${effect.name}`, "nothing has named it for an hour"];
    case "write-mounted":
      return [`write ConfigMap ${effect.name}`, "every pod of the service mounts it"];
    case "create-assignment":
      return ["create ConfigMap nova-pci-assignment", "it says what runs now; nothing restarts"];
    case "patch-assignment":
      return [
        "patch ConfigMap nova-pci-assignment",
        Object.entries(effect.data)
          .map(([node, value]) => `${node}: ${value ?? "gone"}`)
          .slice(0, 5)
          .join(", "),
      ];
    case "annotate-workload":
      return [`restart ${effect.kind}/${effect.name}`, `will read ${effect.value}`];
    case "remove-pod":
      return [`restart pod ${effect.name}`, effect.why];
    case "create-flavor":
      return [`create flavor ${effect.flavor.name}`, `PciFlavor ${effect.object}`];
    case "set-extra-specs":
      return [
        `set extra specs of flavor ${effect.flavorId}`,
        Object.entries(effect.set)
          .map(([key, value]) => `${key}=${value}`)
          .join(", "),
      ];
    case "delete-extra-spec":
      return [
        `remove ${effect.key} from flavor ${effect.flavorId}`,
        "it is not asked for any more",
      ];
    case "delete-flavor":
      return [`delete flavor ${effect.flavorId}`, "its PciFlavor is gone"];
    case "disable-compute":
      return [`disable nova-compute ${effect.host}`, effect.reason];
    case "enable-compute":
      return [`enable nova-compute ${effect.host}`, "it is proved, or left for later"];
    case "set-flavor-description":
      return [`describe flavor ${effect.flavorId}`, effect.description ?? "no description"];
    case "add-flavor-access":
      return [`give access to flavor ${effect.flavorId}`, `project ${effect.project}`];
    case "remove-flavor-access":
      return [`take access to flavor ${effect.flavorId}`, `project ${effect.project}`];
    case "create-passthrough":
      return ["create PciPassthrough nova", "there is none; it gets an empty spec"];
    case "set-finalizers":
      return [
        `change the finalizers of PciFlavor ${effect.name}`,
        "its flavor in Nova is ours to clean up",
      ];
    case "write-state":
    case "status":
    case "event":
      return [effect.do, ""];
  }
}
