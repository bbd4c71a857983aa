// The failure of a node, and quarantine: the entries that differ from last-good are kept out (or
// in) until their own object changes, and last-good is put back where it failed.

import { serviceTitle } from "../../api/names.ts";
import { type ComputesInput, type Draft, type NodeTarget, assign } from "./draft.ts";
import { novaErrorLine } from "../../nova/conf/nova-error.ts";
import { changeBetween, declarationOf, isDevice, lineText, reportLine } from "../wanted/lines.ts";
import { type RemovalContext, deviceGate, ownerOf } from "../gates/removal.ts";
import type { Line, NodeRecord, Quarantine, State } from "../terms/state.ts";

export function fail(
  target: NodeTarget,
  record: NodeRecord,
  input: ComputesInput,
  draft: Draft,
): void {
  const { seen, settings } = input.step;
  const failures = (draft.rollout?.failures ?? 0) + 1;
  const error =
    errorOf(target, input) ?? `nova-compute on ${target.node.name} did not become healthy`;
  const good = input.linesOf(record.good);
  const bad = input.linesOf(record.assigned);
  if (failures >= settings.rollout.failureLimit) {
    Object.assign(draft.quarantined, quarantine(bad, good, error, input.removal, "compute"));
  }
  const onlyReport = changeBetween(good, bad) === `+${lineText(reportLine)}`;
  // Going back takes away what was given: the guard is asked as for any change.
  const guarded = inUseSince(target, good, bad, input.removal);
  const back = settings.rollout.autoRollback && !onlyReport && !guarded;
  const failed = back ? "RolledBack" : "Halted";
  if (draft.rollout !== undefined) draft.rollout = { ...draft.rollout, failures, error, failed };
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
    reason: failed,
    message: `${serviceTitle.compute} on ${target.node.name} failed with fragment ${record.assigned}: ${error}`,
  });
}

/** A device that the failed fragment offered is known to be in use. */
export function inUseSince(
  target: NodeTarget,
  good: readonly Line[],
  bad: readonly Line[],
  removal: RemovalContext,
): boolean {
  const kept = new Set(good.map(lineText));
  const stays = good.filter(isDevice).map((line) => declarationOf(line.value));
  const host = { node: target.node.name, novaHost: target.sight.service?.host };
  return bad
    .filter((line) => isDevice(line) && !kept.has(lineText(line)))
    .some((line) => deviceGate(line, host, stays, removal)?.gate === "InUse");
}

function errorOf(target: NodeTarget, input: ComputesInput): string | undefined {
  const { pod } = target.sight;
  if (pod === undefined) return undefined;
  const text = [pod.container.lastExit?.message, input.step.seen.failureTexts[pod.uid]];
  for (const word of text) {
    const line = word === undefined ? undefined : novaErrorLine(word);
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
        instead: good.filter((other) => other.entry === line.entry),
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

function identityOf(
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
  const found = list.find((object) => object.metadata.name === owner.name);
  return { uid: found?.metadata.uid ?? "", generation: found?.metadata.generation ?? 0 };
}
