// Acceptance of objects: which take part, with which content, and why the others do not. A rejected
// edit withdraws nothing: the last accepted content takes its place. Knows no pod and no node; what
// needs to know which nodes two whitelists share is in contradictions.ts.

import type { PciAlias } from "../../api/generated/pci-alias.ts";
import type { PciWhitelist } from "../../api/generated/pci-whitelist.ts";
import { finding } from "../../nova/terms/findings.ts";
import type {
  AliasDeclaration,
  DeviceDeclaration,
  ModelContext,
} from "../../nova/terms/declare.ts";
import { judgeAlias } from "../../nova/alias/declare-alias.ts";
import { judgeDevice } from "../../nova/device/declare-device.ts";
import { exclusionFindings, inForce } from "./exclusions.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import { onceFor } from "../terms/recent.ts";
import type { Settings } from "../terms/settings.ts";
import { beyondBudget, regexBudget } from "./regex-budget.ts";
import type { Millis, Snapshot, Stored } from "../terms/snapshot.ts";
import type { Accepted, State } from "../terms/state.ts";
import {
  modelContext,
  structural,
  verdictOf,
  type Considered,
  type Judgement,
  type Notice,
  type Verdict,
} from "../terms/verdict.ts";
import { considerFlavor, type FlavorContent } from "./accept-flavor.ts";

export { modelContext, type Notice, type Verdict } from "../terms/verdict.ts";
export type { FlavorContent, FlavorSpec } from "./accept-flavor.ts";

export type AliasContent = {
  readonly object: string;
  readonly created: string;
  readonly live: boolean;
  readonly declaration: AliasDeclaration;
};
export type WhitelistSpec = NonNullable<PciWhitelist["spec"]>;
export type WhitelistContent = {
  readonly object: string;
  readonly created: string;
  /** Exactly this content was accepted before. */
  readonly live: boolean;
  readonly spec: WhitelistSpec;
  readonly earlier?: WhitelistSpec;
};
export type Candidates = {
  readonly aliases: readonly AliasContent[];
  readonly whitelists: readonly WhitelistContent[];
  readonly flavors: readonly FlavorContent[];
  readonly verdicts: readonly Verdict[];
};

/** Judges every object by itself and against the others of its kind. */
export function accept(seen: Snapshot, settings: Settings, state: State): Candidates {
  const context = modelContext(settings);
  const aliases = seen.objects.aliases.map((alias) =>
    considerAlias(alias, settings, context, state),
  );
  const beyond = beyondBudget(seen.objects.whitelists, state.accepted);
  const whitelists = seen.objects.whitelists.map((whitelist) =>
    considerWhitelist(whitelist, { seen, settings, state }, beyond.get(whitelist.metadata.name)),
  );
  const flavors = seen.objects.flavors.map((flavor) =>
    considerFlavor(flavor, settings, context, state),
  );
  const unique = oneAliasPerName(aliases);
  return {
    aliases: [
      ...unique.flatMap((considered) => considered.content ?? []),
      ...departed(seen, state, aliasOf),
    ],
    whitelists: [
      ...whitelists.flatMap((whitelist) => whitelist.content ?? []),
      ...departed(seen, state, whitelistOf),
    ].sort(byObject),
    flavors: flavors.flatMap((flavor) => flavor.content ?? []).sort(byObject),
    verdicts: [...unique, ...whitelists, ...flavors]
      .map((item) => item.verdict)
      .sort(byKindAndName),
  };
}

function byKindAndName(a: Verdict, b: Verdict): number {
  const left = `${a.kind}/${a.name}`;
  const right = `${b.kind}/${b.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

function byObject(a: { readonly object: string }, b: { readonly object: string }): number {
  return a.object < b.object ? -1 : a.object > b.object ? 1 : 0;
}

/** Declared alias of a spec; `match` may be absent when a resource class stands for it. */
export function aliasDeclaration(
  objectName: string,
  spec: NonNullable<PciAlias["spec"]>,
): AliasDeclaration {
  const known = declared.get(spec);
  if (known !== undefined) return known;
  const { name, match, ...rest } = spec;
  const made = { ...rest, name: name ?? objectName, match: match ?? [] };
  declared.set(spec, made);
  return made;
}

/** A spec belongs to one object. */
const declared = new WeakMap<NonNullable<PciAlias["spec"]>, AliasDeclaration>();
const aliasFindings = onceFor<AliasDeclaration, readonly Judgement[]>();

function considerAlias(
  object: Stored<PciAlias>,
  settings: Settings,
  context: ModelContext,
  state: State,
): Considered<AliasContent> {
  const name = object.metadata.name;
  const declaration = aliasDeclaration(name, object.spec);
  const findings =
    structural("PciAlias", object) ??
    aliasFindings(context, declaration, () => judgeAlias(declaration, context));
  const verdict = verdictOf("PciAlias", object, findings, settings);
  const earlier = state.accepted[`PciAlias/${name}`];
  const ok = verdict.rejections.length === 0;
  const earlierSpec = earlier?.spec as NonNullable<PciAlias["spec"]> | undefined;
  const chosen = ok ? object.spec : earlierSpec;
  if (chosen === undefined) return { verdict };
  return {
    verdict: { ...verdict, keepsEarlier: !ok },
    content: {
      object: name,
      created: object.metadata.creationTimestamp ?? "",
      live: earlierSpec !== undefined && sameSpec(earlierSpec, chosen),
      declaration: aliasDeclaration(name, chosen),
    },
  };
}

type Considering = {
  readonly seen: Snapshot;
  readonly settings: Settings;
  readonly state: State;
};

function considerWhitelist(
  object: Stored<PciWhitelist>,
  { seen: { now }, settings, state }: Considering,
  tooDear: number | undefined,
): Considered<WhitelistContent> {
  const name = object.metadata.name;
  const findings =
    structural("PciWhitelist", object) ??
    (tooDear === undefined
      ? deviceFindings(object.spec, modelContext(settings), now)
      : [budgetFinding(tooDear)]);
  const verdict = verdictOf("PciWhitelist", object, findings, settings);
  const earlier = state.accepted[`PciWhitelist/${name}`]?.spec as WhitelistSpec | undefined;
  const ok = verdict.rejections.length === 0;
  const chosen = ok ? object.spec : earlier;
  if (chosen === undefined) return { verdict };
  return {
    verdict: { ...verdict, keepsEarlier: !ok },
    content: {
      object: name,
      created: object.metadata.creationTimestamp ?? "",
      live: earlier !== undefined && sameSpec(earlier, chosen),
      spec: inForce(chosen, now),
      ...(earlier === undefined ? {} : { earlier: inForce(earlier, now) }),
    },
  };
}

function budgetFinding(steps: number): Judgement {
  return finding(
    "TooManyExpressions",
    "spec.devices",
    `the regular expressions of this object would take ${steps} steps more to try, and those of all PciWhitelists of the namespace may take ${regexBudget}; write addresses, or shorter and fewer expressions`,
  );
}

const findingsOf = onceFor<WhitelistSpec, readonly Judgement[]>();

function deviceFindings(
  spec: WhitelistSpec,
  context: ModelContext,
  now: Millis,
): readonly Judgement[] {
  return [...exclusionFindings(spec, now), ...entryFindings(spec, context)];
}

function entryFindings(spec: WhitelistSpec, context: ModelContext): readonly Judgement[] {
  return findingsOf(context, spec, () => judgeDevices(spec, context));
}

function judgeDevices(spec: WhitelistSpec, context: ModelContext): readonly Judgement[] {
  const all = spec.devices.flatMap((device, index) =>
    judgeDevice(device as DeviceDeclaration, context).map((file) => ({
      ...file,
      path: `spec.devices[${index}]${file.path === "" ? "" : `.${file.path}`}`,
    })),
  );
  const [first, ...more] = all.filter((file) => file.policy === "RemoteManagedWithAddress");
  if (first === undefined || more.length === 0) return all;
  // Up to 128 virtual functions of one card say the same.
  const message = `${first.message}; ${more.length} more of its entries have one address each`;
  return all.flatMap((file) =>
    file === first ? { ...file, message } : more.includes(file) ? [] : file,
  );
}

/** What is live wins a name; among never-live objects the older one (then by object name). */
function oneAliasPerName(
  all: readonly Considered<AliasContent>[],
): readonly Considered<AliasContent>[] {
  const winners = new Map<string, AliasContent>();
  for (const { content } of all) {
    if (content === undefined) continue;
    const rival = winners.get(content.declaration.name);
    if (rival === undefined || precedes(content, rival)) {
      winners.set(content.declaration.name, content);
    }
  }
  return all.map((considered) => {
    const winner =
      considered.content === undefined
        ? undefined
        : winners.get(considered.content.declaration.name);
    if (winner === undefined || winner === considered.content) return considered;
    const rejection: Notice = {
      reason: "DuplicateName",
      message: `alias name "${winner.declaration.name}" belongs to PciAlias ${winner.object}; choose another spec.name, or list both devices in one object's spec.match`,
      path: "spec.name",
    };
    return {
      verdict: { ...considered.verdict, rejections: [...considered.verdict.rejections, rejection] },
    };
  });
}

function precedes(a: AliasContent, b: AliasContent): boolean {
  if (a.live !== b.live) return a.live;
  if (a.created !== b.created) return a.created < b.created;
  return a.object < b.object;
}

/**
 * Objects that cannot be believed to be removed: their CRD is absent, terminating, or another one
 * than recorded. Their last accepted content stays wanted.
 */
function departed<C>(
  seen: Snapshot,
  state: State,
  read: (key: string, accepted: Accepted, now: Millis) => C | undefined,
): readonly C[] {
  return Object.entries(state.accepted)
    .filter(
      ([key, accepted]) =>
        accepted.orphan === true && accepted.removedAt === undefined && !isStored(key, seen),
    )
    .flatMap(([key, accepted]) => read(key, accepted, seen.now) ?? []);
}

export function isStored(key: string, seen: Snapshot): boolean {
  const [kind, name] = splitKey(key);
  return namesOf(
    kind === "PciAlias"
      ? seen.objects.aliases
      : kind === "PciWhitelist"
        ? seen.objects.whitelists
        : seen.objects.flavors,
  ).has(name);
}

type Named = readonly { readonly metadata: { readonly name: string } }[];
const namesIn = new WeakMap<Named, ReadonlySet<string>>();

/** Names of a list, gathered once: it is asked for every remembered object. */
function namesOf(list: Named): ReadonlySet<string> {
  const made = namesIn.get(list) ?? new Set(list.map((object) => object.metadata.name));
  namesIn.set(list, made);
  return made;
}

export function splitKey(key: string): readonly [string, string] {
  const at = key.indexOf("/");
  return [key.slice(0, at), key.slice(at + 1)];
}

function aliasOf(key: string, accepted: Accepted): AliasContent | undefined {
  const [kind, name] = splitKey(key);
  if (kind !== "PciAlias") return undefined;
  return {
    object: name,
    created: accepted.created,
    live: true,
    declaration: aliasDeclaration(name, accepted.spec as NonNullable<PciAlias["spec"]>),
  };
}

function whitelistOf(key: string, accepted: Accepted, now: Millis): WhitelistContent | undefined {
  const [kind, name] = splitKey(key);
  if (kind !== "PciWhitelist") return undefined;
  const spec = inForce(accepted.spec as WhitelistSpec, now);
  return { object: name, created: accepted.created, live: true, spec, earlier: spec };
}

/** Equal as JSON whatever the order of keys. */
function sameSpec(a: unknown, b: unknown): boolean {
  return sameJson(a, b);
}

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
