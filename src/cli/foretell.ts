// Answers "how does it end?": plays the operator against an embedded world until nothing moves, and
// keeps what it did. For `plan -f`; `try` tells the same story as it happens.

import type { Effect } from "../plan/terms/effects.ts";
import { outcome } from "../plan/outcome.ts";
import { sentenceOf } from "../plan/terms/gate-table.ts";
import type { Installation } from "./installations.ts";
import { playToEnd } from "./offline.ts";

export type Step = { readonly at: number; readonly what: string; readonly why: string };

export type Foretold = {
  readonly steps: readonly Step[];
  readonly waits: readonly string[];
  readonly refusals: readonly string[];
};

export async function foretell(installation: Installation): Promise<Foretold> {
  const steps: Step[] = [];
  const {
    seen,
    plan: made,
    ended,
  } = await playToEnd(installation, {
    world: {
      performed: (effect) => {
        const step = stepOf(effect);
        if (step !== undefined) steps.push({ at: 0, ...step });
      },
    },
  });
  const refusals = outcome(seen).verdicts.flatMap((verdict) =>
    verdict.rejections.map(
      (one) => `${verdict.kind}/${verdict.name} ${one.path}: ${one.reason}: ${one.message}`,
    ),
  );
  const waits = [...new Set(made.gates.map((one) => sentenceOf(one, seen.namespace)))];
  return { steps, waits: ended ? waits : ["not finished", ...waits], refusals };
}

/** Restarts and flavors; fragments and notes are not what somebody asks a plan for. */
function stepOf(effect: Effect): { readonly what: string; readonly why: string } | undefined {
  switch (effect.do) {
    case "annotate-workload":
      return {
        what: `restart ${effect.kind}/${effect.name}`,
        why: `will read ${effect.value}`,
      };
    case "remove-pod":
      return { what: `restart nova-compute pod ${effect.name}`, why: effect.why };
    case "create-flavor":
      return { what: `create flavor ${effect.flavor.name}`, why: `PciFlavor ${effect.object}` };
    case "set-extra-specs":
      return {
        what: `write extra specs of flavor ${effect.flavorId}`,
        why: Object.entries(effect.set)
          .map(([key, value]) => `${key}=${value}`)
          .join(", "),
      };
    case "write-state":
    case "create-fragment":
    case "delete-fragment":
    case "write-mounted":
    case "create-assignment":
    case "patch-assignment":
    case "create-passthrough":
    case "set-finalizers":
    case "delete-extra-spec":
    case "set-flavor-description":
    case "add-flavor-access":
    case "remove-flavor-access":
    case "delete-flavor":
    case "disable-compute":
    case "enable-compute":
    case "status":
    case "event":
      return undefined;
  }
}
