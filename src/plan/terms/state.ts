// The state: what the operator has to remember that the world cannot show. Kept in the ConfigMap
// nova-pci-state, written before the effect it describes. Plain JSON values only. The format is
// private; `stateVersion` lets a newer operator read what an older one wrote.

import type { Service } from "../../api/names.ts";
import type { Reason } from "./gates.ts";
import type { Millis } from "./time.ts";

export const stateVersion = 1;

export type State = {
  readonly version: number;
  /** uid of each CRD when its objects were last believed. */
  readonly crds: Readonly<Record<string, string>>;
  readonly delivery?: "Injected" | "Mounted";
  readonly adopted?: boolean;
  /** The guard was seen as it is shipped: from then on its absence is a gate. */
  readonly guarded?: boolean;
  /** What the cloud last said of its release: counts for as long as it cannot be asked. */
  readonly detected?: Detected;
  /** What was found in the nova.conf under ours: counts for as long as it cannot be read. */
  readonly base?: { readonly since: Millis; readonly read: BaseRead };
  /** Gates that a source closed, by what they hold: stay closed while that source is silent. */
  readonly holds?: Readonly<Record<string, Hold>>;
  /** When the wanted entries last changed; restarts wait settleSeconds after it. */
  readonly changedAt: Millis;
  /** Fingerprint of the wanted entries at changedAt. */
  readonly wanted: string;
  /** Last accepted content per object, key "PciAlias/name". */
  readonly accepted: Readonly<Record<string, Accepted>>;
  /** Entries that failed a rollout, key = entry key. */
  readonly quarantined: Readonly<Record<string, Quarantine>>;
  /** Lines of every fragment that anything may still name, by fragment name. */
  readonly fragments: Readonly<Record<string, FragmentRecord>>;
  readonly services: Readonly<Partial<Record<Exclude<Service, "compute">, ServiceRecord>>>;
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  readonly rollouts: Readonly<Partial<Record<Service, RolloutRecord>>>;
  readonly flavors: Readonly<Record<string, FlavorRecord>>;
  /** Newest last; at most ten. */
  readonly history: readonly HistoryRecord[];
  /** Mounted delivery: when the fixed-name ConfigMap last got its text. */
  readonly mounted: Readonly<
    Partial<Record<Service, { readonly digest: string; readonly at: Millis }>>
  >;
};

/**
 * Where our fragment is parsed among the files of the base: `last` (ours wins), `first` (a scalar
 * of the base wins), or `unseen`: the command is a script that cannot be read.
 */
export type FragmentPlace = "first" | "last" | "unseen";

/** A file of nova.conf: its path in the container. */
export type BaseFile = { readonly name: string; readonly text: string };

export type BaseRead = {
  readonly is: "read";
  /** Per service the files in the order in which the process parses them, ours left out. */
  readonly files: Readonly<Partial<Record<Service, readonly BaseFile[]>>>;
  /** Where ours is parsed, per service; of several workloads the worst. Absent = last. */
  readonly places?: Readonly<Partial<Record<Service, FragmentPlace>>>;
  /** Of each nova-compute DaemonSet by name, where there are several. */
  readonly computes?: Readonly<Record<string, readonly BaseFile[]>>;
  /** Workloads in which no file of nova.conf was found, as "Deployment/nova-api". */
  readonly unread?: readonly string[];
};

/** The highest microversion of Nova's API, and since when it has been that one. */
export type Detected = { readonly microversion: string; readonly since: Millis };

/**
 * Why something is held, since when, and what that rests on: with another content it is asked anew.
 */
export type Hold = { readonly gate: Reason; readonly since: Millis; readonly rests: string };

/** The last accepted content of one object, and since when the object does not ask for it. */
export type Accepted = {
  readonly uid: string;
  readonly generation: number;
  readonly created: string;
  /** The spec as accepted (JSON). */
  readonly spec: unknown;
  /** Set when the object is gone; kept as long as a fragment still carries its lines. */
  readonly removedAt?: Millis;
  /**
   * Its CRD vanished or was replaced while it was live: its absence is not a removal, and with
   * `removedAt` it is one only as long as spec.removals names it.
   */
  readonly orphan?: boolean;
};

export type Quarantine = {
  readonly service: Service;
  readonly kind: string;
  readonly name: string;
  /** Text of the entry, for status. */
  readonly line: string;
  /** Lines of the same entry in last-good: what takes its place. */
  readonly instead: readonly Line[];
  /** "add": the entry is kept out. "remove": its removal failed, it is kept in. */
  readonly change: "add" | "remove";
  /** Generation and uid of the object that is to blame; another one clears the quarantine. */
  readonly uid: string;
  readonly generation: number;
  readonly at: Millis;
  readonly error: string;
  readonly byUser?: boolean;
  /** The pre-flight refused it, so no node ever had it. */
  readonly refused?: boolean;
};

/** One option line of a fragment and the entry that asked for it. */
export type Line = {
  readonly entry: string;
  readonly section: string;
  readonly option: string;
  readonly value: string;
};

export type FragmentRecord = {
  readonly service: Service;
  readonly lines: readonly Line[];
  readonly digest: string;
  /** Since when nothing names it; it is deleted an hour later. */
  readonly unusedSince?: Millis;
};

/** nova-api, nova-scheduler or nova-conductor. "none" = no fragment. */
export type ServiceRecord = {
  readonly assigned: string;
  readonly good: string;
  readonly phase: "idle" | "rolling" | "halted" | "rolling-back";
  readonly since: Millis;
  /** Pods seen ready with what is assigned, and when that number last changed. */
  readonly progress?: { readonly ready: number; readonly at: Millis };
  readonly healthySince?: Millis;
  /** Since when no pod can be judged, once that is called lost. */
  readonly lostSince?: Millis;
  /** When our template value was last written, and how often someone else changed it since. */
  readonly contested?: { readonly count: number; readonly at: Millis };
  /** What `kubectl rollout undo` went back to; its field is taken with the next wish. */
  readonly undone?: string;
  readonly leaving?: Leaving;
};

/** Lines that nobody asks for any more, by text: since when. The grace counts from there. */
export type Leaving = Readonly<Record<string, Millis>>;

export type NodePhase =
  /** Nothing under way: what is assigned was verified (or is what ran before us). */
  | "idle"
  /** Assigned while the node was not healthy; verified when it returns. */
  | "skipped"
  | "quiescing"
  /** The pod named in `replaces` must go. */
  | "replacing"
  | "verifying"
  /** Failed, and last-good is being put back. */
  | "rolling-back"
  /** Failed, and not put back (autoRollback off, or a guard refused). */
  | "halted";

export type NodeRecord = {
  /** Fragment the next pod of this node reads. */
  readonly assigned: string;
  /** Last fragment that was verified on this node. */
  readonly good: string;
  readonly phase: NodePhase;
  /** When the phase began. */
  readonly since: Millis;
  readonly assignedAt: Millis;
  readonly leaving?: Leaving;
  /** Uid of the pod that must go. */
  readonly replaces?: string;
  /** Pods in a row that were made after the assignment and did not read it. */
  readonly unread?: number;
  /** The replacement, and since when its Nova container was seen running. */
  readonly pod?: string;
  readonly runningSince?: Millis;
  /** Distinct updated_at texts of the compute service since runningSince (at most three). */
  readonly beats?: readonly string[];
  /** Since when everything but the bake time held. */
  readonly healthySince?: Millis;
  /** Restarts of this pod that are held against nobody; open while the cloud is still away. */
  readonly forgiven?: { readonly restarts: number; readonly open: boolean };
  /** Fragment that failed here below the failure limit: not tried again in this rollout. */
  readonly avoids?: string;
  /** Class of the change, for the canary rule. */
  readonly change?: string;
  readonly canary?: boolean;
  /** The pre-flight that this node waits for, as a canary. */
  readonly asked?: Preflight;
  /** Not healthy before its turn; verified when it returns. */
  readonly skipped?: string;
  /** Nothing can be seen of what it was given, so nothing is held against anybody. */
  readonly lost?: Lost;
  /** We disabled the compute service; enabled again when the pod is verified. */
  readonly quiesced?: boolean;
  /** Node or DaemonSet pod gone since; the assignment outlives it for a day. */
  readonly goneSince?: Millis;
  /** report_in_placement was ever given to this node: it can never be taken back. */
  readonly reports?: boolean;
};

/** The Job that tries a fragment, since when it is waited for, and when it was last made. */
export type Preflight = { readonly job: string; readonly since: Millis; readonly made?: Millis };

/** No container with what was assigned can be judged. Without `cause` it may only be slow. */
export type Lost = {
  readonly since: Millis;
  readonly cause?: { readonly sign: string; readonly why: string; readonly cure?: string };
};

export type RolloutRecord = {
  readonly id: string;
  readonly startedAt: Millis;
  readonly phase: RolloutPhase;
  /** Classes of change that a canary has proved. */
  readonly provenChanges: readonly string[];
  readonly failures: number;
  /** Nodes that were down when the rollout began: no budget, no hold-up. */
  readonly downAtStart: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly error?: string;
  /** What became of the last failure, which the end of the rollout is called after. */
  readonly failed?: "RolledBack" | "Halted" | "PreflightRefused";
};

type RolloutPhase =
  | "Idle"
  | "Preflight"
  | "Canary"
  | "Verify"
  | "Promote"
  | "Complete"
  | "Halt"
  | "Rollback"
  | "Inconclusive"
  | "Paused";

/** What one PciFlavor owns in Nova: it counts for exactly this object and exactly this flavor. */
export type FlavorRecord = {
  /** Of the PciFlavor; absent in what operators wrote that went by its name. */
  readonly uid?: string;
  readonly id: string;
  /** The flavor carries the uid of the object as id. */
  readonly created: boolean;
  /** Keys we wrote or adopted: value we last wrote, the one found before us, who it was. */
  readonly keys: Readonly<Record<string, OwnedKey>>;
  /** Projects that got access through us; who had it before is not among them. */
  readonly projects: readonly string[];
  /** Fingerprint of the content that Nova was last seen to have in full. */
  readonly proved?: string;
  /** The description we last wrote, or found as it should be. */
  readonly description?: string;
  /** When the flavor was last written, or last seen to show what was written. */
  readonly wroteAt?: Millis;
  /** The last write, while Nova has not shown it yet, and how often it was tried. */
  readonly unseen?: { readonly what: string; readonly tries: number };
  /** What others changed although it is ours, by what it is. */
  readonly contested?: Readonly<Record<string, Contest>>;
  /** Since when a deletion has been waiting for the cloud. */
  readonly deletingSince?: Millis;
};

export type OwnedKey = {
  readonly value: string;
  readonly before?: string;
  readonly adopted?: boolean;
};

/** How often within ten minutes, when last, and under which generation of the object. */
export type Contest = {
  readonly count: number;
  readonly at: Millis;
  readonly generation: number;
};

export type RolloutResult =
  | "Complete"
  | "RolledBack"
  | "Halted"
  /** No node was touched: the pre-flight refused what is new. */
  | "PreflightRefused"
  | "Superseded"
  | "RolledBackByUser";

export type HistoryRecord = {
  readonly id: string;
  readonly service: Service;
  readonly result: RolloutResult;
  readonly from: string;
  readonly to: string;
  readonly startedAt: Millis;
  readonly finishedAt: Millis;
  readonly message: string;
};

export const emptyState: State = {
  version: stateVersion,
  crds: {},
  changedAt: 0,
  wanted: "",
  accepted: {},
  quarantined: {},
  fragments: {},
  services: {},
  nodes: {},
  rollouts: {},
  flavors: {},
  history: [],
  mounted: {},
};
