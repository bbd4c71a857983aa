// What the invariants look at: the cluster, what is true in it, and what the acting operator saw
// when it decided.

import type { Effect } from "../../src/plan/terms/effects.ts";
import type { Cluster } from "../../src/embedded/cluster.ts";
import type { Round } from "../../src/embedded/operator.ts";
import type { Started } from "../../src/embedded/controllers/kubelet.ts";
import type { Change } from "../../src/embedded/store/store.ts";
import type { Intent } from "./intent.ts";
import type { Happening, Schedule } from "./schedule.ts";
import type { Truth } from "./truth.ts";

export type Scene = {
  readonly cluster: Cluster;
  readonly schedule: Schedule;
  readonly truth: Truth;
  readonly intent: Intent;
  /** The last round of the operator whose effect this is. */
  readonly round: () => Round | undefined;
  readonly violated: (invariant: string, message: string) => void;
};

/** One invariant: a name, the sentence that must hold, and what it looks at. */
export type Invariant = {
  readonly name: string;
  readonly sentence: string;
  readonly watch: (scene: Scene) => Watcher;
};

export type Watcher = {
  readonly before?: (effect: Effect) => void;
  readonly after?: (effect: Effect, done: boolean) => void;
  readonly changed?: (change: Change) => void;
  readonly started?: (started: Started) => void;
  readonly planned?: (round: Round) => void;
  /** Right before something happens that the schedule says. */
  readonly intervened?: (happening: Happening) => void;
  /** After every event. */
  readonly happened?: () => void;
};

/** Milliseconds that an operator may lag behind the truth without being at fault. */
export const slackMillis = 15_000;
