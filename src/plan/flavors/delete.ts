// What is left in Nova when a PciFlavor goes: our keys and the access that we gave are taken back,
// or the flavor is deleted; the finalizer goes after that, and after a stated time without a cloud.

import { flavorFinalizer, forceDeleteAnnotation } from "../../api/names.ts";
import type { FlavorContent } from "../wanted/accept.ts";
import type { Effect } from "../terms/effects.ts";
import { revocations } from "./access.ts";
import { keyWrites } from "./attach.ts";
import {
  cloudGate,
  deletionWaitMillis,
  idOf,
  storedFlavor,
  type Draft,
  type FlavorOutcome,
  type FlavorsInput,
} from "./draft.ts";
import { freshRecord } from "./identity.ts";
import { desiredKeys, takenBack } from "./ownership.ts";
import type { Reason } from "../terms/gates.ts";
import type { CloudRead, FlavorView, Snapshot } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";
import { writeNext, type Write } from "./writes.ts";

type Stored = Snapshot["objects"]["flavors"][number];

/** `heir`: another object that describes the same flavor and has it in its record. */
export function deletion(
  content: FlavorContent,
  draft: Draft,
  input: FlavorsInput,
  heir: string | undefined,
): FlavorOutcome {
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
  const mayHaveMade = draft.record !== undefined || content.spec?.create !== undefined;
  if (forced || seen.crds.PciFlavor.is === "terminating" || !mayHaveMade) {
    release(stored, draft);
    return outcome;
  }
  const gate = cloudGate(seen);
  if (gate !== undefined) return waitForCloud(content, stored, gate, { draft, seen, outcome });
  const record = draft.record ?? freshRecord(content, content.uid);
  const found = (seen.cloud as CloudRead).flavors.find((flavor) => flavor.id === record.id);
  if (found === undefined) {
    release(stored, draft);
    return outcome;
  }
  if (heir !== undefined) {
    const message = `flavor ${record.id} is described by PciFlavor ${heir}, too, and was left as it is`;
    draft.effects.push(leftInNova(stored, message));
    release(stored, draft);
    return outcome;
  }
  const left = cleanUp(content, record, found);
  if (left === undefined) draft.record = record;
  else if (left.length === 0) release(stored, draft);
  else draft.record = writeNext(left, record, draft, seen.now);
  return outcome;
}

/** undefined = which projects have access is being asked. */
function cleanUp(
  content: FlavorContent,
  record: FlavorRecord,
  found: FlavorView,
): readonly Write[] | undefined {
  const policy = content.spec?.deletionPolicy ?? (record.created ? "Delete" : "Detach");
  if (policy === "DeleteAdopted" || (policy === "Delete" && record.created)) {
    return [{ what: "delete", effect: { do: "delete-flavor", flavorId: found.id } }];
  }
  const { keys, ...rest } = takenBack(ownKeys(content, record, found), {}, found);
  if (record.projects.length > 0 && !found.isPublic && found.projects === undefined)
    return undefined;
  const given = record.projects.filter((project) => found.projects?.includes(project) === true);
  return [...keyWrites({ ...rest, written: {} }, found.id), ...revocations(given, [], found.id)];
}

/**
 * On a flavor that we made, what it has of our wishes was written by us, even if no state tells.
 */
function ownKeys(
  { spec }: FlavorContent,
  record: FlavorRecord,
  found: FlavorView,
): FlavorRecord["keys"] {
  if (!record.created || spec?.aliases === undefined) return record.keys;
  const wished = Object.entries(desiredKeys(spec)).filter(
    ([key, value]) => found.extraSpecs[key] === value,
  );
  return {
    ...Object.fromEntries(wished.map(([key, value]) => [key, { value }])),
    ...record.keys,
  };
}

/** Never blocks longer than a stated time when the cloud cannot be reached. */
function waitForCloud(
  content: FlavorContent,
  stored: Stored,
  gate: Reason,
  step: { readonly draft: Draft; readonly seen: Snapshot; readonly outcome: FlavorOutcome },
): FlavorOutcome {
  const { draft, seen, outcome } = step;
  const record = draft.record ?? freshRecord(content, content.uid);
  const since = record.deletingSince ?? seen.now;
  const end = since + deletionWaitMillis;
  if (seen.now < end) {
    draft.record = { ...record, deletingSince: since };
    draft.wakes.push(end);
    return { ...outcome, gate };
  }
  const message = `the cloud did not answer for ${deletionWaitMillis / 1000} s: flavor ${record.id} was left as it is; remove its PCI extra specs by hand`;
  draft.effects.push(leftInNova(stored, message));
  release(stored, draft);
  return outcome;
}

function leftInNova(stored: Stored, message: string): Effect {
  return {
    do: "event",
    about: { kind: "PciFlavor", name: stored.metadata.name, uid: stored.metadata.uid },
    type: "Warning",
    reason: "LeftInNova",
    message,
  };
}

function release(stored: Stored, draft: Draft): void {
  draft.record = undefined;
  draft.effects.push(released(stored));
}

/** The finalizer is taken from the object: nothing holds it any more. */
export function released({ metadata }: Stored): Effect {
  return {
    do: "set-finalizers",
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    finalizers: (metadata.finalizers ?? []).filter((finalizer) => finalizer !== flavorFinalizer),
  };
}
