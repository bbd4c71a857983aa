// Options of nova-scheduler and nova-conductor, and pci_in_placement of nova-api: given at once,
// unless the change failed before or Placement is not ready for it.

import type { Service } from "../../api/names.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import type { Line } from "../terms/state.ts";
import { filtersEntry, placementLine, sameLines } from "../wanted/lines.ts";
import type { Held, HoldContext, ServiceFacts } from "./held.ts";
import { failedOption, failedRemoval } from "./quarantined.ts";

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
    gates: [...own.gates, ...option.gates].map((one) => ({
      ...one,
      waits: { on: "service", service } as const,
    })),
    leaving: undefined,
  };
}

type HeldOption = { readonly lines: readonly Line[]; readonly gates: readonly Gate[] };

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
    ? { lines: [], gates: [{ waits: { on: "entry", entry }, ...placement }] }
    : settled;
}

/** What is wanted of one option, or what is there while the change failed before. */
function settleOption(
  entry: string,
  wanted: Line | undefined,
  { current }: ServiceFacts,
  context: HoldContext,
): HeldOption {
  const want = wanted === undefined ? [] : [wanted];
  const have = current.filter((line) => line.entry === entry);
  if (sameLines(want, have)) return { lines: want, gates: [] };
  const failed =
    wanted === undefined ? failedRemoval(want, have, context) : failedOption(wanted, context);
  if (failed === undefined) return { lines: want, gates: [] };
  return { lines: have, gates: [{ waits: { on: "entry", entry }, ...failed }] };
}
