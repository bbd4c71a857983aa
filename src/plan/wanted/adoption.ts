// Adoption of a base nova.conf: what it already says. Base values add to ours (MultiStr), and a
// duplicate alias stops nova-api from 31.3.1 on: so an equal entry is not rendered, a different one
// is refused, and nothing is restarted before the base was read or `adopt: true` was given.

import type { Service } from "../../api/names.ts";
import { aliasMeaning } from "../../nova/device/meaning.ts";
import { readConf } from "../../nova/conf/oslo-conf.ts";
import type { AliasContent, Notice, Verdict } from "./accept.ts";
import { modelContext } from "./accept.ts";
import { knownBase } from "./known-base.ts";
import { aliasLines } from "./lines.ts";
import { deviceBases, type DeviceBases } from "./device-bases.ts";
import type { Unread } from "../terms/gates.ts";
import type { Settings } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";

export type BaseFacts = {
  /** The first rollout waits for it. */
  readonly unconfirmed: Unread | undefined;
  /** Aliases without those that the base contradicts. */
  readonly aliases: readonly AliasContent[];
  readonly verdicts: readonly Verdict[];
  /** Names that nova-api's base defines with equal meaning: not rendered. */
  readonly throughBase: ReadonlySet<string>;
  /** Names that the base of nova-api or of a nova-compute defines so: not rendered for computes. */
  readonly inSomeBase: ReadonlySet<string>;
  readonly deviceBases: DeviceBases;
  /** Old names of our options that the base uses (they merge with ours, and come first). */
  readonly deprecated: readonly string[];
  /** enabled_filters of the scheduler's base, when it was read and set there. */
  readonly filters?: readonly string[];
};

export function baseFacts(
  seen: Snapshot,
  settings: Settings,
  aliases: readonly AliasContent[],
  verdicts: readonly Verdict[],
): BaseFacts {
  const unconfirmed = unreadBase(seen, settings);
  if (knownBase(seen) === undefined) {
    return {
      unconfirmed,
      aliases,
      verdicts,
      throughBase: new Set(),
      inSomeBase: new Set(),
      deviceBases: deviceBases(seen),
      deprecated: [],
    };
  }
  const named = namedInBase(seen);
  const context = modelContext(settings);
  const inSomeBase = new Set<string>();
  const refused = new Map<string, Notice>();
  for (const alias of aliases) {
    const found = named.get(alias.declaration.name);
    if (found === undefined) continue;
    const ours = aliasLines(alias.declaration, context)
      .filter((line) => line.option === "alias")
      .map((line) => aliasMeaning(line.value))
      .sort();
    if (ours.join("\n") === [...found].sort().join("\n")) inSomeBase.add(alias.declaration.name);
    else refused.set(alias.object, conflict(alias));
  }
  const filters = values(seen, "scheduler", "filter_scheduler", "enabled_filters").at(-1);
  return {
    unconfirmed,
    aliases: aliases.filter((alias) => !refused.has(alias.object)),
    verdicts: verdicts.map((verdict) => withConflict(verdict, refused)),
    throughBase: throughApi(seen, inSomeBase),
    inSomeBase,
    deviceBases: deviceBases(seen),
    deprecated: deprecatedNames(seen),
    ...(filters === undefined
      ? {}
      : {
          filters: filters
            .split(",")
            .map((part) => part.trim())
            .filter((text) => text !== ""),
        }),
  };
}

/**
 * Who asks for reading it says that something may be there: while that is not possible nothing
 * starts, whatever `adopt` says, because rendering what is live through the base stops nova-api.
 */
function unreadBase(seen: Snapshot, settings: Settings): Unread | undefined {
  const { base, state } = seen;
  if (base?.is === "denied" || base?.is === "missing") return base;
  const adopted = state.is === "read" && state.state.adopted === true;
  if (settings.adopt || adopted) return undefined;
  if (base === undefined) return { is: "not-asked" };
  const { unread = [] } = base;
  return unread.length === 0 ? undefined : { is: "not-found", workloads: unread };
}

function conflict(alias: AliasContent): Notice {
  return {
    reason: "BaseConflict",
    message: `the chart's own nova.conf already defines alias "${alias.declaration.name}" with another meaning; Nova would see both: remove it there, or choose another spec.name`,
    path: "spec.name",
  };
}

function withConflict(verdict: Verdict, refused: ReadonlyMap<string, Notice>): Verdict {
  const found = verdict.kind === "PciAlias" ? refused.get(verdict.name) : undefined;
  return found === undefined ? verdict : { ...verdict, rejections: [...verdict.rejections, found] };
}

function values(
  seen: Snapshot,
  service: Service,
  section: string,
  option: string,
): readonly string[] {
  const files = knownBase(seen)?.files[service] ?? [];
  return readConf(files).valuesOf(section, option);
}

/** Meanings of the base's aliases by name: those of nova-api and of every nova-compute together. */
function namedInBase(seen: Snapshot): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>();
  const base = knownBase(seen);
  if (base === undefined) return named;
  const { files, computes = {} } = base;
  for (const item of [files.api ?? [], files.compute ?? [], ...Object.values(computes)]) {
    for (const value of readConf(item).valuesOf("pci", "alias")) {
      const name = nameIn(value);
      if (name === undefined) continue;
      const set = named.get(name) ?? new Set<string>();
      set.add(aliasMeaning(value));
      named.set(name, set);
    }
  }
  return named;
}

/** An alias that only a nova-compute knows is none to nova-api: no flavor can ask for it. */
function throughApi(seen: Snapshot, names: ReadonlySet<string>): ReadonlySet<string> {
  const isThere = (knownBase(seen)?.files.api ?? []).length > 0;
  if (!isThere) return names;
  const known = new Set(values(seen, "api", "pci", "alias").map(nameIn));
  return new Set([...names].filter((name) => known.has(name)));
}

function nameIn(value: string): string | undefined {
  const raw = objectIn(value);
  return typeof raw?.name === "string" ? raw.name.trim() : undefined;
}

function objectIn(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const raw: unknown = JSON.parse(value);
    return raw !== null && typeof raw === "object" && !Array.isArray(raw)
      ? (raw as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function deprecatedNames(seen: Snapshot): readonly string[] {
  const old = [
    ["compute", "pci", "passthrough_whitelist"],
    ["compute", "DEFAULT", "pci_passthrough_whitelist"],
    ["api", "DEFAULT", "pci_alias"],
  ] as const;
  return old
    .filter(([service, section, option]) => values(seen, service, section, option).length > 0)
    .map(([, section, option]) => `[${section}]${option}`);
}
