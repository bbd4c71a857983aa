// What the parts of one run hand to each other, and how a violation is noted.

import type { Connection } from "../../src/embedded/api/connection.ts";
import type { Cluster } from "../../src/embedded/cluster.ts";
import type { Operator } from "../../src/embedded/operator.ts";
import type { Fault } from "../../src/embedded/world.ts";
import type { Plan } from "../../src/plan/terms/effects.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import type { Intent } from "./intent.ts";
import type { Watcher } from "./scene.ts";
import type { Outage, Schedule } from "./schedule.ts";
import type { Truth } from "./truth.ts";

export type Violation = {
  readonly invariant: string;
  readonly message: string;
  /** Seconds since the start of the schedule. */
  readonly at: number;
};

export type Result = {
  readonly violations: readonly Violation[];
  readonly rounds: number;
  readonly effects: number;
  readonly restarts: number;
  readonly events: number;
  /** Seconds from the last happening until nothing was written any more. */
  readonly quietAfter: number;
};

/** The code under test: the real one, or a mutant of it. */
export type Machine = {
  readonly plan: (seen: Snapshot) => Plan;
};

export type Run = {
  readonly schedule: Schedule;
  readonly machine: Machine;
  readonly cluster: Cluster;
  readonly truth: Truth;
  readonly intent: Intent;
  readonly watchers: readonly Watcher[];
  readonly violations: Violation[];
  readonly trace: (line: string) => void;
  readonly slow: Map<string, number>;
  /** Until when a node cannot pull the image. */
  readonly noImage: Map<string, number>;
  /** Until when the policy that injects is not there. */
  policyAwayUntil: number;
  /** While the API servers see no change of the assignment. */
  frozen: { readonly since: number; readonly until: number } | undefined;
  readonly operators: Operator[];
  /** How many there were so far. */
  leaders: number;
  acting: Operator | undefined;
  /** Holds the lease; undefined while nobody does. */
  leader: Operator | undefined;
  readonly faults: Fault[];
  crashes: number;
  cloudDownUntil: number;
  /** Until when each part of the cloud does not answer. */
  readonly outages: Map<Outage, number>;
  servers: number;
  effects: number;
  restarts: number;
  events: number;
  rounds: number;
  /** Rounds in the virtual minute that began at `minuteAt`. */
  roundsInMinute: number;
  minuteAt: number;
  lastWriteAt: number;
  calm: boolean;
  readonly start: number;
};

export function violate(run: Run, invariant: string, message: string): void {
  const at = seconds(run);
  run.trace(`${at.toFixed(1).padStart(7)}  !! ${invariant}: ${message}`);
  if (run.violations.length < 5) run.violations.push({ invariant, message, at });
}

export function seconds(run: Run): number {
  return (run.cluster.clock.now() - run.start) / 1000;
}

export function forget(run: Run, operator: Operator): void {
  const at = run.operators.indexOf(operator);
  if (at >= 0) run.operators.splice(at, 1);
}

export function connectionOf(run: Run): Connection | undefined {
  return run.leader?.world.connection;
}

export function later(run: Run, inSeconds: number): number {
  return run.cluster.clock.now() + inSeconds * 1000;
}
