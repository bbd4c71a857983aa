// Other hands on our annotation. kubectl rollout undo is respected; any other value is a conflict
// that nothing is written against.

import { managers } from "../../api/names.ts";
import { quarantine } from "../computes/quarantine.ts";
import { type ServiceInput, type ServiceOutput, historyOf, output } from "./draft.ts";
import type { WorkloadView } from "../terms/snapshot.ts";

export function foreignValue(
  input: ServiceInput,
  workloads: readonly WorkloadView[],
): ServiceOutput | undefined {
  const { record, settings, service } = input;
  if (settings.services[service].restart !== "Auto") return undefined;
  const other = workloads.find(
    (workload) =>
      workload.fragment !== undefined &&
      workload.fragment !== record.assigned &&
      workload.fragment !== record.undone &&
      workload.fragmentManager !== undefined &&
      workload.fragmentManager !== managers.rollout,
  );
  if (other === undefined) return undefined;
  const value = other.fragment!;
  const known = input.seen.state.is === "read" && input.seen.state.state.fragments[value];
  if (known !== undefined && known !== false) return undone(input, value);
  return output(input, record, {
    gate: {
      gate: "FieldConflict",
      workload: `${other.kind}/${other.name}`,
      manager: other.fragmentManager!,
    },
  });
}

/** `kubectl rollout undo`: an older fragment of ours that we did not write. It is respected. */
function undone(input: ServiceInput, value: string): ServiceOutput {
  const { record, seen, service } = input;
  const error = "a user went back with kubectl rollout undo";
  const entries = quarantine(
    input.linesOf(record.assigned),
    input.linesOf(value),
    error,
    input.removal,
    service,
  );
  const quarantined = Object.fromEntries(
    Object.entries(entries).map(([key, item]) => [key, { ...item, byUser: true }]),
  );
  return output(
    input,
    { assigned: value, good: value, phase: "idle", since: seen.now, undone: value },
    { quarantined, history: [historyOf(input, "RolledBackByUser", record.assigned, value, error)] },
  );
}
