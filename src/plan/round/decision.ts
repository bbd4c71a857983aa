// Types of a round: what its steps hand to each other, and what comes out.

import type { Candidates, Verdict } from "../wanted/accept.ts";
import type { BaseFacts } from "../wanted/adoption.ts";
import type { ComputeView } from "../gates/compute-view.ts";
import type { CleaningOutput } from "../cleaning/cleaning.ts";
import type { ComputesOutput } from "../computes/draft.ts";
import type * as delivery from "../gates/delivery.ts";
import type { Ask, Effect } from "../terms/effects.ts";
import type { FlavorsOutput } from "../flavors/draft.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import type { Held, HoldContext } from "../gates/held.ts";
import type { renderCache } from "../wanted/render.ts";
import { type Fragment } from "../wanted/render.ts";
import type { Wanted } from "../wanted/resolve.ts";
import type { FilterAnswer } from "../gates/scheduler.ts";
import type { ServiceOutput, SingleService } from "../services/draft.ts";
import type { Settings } from "../terms/settings.ts";
import type { Millis, Snapshot } from "../terms/snapshot.ts";
import type { Line, State } from "../terms/state.ts";

export type DecideInput = {
  readonly seen: Snapshot;
  readonly settings: Settings;
  readonly before: State;
  readonly state: State;
  readonly candidates: Candidates;
};

/** Everything that status, events and metrics are made from. */
export type Decision = {
  readonly before: State;
  readonly state: State;
  readonly verdicts: readonly Verdict[];
  readonly wanted: Wanted;
  readonly delivery: delivery.Delivery | undefined;
  readonly blockers: readonly Reason[];
  readonly nodes: readonly ComputeView[];
  readonly serviceWanted: Readonly<Partial<Record<SingleService, Fragment>>>;
  readonly filters: FilterAnswer;
  readonly base: BaseFacts;
  readonly flavors: FlavorsOutput;
  readonly cleaning: CleaningOutput;
  readonly liveAliases: ReadonlySet<string>;
  readonly linesOf: (fragment: string) => readonly Line[];
  readonly effects: readonly Effect[];
  readonly gates: readonly Gate[];
  readonly wakes: readonly Millis[];
  readonly ask: Ask;
};

export type Round = DecideInput & {
  readonly base: BaseFacts;
  readonly wanted: Wanted;
  readonly chosen: delivery.Delivery | undefined;
  readonly linesOf: (fragment: string) => readonly Line[];
  readonly blockers: readonly Reason[];
  readonly changedAt: Millis;
  readonly verdicts: readonly Verdict[];
  readonly context: HoldContext;
  readonly draw: ReturnType<typeof renderCache>;
  readonly nodes: readonly ComputeView[];
};

export type Singles = Readonly<
  Record<
    SingleService,
    { readonly out: ServiceOutput; readonly held: Held; readonly wanted: Fragment }
  >
>;

export type Planned = {
  readonly computes: ComputesOutput;
  readonly singlesPlanned: Singles;
  readonly filters: FilterAnswer;
  readonly flavors: FlavorsOutput;
  readonly cleaning: CleaningOutput;
  readonly liveAliases: ReadonlySet<string>;
};
