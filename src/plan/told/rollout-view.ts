// What a rollout of nova-compute does now, pool by pool and node by node, what comes next and how
// fast it has gone so far: for those who look on. From what the operator remembers, so that a
// viewer without its credentials sees the same.

import type { ComputeView } from "../gates/compute-view.ts";
import { inTurn } from "../gates/turn.ts";
import type { Decision } from "../round/decision.ts";
import { gatesBy } from "../round/gate-index.ts";
import type { Settings } from "../terms/settings.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";
import {
  emptyState,
  type HistoryRecord,
  type NodeRecord,
  type RolloutRecord,
  type RolloutResult,
  type State,
} from "../terms/state.ts";
import { none } from "../wanted/render.ts";
import { serviceTitle } from "../../api/names.ts";
import { sentenceOf } from "../terms/gate-table.ts";

export type NodeDoing = {
  readonly node: string;
  readonly canary: boolean;
  readonly does: string;
  readonly since: Millis;
  /** When what it waits for is over, as far as that is known. */
  readonly until?: Millis;
  /** A person may have to look at it. */
  readonly trouble?: true;
};

export type PoolView = {
  /** The fragment that its nodes should read; "none" = no device of theirs is offered. */
  readonly pool: string;
  readonly nodes: number;
  readonly done: number;
  readonly doing: readonly NodeDoing[];
  readonly waiting: number;
};

export type RolloutView = {
  readonly startedAt?: Millis;
  readonly pools: readonly PoolView[];
  /** In the order in which they will be taken. */
  readonly next: readonly string[];
  /**
   * Milliseconds for each node so far; absent before the first is proved, or when nothing is left.
   */
  readonly pace?: Millis;
  readonly left?: Millis;
};

export function rolloutView(decision: Decision, seen: Snapshot, settings: Settings): RolloutView {
  const state = seen.state.is === "read" ? seen.state.state : emptyState;
  const looks = decision.nodes.map((view) => lookAt(view, { state, decision, seen, settings }));
  const pools = [...new Set(looks.map((look) => look.view.wanted.name))].sort().map((pool) => {
    const own = looks.filter((look) => look.view.wanted.name === pool);
    return {
      pool,
      nodes: own.length,
      done: own.filter((look) => look.is === "done").length,
      doing: own.flatMap((look) => (look.doing === undefined ? [] : [look.doing])),
      waiting: own.filter((look) => look.is === "waiting").length,
    };
  });
  const waiting = looks.filter((look) => look.is === "waiting").map((look) => look.view);
  const next = inTurn(waiting, settings.rollout.canarySelector).map((compute) => compute.node.name);
  const rollout = state.rollouts.compute;
  if (rollout === undefined) return { pools, next };
  return { startedAt: rollout.startedAt, pools, next, ...paceOf(looks, rollout, seen.now) };
}

type Known = {
  readonly state: State;
  readonly decision: Decision;
  readonly seen: Snapshot;
  readonly settings: Settings;
};

type Look = {
  readonly view: ComputeView;
  readonly record: NodeRecord | undefined;
  readonly is: "done" | "waiting" | "busy" | "aside";
  readonly doing?: NodeDoing;
};

function lookAt(view: ComputeView, known: Known): Look {
  const record = known.state.nodes[view.node.name];
  if (record === undefined) return { view, record, is: "waiting" };
  if (record.phase === "idle") {
    const digest = known.state.fragments[record.assigned]?.digest;
    const same = record.assigned === view.wanted.name || digest === view.wanted.digest;
    return { view, record, is: same ? "done" : "waiting" };
  }
  const doing = doingOf(view.node.name, record, known);
  return { view, record, is: doing.trouble === true ? "aside" : "busy", doing };
}

function doingOf(node: string, record: NodeRecord, { decision, seen, settings }: Known): NodeDoing {
  const base = { node, canary: record.canary === true, since: record.since };
  const { lost } = record;
  if (lost?.cause !== undefined)
    return { ...base, does: `lost: ${lost.cause.why}`, since: lost.since, trouble: true };
  switch (record.phase) {
    case "idle":
      return { ...base, does: "is done" };
    case "quiescing":
      return {
        ...base,
        does: "takes no new servers, waits for what is being done there",
        until: record.since + settings.rollout.quiesceMillis,
      };
    case "replacing":
      return { ...base, does: "its pod is being replaced" };
    case "verifying":
      return { ...base, ...verification(record, settings) };
    case "rolling-back":
      return { ...base, does: "failed: what ran before is put back" };
    case "halted":
      return {
        ...base,
        does: gateText(node, decision, seen) ?? "failed, and stays so",
        trouble: true,
      };
    case "skipped":
      return { ...base, does: `skipped: ${record.skipped ?? "it is not healthy"}`, trouble: true };
  }
}

function verification(
  record: NodeRecord,
  { rollout }: Settings,
): Pick<NodeDoing, "does" | "since" | "until"> {
  const { healthySince, canary, runningSince, since } = record;
  if (healthySince === undefined)
    return {
      does: "waits for the new process to be healthy",
      since,
      until: (runningSince ?? since) + rollout.verifyTimeoutMillis,
    };
  const bake = canary === true ? rollout.bakeMillis : 0;
  return {
    does: canary === true ? "healthy, bakes" : "healthy, is watched",
    since: healthySince,
    until: healthySince + Math.max(rollout.minReadyMillis, bake),
  };
}

function gateText(node: string, { gates }: Decision, seen: Snapshot): string | undefined {
  const gate = gatesBy(gates).node.get(node)?.[0];
  return gate === undefined ? undefined : sentenceOf(gate, seen.namespace);
}

/** Canaries and settling are in it: what it has really taken. */
function paceOf(
  looks: readonly Look[],
  { startedAt }: RolloutRecord,
  now: Millis,
): Pick<RolloutView, "pace" | "left"> {
  const proved = looks.filter((look) => look.is === "done" && look.record!.assignedAt >= startedAt);
  const left = looks.filter((look) => look.is === "waiting" || look.is === "busy").length;
  if (proved.length === 0 || left === 0) return {};
  const pace = (now - startedAt) / proved.length;
  return { pace, left: pace * left };
}

const endings: Readonly<Record<RolloutResult, (from: string, to: string, why: string) => string>> =
  {
    Complete: (from, to) => `changed from ${from} to ${to}`,
    RolledBack: (_, to, why) => `${to} failed and was taken back where it failed: ${why}`,
    Halted: (_, to, why) => `${to} failed and stays where it failed: ${why}`,
    PreflightRefused: (_, to, why) => `no node was changed to ${to}, it was refused: ${why}`,
    Superseded: (from, to, why) => `the change from ${from} to ${to} ends early: ${why}`,
    RolledBackByUser: (from, to, why) => `${from} was replaced by ${to}: ${why}`,
  };

/** How a rollout ended, in a sentence. */
export function endText({ service, result, from, to, message }: HistoryRecord): string {
  const named = (fragment: string): string => (fragment === none ? "no fragment" : fragment);
  return `${serviceTitle[service]}: ${endings[result](named(from), named(to), message)}`;
}
