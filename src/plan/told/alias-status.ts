// The status of a PciAlias: where it is live and which flavors use it.

import type { AliasStatus } from "../../api/statuses.ts";
import type { Notice } from "../wanted/accept.ts";
import {
  partlyServed,
  serversOf,
  serversWait,
  servesWith,
  whyNobody,
  type ServingContext,
} from "./serving.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { Gate } from "../terms/gates.ts";
import { sentenceForOne, stalls } from "../terms/gate-table.ts";
import type { Decision } from "../round/decision.ts";
import { gatesBy } from "../round/gate-index.ts";
import { aliasEntry, byEntry, entryParts, includesLines, lineText } from "../wanted/lines.ts";
import { onceFor } from "../terms/recent.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import type { Line } from "../terms/state.ts";
import {
  allDown,
  conditions,
  firstTen,
  isServed,
  mayStillCome,
  orRefused,
  serviceGate,
  startedWithout,
  trio,
  verdictOf,
  warnings,
  acceptance,
  type Draft,
  type StatusContext,
} from "./standing.ts";

export function aliasStatus(
  object: Snapshot["objects"]["aliases"][number],
  decision: Decision,
  { seen, settings }: StatusContext,
): AliasStatus {
  const verdict = verdictOf(decision, "PciAlias", object.metadata.name)!;
  const alias = decision.wanted.aliases.find((entry) => entry.object === object.metadata.name);
  const name = alias?.name ?? object.metadata.name;
  const context = { decision, seen, settings };
  const serving = alias === undefined ? [] : serversOf(alias, context);
  const ready = serving.filter((compute) => hasVerified(compute, alias!, context));
  const api = apiPods(seen.pods);
  const liveApi = decision.liveAliases.has(name);
  const nobody =
    alias === undefined || serving.length > 0 ? undefined : whyNobody(alias.declaration, context);
  const toCome =
    nobody === undefined && (ready.length === 0 || startedWithout(ready, decision).length > 0);
  const own = quarantineOf(alias, decision) ?? ownGate(name, decision);
  const held = (): Gate | undefined =>
    toCome ? serversWait(alias?.declaration, context) : undefined;
  const gate = orRefused(ownOrHeld(own, liveApi, held), decision);
  const lacks = nobody !== undefined && !mayStillCome(decision);
  const done =
    liveApi && nobody === undefined && ready.some((compute) => isServed(compute, decision));
  const numbers =
    (liveApi ? allDown(ready, decision) : undefined) ??
    `nova-api ${liveApi ? api : 0}/${api}, computes ${ready.length}/${serving.length}`;
  const live: Draft = lacks
    ? { type: "Live", status: "False", reason: nobody.name, message: nobody.message }
    : liveness(done, decision.base.throughBase.has(name), numbers);
  const flavors = seen.objects.flavors
    .filter((flavor) => flavor.spec.aliases.some((used) => used.name === name))
    .map((flavor) => flavor.metadata.name);
  const world: readonly Notice[] =
    alias === undefined || verdict.rejections.length > 0
      ? []
      : nobody === undefined
        ? partlyServed(alias.declaration, context)
        : [{ reason: nobody.name, message: nobody.message, path: nobody.path }];
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(
      trio({ accepted: acceptance(verdict), live, gate, lacks }, seen.namespace, withOwner),
      object,
      seen.now,
    ),
    live: {
      api: { ready: liveApi ? api : 0, total: api },
      computes: { ready: ready.length, total: serving.length },
    },
    flavors: firstTen(flavors),
    warnings: warnings([...verdict.warnings, ...world]),
  };
}

function liveness(done: boolean, through: boolean, numbers: string): Draft {
  return {
    type: "Live",
    status: done ? "True" : "False",
    reason: !done ? "Progressing" : through ? "LiveThroughBase" : "Live",
    message:
      through && done
        ? "the chart's own nova.conf defines it with the same meaning; nothing is rendered"
        : numbers,
  };
}

/** Its own gate, or what holds back nova-api. */
function ownGate(name: string, decision: Decision): Gate | undefined {
  const entry = aliasEntry(name);
  return (
    gatesBy(decision.gates).entry.get(entry)?.[0] ??
    serviceGate(decision, "api", decision.liveAliases.has(name))
  );
}

/** Computes come first by themselves, unless what holds them back needs a person. */
function ownOrHeld(
  own: Gate | undefined,
  liveApi: boolean,
  held: () => Gate | undefined,
): Gate | undefined {
  if (own === undefined) return liveApi ? held() : undefined;
  if (own.gate !== "ComputesFirst") return own;
  const found = held();
  return found !== undefined && stalls(found) ? found : own;
}

/** An entry that waits may be another object's. */
function withOwner(gate: Gate, namespace: string): string {
  const sentence = sentenceForOne(gate, namespace);
  if (gate.waits.on !== "entry") return sentence;
  const { of, name } = entryParts(gate.waits.entry);
  return of === "device" ? `PciWhitelist ${name}: ${sentence}` : sentence;
}

/** What it asks for failed a rollout; what was live before it may well be live still. */
function quarantineOf(
  alias: Decision["wanted"]["aliases"][number] | undefined,
  decision: Decision,
): Gate | undefined {
  for (const line of alias?.lines ?? []) {
    const found = decision.state.quarantined[`add ${lineText(line)}`];
    if (found === undefined) continue;
    const waits = { on: "entry", entry: line.entry } as const;
    return { waits, gate: "Quarantined", error: found.error };
  }
  return undefined;
}

const apiPodsIn = new WeakMap<Snapshot["pods"], number>();

/** Counted once for all aliases: most pods are nova-compute's. */
function apiPods(pods: Snapshot["pods"]): number {
  const count =
    apiPodsIn.get(pods) ?? pods.filter((pod) => pod.service === "api" && !pod.deleting).length;
  apiPodsIn.set(pods, count);
  return count;
}

/** Many nodes share one fragment. */
const holding = onceFor<readonly Line[], boolean>();

/**
 * With the content that is wanted now: what it was before may be held there until nova-api lost it.
 * An alias of the chart's own is known everywhere, and its devices may still be to come.
 */
function hasVerified(
  view: ComputeView,
  { name, lines, declaration }: Decision["wanted"]["aliases"][number],
  context: ServingContext,
): boolean {
  const { state, base, linesOf } = context.decision;
  const record = state.nodes[view.node.name];
  if (record === undefined) return false;
  const good = linesOf(record.good);
  if (base.inSomeBase.has(name)) return servesWith(good, declaration, view, context);
  return holding(good, lines, () =>
    includesLines(byEntry(good).get(aliasEntry(name)) ?? [], lines),
  );
}
