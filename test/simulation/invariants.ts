// The two theorems that the simulation tests, and every invariant by name.
//
// Safety. Whatever users, nodes, the API server and Nova do, and wherever the operator is killed,
// repeated or late, each sentence below holds after every single event.
//
// Liveness. If from some moment on nobody edits anything and nothing fails any more, then the
// world converges: after bounded time the plan is empty and stays so, every healthy compute runs
// what it is assigned, and what it is assigned is what was asked for, less what a gate or a
// quarantine names.

import { evidence } from "./blame-invariants.ts";
import { blast, budget, budgetOfOthers } from "./budget-invariants.ts";
import {
  fragmentsAreStable,
  namesHaveFragments,
  othersServices,
  placement,
  stateFirst,
  stateIsOne,
  unchangedPods,
} from "./content-invariants.ts";
import { noWriteStorm } from "./flavor-invariants.ts";
import { green } from "./green-invariants.ts";
import { notKnowing } from "./knowledge-invariants.ts";
import { apiAfterComputes, apiBeforeComputes } from "./order-invariants.ts";
import { devicesInUse, grace, lostKinds } from "./removal-invariants.ts";
import { injectedAgain, replacingEnds } from "./replacement-invariants.ts";
import { canary, paused, quarantineHolds, verification } from "./rollout-invariants.ts";
import { aliasesInUse, preconditions, readBack } from "./request-invariants.ts";
import { serviceGrace } from "./service-removal-invariants.ts";
import type { Invariant } from "./scene.ts";
import type { Setting } from "./schedule.ts";

export const invariants: readonly Invariant[] = [
  budget,
  budgetOfOthers,
  canary,
  verification,
  blast,
  quarantineHolds,
  evidence,
  apiAfterComputes,
  apiBeforeComputes,
  paused,
  devicesInUse,
  grace,
  serviceGrace,
  lostKinds,
  unchangedPods,
  namesHaveFragments,
  stateFirst,
  stateIsOne,
  placement,
  fragmentsAreStable,
  othersServices,
  readBack,
  preconditions,
  aliasesInUse,
  notKnowing,
  noWriteStorm,
  green,
  replacingEnds,
  injectedAgain,
];

/** These compare times that a leader wrote with those of the world. */
const measured: ReadonlySet<Invariant> = new Set([
  budget,
  budgetOfOthers,
  grace,
  serviceGrace,
  devicesInUse,
  aliasesInUse,
  verification,
  canary,
  evidence,
]);

/** Where clocks differ, what they measure is not asked; everything else holds all the same. */
export function holdsIn(invariant: Invariant, { clocks }: Setting): boolean {
  return clocks === undefined || !measured.has(invariant);
}

/** What is asked once, at the end of a run (see schedule-run.ts). */
export const atTheEnd = {
  converges: "if edits and faults stop, the world converges",
  "converged-writes-nothing": "converged means zero writes, for a new operator too",
  "as-asked": "a converged world holds what was asked for, less what a gate or a quarantine names",
  "services-enabled": "a converged world holds no compute service that we left disabled",
  "all-up": "in a converged world with rollback every Nova pod of a living node is up",
  "every-wait-opens": "every wait has an opening, a person, or names what in the world holds it",
  "nothing-progresses": "in a converged world an object is ready, or names what it waits for",
  "no-bug": "the operator never throws anything but a Failure",
  "no-circles": "the operator never plans hundreds of times a minute without anything new",
  "order-free": "a plan does not depend on the order of what was observed",
  "holds-until-woken":
    "a plan without effects holds until the moment at which it wants to look again",
} as const;
