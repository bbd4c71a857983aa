// Options of nova-scheduler and nova-conductor, and pci_in_placement of nova-api: given at once,
// unless the change failed before or Placement is not ready for it, and taken away after the grace
// of every removal. Of a list, what it loses is taken away.

import type { Service } from "../../api/names.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import type { Line } from "../terms/state.ts";
import { filtersEntry, lineText, placementLine, sameLines } from "../wanted/lines.ts";
import type { Held, HoldContext, ServiceFacts } from "./held.ts";
import { failedOption, failedRemoval } from "./quarantined.ts";
import { graceGate, leavingNow } from "./removal.ts";

/** nova-scheduler and nova-conductor: options only. */
export function holdOptions(
  service: Exclude<Service, "compute" | "api">,
  filters: readonly Line[],
  facts: ServiceFacts,
  context: HoldContext,
  placement: Reason | undefined,
): Held {
  const wanted = service === "scheduler" ? filters[0] : undefined;
  const own = settleOption(filtersEntry, wanted, facts, context);
  const option = placementOption(facts, context, placement);
  return {
    lines: [...own.lines, ...option.lines],
    gates: [...own.gates, ...option.gates].map((gate) => ({
      ...gate,
      waits: { on: "service", service } as const,
    })),
    leaving: leavingNow([...own.leaving, ...option.leaving], facts.leaving, context.seen.now),
  };
}

type HeldOption = {
  readonly lines: readonly Line[];
  readonly gates: readonly Gate[];
  /** What is not wanted any more: each value of a list as a line of its own. */
  readonly leaving: readonly Line[];
};

export function placementOption(
  facts: ServiceFacts,
  context: HoldContext,
  placement: Reason | undefined,
): HeldOption {
  const { entry } = placementLine;
  const wanted = context.settings.pciInPlacement ? placementLine : undefined;
  const settled = settleOption(entry, wanted, facts, context);
  const adds = settled.lines.length > 0 && !facts.current.some((line) => line.entry === entry);
  return adds && placement !== undefined
    ? { lines: [], gates: [{ waits: { on: "entry", entry }, ...placement }], leaving: [] }
    : settled;
}

/** What is wanted of one option, with what may not go yet; or what is there, where that failed. */
function settleOption(
  entry: string,
  wanted: Line | undefined,
  facts: ServiceFacts,
  context: HoldContext,
): HeldOption {
  const want = wanted === undefined ? [] : [wanted];
  const have = facts.current.filter((line) => line.entry === entry);
  if (sameLines(want, have)) return { lines: want, gates: [], leaving: [] };
  const leaving = lost(have, want);
  const gated = (reason: Reason, lines: readonly Line[]): HeldOption => {
    return { lines, gates: [{ waits: { on: "entry", entry }, ...reason }], leaving };
  };
  const failed =
    wanted === undefined ? failedRemoval(want, have, context) : failedOption(wanted, context);
  if (failed !== undefined) return gated(failed, have);
  const grace = graceOf(leaving, facts, context);
  return grace === undefined
    ? { lines: want, gates: [], leaving }
    : gated(
        grace,
        have.map((line) => joined(line, wanted)),
      );
}

/** The last to go: they leave together, in one restart. What failed there goes at once. */
function graceOf(
  leaving: readonly Line[],
  facts: ServiceFacts,
  context: HoldContext,
): Reason | undefined {
  if (facts.halted) return undefined;
  const since = (line: Line): number => facts.leaving?.[lineText(line)] ?? context.seen.now;
  const last = leaving.toSorted((a, b) => since(b) - since(a))[0];
  return last === undefined ? undefined : graceGate(last, facts.leaving, context);
}

function lost(have: readonly Line[], want: readonly Line[]): readonly Line[] {
  const stays = new Set(want.flatMap(valuesOf));
  return have.flatMap((line) =>
    valuesOf(line)
      .filter((value) => !stays.has(value))
      .map((value) => ({ ...line, value })),
  );
}

function valuesOf({ value }: Line): readonly string[] {
  return value.split(",");
}

/** What is there, and behind it what is new: a list that only waits is the same text. */
function joined(line: Line, wanted: Line | undefined): Line {
  const has = valuesOf(line);
  const more = wanted === undefined ? [] : valuesOf(wanted).filter((value) => !has.includes(value));
  return { ...line, value: [...has, ...more].join(",") };
}
