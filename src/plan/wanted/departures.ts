// The operator's memory of objects and lines: what is recalled before a round, what is remembered
// after it, and what has departed. Levels, never events: an object that is absent from a complete
// list is removed, unless its CRD is absent, terminating or another one than recorded.

import type { Kind } from "../../api/names.ts";
import { sha256 } from "../../nova/text/digest.ts";
import { isStored, splitKey, type Verdict } from "./accept.ts";
import { lineText } from "./lines.ts";
import { none } from "./render.ts";
import { recent } from "../terms/recent.ts";
import { notAhead } from "../terms/time.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import type { Settings } from "../terms/settings.ts";
import type { Meta, Snapshot } from "../terms/snapshot.ts";
import {
  emptyState,
  type Accepted,
  type Line,
  type Quarantine,
  type State,
} from "../terms/state.ts";

export function recall(seen: Snapshot): State {
  return seen.state.is === "read" ? seen.state.state : emptyState;
}

const kinds = ["PciAlias", "PciWhitelist", "PciFlavor"] as const;

function listOf(
  seen: Snapshot,
  kind: Kind,
): readonly { readonly metadata: Meta; readonly spec?: unknown }[] {
  switch (kind) {
    case "PciAlias":
      return seen.objects.aliases;
    case "PciWhitelist":
      return seen.objects.whitelists;
    case "PciFlavor":
      return seen.objects.flavors;
    case "PciPassthrough":
      return seen.objects.passthrough === undefined ? [] : [seen.objects.passthrough];
  }
}

/** Is the absence of an object of this kind a removal? */
export function believesRemovals(seen: Snapshot, state: State, kind: Kind): boolean {
  const crd = seen.crds[kind];
  if (crd.is !== "served") return false;
  const recorded = state.crds[kind];
  return recorded === undefined || recorded === crd.uid;
}

/** The state with departures noted, before anything is decided: what `accept` builds on. */
export function noteDepartures(seen: Snapshot, settings: Settings, before: State): State {
  const state = notAhead(before, seen.now);
  const accepted = Object.fromEntries(
    Object.entries(state.accepted).map(([key, value]) => [
      key,
      departure(key, value, seen, settings, state),
    ]),
  );
  return {
    ...state,
    accepted,
    quarantined: stillQuarantined(state, seen, settings),
    crds: crdsOf(seen, state),
  };
}

function departure(
  key: string,
  accepted: Accepted,
  seen: Snapshot,
  settings: Settings,
  state: State,
): Accepted {
  if (isStored(key, seen)) {
    if (accepted.removedAt === undefined && accepted.orphan === undefined) return accepted;
    const { removedAt, orphan, ...rest } = accepted;
    return rest;
  }
  // An orphan goes by the word of a person alone, and stays when that is taken back.
  if (accepted.removedAt !== undefined && accepted.orphan !== true) return accepted;
  const [kind, name] = splitKey(key);
  const named = settings.removals.some((removal) => removal.kind === kind && removal.name === name);
  const believed = believesRemovals(seen, state, kind as Kind) && accepted.orphan !== true;
  if (believed) return { ...accepted, removedAt: seen.now };
  const { removedAt, ...stays } = accepted;
  if (named)
    return removedAt === undefined ? { ...stays, orphan: true, removedAt: seen.now } : accepted;
  return accepted.orphan === true && removedAt === undefined
    ? accepted
    : { ...stays, orphan: true };
}

/**
 * The definitions under which the objects were listed. A watch may lag behind its definition: what
 * is older than that belonged to the one before, and its end is still the end of that one.
 */
function crdsOf(seen: Snapshot, state: State): State["crds"] {
  const next: Record<string, string> = { ...state.crds };
  for (const kind of Object.keys(seen.crds) as Kind[]) {
    const crd = seen.crds[kind];
    if (crd.is !== "served") continue;
    const since = Date.parse(crd.created ?? "");
    const stale = listOf(seen, kind).some(
      ({ metadata }) => Date.parse(metadata.creationTimestamp ?? "") < since,
    );
    if (!stale) next[kind] = crd.uid;
  }
  return sameJson(next, state.crds) ? state.crds : next;
}

/** A quarantine ends when its own object changes, goes, or is named in spec.removals. */
function stillQuarantined(state: State, seen: Snapshot, settings: Settings): State["quarantined"] {
  const kept = Object.entries(state.quarantined).filter(([, quarantine]) =>
    holds(quarantine, seen, settings, state),
  );
  return kept.length === Object.keys(state.quarantined).length
    ? state.quarantined
    : Object.fromEntries(kept);
}

function holds(quarantine: Quarantine, seen: Snapshot, settings: Settings, state: State): boolean {
  const found = listOf(seen, quarantine.kind as Kind).find(
    (object) => object.metadata.name === quarantine.name,
  );
  if (quarantine.change === "remove") {
    if (
      settings.removals.some(
        (removal) => removal.kind === quarantine.kind && removal.name === quarantine.name,
      )
    ) {
      return false;
    }
    return found === undefined || sameIdentity(found.metadata, quarantine) || quarantine.uid === "";
  }
  // Gone with its CRD is not gone: its content is still in force and would fail again.
  const key = `${quarantine.kind}/${quarantine.name}`;
  if (found === undefined)
    return (
      state.accepted[key]?.orphan === true ||
      !believesRemovals(seen, state, quarantine.kind as Kind)
    );
  return sameIdentity(found.metadata, quarantine);
}

function sameIdentity(meta: Meta, quarantine: Quarantine): boolean {
  return meta.uid === quarantine.uid && (meta.generation ?? 0) === quarantine.generation;
}

/** Contents accepted in this round, in place of the earlier ones. */
export function remember(
  seen: Snapshot,
  verdicts: readonly Verdict[],
  before: State["accepted"],
  carried: ReadonlySet<string>,
): State["accepted"] {
  const next: Record<string, Accepted> = {};
  for (const [key, accepted] of Object.entries(before)) {
    if (accepted.removedAt === undefined || carried.has(key)) next[key] = accepted;
  }
  const ok = new Set(
    verdicts
      .filter((verdict) => verdict.rejections.length === 0)
      .map((verdict) => `${verdict.kind}/${verdict.name}`),
  );
  for (const kind of kinds) {
    for (const object of listOf(seen, kind)) {
      const key = `${kind}/${object.metadata.name}`;
      if (ok.has(key)) next[key] = acceptedOf(object, before[key]);
    }
  }
  return next;
}

function acceptedOf(
  object: { readonly metadata: Meta; readonly spec?: unknown },
  before: Accepted | undefined,
): Accepted {
  const { uid, generation = 0, creationTimestamp = "" } = object.metadata;
  const same = before?.uid === uid && before.generation === generation;
  if (same && before.removedAt === undefined && before.orphan === undefined) return before;
  return { uid, generation, created: creationTimestamp, spec: object.spec };
}

/**
 * What the user asks for and the detected release, as one fingerprint: a change of it starts the
 * settle time anew. An upgrade of Nova that changes text is a change like any other.
 */
export function wantedFingerprint(seen: Snapshot, settings: Settings): string {
  const identities = [...kinds, "PciPassthrough" as const].flatMap((kind) =>
    listOf(seen, kind)
      .filter((object) => object.metadata.deletionTimestamp === undefined)
      .map(
        (object) =>
          `${kind}/${object.metadata.name}@${object.metadata.uid}.${object.metadata.generation ?? 0}`,
      ),
  );
  if (settings.releaseFrom === "detected") {
    identities.push(`release@${settings.releases.map((release) => release.version).join(",")}`);
  }
  const text = identities.sort().join("\n");
  return fingerprints(text, () => sha256(text).slice(0, 16));
}

/** Asked twice in each round, and mostly for the text of the round before. */
const fingerprints = recent<string>(64);

const noLines: readonly Line[] = [];

/** Lines by text of everything that records name: what must not be forgotten. */
export function linesFinder(state: State, seen: Snapshot): (fragment: string) => readonly Line[] {
  const cache = new Map<string, readonly Line[]>([[none, noLines]]);
  return (fragment) => {
    const known = state.fragments[fragment]?.lines ?? cache.get(fragment);
    if (known !== undefined) return known;
    const text = Object.values(seen.configMaps[fragment]?.data ?? {})[0] ?? "";
    const read = linesFrom(text);
    cache.set(fragment, read);
    return read;
  };
}

/** Lines of a text of ours, when the state was lost: the owner is then unknown ("-"). */
export function linesFrom(text: string): readonly Line[] {
  const lines: Line[] = [];
  let section = "";
  for (const row of text.split("\n")) {
    const header = /^\[(.+)\]$/.exec(row);
    if (header !== null) section = header[1]!;
    const option = /^([a-z_]+) = (.*)$/.exec(row);
    if (option === null) continue;
    const line = { section, option: option[1]!, value: option[2]! };
    lines.push({ ...line, entry: entryOf(line) });
  }
  return lines;
}

function entryOf(line: Omit<Line, "entry">): string {
  if (line.option === "alias") {
    const name = (JSON.parse(line.value) as { readonly name?: string }).name ?? "";
    return `alias/${name}`;
  }
  const device = line.option === "device_spec" || line.option === "passthrough_whitelist";
  return device ? `device/-/${line.value}` : `option/${line.option}`;
}

/** Keys "kind/name" of objects whose lines any of these fragments carries. */
export function carriedBy(
  fragments: readonly (readonly Line[])[],
  ownerOfLine: (line: Line) => { readonly kind: string; readonly name: string },
): ReadonlySet<string> {
  const keys = new Set<string>();
  const seen = new Set<string>();
  for (const lines of fragments) {
    for (const line of lines) {
      const text = `${line.entry}\n${lineText(line)}`;
      if (seen.has(text)) continue;
      seen.add(text);
      const owner = ownerOfLine(line);
      keys.add(`${owner.kind}/${owner.name}`);
    }
  }
  return keys;
}

/** Equal states; sections that were not touched are the same value and cost nothing. */
export function sameState(a: State, b: State): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)] as (keyof State)[]);
  return [...keys].every((key) => sameSection(a[key], b[key]));
}

function sameSection(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return sameJson(a, b);
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(right);
  if (keys.length !== Object.keys(left).length) return false;
  return keys.every((key) => sameJson(left[key], right[key]));
}
