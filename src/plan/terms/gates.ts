// Answers "why must a step wait?": every gate is a value with its numbers; the sentence that
// people read is derived once, in report.ts. Knows no object of Kubernetes.

import type { Service } from "../../api/names.ts";
import type { Millis } from "./time.ts";

/** What waits: a service, a node, an entry or a flavor. */
export type Waiting =
  | { readonly on: "service"; readonly service: Service }
  | { readonly on: "node"; readonly node: string }
  | { readonly on: "entry"; readonly entry: string }
  | { readonly on: "flavor"; readonly flavor: string }
  | { readonly on: "installation" };

export type Gate = { readonly waits: Waiting } & Reason;

/** Why nobody knows what the nova.conf under ours says. */
export type Unread =
  | { readonly is: "not-asked" }
  | { readonly is: "denied"; readonly command: string }
  | { readonly is: "missing"; readonly object: string }
  | { readonly is: "not-found"; readonly workloads: readonly string[] };

export type Reason =
  | { readonly gate: "Paused" }
  | { readonly gate: "Settling"; readonly until: Millis }
  | { readonly gate: "AdoptionUnconfirmed"; readonly why: Unread }
  | { readonly gate: "PolicyMissing"; readonly what: string }
  | { readonly gate: "PolicyOutdated"; readonly found: string; readonly known: string }
  | { readonly gate: "PolicyDoesNotSelect"; readonly labels: string }
  | { readonly gate: "NamespaceNotLabelled" }
  | { readonly gate: "StateUnreadable"; readonly why: string }
  | { readonly gate: "StateTooLarge"; readonly bytes: number; readonly limit: number }
  | { readonly gate: "TooManyNodes"; readonly nodes: number; readonly limit: number }
  | { readonly gate: "MissingRight"; readonly right: string }
  | { readonly gate: "FragmentPending"; readonly fragment: string }
  | { readonly gate: "Propagation"; readonly until: Millis }
  | { readonly gate: "NotWired"; readonly why: string }
  | { readonly gate: "NoWorkload" }
  | { readonly gate: "WorkloadPaused"; readonly workload: string }
  | { readonly gate: "MaxSurge"; readonly workload: string }
  | { readonly gate: "DisruptionBudget"; readonly budget: string; readonly why: string }
  | { readonly gate: "ComputesFirst"; readonly behind: number; readonly nodes: readonly string[] }
  | { readonly gate: "ApiFirst"; readonly alias: string }
  | { readonly gate: "EarlierServiceFailed"; readonly service: Service }
  | { readonly gate: "CanaryPending"; readonly canary: string }
  | {
      readonly gate: "BudgetSpent";
      readonly down: number;
      readonly allowed: number;
      readonly nodes: readonly string[];
    }
  | { readonly gate: "FailureLimit"; readonly failures: number; readonly limit: number }
  | { readonly gate: "Quiescing"; readonly node: string; readonly busy: readonly string[] }
  | {
      readonly gate: "Verifying";
      readonly node: string;
      readonly until: Millis;
      readonly missing: string;
    }
  | { readonly gate: "Inconclusive"; readonly why: string }
  | { readonly gate: "ManualRestart"; readonly behind: number; readonly command: string }
  | { readonly gate: "MountedUnion"; readonly why: string }
  | { readonly gate: "FieldConflict"; readonly workload: string; readonly manager: string }
  | {
      readonly gate: "HardwareContradicts";
      readonly node: string;
      readonly device: string;
      readonly why: string;
    }
  | { readonly gate: "RemovalGrace"; readonly until: Millis }
  | { readonly gate: "InUse"; readonly by: readonly string[] }
  | { readonly gate: "UsageUnknown"; readonly why: string; readonly release: string }
  | { readonly gate: "Quarantined"; readonly error: string }
  | { readonly gate: "ReportFirst"; readonly nodes: readonly string[] }
  | { readonly gate: "PlacementAllocationsMissing"; readonly servers: readonly string[] }
  | { readonly gate: "UnconfirmedMove"; readonly migrations: readonly string[] }
  | { readonly gate: "PreflightRefused"; readonly finding: string }
  | { readonly gate: "AliasNotLive"; readonly aliases: readonly string[] }
  | { readonly gate: "NoHostCanServe"; readonly why: string }
  | { readonly gate: "NoCredentials"; readonly command: string }
  | { readonly gate: "CloudUnreachable"; readonly since: Millis };

export type GateName = Reason["gate"];
