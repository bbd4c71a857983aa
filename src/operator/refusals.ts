// Which writes are refused round after round, and in which words: the memory of one process, handed
// to the next snapshot, so that the objects concerned can tell it. What goes through is forgotten
// at once.

import type { Failure } from "../api/failure.ts";
import { NotLeading } from "../cluster/wire/not-leading.ts";
import { effectTable, subjectOf } from "../plan/terms/effect-table.ts";
import type { Effect, Plan } from "../plan/plan.ts";
import type { Refusal } from "../plan/terms/snapshot.ts";
import { isHarmless, type Executed } from "./execute.ts";

type Refusals = {
  readonly of: (namespace: string) => readonly Refusal[];
  /** What became of a plan; a round without one says nothing. */
  readonly note: (report: Told) => void;
};

type Told = {
  readonly namespace: string;
  readonly plan?: Pick<Plan, "effects">;
  readonly executed: readonly Executed[];
  readonly gone?: true;
};

type Row = { readonly refusal: Refusal; readonly times: number };

/**
 * A conflict, or a webhook that does not answer, passes as a rule; three times in a row it stays.
 */
const patience = 3;

export function makeRefusals(): Refusals {
  const known = new Map<string, ReadonlyMap<string, Row>>();
  return {
    of: (namespace) => [...(known.get(namespace)?.values() ?? [])].flatMap(told),
    note: ({ namespace, plan, executed, gone }) => {
      if (gone === true) known.delete(namespace);
      if (plan === undefined) return;
      const before = known.get(namespace);
      const failed = executed.filter(isRefusal);
      if (before === undefined && failed.length === 0) return;
      const wanted = new Set(plan.effects.map(keyOf));
      const rows = new Map([...(before ?? [])].filter(([key]) => wanted.has(key)));
      for (const { effect, failure } of executed)
        if (failure === undefined) rows.delete(keyOf(effect));
      for (const { effect, failure } of failed) {
        const times = (rows.get(keyOf(effect))?.times ?? 0) + 1;
        rows.set(keyOf(effect), { refusal: refusalOf(effect, failure), times });
      }
      if (rows.size === 0) known.delete(namespace);
      else known.set(namespace, rows);
    },
  };
}

function told({ refusal, times }: Row): readonly Refusal[] {
  return !refusal.conflict || times >= patience ? [refusal] : [];
}

function keyOf(effect: Effect): string {
  return `${effect.do} ${subjectOf(effect)}`;
}

/** A budget's 429 has a gate of its own, and a network that says nothing refused nothing. */
function isRefusal(executed: Executed): executed is Executed & { readonly failure: Failure } {
  const { effect, failure } = executed;
  if (failure === undefined || effect.do === "event") return false;
  if (failure instanceof NotLeading || isHarmless(effect, failure)) return false;
  if (failure.kind === "unreachable") return /webhook/i.test(failure.message);
  return failure.kind !== "throttled";
}

function refusalOf(effect: Effect, failure: Failure): Refusal {
  const { by } = effectTable[effect.do];
  return {
    do: effect.do,
    subject: subjectOf(effect),
    by,
    words: harmless(failure.message),
    conflict: failure.kind !== "denied" && failure.kind !== "refused",
  };
}

const longest = 400;

/** What looks like a credential goes: others write what their webhooks say, and into which URL. */
function harmless(words: string): string {
  const line = words
    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .replace(/\/\/[^\s/@]*@/g, "//***@")
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, "$1 ***")
    .replace(
      /\b([\w-]*(?:pass(?:word|wd)?|secret|token|api_?key|credential)s?)(["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi,
      "$1$2***",
    )
    .replace(/\beyJ[\w-]+\.[\w.-]+/g, "***")
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
