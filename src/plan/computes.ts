// Answers "which compute nodes are changed now, in which order, and what is put back?". The machine
// of all nova-computes: one canary per distinct change and hardware, then the rest within the
// budget; a failed entry is quarantined and its node goes back to last-good. Hazard: `maxUnavailable`
// holds only over what the snapshot shows; every removal therefore carries a uid.

import { serviceTitle } from "../api/names.ts";
import { gateOn, stay, step, type NodeStep, type StepContext } from "./node-step.ts";
import { novaErrorLine } from "./evidence.ts";
import type { Gate, Reason } from "./gates.ts";
import { changeBetween, lineText, reportLine } from "./lines.ts";
import type { CloudEffect, KubeEffect } from "./effects.ts";
import type { Fragment } from "./render.ts";
import { ownerOf, type RemovalContext } from "./removal.ts";
import { selects, type ComputeNode } from "./selection.ts";
import { unavailableBudget } from "./settings.ts";
import { isHeld, quiesceReason, type Sight } from "./sight.ts";
import type { Millis } from "./snapshot.ts";
import type { Line, NodeRecord, Quarantine, RolloutRecord, State } from "./state.ts";

/** What one node should read, and what else the machine must know of it. */
export type NodeTarget = {
  readonly node: ComputeNode;
  readonly sight: Sight;
  readonly record: NodeRecord;
  readonly wanted: Fragment;
  /** The fragment's ConfigMap was read back with the right content. */
  readonly present: boolean;
  /** Why this fragment may not be given to any node (preflight refused it). */
  readonly refused?: Reason;
  /** Kind of matched hardware, for the canary rule. */
  readonly hardware: string;
};

export type ComputesInput = {
  readonly targets: readonly NodeTarget[];
  readonly linesOf: (fragment: string) => readonly Line[];
  readonly digestOf: (fragment: string) => string;
  /** Gates of the whole installation: nothing new is started. */
  readonly blockers: readonly Reason[];
  readonly step: StepContext;
  readonly removal: RemovalContext;
  readonly canaryPossible: boolean;
  readonly rollout: RolloutRecord | undefined;
};

export type ComputesOutput = {
  readonly records: Readonly<Record<string, NodeRecord>>;
  readonly rollout: RolloutRecord | undefined;
  readonly finished?: { readonly result: "Complete" | "RolledBack"; readonly message: string };
  readonly effects: readonly (KubeEffect | CloudEffect)[];
  readonly gates: readonly Gate[];
  readonly quarantined: Readonly<Record<string, Quarantine>>;
  readonly wakes: readonly Millis[];
  readonly askUsage: readonly string[];
  readonly askLogs: readonly NonNullable<NodeStep["askLog"]>[];
};

type Draft = {
  readonly records: Map<string, NodeRecord>;
  readonly effects: (KubeEffect | CloudEffect)[];
  readonly gates: Gate[];
  readonly quarantined: Record<string, Quarantine>;
  readonly wakes: Millis[];
  readonly askUsage: Set<string>;
  readonly askLogs: NonNullable<NodeStep["askLog"]>[];
  rollout: RolloutRecord | undefined;
};

export function planComputes(input: ComputesInput): ComputesOutput {
  const draft: Draft = {
    records: new Map(),
    effects: [],
    gates: [],
    quarantined: {},
    wakes: [],
    askUsage: new Set(),
    askLogs: [],
    rollout: input.rollout,
  };
  for (const target of input.targets) advance(target, input, draft);
  const changed = input.targets.filter((one) => needsChange(one, draft, input));
  if (draft.rollout === undefined && changed.length > 0) draft.rollout = begin(input, changed);
  const finished = startNodes(changed, input, draft);
  return {
    records: Object.fromEntries(draft.records),
    rollout: finished === undefined ? draft.rollout : undefined,
    ...(finished === undefined ? {} : { finished }),
    effects: draft.effects,
    gates: draft.gates,
    quarantined: draft.quarantined,
    wakes: draft.wakes,
    askUsage: [...draft.askUsage],
    askLogs: draft.askLogs,
  };
}

// --- nodes that are under way -----------------------------------------------------------------

function advance(target: NodeTarget, input: ComputesInput, draft: Draft): void {
  const { sight } = target;
  const record = preempted(target, input);
  const made =
    record.phase === "quiescing"
      ? quiescing(target, record, input)
      : step(record, sight, input.step);
  note(target, made, draft);
  switch (made.outcome) {
    case undefined:
      draft.records.set(target.node.name, made.record);
      return;
    case "verified":
      draft.records.set(target.node.name, settle(made.record, made.record.assigned, target, draft));
      if (made.record.change !== undefined) prove(made.record.change, draft);
      return;
    case "rolled-back":
      draft.records.set(target.node.name, settle(made.record, made.record.good, target, draft));
      return;
    case "stuck":
      draft.records.set(target.node.name, { ...made.record, phase: "halted", since: now(input) });
      return;
    case "failed":
      fail(target, made.record, input, draft);
  }
}

function note(target: NodeTarget, made: NodeStep, draft: Draft): void {
  draft.effects.push(...made.effects);
  if (made.gate !== undefined) draft.gates.push(gateOn(target.node.name, made.gate));
  if (made.wake !== undefined) draft.wakes.push(made.wake);
  if (made.askUsage !== undefined) draft.askUsage.add(made.askUsage);
  if (made.askLog !== undefined) draft.askLogs.push(made.askLog);
}

function now(input: ComputesInput): Millis {
  return input.step.seen.now;
}

/** A failing attempt is pre-empted by a newer wish: the node goes straight to the newest. */
function preempted(target: NodeTarget, input: ComputesInput): NodeRecord {
  const { record, sight, wanted } = target;
  const underWay = record.phase === "verifying" || record.phase === "replacing";
  if (!underWay || record.canary === true) return record;
  const same = input.digestOf(record.assigned) === wanted.digest;
  const failing = sight.pod !== undefined && !sight.pod.ready && record.phase === "verifying";
  if (same || !failing || !target.present || input.blockers.length > 0) return record;
  if (input.digestOf(record.good) !== wanted.digest) return record;
  return assign(record, record.good, "replacing", sight, now(input));
}

/** Back to idle with `good` proved; our own disabling of the compute service is taken back. */
function settle(record: NodeRecord, good: string, target: NodeTarget, draft: Draft): NodeRecord {
  const idle = idleRecord(record, good);
  const { service } = target.sight;
  if (record.quiesced === true && service !== undefined && ours(service)) {
    draft.effects.push({ do: "enable-compute", serviceId: service.id, host: service.host });
  }
  return idle;
}

function ours(service: { readonly disabled: boolean; readonly disabledReason?: string }): boolean {
  return service.disabled && (service.disabledReason ?? "").startsWith(quiesceReason);
}

export function idleRecord(record: NodeRecord, good: string): NodeRecord {
  return {
    assigned: good,
    good,
    phase: "idle",
    since: record.since,
    assignedAt: record.assignedAt,
    ...(record.leaving === undefined ? {} : { leaving: record.leaving }),
    ...(record.reports === undefined ? {} : { reports: record.reports }),
    ...(record.avoids === undefined ? {} : { avoids: record.avoids }),
  };
}

function prove(change: string, draft: Draft): void {
  const { rollout } = draft;
  if (rollout === undefined || rollout.provenChanges.includes(change)) return;
  draft.rollout = { ...rollout, provenChanges: [...rollout.provenChanges, change] };
}

function assign(
  record: NodeRecord,
  fragment: string,
  phase: NodeRecord["phase"],
  sight: Sight,
  at: Millis,
): NodeRecord {
  return {
    ...idleRecord(record, record.good),
    assigned: fragment,
    phase,
    since: at,
    assignedAt: at,
    ...(record.quiesced === undefined ? {} : { quiesced: record.quiesced }),
    ...(sight.pod === undefined ? {} : { replaces: sight.pod.uid }),
  };
}

// --- failure ----------------------------------------------------------------------------------

function fail(target: NodeTarget, record: NodeRecord, input: ComputesInput, draft: Draft): void {
  const { seen, settings } = input.step;
  const failures = (draft.rollout?.failures ?? 0) + 1;
  const error =
    errorOf(target, input) ?? `nova-compute on ${target.node.name} did not become healthy`;
  if (draft.rollout !== undefined) draft.rollout = { ...draft.rollout, failures, error };
  const good = input.linesOf(record.good);
  const bad = input.linesOf(record.assigned);
  if (failures >= settings.rollout.failureLimit) {
    Object.assign(draft.quarantined, quarantine(bad, good, error, input.removal, "compute"));
  }
  const onlyReport = changeBetween(good, bad) === `+${lineText(reportLine)}`;
  const back = settings.rollout.autoRollback && !onlyReport;
  const next: NodeRecord = {
    ...assign(
      record,
      back ? record.good : record.assigned,
      back ? "rolling-back" : "halted",
      target.sight,
      seen.now,
    ),
    ...(failures < settings.rollout.failureLimit ? { avoids: record.assigned } : {}),
  };
  draft.records.set(target.node.name, next);
  draft.effects.push({
    do: "event",
    about: { kind: "Node", name: target.node.name, uid: "" },
    type: "Warning",
    reason: back ? "RolledBack" : "Halted",
    message: `${serviceTitle.compute} on ${target.node.name} failed with fragment ${record.assigned}: ${error}`,
  });
}

function errorOf(target: NodeTarget, input: ComputesInput): string | undefined {
  const { pod } = target.sight;
  if (pod === undefined) return undefined;
  const text = [pod.container.lastExit?.message, input.step.seen.failureTexts[pod.uid]];
  for (const one of text) {
    const line = one === undefined ? undefined : novaErrorLine(one);
    if (line !== undefined) return line;
  }
  return undefined;
}

/** Every line that differs from last-good, kept out (or in) until its own object changes. */
export function quarantine(
  bad: readonly Line[],
  good: readonly Line[],
  error: string,
  removal: RemovalContext,
  service: Quarantine["service"],
): Record<string, Quarantine> {
  const before = new Set(good.map(lineText));
  const after = new Set(bad.map(lineText));
  const added = bad.filter((line) => !before.has(lineText(line)));
  const removed = good.filter((line) => !after.has(lineText(line)));
  const replaced = new Set(added.map((line) => line.entry));
  const entries = [
    ...added.map((line) => ["add", line] as const),
    ...removed.filter((line) => !replaced.has(line.entry)).map((line) => ["remove", line] as const),
  ];
  return Object.fromEntries(
    entries.map(([change, line]) => {
      const owner = ownerOf(line, removal);
      const { uid, generation } = identityOf(owner, removal);
      const record: Quarantine = {
        service,
        ...owner,
        line: lineText(line),
        instead: good.filter((one) => one.entry === line.entry),
        change,
        uid,
        generation,
        at: removal.seen.now,
        error,
      };
      return [`${change} ${lineText(line)}`, record];
    }),
  );
}

export function identityOf(
  owner: { readonly kind: string; readonly name: string },
  removal: { readonly seen: RemovalContext["seen"]; readonly state: State },
): { readonly uid: string; readonly generation: number } {
  const { objects } = removal.seen;
  const list =
    owner.kind === "PciAlias"
      ? objects.aliases
      : owner.kind === "PciWhitelist"
        ? objects.whitelists
        : objects.passthrough === undefined
          ? []
          : [objects.passthrough];
  const found = list.find((one) => one.metadata.name === owner.name);
  return { uid: found?.metadata.uid ?? "", generation: found?.metadata.generation ?? 0 };
}

// --- nodes that have to change ----------------------------------------------------------------

/** Idle (or skipped, or halted) and not reading what it should. */
function needsChange(target: NodeTarget, draft: Draft, input: ComputesInput): boolean {
  const record = draft.records.get(target.node.name)!;
  const differs = input.digestOf(record.assigned) !== target.wanted.digest;
  const avoided =
    record.avoids !== undefined && input.digestOf(record.avoids) === target.wanted.digest;
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

function misread(target: NodeTarget, record: NodeRecord): boolean {
  const { reads, pod } = target.sight;
  return pod !== undefined && reads !== undefined && reads !== record.assigned;
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
      .filter((one) => one.sight.unwell !== undefined)
      .map((one) => one.node.name),
    from: first.record.assigned,
    to: first.wanted.name,
  };
}

type Budget = {
  allowed: number;
  /** Nodes of each change that are in flight and not yet proved. */
  readonly canaries: Map<string, string>;
};

function startNodes(
  changed: readonly NodeTarget[],
  input: ComputesInput,
  draft: Draft,
): ComputesOutput["finished"] {
  const { rollout } = draft;
  if (rollout === undefined) return undefined;
  const budget = budgetNow(input, draft);
  for (const target of inOrder(changed, input)) startNode(target, budget, input, draft);
  draft.rollout = { ...draft.rollout!, ...toward(changed), phase: phaseOf(input, draft) };
  const busy = [...draft.records.values()].some((one) => isUnderWay(one));
  const open = changed.some((one) => {
    const record = draft.records.get(one.node.name)!;
    return record.phase !== "skipped" && !isUnderWay(record);
  });
  if (busy || open) return undefined;
  const failed = (draft.rollout?.failures ?? 0) > 0;
  return failed
    ? { result: "RolledBack", message: draft.rollout?.error ?? "" }
    : { result: "Complete", message: "" };
}

function toward(changed: readonly NodeTarget[]): { readonly to?: string } {
  const first = changed[0];
  return first === undefined ? {} : { to: first.wanted.name };
}

function isUnderWay(record: NodeRecord): boolean {
  return record.phase !== "idle" && record.phase !== "skipped" && record.phase !== "halted";
}

/** Nodes that are down for any reason count, but not those that were down before the rollout. */
function budgetNow(input: ComputesInput, draft: Draft): Budget {
  const canaries = new Map<string, string>();
  const down: string[] = [];
  const before = new Set(draft.rollout?.downAtStart ?? []);
  for (const target of input.targets) {
    const record = draft.records.get(target.node.name)!;
    const underWay = isUnderWay(record);
    if (underWay && record.canary === true && record.change !== undefined) {
      canaries.set(`${record.change}\n${target.node.name}`, target.node.name);
    }
    const excused = record.phase === "skipped" || before.has(target.node.name);
    if (underWay || (target.sight.unwell !== undefined && !excused)) down.push(target.node.name);
  }
  const { maxUnavailable } = input.step.settings.rollout;
  const total = unavailableBudget(maxUnavailable, input.targets.length);
  return { allowed: total - down.length, canaries };
}

/** Pods that hold nothing first, then chosen canaries, then those that waited longest, by name. */
function inOrder(changed: readonly NodeTarget[], input: ComputesInput): readonly NodeTarget[] {
  const selector = input.step.settings.rollout.canarySelector;
  const weight = (one: NodeTarget): number => {
    if (isHeld(one.sight)) return 0;
    if (one.sight.disabledByOthers) return 3;
    return selector !== undefined && selects(selector, one.node.labels) ? 1 : 2;
  };
  return [...changed].sort((a, b) => weight(a) - weight(b) || a.record.since - b.record.since);
}

function startNode(target: NodeTarget, budget: Budget, input: ComputesInput, draft: Draft): void {
  const record = draft.records.get(target.node.name)!;
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
  if (!isHeld(target.sight)) budget.allowed -= 1;
  const begun: NodeRecord = { ...record, change, ...(canary ? { canary } : {}) };
  note(target, takeNode(target, begun, input, draft), draft);
}

function changeOf(target: NodeTarget, record: NodeRecord, input: ComputesInput): string {
  const change = changeBetween(input.linesOf(record.good), target.wanted.lines);
  return change === "" ? "" : `${change}\n@${target.hardware}`;
}

function isProven(change: string, input: ComputesInput, draft: Draft): boolean {
  if (change === "" || !input.canaryPossible) return true;
  return draft.rollout?.provenChanges.includes(change) === true;
}

/** Why this node may not start now; "skip" when it is not well and nobody has to wait for it. */
function startGate(
  target: NodeTarget,
  record: NodeRecord,
  budget: Budget,
  input: ComputesInput,
  draft: Draft,
): Reason | "skip" | undefined {
  const { sight } = target;
  const { settings } = input.step;
  const blocked = blockerFor(sight, input) ?? target.refused;
  if (blocked !== undefined) return blocked;
  if (!target.present) return { gate: "FragmentPending", fragment: target.wanted.name };
  const differs = input.digestOf(record.assigned) !== target.wanted.digest;
  if (isHeld(sight)) return undefined;
  const change = changeOf(target, record, input);
  if (sight.unwell !== undefined) return unwellGate(target, record, change, input, draft);
  if (settings.services.compute.restart !== "Auto") return manualGate(target, record, differs);
  if (!isProven(change, input, draft)) {
    const inFlight = [...budget.canaries].filter(([key]) => key.startsWith(`${change}\n`));
    if (inFlight.length >= settings.rollout.canaryCount) {
      return { gate: "CanaryPending", canary: inFlight[0]![1] };
    }
  }
  if (budget.allowed <= 0) return budgetGate(input, draft);
  return input.step.noReplacing ?? input.step.evictBudget(sight).gate;
}

/** A pod that kubelet holds for want of an assignment is served even while paused or settling. */
function blockerFor(sight: Sight, input: ComputesInput): Reason | undefined {
  if (!isHeld(sight)) return input.blockers[0];
  return input.blockers.find((one) => one.gate !== "Paused" && one.gate !== "Settling");
}

function unwellGate(
  target: NodeTarget,
  record: NodeRecord,
  change: string,
  input: ComputesInput,
  draft: Draft,
): Reason | "skip" | undefined {
  const differs = input.digestOf(record.assigned) !== target.wanted.digest;
  if (record.phase === "skipped" && !differs) {
    return { gate: "NotWired", why: target.sight.unwell ?? "" };
  }
  const downBefore = draft.rollout?.downAtStart.includes(target.node.name) === true;
  const otherCanary = input.targets.some(
    (one) =>
      one !== target &&
      one.sight.unwell === undefined &&
      changeOf(one, draft.records.get(one.node.name)!, input) === change,
  );
  if (!isProven(change, input, draft) && otherCanary) {
    return { gate: "CanaryPending", canary: "another node of the same change" };
  }
  return downBefore || record.phase !== "idle" ? "skip" : budgetGate(input, draft);
}

function manualGate(target: NodeTarget, record: NodeRecord, differs: boolean): Reason | "skip" {
  if (differs) return "skip";
  return {
    gate: "ManualRestart",
    behind: 1,
    command: `kubectl delete pod ${target.sight.pod?.name ?? ""}`,
  };
}

function budgetGate(input: ComputesInput, draft: Draft): Reason {
  const { maxUnavailable } = input.step.settings.rollout;
  const nodes = input.targets
    .filter(
      (one) => isUnderWay(draft.records.get(one.node.name)!) || one.sight.unwell !== undefined,
    )
    .map((one) => one.node.name);
  return {
    gate: "BudgetSpent",
    down: nodes.length,
    allowed: unavailableBudget(maxUnavailable, input.targets.length),
    nodes: nodes.slice(0, 10),
  };
}

/** Quiesce first where Nova can be asked; else the pod goes at once. */
function takeNode(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
  draft: Draft,
): NodeStep {
  const { seen, settings } = input.step;
  const { service } = target.sight;
  const quiesces =
    seen.cloud.is === "read" &&
    service !== undefined &&
    !isHeld(target.sight) &&
    settings.rollout.quiesceMillis > 0;
  if (!quiesces) return replaceNow(target, record, input, draft);
  const disable: CloudEffect[] = service.disabled
    ? []
    : [{ do: "disable-compute", serviceId: service.id, host: service.host, reason: quiesceReason }];
  const begun: NodeRecord = {
    ...record,
    phase: "quiescing",
    since: seen.now,
    quiesced: disable.length > 0 || ours(service),
  };
  draft.records.set(target.node.name, begun);
  return { record: begun, effects: disable, askUsage: service.host, wake: seen.now + 1000 };
}

function replaceNow(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
  draft: Draft,
): NodeStep {
  const { change, canary } = record;
  const begun: NodeRecord = {
    ...assign(record, target.wanted.name, "replacing", target.sight, now(input)),
    ...(change === undefined ? {} : { change }),
    ...(canary === undefined ? {} : { canary }),
  };
  const made = step(begun, target.sight, input.step);
  draft.records.set(target.node.name, made.record);
  return made;
}

/** Waits until no server there is being changed; gives up after quiesceSeconds and tries later. */
function quiescing(target: NodeTarget, record: NodeRecord, input: ComputesInput): NodeStep {
  const { seen, settings } = input.step;
  const { service } = target.sight;
  const undone =
    input.digestOf(record.assigned) === target.wanted.digest && !misread(target, record);
  const late = seen.now - record.since >= settings.rollout.quiesceMillis;
  const gone = service === undefined || target.sight.unwell !== undefined;
  if (undone || late || gone || input.blockers.length > 0) return letGo(target, record, input);
  const usage = seen.cloud.is === "read" ? seen.cloud.usage[service.host] : undefined;
  const busy = usage?.is === "read" && usage.at >= record.since ? usage.busy : undefined;
  if (busy === undefined || busy.length > 0 || (!service.disabled && record.quiesced === true)) {
    return stay(record, {
      gate: {
        gate: "Quiescing",
        node: target.node.name,
        busy: (busy ?? []).map((one) => `${one.what} ${one.id}`).slice(0, 10),
      },
      askUsage: service.host,
      wake: Math.min(seen.now + 5000, record.since + settings.rollout.quiesceMillis),
    });
  }
  if (!target.present || target.refused !== undefined) return letGo(target, record, input);
  const begun: NodeRecord = {
    ...assign(record, target.wanted.name, "replacing", target.sight, seen.now),
    ...(record.change === undefined ? {} : { change: record.change }),
    ...(record.canary === undefined ? {} : { canary: record.canary }),
  };
  return step(begun, target.sight, input.step);
}

function letGo(target: NodeTarget, record: NodeRecord, input: ComputesInput): NodeStep {
  const { service } = target.sight;
  const enable: CloudEffect[] =
    record.quiesced === true && service !== undefined && ours(service)
      ? [{ do: "enable-compute", serviceId: service.id, host: service.host }]
      : [];
  return {
    record: { ...idleRecord(record, record.good), assigned: record.assigned, since: now(input) },
    effects: enable,
  };
}

function phaseOf(input: ComputesInput, draft: Draft): RolloutRecord["phase"] {
  const records = [...draft.records.values()];
  if (input.step.settings.rollout.paused) return "Paused";
  if (records.some((one) => one.phase === "rolling-back")) return "Rollback";
  if (records.some((one) => one.phase === "halted")) return "Halt";
  if (draft.gates.some((one) => one.gate === "Inconclusive")) return "Inconclusive";
  if (input.blockers.length > 0) return "Preflight";
  const inFlight = records.filter((one) => isUnderWay(one));
  if (inFlight.some((one) => one.canary === true && one.phase === "verifying")) return "Verify";
  if (inFlight.some((one) => one.canary === true)) return "Canary";
  if (inFlight.length > 0) return "Promote";
  return "Preflight";
}
