// Why a step must wait: a gate is a value with its numbers. What is known of each gate stands in
// its row of gate-table.ts; a gate without a row does not compile.

import type { Service } from "../../api/names.ts";
import type { Millis } from "./time.ts";

/** What waits: a service, a node, an entry or a flavor. */
type Waiting =
  | { readonly on: "service"; readonly service: Service }
  | { readonly on: "node"; readonly node: string }
  | { readonly on: "entry"; readonly entry: string }
  | { readonly on: "flavor"; readonly flavor: string }
  | { readonly on: "installation" };

/** Why nobody knows what the chart's own nova.conf says. */
export type Unread =
  | { readonly is: "not-asked" }
  | { readonly is: "denied"; readonly command: string }
  | { readonly is: "missing"; readonly object: string }
  | { readonly is: "not-found"; readonly workloads: readonly string[] };

/** The name says it all. */
type NoNumbers = { readonly numbers?: never };

/** The numbers that each gate carries. */
type GateNumbers = {
  // of the installation
  readonly Paused: NoNumbers;
  readonly Settling: { readonly until: Millis };
  readonly AdoptionUnconfirmed: { readonly why: Unread };
  readonly PolicyMissing: { readonly what: string };
  readonly PolicyOutdated: { readonly found: string; readonly known: string };
  readonly WebhookUnreachable: { readonly why: string };
  readonly GuardMissing: { readonly what: string };
  readonly PolicyDoesNotSelect: { readonly labels: string };
  readonly NamespaceNotLabelled: NoNumbers;
  readonly StateUnreadable: { readonly why: string };
  readonly StateTooLarge: { readonly bytes: number; readonly limit: number };
  readonly TooManyNodes: { readonly nodes: number; readonly limit: number };
  readonly MissingRight: { readonly right: string };
  /** `advice`: what a person can do about it. */
  readonly WriteRefused: { readonly what: string; readonly words: string; readonly advice: string };
  // of a rollout
  readonly FragmentPending: { readonly fragment: string };
  readonly FragmentTooLarge: {
    readonly fragment: string;
    readonly bytes: number;
    readonly limit: number;
  };
  readonly Propagation: { readonly until: Millis };
  readonly NotWired: { readonly why: string };
  readonly NoWorkload: NoNumbers;
  readonly WorkloadPaused: { readonly workload: string };
  readonly MaxSurge: { readonly workload: string };
  /** `now`: it allows disruptions at other times, so it opens by itself. */
  readonly DisruptionBudget: {
    readonly budget: string;
    readonly why: string;
    readonly now: boolean;
  };
  readonly CanaryPending: { readonly canary: string };
  readonly BudgetSpent: {
    readonly down: number;
    readonly allowed: number;
    readonly nodes: readonly string[];
  };
  readonly FailureLimit: { readonly failures: number; readonly limit: number };
  /** `good`: what runs there is what was put back, and it did not come up either. */
  readonly Halted: { readonly node: string; readonly fragment: string; readonly good: boolean };
  readonly Quiescing: { readonly node: string; readonly busy: readonly string[] };
  readonly Verifying: {
    readonly node: string;
    readonly until: Millis;
    readonly missing: string;
  };
  readonly Inconclusive: { readonly why: string };
  /** Nothing to judge by, so nobody is blamed; `halted` once verifyTimeoutSeconds have passed. */
  readonly Lost: {
    readonly node: string;
    readonly why: string;
    readonly cure?: string;
    readonly until: Millis;
    readonly halted: boolean;
  };
  readonly ManualRestart: { readonly command: string };
  readonly MountedUnion: { readonly why: string };
  readonly FieldConflict: { readonly workload: string; readonly manager: string };
  /** A Job tries the fragment in the image of nova-compute; whatever becomes of it, it ends. */
  readonly PreflightPending: {
    readonly node: string;
    readonly job: string;
    readonly until: Millis;
  };
  readonly PreflightRefused: { readonly finding: string };
  /** `certain`: the command shows that ours is parsed first; else nobody can see its arguments. */
  readonly BaseWins: {
    readonly service: Service;
    readonly option: string;
    readonly value: string;
    readonly certain: boolean;
  };
  // of an entry
  readonly ComputesFirst: { readonly behind: number; readonly nodes: readonly string[] };
  readonly ApiFirst: { readonly alias: string };
  readonly HardwareContradicts: {
    readonly node: string;
    readonly device: string;
    readonly why: string;
  };
  readonly RemovalGrace: { readonly until: Millis };
  /** `release`: only objects of ours use it, so that a person has to decide. */
  readonly InUse: { readonly by: readonly string[]; readonly release?: string };
  /** `askable`: there is a cloud that may answer yet; without one only a person can say it. */
  readonly UsageUnknown: {
    /** On which nova-compute it may be in use; absent = anywhere (an alias). */
    readonly node?: string;
    readonly why: string;
    readonly release: string;
    readonly askable: boolean;
  };
  readonly Quarantined: { readonly error: string };
  readonly ReportFirst: { readonly nodes: readonly string[] };
  readonly PlacementAllocationsMissing: { readonly servers: readonly string[] };
  readonly UnconfirmedMove: { readonly migrations: readonly string[] };
  readonly NotCleaned: {
    readonly node: string;
    readonly addresses: readonly string[];
    readonly release: string;
  };
  readonly Cleaning: { readonly node: string; readonly address: string; readonly job: string };
  readonly CleaningFailed: {
    readonly node: string;
    readonly address: string;
    readonly job: string;
    readonly why: string;
  };
  readonly CleaningDenied: NoNumbers;
  // of a flavor
  readonly AliasNotDeclared: {
    readonly aliases: readonly { readonly name: string; readonly near?: string }[];
  };
  readonly AliasNotLive: { readonly aliases: readonly string[] };
  readonly NoHostCanServe: { readonly why: string };
  readonly NoCredentials: { readonly command: string };
  readonly CloudUnreachable: { readonly since: Millis };
};

export type GateName = keyof GateNumbers;

export type Reason = {
  [Name in GateName]: { readonly gate: Name } & GateNumbers[Name];
}[GateName];

export type Gate = { readonly waits: Waiting } & Reason;
