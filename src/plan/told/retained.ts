// What must stay live although its object is gone: objects that the state remembers, and after a
// lost state the entries of which nobody knows whose they were. Each row says what releases it.

import { isStored, splitKey } from "../wanted/accept.ts";
import { isDevice, entryParts } from "../wanted/lines.ts";
import type { Decision } from "../round/decision.ts";
import { sentenceOf } from "../terms/gate-table.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import type { Line } from "../terms/state.ts";
import { timeText } from "../terms/time.ts";
import { firstTen } from "./standing.ts";

type Row = Readonly<Record<string, string>>;

/** As many as the status holds. */
const most = 50;

export function retained(decision: Decision, seen: Snapshot): readonly Row[] {
  return rowsOf(decision, seen).slice(0, most);
}

/** Also of what the status has no room for. */
export function retainedCount(decision: Decision, seen: Snapshot): number {
  return rowsOf(decision, seen).length;
}

const rowsIn = new WeakMap<Decision, readonly Row[]>();

function rowsOf(decision: Decision, seen: Snapshot): readonly Row[] {
  const made = rowsIn.get(decision) ?? [...remembered(decision, seen), ...ofNobody(decision, seen)];
  rowsIn.set(decision, made);
  return made;
}

/** Entries whose object is gone and that are still in a fragment. */
function remembered(decision: Decision, seen: Snapshot): readonly Row[] {
  return Object.entries(decision.state.accepted)
    .filter(
      ([key, accepted]) =>
        !isStored(key, seen) && (accepted.removedAt !== undefined || accepted.orphan === true),
    )
    .map(([key, accepted]) => {
      const [kind, name] = splitKey(key);
      const gate = decision.gates.find(
        (waiting) =>
          waiting.waits.on === "entry" && ownedBy(waiting.waits.entry, kind, name, decision),
      );
      return {
        kind,
        name,
        reason:
          accepted.orphan === true && accepted.removedAt === undefined
            ? "CrdGone"
            : (gate?.gate ?? "Leaving"),
        message: (gate === undefined
          ? "its object is gone"
          : sentenceOf(gate, seen.namespace)
        ).slice(0, 1024),
        ...(accepted.removedAt === undefined ? {} : { since: timeText(accepted.removedAt) }),
      };
    });
}

function ownedBy(entry: string, kind: string, name: string, decision: Decision): boolean {
  const parts = entryParts(entry);
  if (kind === "PciWhitelist") return parts.of === "device" && parts.name === name;
  if (kind !== "PciAlias" || parts.of !== "alias") return false;
  const spec = decision.state.accepted[`PciAlias/${name}`]?.spec as
    { readonly name?: string } | undefined;
  return (spec?.name ?? name) === parts.name;
}

/** Found again in the fragments themselves: there an alias has its name, and a device spec none. */
type Found = { readonly kind: string; readonly name: string; readonly entry: string };

type Stray = {
  readonly found: Found;
  readonly values: Set<string>;
  readonly where: Set<string>;
};

function straysIn(decision: Decision, seen: Snapshot): readonly Stray[] {
  const known = knownAliases(decision, seen);
  const found = new Map<string, Stray>();
  const strays = new Map<readonly Line[], readonly Line[]>();
  const look = (lines: readonly Line[], where: string): void => {
    // Most nodes share their lines with others, and hardly any has a stray one.
    const own = strays.get(lines) ?? lines.filter((line) => strayOf(line, known) !== undefined);
    strays.set(lines, own);
    for (const line of own) {
      const other = strayOf(line, known)!;
      const key = `${other.kind}/${other.name}`;
      const row = found.get(key) ?? { found: other, values: new Set(), where: new Set() };
      row.values.add(line.value);
      row.where.add(where);
      found.set(key, row);
    }
  };
  for (const { node, wanted } of decision.nodes) look(wanted.lines, node.name);
  look(decision.serviceWanted.api?.lines ?? [], "nova-api");
  return [...found.values()];
}

function ofNobody(decision: Decision, seen: Snapshot): readonly Row[] {
  return straysIn(decision, seen).map(({ found: { kind, name, entry }, values, where }) => {
    const gate = decision.gates.find(
      ({ waits }) =>
        waits.on === "entry" &&
        (kind === "PciAlias" ? waits.entry === entry : entryParts(waits.entry).name === strayName),
    );
    const places = firstTen([...where]).join(", ");
    const more = where.size > 10 ? ` and ${where.size - 10} more` : "";
    const waits = gate === undefined ? "" : ` Now: ${sentenceOf(gate, seen.namespace)}`;
    const what =
      kind === "PciAlias" ? `alias "${name}"` : `${values.size} device specs without an object`;
    const release = `{kind: ${kind}, name: "${name}"}`;
    return {
      kind,
      name,
      reason: "OwnerUnknown",
      message:
        `${what} on ${places}${more}, found in the fragments after the state was lost: apply a ${kind} that says the same to keep it, or write ${release} into spec.removals of PciPassthrough nova to release it. ${[...values].sort().slice(0, 3).join(" ")}${waits}`.slice(
          0,
          1024,
        ),
    };
  });
}

/** What stands for the object in an entry that was read from a text (wanted/departures.ts). */
const strayName = "-";

function strayOf(line: Line, known: ReadonlySet<string>): Found | undefined {
  const { of, name } = entryParts(line.entry);
  if (of === "option") return undefined;
  if (of === "device") {
    const stray = isDevice(line) && name === strayName;
    return stray ? { kind: "PciWhitelist", name, entry: line.entry } : undefined;
  }
  const stray = line.option === "alias" && !known.has(name);
  return stray ? { kind: "PciAlias", name, entry: line.entry } : undefined;
}

/** Names in Nova of aliases that an object asks for, or asked for as far as the state knows. */
function knownAliases({ state, wanted }: Decision, seen: Snapshot): ReadonlySet<string> {
  const names = new Set(wanted.aliases.map((alias) => alias.name));
  for (const { metadata, spec } of seen.objects.aliases) names.add(spec.name ?? metadata.name);
  for (const [key, accepted] of Object.entries(state.accepted)) {
    const [kind, object] = splitKey(key);
    if (kind !== "PciAlias") continue;
    names.add((accepted.spec as { readonly name?: string }).name ?? object);
  }
  return names;
}
