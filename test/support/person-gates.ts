// Gates that a person opens with one command: each with numbers as they occur.
import type { Reason } from "../../src/plan/terms/gates.ts";

export const personGates: readonly Reason[] = [
  { gate: "Paused" },
  { gate: "AdoptionUnconfirmed", why: { is: "not-asked" } },
  { gate: "PolicyMissing", what: "neither is there: kubectl apply -k deploy/injection" },
  { gate: "PolicyOutdated", found: "1", known: "2" },
  { gate: "WebhookUnreachable", why: "no answer" },
  { gate: "GuardMissing", what: "is not there" },
  { gate: "NamespaceNotLabelled" },
  { gate: "MissingRight", right: "get pods" },
  { gate: "WorkloadPaused", workload: "Deployment/nova-api-osapi" },
  { gate: "MaxSurge", workload: "DaemonSet/nova-compute-default" },
  { gate: "DisruptionBudget", budget: "nova-compute", why: "it allows none", now: false },
  { gate: "CleaningDenied" },
  {
    gate: "CleaningFailed",
    ...{ node: "c1", address: "0000:41:00.0", job: "nova-pci-clean-0123456789abcdef", why: "no" },
  },
];

/** Gates of a person that no single command opens: their sentences tell what does. */
export const withoutCommand: readonly Reason["gate"][] = [
  ...(["PolicyDoesNotSelect", "StateUnreadable", "StateTooLarge", "TooManyNodes"] as const),
  ...(["FragmentTooLarge", "NotWired", "NoWorkload", "FailureLimit", "MountedUnion"] as const),
  "Halted",
  ...([
    "FieldConflict",
    "WriteRefused",
    "PreflightRefused",
    "BaseWins",
    "HardwareContradicts",
  ] as const),
  ...(["Quarantined", "NotCleaned", "AliasNotDeclared", "NoHostCanServe"] as const),
];
