// Writes that the API server or Nova refuses, told to whom they concern. They hold nothing up: each
// is tried again in the next round, and is told of no more once it is done or not wanted any more.

import { effectTable } from "../terms/effect-table.ts";
import type { Effect } from "../terms/effects.ts";
import type { Gate, Reason } from "../terms/gates.ts";
import type { FlavorOutcome } from "../flavors/draft.ts";
import type { Refusal, Snapshot } from "../terms/snapshot.ts";
import type { ComputeView } from "../gates/compute-view.ts";

type Seen = Pick<Snapshot, "refused" | "workloads" | "pods">;
type Outcomes = readonly FlavorOutcome[];

/** All but those of flavors, which stand in the outcome of their own. */
export function refusedGates(
  { refused = [], workloads, pods }: Seen,
  nodes: readonly ComputeView[],
): readonly Gate[] {
  const where = (refusal: Refusal): Gate["waits"] | undefined => {
    const node = nodeOf(refusal, pods, nodes);
    if (node !== undefined) return { on: "node", node };
    const { service } =
      workloads.find(({ kind, name }) => refusal.subject === `${kind}/${name}`) ?? {};
    if (refusal.do === "annotate-workload" && service !== undefined)
      return { on: "service", service };
    return isOfFlavor(refusal) || refusal.do === "status" ? undefined : { on: "installation" };
  };
  return refused.flatMap((refusal): Gate[] => {
    const waits = where(refusal);
    return waits === undefined ? [] : [{ waits, ...refusedReason(refusal) }];
  });
}

function nodeOf(
  { do: effect, subject }: Refusal,
  pods: Seen["pods"],
  nodes: readonly ComputeView[],
): string | undefined {
  if (effect === "remove-pod") return pods.find(({ name }) => name === subject)?.node;
  if (effect !== "disable-compute" && effect !== "enable-compute") return undefined;
  return nodes.find(({ sight }) => sight.service?.host === subject)?.node.name;
}

const ofFlavors: ReadonlySet<string> = new Set<Effect["do"]>([
  ...(["set-finalizers", "create-flavor", "set-extra-specs", "delete-extra-spec"] as const),
  ...(["set-flavor-description", "add-flavor-access"] as const),
  ...(["remove-flavor-access", "delete-flavor"] as const),
]);

function isOfFlavor({ do: effect }: Refusal): boolean {
  return ofFlavors.has(effect);
}

/** Where nothing else is told of a flavor already. */
export function withRefusals(
  outcomes: Outcomes,
  effects: readonly Effect[],
  { refused = [] }: Seen,
): Outcomes {
  const own = refused.filter(isOfFlavor);
  if (own.length === 0) return outcomes;
  return outcomes.map((outcome) => {
    if (outcome.live || outcome.gate !== undefined || outcome.conflicts.length > 0) return outcome;
    const made = effects.find(
      (effect) => effect.do === "create-flavor" && effect.object === outcome.object,
    );
    const names = new Set([
      outcome.flavorId,
      made?.do === "create-flavor" ? made.flavor.name : undefined,
    ]);
    const found = own.find(({ do: effect, subject }) =>
      effect === "set-finalizers" ? subject === outcome.object : names.has(subject),
    );
    return found === undefined ? outcome : { ...outcome, gate: refusedReason(found) };
  });
}

/** Statuses cannot tell it themselves, so the installation does. */
export function refusedStatuses({ refused = [] }: Seen): readonly Reason[] {
  return refused.filter((refusal) => refusal.do === "status").map(refusedReason);
}

function refusedReason(refusal: Refusal): Reason {
  const tries = effectTable[refusal.do as Effect["do"]].tries;
  return {
    gate: "WriteRefused",
    what: `${tries} ${refusal.subject}`,
    words: refusal.words,
    advice: adviceFor(refusal),
  };
}

const advices: readonly (readonly [RegExp, string])[] = [
  [/exceeded quota/, "raise the ResourceQuota of the namespace, or delete what it counts"],
  [
    /nova-pci-guard/,
    "let the operator run as its own ServiceAccount, and apply deploy/guard of the same release",
  ],
  [
    /conflict with "/,
    "take the field out of what that manager applies, or let it give the field up",
  ],
  [
    /admission webhook|ValidatingAdmissionPolicy|failed calling webhook/,
    "change that webhook or policy so that it lets the operator pass, or ask who installed it",
  ],
  [/being terminated/, "let the namespace end, or create it again"],
  [/immutable/, "somebody made it immutable: delete it, it is written again"],
];

function adviceFor({ words, conflict, by, do: effect }: Refusal): string {
  const known = advices.find(([sign]) => sign.test(words));
  if (known !== undefined) return known[1];
  if (by === "cloud")
    return "see what the user of the credentials may do in Nova, and what else writes there";
  if (conflict) return "find out who else writes it all the time, and stop that";
  return effect === "status"
    ? "apply the CRDs of this release (crds)"
    : "see what is said; the log of the operator tells each try";
}
