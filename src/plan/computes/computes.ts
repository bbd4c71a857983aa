// The machine of all nova-computes: which nodes are changed now, in which order, and what is put
// back. One canary per distinct change and hardware, then the rest within the budget; a failed
// entry is quarantined and its node goes back to last-good. Hazard: `maxUnavailable` holds only
// over what the snapshot shows; every removal therefore carries a uid.

import {
  type ComputesInput,
  type ComputesOutput,
  type Draft,
  type NodeTarget,
  assign,
  atRest,
  changeOf,
  idleRecord,
  isProven,
  isUnderWay,
  misread,
  note,
  now,
  ours,
} from "./draft.ts";
import { found, haltsAt, isLost } from "./lost.ts";
import { step } from "./node-step.ts";
import { type NodeStep, gateOn, stay } from "./one-step.ts";
import { fail } from "./quarantine.ts";
import { downMeanwhile, excusedByWish, redirected, unpromised } from "./redirect.ts";
import { isHeld } from "../gates/sight.ts";
import { inTurn } from "../gates/turn.ts";
import { type Budget, budgetNow, isAbandoned, startGate } from "./start-gates.ts";
import type { GateName, Reason } from "../terms/gates.ts";
import type { NodeRecord, RolloutRecord } from "../terms/state.ts";
import { endTrials, triedFirst } from "./try-first.ts";
import { isUntouched, notYetTaken, quiescing, takeNode, withinBudget } from "./take-node.ts";

export function planComputes(given: ComputesInput): ComputesOutput {
  const input = { ...given, rollout: stillExcused(given) };
  const draft: Draft = {
    records: new Map(),
    effects: [],
    gates: [],
    quarantined: {},
    wakes: [],
    askUsage: new Set(),
    askHealth: new Set(),
    askLogs: [],
    askPreflights: false,
    rollout: input.rollout,
  };
  for (const target of judgedFirst(input.targets)) advance(target, input, draft);
  const changed = input.targets.filter((target) => needsChange(target, draft, input));
  if (draft.rollout === undefined && changed.length > 0) draft.rollout = begin(input, changed);
  const finished = startNodes(changed, input, draft);
  for (const target of input.targets) {
    release(target, input, draft);
    const failed = failedThere(target, input, draft);
    if (failed !== undefined) draft.gates.push(gateOn(target.node.name, failed));
  }
  endTrials(input, draft);
  return {
    records: Object.fromEntries(draft.records),
    rollout: finished === undefined ? draft.rollout : undefined,
    ...(finished === undefined ? {} : { finished }),
    effects: draft.effects,
    gates: draft.gates,
    quarantined: draft.quarantined,
    wakes: draft.wakes,
    askUsage: [...draft.askUsage],
    askHealth: [...draft.askHealth],
    askLogs: draft.askLogs,
    askPreflights: draft.askPreflights,
  };
}

/** What runs the new text is judged before another node is given it. */
function judgedFirst(targets: readonly NodeTarget[]): readonly NodeTarget[] {
  const waits = targets.filter(({ record }) => record.phase === "quiescing");
  if (waits.length === 0) return targets;
  return [...targets.filter(({ record }) => record.phase !== "quiescing"), ...waits];
}

/**
 * Down before the rollout, or lost before the newest wish, excuses a node until it was seen well:
 * what happens to it then counts.
 */
function stillExcused(input: ComputesInput): RolloutRecord | undefined {
  const { rollout, targets } = input;
  if (rollout === undefined) return rollout;
  const more = excusedByWish(input).filter((name) => !rollout.downAtStart.includes(name));
  if (rollout.downAtStart.length + more.length === 0) return rollout;
  const well = new Set(
    targets.filter((target) => target.sight.unwell === undefined).map((target) => target.node.name),
  );
  const downAtStart = [...rollout.downAtStart, ...more].filter((name) => !well.has(name));
  const same = more.length === 0 && downAtStart.length === rollout.downAtStart.length;
  return same ? rollout : { ...rollout, downAtStart };
}

function advance(target: NodeTarget, input: ComputesInput, draft: Draft): void {
  const asked = unpromised(target, preempted(target, input), input);
  const record = redirected(target, asked, input, draft);
  const made = stepOf(target, record, input, Object.keys(draft.quarantined).length > 0);
  note(target, made, draft);
  switch (made.outcome) {
    case undefined:
      draft.records.set(target.node.name, made.record);
      return;
    case "verified":
      draft.records.set(target.node.name, settle(made.record, made.record.assigned));
      if (made.record.change !== undefined) prove(made.record.change, draft);
      return;
    case "rolled-back":
      draft.records.set(target.node.name, settle(made.record, made.record.good));
      return;
    case "stuck":
      draft.records.set(target.node.name, { ...made.record, phase: "halted", since: now(input) });
      return;
    case "failed":
      fail(target, made.record, input, draft);
  }
}

function stepOf(
  target: NodeTarget,
  given: NodeRecord,
  input: ComputesInput,
  failedNow: boolean,
): NodeStep {
  const { sight } = target;
  const down = downMeanwhile(target, given, input);
  if (down !== undefined) return down;
  const record = given.phase === "idle" ? found(given) : given;
  // The next round knows what is wished without what failed in this one.
  if (record.phase === "quiescing")
    return failedNow ? stay(record) : quiescing(target, record, input);
  if (isUntouched(target, record)) return notYetTaken(target, record, input);
  return withinBudget(step(record, sight, input.step), target, input);
}

/** A failing attempt is pre-empted by a newer wish: the node goes straight to the newest. */
function preempted(target: NodeTarget, input: ComputesInput): NodeRecord {
  const { sight, wanted } = target;
  const record = back(target, input);
  const underWay = record.phase === "verifying" || record.phase === "replacing";
  if (!underWay || record.canary === true) return record;
  const same = input.digestOf(record.assigned) === wanted.digest;
  const failing = sight.pod !== undefined && !sight.pod.ready && record.phase === "verifying";
  if (same || !failing || !target.present || input.blockers.length > 0) return record;
  if (input.digestOf(record.good) !== wanted.digest) return record;
  return assign(record, record.good, "replacing", sight, now(input));
}

/** Its Node object was gone for a while: what was waited for then does not count. */
function back({ record }: NodeTarget, input: ComputesInput): NodeRecord {
  if (record.goneSince === undefined || !isUnderWay(record)) return record;
  return { ...found(record), lost: { since: now(input) } };
}

/** Back to idle with `good` proved; that we disabled the compute service is not forgotten. */
function settle(record: NodeRecord, good: string): NodeRecord {
  return {
    ...idleRecord(record, good),
    ...(record.quiesced === true ? { quiesced: true } : {}),
  };
}

/** Nova tells nobody that it can be asked again, or that a service is enabled. */
const releaseLookMillis = 5000;

/**
 * Our own disabling is taken back once the node is at rest, and asked again until Nova shows it: an
 * operator killed between its state and this request would leave the host disabled for ever.
 */
function release(target: NodeTarget, input: ComputesInput, draft: Draft): void {
  const record = draft.records.get(target.node.name)!;
  const { service } = target.sight;
  if (record.quiesced !== true || record.phase !== "idle") return;
  if (service === undefined || ours(service)) draft.wakes.push(now(input) + releaseLookMillis);
  if (service === undefined) return;
  if (ours(service)) {
    draft.effects.push({ do: "enable-compute", serviceId: service.id, host: service.host });
    return;
  }
  draft.records.set(target.node.name, atRest(record));
}

function prove(change: string, draft: Draft): void {
  const { rollout } = draft;
  if (rollout === undefined || rollout.provenChanges.includes(change)) return;
  draft.rollout = { ...rollout, provenChanges: [...rollout.provenChanges, change] };
}

/** Idle (or skipped, or halted) and not reading what it should. */
function needsChange(target: NodeTarget, draft: Draft, input: ComputesInput): boolean {
  const record = draft.records.get(target.node.name)!;
  const differs = input.digestOf(record.assigned) !== target.wanted.digest;
  const avoided = isAvoided(target, record, input);
  switch (record.phase) {
    case "idle":
      return (differs && !avoided) || misread(target, record);
    case "skipped":
      return differs || misread(target, record);
    case "halted":
      return differs && !avoided;
    case "quiescing":
    case "replacing":
    case "verifying":
    case "rolling-back":
      return false;
  }
}

/** Why nothing is tried on a node where it failed. */
function failedThere(target: NodeTarget, input: ComputesInput, draft: Draft): Reason | undefined {
  const { name: node } = target.node;
  const record = draft.records.get(node)!;
  if (record.phase === "halted" && !needsChange(target, draft, input)) {
    const { assigned: fragment, good } = record;
    return { gate: "Halted", node, fragment, good: fragment === good };
  }
  if (!isAvoided(target, record, input)) return undefined;
  const { failureLimit: limit } = input.step.settings.rollout;
  return { gate: "FailureLimit", failures: draft.rollout?.failures ?? 1, limit };
}

/** It failed here below the failure limit; tried again when something else is wanted. */
function isAvoided(target: NodeTarget, record: NodeRecord, input: ComputesInput): boolean {
  return record.avoids !== undefined && input.digestOf(record.avoids) === target.wanted.digest;
}

function begin(input: ComputesInput, changed: readonly NodeTarget[]): RolloutRecord {
  const first = changed[0]!;
  return {
    id: `compute-${now(input)}`,
    startedAt: now(input),
    phase: "Preflight",
    provenChanges: [],
    failures: 0,
    downAtStart: input.targets
      .filter((target) => target.sight.unwell !== undefined)
      .map((target) => target.node.name),
    from: first.record.assigned,
    to: first.wanted.name,
  };
}

function startNodes(
  changed: readonly NodeTarget[],
  input: ComputesInput,
  draft: Draft,
): ComputesOutput["finished"] {
  const { rollout } = draft;
  if (rollout === undefined) return undefined;
  const budget = budgetNow(input, draft);
  // What failed in this round is kept out from the next one on: until then nothing starts with it.
  const failedNow = Object.keys(draft.quarantined).length > 0;
  const { canarySelector } = input.step.settings.rollout;
  if (failedNow) draft.wakes.push(now(input));
  else
    for (const target of brokenFirst(inTurn(changed, canarySelector), input, draft))
      startNode(target, budget, input, draft);
  draft.rollout = { ...draft.rollout!, phase: phaseOf(input, draft) };
  const busy = [...draft.records.values()].some((record) => isUnderWay(record));
  const open = changed.some((nodeTarget) => {
    const record = draft.records.get(nodeTarget.node.name)!;
    return record.phase !== "skipped" && !isUnderWay(record);
  });
  if (busy || open) return undefined;
  const failed = (draft.rollout?.failures ?? 0) > 0;
  return failed
    ? { result: draft.rollout?.failed ?? "RolledBack", message: draft.rollout?.error ?? "" }
    : { result: "Complete", message: "" };
}

/** A try on a node that we left broken stops nobody else's nova-compute. */
function brokenFirst(
  targets: readonly NodeTarget[],
  input: ComputesInput,
  draft: Draft,
): readonly NodeTarget[] {
  const broken = targets.filter((target) => {
    const record = draft.records.get(target.node.name)!;
    return target.sight.pod?.ready === false && isAbandoned(target, record, input, draft);
  });
  return broken.length === 0
    ? targets
    : [...broken, ...targets.filter((target) => !broken.includes(target))];
}

function startNode(target: NodeTarget, budget: Budget, input: ComputesInput, draft: Draft): void {
  const record = draft.records.get(target.node.name)!;
  if (readsAlready(target, input)) {
    draft.records.set(target.node.name, {
      ...assign(record, target.wanted.name, "verifying", target.sight, now(input)),
      pod: target.sight.pod!.uid,
    });
    return;
  }
  const reason = startGate(target, record, budget, input, draft);
  if (reason === "skip") {
    draft.records.set(target.node.name, {
      ...assign(record, target.wanted.name, "skipped", target.sight, now(input)),
      skipped: target.sight.unwell ?? "",
      change: changeOf(target, record, input),
    });
    return;
  }
  if (reason !== undefined) {
    draft.gates.push(gateOn(target.node.name, reason));
    return;
  }
  const change = changeOf(target, record, input);
  const canary = !isProven(change, input, draft);
  if (canary) budget.canaries.set(`${change}\n${target.node.name}`, target.node.name);
  if (canary && !isHeld(target.sight) && triedFirst(target, record, input, draft)) return;
  if (!isHeld(target.sight)) budget.allowed -= 1;
  const begun: NodeRecord = { ...record, change, ...(canary ? { canary } : {}) };
  note(target, takeNode(target, begun, input, draft), draft);
}

/**
 * It was given something else meanwhile, and never ran it: no restart for what it reads already.
 */
function readsAlready(
  { sight, wanted, present, refused }: NodeTarget,
  input: ComputesInput,
): boolean {
  const free = input.blockers.length === 0 && present && refused === undefined;
  return free && sight.pod !== undefined && sight.reads === wanted.name;
}

/** Nova has to be asked, and cannot be. */
const mute: ReadonlySet<string> = new Set(["Inconclusive", "NoCredentials"] satisfies GateName[]);

function phaseOf(input: ComputesInput, draft: Draft): RolloutRecord["phase"] {
  const records = [...draft.records.values()];
  if (input.step.settings.rollout.paused) return "Paused";
  if (records.some((record) => record.phase === "rolling-back")) return "Rollback";
  if (records.some((record) => record.phase === "halted")) return "Halt";
  if (draft.gates.some((gate) => mute.has(gate.gate))) return "Inconclusive";
  if (input.blockers.length > 0) return "Preflight";
  const inFlight = records.filter((record) => isUnderWay(record) && !isLost(record));
  if (inFlight.some((record) => record.canary === true && record.phase === "verifying"))
    return "Verify";
  if (inFlight.some((record) => record.canary === true)) return "Canary";
  if (inFlight.length > 0) return "Promote";
  const { settings } = input.step;
  if (records.some((record) => haltsAt(record, settings, now(input)))) return "Halt";
  return records.some((record) => isLost(record)) ? "Inconclusive" : "Preflight";
}
