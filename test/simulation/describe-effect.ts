// One effect as one line of a trace.

import type { Effect } from "../../src/plan/terms/effects.ts";
import { entriesOf, isDevice, parsed } from "./conf.ts";

export function describeEffect(effect: Effect): string {
  switch (effect.do) {
    case "write-state": {
      const nodes = Object.entries(effect.state.nodes).map(
        ([node, record]) => `${node}:${record.phase}`,
      );
      const more = Object.entries(effect.state.services).map(
        ([name, record]) => `${name}:${record.phase}`,
      );
      return `write-state ${[...nodes, ...more].join(" ")}`;
    }
    case "patch-assignment":
    case "create-assignment":
      return `${effect.do} ${Object.entries(effect.data)
        .filter(([key]) => !key.startsWith("_"))
        .map(([key, value]) => `${key}=${value ?? "-"}`)
        .join(" ")}`;
    case "create-fragment":
      return `create-fragment ${effect.name} ${entriesOf(effect.text)
        .map((entry) =>
          isDevice(entry.option)
            ? `spec:${parsed(entry.value).product ?? entry.value}`
            : `${entry.option}:${parsed(entry.value).name ?? entry.value}=${parsed(entry.value).product ?? ""}`,
        )
        .join(" ")}`;
    case "annotate-workload":
      return `annotate ${effect.name} ${effect.value}`;
    case "remove-pod":
      return `remove-pod ${effect.name} (${effect.why})`;
    case "status":
      return `status ${effect.kind}/${effect.name}`;
    case "event":
      return `event ${effect.reason}: ${effect.message}`;
    default:
      return `${effect.do} ${JSON.stringify(effect).slice(0, 120)}`;
  }
}
