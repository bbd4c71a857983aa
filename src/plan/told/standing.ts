// Conditions (accepted, live, waiting) as kstatus, Flux and Argo CD read them. The only place where
// conditions are made; each kind's status is built on it.

import { assignmentNone, type Kind, type Service } from "../../api/names.ts";
import { conditionsOf, type Condition, type Warning } from "../../api/statuses.ts";
import type { Reason as ConditionReason } from "../terms/reasons.ts";
import type { Notice, Verdict } from "../wanted/accept.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Sight } from "../gates/sight.ts";
import type { Decision } from "../round/decision.ts";
import { gatesBy } from "../round/gate-index.ts";
import type { Effect } from "../terms/effects.ts";
import type { Gate } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import { sentenceForOne, stalls } from "../terms/gate-table.ts";
import type { Meta, Snapshot } from "../terms/snapshot.ts";
import { timeText, type Millis } from "../terms/time.ts";

export type StatusContext = { readonly seen: Snapshot; readonly settings: Settings };

export type Draft = {
  readonly type: string;
  readonly status: Condition["status"];
  readonly reason: ConditionReason;
  readonly message: string;
};

type Projected = { readonly metadata: Meta; readonly status?: unknown };

/** Keeps the transition time of a condition whose status did not change. */
export function conditions(
  drafts: readonly Draft[],
  object: Projected,
  now: Millis,
): readonly Condition[] {
  const before = conditionsOf(object.status);
  return drafts.map((draft) => {
    const old = before.find((item) => item.type === draft.type);
    return {
      type: draft.type,
      status: draft.status,
      reason: draft.reason,
      message: draft.message.slice(0, 1024),
      observedGeneration: object.metadata.generation ?? 0,
      lastTransitionTime: old?.status === draft.status ? old.lastTransitionTime : timeText(now),
    };
  });
}

type Standing = {
  readonly accepted: Draft;
  readonly live: Draft;
  readonly gate: Gate | undefined;
  /** There is nothing that could serve it, and nothing on its way: `live` says what. */
  readonly lacks?: boolean;
};

/** The kstatus trio and the domain conditions, from whether it is accepted, live, or waits. */
export function trio(
  standing: Standing,
  namespace: string,
  say: (gate: Gate, namespace: string) => string = sentenceForOne,
): readonly Draft[] {
  const { accepted, live } = standing;
  const ok = accepted.status === "True";
  const done = ok && live.status === "True";
  const { reason, message, stalled } = done
    ? { reason: "Live" as const, message: live.message, stalled: false }
    : whyNot(standing, (gate) => say(gate, namespace));
  const trio: Draft[] = [{ type: "Ready", status: done ? "True" : "False", reason, message }];
  if (!done && !stalled) {
    const own = reason === live.reason ? ("Progressing" as const) : reason;
    trio.push({ type: "Reconciling", status: "True", reason: own, message });
  }
  if (stalled) trio.push({ type: "Stalled", status: "True", reason, message });
  return [...trio, accepted, live];
}

type Why = {
  readonly reason: ConditionReason;
  readonly message: string;
  readonly stalled: boolean;
};

/** A gate that a person opens comes before what is lacking: behind it nobody can tell. */
function whyNot(
  { accepted, live, gate, lacks = false }: Standing,
  say: (gate: Gate) => string,
): Why {
  if (accepted.status !== "True") return { ...accepted, stalled: true };
  const needsPerson = gate !== undefined && stalls(gate);
  if (gate === undefined || (lacks && !needsPerson)) return { ...live, stalled: lacks };
  return { reason: gate.gate, message: say(gate), stalled: needsPerson };
}

/** Objects applied together arrive one after the other: until they settled nothing is missed. */
export function mayStillCome({ blockers }: Decision): boolean {
  return blockers.some((blocker) => blocker.gate === "Settling");
}

export function acceptance(verdict: Verdict): Draft {
  const first = verdict.rejections[0];
  if (first === undefined) {
    return {
      type: "Accepted",
      status: "True",
      reason: "Accepted",
      message: "accepted",
    };
  }
  const kept = verdict.keepsEarlier ? " The content accepted before stays in force." : "";
  return {
    type: "Accepted",
    status: "False",
    reason: first.reason as ConditionReason,
    message: `${first.path}: ${first.message}.${kept}`,
  };
}

export function warnings(notices: readonly Notice[]): readonly Warning[] {
  const seen = new Set<string>();
  return notices
    .filter((notice) => {
      const key = `${notice.reason}\n${notice.path}\n${notice.message}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .slice(0, 20)
    .map((notice) => ({
      name: notice.reason,
      message: notice.message.slice(0, 1024),
      path: notice.path,
    }));
}

const verdictsIn = new WeakMap<readonly Verdict[], ReadonlyMap<string, Verdict>>();

export function verdictOf(decision: Decision, kind: Kind, name: string): Verdict | undefined {
  const made =
    verdictsIn.get(decision.verdicts) ??
    new Map(
      decision.verdicts.map((verdict) => [`${verdict.kind}/${verdict.name}`, verdict] as const),
    );
  verdictsIn.set(decision.verdicts, made);
  return made.get(`${kind}/${name}`);
}

export function firstTen(names: readonly string[]): readonly string[] {
  return [...names].sort().slice(0, 10);
}

/** Nodes, and services whose pods are, of which nothing can be judged. */
export function lostGates({ gates }: Decision): readonly Extract<Gate, { gate: "Lost" }>[] {
  return gates.filter((gate): gate is Extract<Gate, { gate: "Lost" }> => gate.gate === "Lost");
}

/** A write that is refused needs a person: no gate that seems to open by itself may hide it. */
export function orRefused(gate: Gate | undefined, decision: Decision): Gate | undefined {
  if (gate !== undefined && stalls(gate)) return gate;
  const { installation, service, first } = gatesBy(decision.gates);
  const ofAll = [...installation, ...[...service.values()].flat()];
  return first(ofAll.filter((item) => item.gate === "WriteRefused")) ?? gate;
}

export function serviceGate(decision: Decision, service: Service, done: boolean): Gate | undefined {
  if (done) return undefined;
  const by = gatesBy(decision.gates);
  return by.installation[0] ?? by.service.get(service)?.[0];
}

/**
 * A nova-compute was started with what was proved there, and Nova does not call it down. One is
 * enough for a promise, so that nothing is written with every restart of a rollout.
 */
export function isServed({ node, sight }: ComputeView, decision: Decision): boolean {
  if (sight.service?.state === "down" || goesNow(sight, decision)) return false;
  // Down is not up because Nova fell silent: then its pod alone speaks for it.
  if (sight.silent === true && sight.pod?.ready !== true) return false;
  return wasStarted(sight) && sight.reads === decision.state.nodes[node.name]?.good;
}

const goingWith = new WeakMap<readonly Effect[], ReadonlySet<string>>();

/** This plan takes its pod: by the time that a status is read nobody serves there. */
function goesNow({ pod }: Sight, { effects }: Decision): boolean {
  const made =
    goingWith.get(effects) ??
    new Set(effects.flatMap((effect) => (effect.do === "remove-pod" ? [effect.uid] : [])));
  goingWith.set(effects, made);
  return pod !== undefined && made.has(pod.uid);
}

/** Why it is not live although nodes have it; undefined = one of them is up, or none has it. */
export function allDown(having: readonly ComputeView[], decision: Decision): string | undefined {
  if (having.some((compute) => isServed(compute, decision))) return undefined;
  for (const view of having) {
    const why = view.sight.unwell ?? readsAnother(view, decision);
    if (why !== undefined)
      return `nova-compute is down on every node that has it; node ${view.node.name}: ${why}`;
  }
  return undefined;
}

/** Its pod was made while nothing injected, or before the assignment was seen. */
function readsAnother({ node, sight }: ComputeView, decision: Decision): string | undefined {
  const { good } = decision.state.nodes[node.name] ?? {};
  if (sight.reads === undefined || good === undefined || sight.reads === good) return undefined;
  const what = sight.reads === assignmentNone ? "without a fragment" : `with ${sight.reads}`;
  return `its pod was started ${what}, not with ${good}`;
}

/**
 * Nobody serves, although all have what is wanted: some were started without it, and what keeps
 * them from being replaced is the reason.
 */
export function startedWithout(
  having: readonly ComputeView[],
  decision: Decision,
): readonly ComputeView[] {
  if (having.some((compute) => isServed(compute, decision))) return [];
  return having.filter((compute) => readsAnother(compute, decision) !== undefined);
}

/**
 * With Mounted a pod younger than its node's record is only thought to read it: it must have begun.
 */
function wasStarted({ pod }: Sight): boolean {
  return pod?.container.startedAt !== undefined || pod?.container.lastExit !== undefined;
}

export function isVerified(view: ComputeView, decision: Decision): boolean {
  const record = decision.state.nodes[view.node.name];
  return record !== undefined && record.phase === "idle" && record.good === view.wanted.name;
}
