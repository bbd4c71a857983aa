// The numbers of a plan for metrics: what waits, what failed, which devices there are and how far
// each service is. Labels are few: services, gates, phases, nodes, resource classes and PciFlavors.

import { services, serviceTitle, type Service } from "../../api/names.ts";
import type { FlavorOutcome } from "../flavors/draft.ts";
import type { Decision } from "../round/decision.ts";
import type { Gauge } from "../terms/effects.ts";
import { unwires } from "../terms/gate-table.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import { cleaningGauges } from "../cleaning/words.ts";
import { deviceGauges } from "./device-map.ts";
import { serviceRow } from "./passthrough-status.ts";
import { retainedCount } from "./retained.ts";
import { lostGates } from "./standing.ts";

function count(name: string, value: number, labels: Gauge["labels"] = {}): Gauge {
  return { name, labels, value };
}

export function gauges(decision: Decision, seen: Snapshot): readonly Gauge[] {
  const phases = new Map<string, number>();
  const { nodes } = decision.state;
  for (const name in nodes) {
    const { phase } = nodes[name]!;
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  const gates = new Map<string, number>();
  for (const gate of decision.gates) gates.set(gate.gate, (gates.get(gate.gate) ?? 0) + 1);
  const lost = lostGates(decision);
  return [
    ...[...phases].map(([phase, value]) => count("nova_pci_nodes", value, { phase })),
    ...[...gates].map(([gate, value]) => count("nova_pci_gate", value, { gate })),
    count("nova_pci_quarantined_entries", Object.keys(decision.state.quarantined).length),
    count("nova_pci_retained_objects", retainedCount(decision, seen)),
    count(
      "nova_pci_rollout_halted",
      phases.has("halted") ||
        lost.some((one) => one.halted) ||
        Object.values(decision.state.services).some((record) => record.phase === "halted")
        ? 1
        : 0,
    ),
    count("nova_pci_lost_nodes", lost.filter((one) => one.waits.on === "node").length),
    count("nova_pci_paused", decision.gates.some((gate) => gate.gate === "Paused") ? 1 : 0),
    ...deviceGauges(decision, seen),
    ...cleaningGauges(decision.cleaning),
    count("nova_pci_devices_known", isCounted(seen) ? 1 : 0),
    ...decision.flavors.outcomes.flatMap(fitGauges),
    ...services.flatMap((service) => progressGauges(service, decision, seen)),
    count("nova_pci_not_wired", decision.gates.some((gate) => unwires(gate)) ? 1 : 0),
  ];
}

/** Placement answers: a class that is gone now is gone there, not out of sight. */
function isCounted({ cloud }: Snapshot): boolean {
  return cloud.is === "read" && cloud.inventories !== undefined;
}

/** What is not known has no number. */
function fitGauges({ object, capacity }: FlavorOutcome): readonly Gauge[] {
  if (capacity?.fit === undefined) return [];
  return [count("nova_pci_flavor_fit", capacity.fit, { flavor: object })];
}

function progressGauges(service: Service, decision: Decision, seen: Snapshot): readonly Gauge[] {
  const { updated, total } = serviceRow(service, decision, seen);
  const labels = { service: serviceTitle[service] };
  return [
    count("nova_pci_rollout_updated", updated, labels),
    count("nova_pci_rollout_total", total, labels),
  ];
}
