// What a lost compute node is given, and whom it holds up, when the wish changes meanwhile or when
// it went down without us. Needs no restart: nothing of it runs what it was given.

import {
  type ComputesInput,
  type Draft,
  type NodeTarget,
  assign,
  changeOf,
  isProven,
  isUnderWay,
  now,
} from "./draft.ts";
import { absent, haltsAt, isHalted, isLost } from "./lost.ts";
import type { NodeStep } from "./one-step.ts";
import { inUseSince } from "./quarantine.ts";
import { isHeld, type Sight } from "../gates/sight.ts";
import { lineText } from "../wanted/lines.ts";
import type { Reason } from "../terms/gates.ts";
import type { Line, NodeRecord, State } from "../terms/state.ts";

/**
 * A node that nobody touches went down during the rollout: it is counted, so it must be heard of.
 */
export function downMeanwhile(
  { sight, node }: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
): NodeStep | undefined {
  const { seen } = input.step;
  const { rollout } = input;
  const counts = rollout !== undefined && !rollout.downAtStart.includes(node.name);
  if (record.phase !== "idle" || !counts || sight.unwell === undefined || isHeld(sight))
    return undefined;
  const since = record.lost?.since ?? seen.now;
  const cause = { sign: "Down", why: sight.unwell };
  const waits: Reason = { gate: "NotWired", why: sight.unwell };
  const { gate, ...made } = absent(
    { ...record, lost: { ...record.lost, since } },
    sight,
    input.step,
    {
      cause,
      waits,
    },
  );
  return gate?.gate === "Lost" ? { ...made, gate } : made;
}

/**
 * Nothing of a lost node runs what it was given, so that changes without a restart: to a newer wish
 * that a canary has proved, and to last-good when what it was given failed elsewhere. Halted and
 * wished anew, nobody waits for it any more.
 */
export function redirected(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
  draft: Draft,
): NodeRecord {
  const { sight, wanted, present, refused } = target;
  const { settings } = input.step;
  const at = now(input);
  const { lost } = record;
  const free = input.blockers.length === 0 && present && refused === undefined;
  if (!isLost(record) || lost === undefined || !isUnderWay(record) || !free) return record;
  const change = changeOf(target, record, input);
  if (isHalted(lost, settings, at) && input.changedAt > lost.since) {
    const skipped = lost.cause?.why ?? "";
    return { ...assign(record, wanted.name, "skipped", sight, at), skipped, change };
  }
  if (input.digestOf(record.assigned) === wanted.digest) return record;
  if (isProven(change, input, draft)) {
    return { ...assign(record, wanted.name, "replacing", sight, at), lost };
  }
  const back = record.phase !== "rolling-back" && failedElsewhere(target, record, input);
  return back ? { ...assign(record, record.good, "rolling-back", sight, at), lost } : record;
}

/**
 * Nothing of it runs what it was promised: kubelet holds the pod of a joining node, the image is
 * not there, or its old pod runs on. What failed elsewhere meanwhile is taken back before it is
 * given.
 */
export function unpromised(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
): NodeRecord {
  const { sight } = target;
  const waits = record.phase === "replacing" || record.phase === "verifying";
  return waits && isNotBegun(sight, record) && failedElsewhere(target, record, input)
    ? assign(record, record.good, "rolling-back", sight, now(input))
    : record;
}

/** No container was started with what is assigned, as far as its pod shows. */
function isNotBegun({ pod, reads, leftAlone }: Sight, record: NodeRecord): boolean {
  if (pod === undefined) return record.phase === "replacing";
  if (leftAlone !== undefined) return false;
  const { startedAt, restarts, lastExit } = pod.container;
  const unused = startedAt === undefined && restarts === 0 && lastExit === undefined;
  return reads !== record.assigned || unused;
}

function failedElsewhere(target: NodeTarget, record: NodeRecord, input: ComputesInput): boolean {
  const good = input.linesOf(record.good);
  const bad = input.linesOf(record.assigned);
  const failed = addsFailed(good, bad, input.removal.state.quarantined);
  return failed && !inUseSince(target, good, bad, input.removal);
}

function addsFailed(
  good: readonly Line[],
  bad: readonly Line[],
  quarantined: State["quarantined"],
): boolean {
  const kept = new Set(good.map(lineText));
  return bad
    .map(lineText)
    .some((text) => !kept.has(text) && quarantined[`add ${text}`]?.service === "compute");
}

/**
 * A Node that is gone. What failed elsewhere is taken back meanwhile: when a Node of its name
 * joins, admission gives its first pod what is assigned, before anybody can look.
 */
export function whileGone(
  record: NodeRecord,
  linesOf: ComputesInput["linesOf"],
  quarantined: State["quarantined"],
): NodeRecord {
  const waits = isUnderWay(record) || record.phase === "skipped";
  if (!waits || record.assigned === record.good) return record;
  if (!addsFailed(linesOf(record.good), linesOf(record.assigned), quarantined)) return record;
  const { change, canary, skipped, ...rest } = record;
  const phase = isUnderWay(record) ? "rolling-back" : "idle";
  return { ...rest, assigned: record.good, phase };
}

/** Lost while idle, halted, and wished anew: it counts as down before, so the others go on. */
export function excusedByWish(input: ComputesInput): readonly string[] {
  const { settings } = input.step;
  return input.targets
    .filter(({ record }) => record.phase === "idle" && haltsAt(record, settings, now(input)))
    .filter(({ record }) => input.changedAt > record.lost!.since)
    .map(({ node }) => node.name);
}
