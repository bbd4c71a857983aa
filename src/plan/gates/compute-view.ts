// One compute node in a round: what it is, what it shows, what is remembered of it, and what it
// should read. A value passed between the steps.

import type { Held } from "./held.ts";
import type { Fragment } from "../wanted/render.ts";
import type { ComputeNode } from "../wanted/selection.ts";
import type { Sight } from "./sight.ts";
import type { NodeRecord } from "../terms/state.ts";

export type ComputeView = {
  readonly node: ComputeNode;
  readonly sight: Sight;
  readonly record: NodeRecord;
  readonly held: Held;
  readonly wanted: Fragment;
};
