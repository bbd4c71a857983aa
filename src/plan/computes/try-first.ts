// The pre-flight of a canary: before the first node of a change is touched, the image that runs
// there is asked whether it takes the new fragment. What it refuses is quarantined as if a canary
// had failed there; what it does not tell holds nobody up.

import { serviceTitle } from "../../api/names.ts";
import { preflightName, type Trial } from "../preflight/job.ts";
import { preflightVerdict } from "../preflight/verdict.ts";
import type { Effect, KubeEffect } from "../terms/effects.ts";
import type { Line, NodeRecord } from "../terms/state.ts";
import type { PreflightsView } from "../terms/views/preflight-view.ts";
import { lineText } from "../wanted/lines.ts";
import { none } from "../wanted/render.ts";
import { type ComputesInput, type Draft, type NodeTarget, isUnderWay, now } from "./draft.ts";
import { gateOn } from "./one-step.ts";
import { quarantine } from "./quarantine.ts";

/** What would be tried on this node; undefined = nobody wants it, or there is nothing to try. */
function trialOf({ wanted, sight, node }: NodeTarget, input: ComputesInput): Trial | undefined {
  const { seen, settings } = input.step;
  if (settings.rollout.preflight === "Off" || wanted.name === none) return undefined;
  const owner = sight.pod?.owner?.uid;
  const recipe = seen.workloads.find((workload) => workload.uid === owner)?.recipe;
  return recipe && { node: node.name, fragment: wanted.name, recipe };
}

/** Whether the canary has to wait: its pre-flight is under way, or was refused. */
export function triedFirst(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
  draft: Draft,
): boolean {
  const trial = trialOf(target, input);
  if (trial === undefined) return false;
  const job = preflightName(trial);
  const asked = record.asked?.job === job ? record.asked : { job, since: now(input) };
  const { name: node } = target.node;
  const verdict = preflightVerdict(trial, asked, input.step.seen);
  switch (verdict.is) {
    case "pending":
      draft.records.set(node, {
        ...record,
        asked: verdict.effects.length === 0 ? asked : { ...asked, made: now(input) },
      });
      draft.effects.push(...verdict.effects);
      draft.gates.push(gateOn(node, { gate: "PreflightPending", node, job, until: verdict.until }));
      draft.wakes.push(verdict.wake);
      return true;
    case "accepted":
      return false;
    case "unknown":
      draft.effects.push(told(target, "PreflightUnknown", `has no answer: ${verdict.why}`));
      return false;
    case "refused":
      refuse(target, verdict, { record, input, draft });
      return true;
  }
}

type Turn = {
  readonly record: NodeRecord;
  readonly input: ComputesInput;
  readonly draft: Draft;
};

/** Nothing was touched, so nothing is put back. */
function refuse(
  target: NodeTarget,
  { words, blamed }: { readonly words: string; readonly blamed: readonly string[] },
  { record, input, draft }: Turn,
): void {
  const { name: node } = target.node;
  const good = input.linesOf(record.good);
  const bad = badLines(target.wanted.lines, good, blamed);
  const { rollout } = draft;
  const error = `pre-flight on ${node}: ${words}`;
  if (rollout !== undefined)
    draft.rollout = {
      ...rollout,
      failures: rollout.failures + 1,
      error,
      // Where a node failed before, that is what the rollout is remembered for.
      failed: rollout.failed ?? "PreflightRefused",
    };
  for (const [key, other] of Object.entries(quarantine(bad, good, error, input.removal, "compute")))
    draft.quarantined[key] = { ...other, refused: true };
  draft.gates.push(gateOn(node, { gate: "PreflightRefused", finding: words }));
  draft.effects.push(told(target, "PreflightRefused", `was refused: ${words}`));
  draft.wakes.push(now(input));
}

/** Those that Nova refuses by themselves; where it names none that is new, all that is new. */
function badLines(
  wanted: readonly Line[],
  good: readonly Line[],
  blamed: readonly string[],
): readonly Line[] {
  const kept = new Set(good.map(lineText));
  const named = blamed.flatMap((text) => lineAt(text, wanted) ?? []);
  const fresh = named.filter((line) => !kept.has(lineText(line)));
  return fresh.length === 0 ? wanted : [...good, ...fresh];
}

/** "device_spec 1": of the values of an option, as the file has them, the second. */
function lineAt(text: string, lines: readonly Line[]): Line | undefined {
  const [option = "", place = ""] = text.split(" ");
  const isIts = (line: Line): boolean => (line.option === "alias") === (option === "alias");
  const own = lines.filter((line) => valued.has(line.option) && isIts(line));
  // Equal lines of two entries stand in the file once.
  return [...new Map(own.map((line) => [lineText(line), line] as const)).values()][Number(place)];
}
const valued: ReadonlySet<string> = new Set(["alias", "device_spec", "passthrough_whitelist"]);

function told({ node, wanted }: NodeTarget, reason: string, what: string): Effect & KubeEffect {
  return {
    do: "event",
    about: { kind: "Node", name: node.name, uid: "" },
    type: "Warning",
    reason,
    message: `the pre-flight of ${serviceTitle.compute} on ${node.name} with fragment ${wanted.name} ${what}`,
  };
}

/**
 * What nobody asks any more goes, and is forgotten once it is seen to be gone: until then the state
 * remembers it, so that whoever leads next looks for it too. The answer of a canary that waits for
 * something else is kept.
 */
export function endTrials(input: ComputesInput, draft: Draft): void {
  const { preflights } = input.step.seen;
  const jobs = preflights?.is === "read" ? preflights.jobs : [];
  const asked = new Set<string>();
  let remembered = false;
  for (const target of input.targets) {
    const { asked: own, ...record } = draft.records.get(target.node.name)!;
    // A step that has made the record anew has not looked whether its Job is gone.
    const last = own ?? target.record.asked;
    if (last === undefined) continue;
    const isWanted = own !== undefined && isAsked(target, { ...record, asked: own }, input);
    const stays = isWanted || mayBeThere(last.job, preflights);
    if (isWanted) asked.add(last.job);
    remembered ||= stays;
    draft.records.set(target.node.name, stays ? { ...record, asked: last } : record);
  }
  draft.askPreflights = remembered || jobs.length > 0;
  for (const { name, uid, deleting } of jobs)
    if (!deleting && !asked.has(name)) draft.effects.push({ do: "delete-job", name, uid });
}

function mayBeThere(job: string, view: PreflightsView | undefined): boolean {
  if (view === undefined || view.is === "unknown") return true;
  return view.is === "read" && view.jobs.some((preflightJob) => preflightJob.name === job);
}

function isAsked(target: NodeTarget, record: NodeRecord, input: ComputesInput): boolean {
  const waits = record.phase === "quiescing" || !isUnderWay(record);
  const differs = input.digestOf(record.assigned) !== target.wanted.digest;
  const trial = waits && differs ? trialOf(target, input) : undefined;
  return trial !== undefined && preflightName(trial) === record.asked?.job;
}
