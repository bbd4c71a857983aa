// Answers "what is left in Nova when a PciFlavor goes?": our keys are taken back, or the flavor that
// we created is deleted; the finalizer goes after that, and after a stated time without a cloud.

import { flavorFinalizer, forceDeleteAnnotation } from "../../api/names.ts";
import type { FlavorContent, FlavorSpec } from "../wanted/accept.ts";
import type { Effect } from "../terms/effects.ts";
import { dropKeys } from "./attach.ts";
import {
  cloudGate,
  deletionWaitMillis,
  idOf,
  storedFlavor,
  type Draft,
  type FlavorOutcome,
  type FlavorsInput,
} from "./draft.ts";
import type { Reason } from "../terms/gates.ts";
import type { CloudRead, FlavorView, Snapshot } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";

export function deletion(content: FlavorContent, draft: Draft, input: FlavorsInput): FlavorOutcome {
  const { seen } = input;
  const outcome: FlavorOutcome = {
    object: content.object,
    conflicts: [],
    warnings: [],
    live: false,
    ...idOf(draft.record),
  };
  const stored = storedFlavor(content, seen)!;
  if (!(stored.metadata.finalizers ?? []).includes(flavorFinalizer)) {
    draft.record = undefined;
    return outcome;
  }
  const forced = stored.metadata.annotations?.[forceDeleteAnnotation] === "true";
  if (forced || seen.crds.PciFlavor.is === "terminating" || draft.record === undefined) {
    release(stored, draft);
    return outcome;
  }
  const gate = cloudGate(seen);
  if (gate !== undefined) return waitForCloud(stored, gate, draft, seen, outcome);
  const found = (seen.cloud as CloudRead).flavors.find((one) => one.id === draft.record!.id);
  const left = found === undefined ? [] : cleanUp(content.spec, draft.record, found);
  if (left.length === 0) release(stored, draft);
  else draft.effects.push(...left);
  return outcome;
}

export function cleanUp(
  spec: FlavorSpec,
  record: FlavorRecord,
  found: FlavorView,
): readonly Effect[] {
  const policy = spec.deletionPolicy ?? (record.created ? "Delete" : "Detach");
  if (policy === "Delete") return [{ do: "delete-flavor", flavorId: found.id }];
  const set: Record<string, string> = {};
  const keys = { ...record.keys };
  const effects = dropKeys(keys, {}, found, set);
  return Object.keys(set).length === 0
    ? effects
    : [...effects, { do: "set-extra-specs", flavorId: found.id, set }];
}

/** Never blocks longer than a stated time when the cloud cannot be reached. */
export function waitForCloud(
  stored: Snapshot["objects"]["flavors"][number],
  gate: Reason,
  draft: Draft,
  seen: Snapshot,
  outcome: FlavorOutcome,
): FlavorOutcome {
  const since = draft.record!.deletingSince ?? seen.now;
  const end = since + deletionWaitMillis;
  if (seen.now < end) {
    draft.record = { ...draft.record!, deletingSince: since };
    draft.wakes.push(end);
    return { ...outcome, gate };
  }
  draft.effects.push({
    do: "event",
    about: { kind: "PciFlavor", name: stored.metadata.name, uid: stored.metadata.uid },
    type: "Warning",
    reason: "LeftInNova",
    message: `the cloud did not answer for ${deletionWaitMillis / 1000} s: flavor ${draft.record!.id} was left as it is; remove its PCI extra specs by hand`,
  });
  release(stored, draft);
  return outcome;
}

export function release(stored: Snapshot["objects"]["flavors"][number], draft: Draft): void {
  draft.record = undefined;
  draft.effects.push(released(stored));
}

/** The finalizer is taken from the object: nothing holds it any more. */
export function released({ metadata }: Snapshot["objects"]["flavors"][number]): Effect {
  return {
    do: "set-finalizers",
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    finalizers: (metadata.finalizers ?? []).filter((one) => one !== flavorFinalizer),
  };
}
