// The plan of an installation at rest: where nothing was to be done, and nothing but time has
// passed since, the answer is the one of before until the moment at which it wants to look again.

import { sameJson } from "../nova/text/same-json.ts";
import type { Plan } from "./terms/effects.ts";
import type { CloudView, Snapshot } from "./terms/snapshot.ts";

type Rest = { readonly seen: Snapshot; readonly plan: Plan };

/** The last rest of each namespace; a process looks after few of them. */
const rests = new Map<string, Rest>();
const mostRests = 64;

/** A moment that somebody forgot to name costs no more than this. */
const longestMillis = 5 * 60_000;

/**
 * Makes a plan unless the last one holds: it had no effects, its moment (`againAt`) has not come,
 * and the snapshot is the same in everything but its times of reading. That no plan changes before
 * its moment is a sentence of the simulation (`holds-until-woken`), so this changes no answer; and
 * it is made anew every five minutes all the same.
 */
export function unlessAtRest(seen: Snapshot, make: (seen: Snapshot) => Plan): Plan {
  const { namespace } = seen;
  const last = rests.get(namespace);
  if (last !== undefined && holds(last, seen)) return last.plan;
  const plan = make(seen);
  rests.delete(namespace);
  if (plan.effects.length === 0) keep(namespace, { seen, plan });
  return plan;
}

function keep(namespace: string, rest: Rest): void {
  const [oldest] = rests.keys();
  if (rests.size >= mostRests && oldest !== undefined) rests.delete(oldest);
  rests.set(namespace, rest);
}

function holds({ seen, plan }: Rest, next: Snapshot): boolean {
  const end = Math.min(plan.againAt ?? Infinity, seen.now + longestMillis);
  if (next.now < seen.now || next.now >= end) return false;
  const { now, cloud, ...rest } = seen;
  const { now: nextNow, cloud: nextCloud, ...nextRest } = next;
  return sameCloud(cloud, nextCloud, isUnderWay(seen)) && sameParts(rest, nextRest);
}

type Parts = Omit<Snapshot, "now" | "cloud">;

/** What is small is compared first: most of a snapshot is pods, nodes and objects. */
function sameParts(before: Parts, after: Parts): boolean {
  const { pods, nodes, objects, ...rest } = before;
  const { pods: nextPods, nodes: nextNodes, objects: nextObjects, ...nextRest } = after;
  return (
    sameJson(rest, nextRest) &&
    sameJson(objects, nextObjects) &&
    sameJson(nodes, nextNodes) &&
    sameJson(pods, nextPods)
  );
}

/**
 * Heartbeats prove a new process, and a compute that is taken asks since when its host is known to
 * be at rest (computes/node-step.ts, take-node.ts): nobody else asks when the cloud said something.
 */
function isUnderWay({ state }: Snapshot): boolean {
  return (
    state.is === "read" && Object.values(state.state.nodes).some(({ phase }) => phase !== "idle")
  );
}

function sameCloud(before: CloudView, after: CloudView, exactly: boolean): boolean {
  if (exactly || before.is !== "read" || after.is !== "read") return sameJson(before, after);
  const { at, usage, services, ...rest } = before;
  const { at: nextAt, usage: nextUsage, services: nextServices, ...nextRest } = after;
  return (
    sameJson(services, nextServices, "updatedAt") &&
    sameJson(usage, nextUsage, "at") &&
    sameJson(rest, nextRest)
  );
}
