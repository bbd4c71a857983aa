// What is known of one pre-flight, and what is done to know it. Bounded in time whatever happens
// to its Job: nobody who could answer is no refusal.

import { fragmentKey } from "../../api/names.ts";
import { novaErrorLine } from "../../nova/conf/nova-error.ts";
import type { Effect } from "../terms/effects.ts";
import type { PreflightJob, PreflightsView } from "../terms/views/preflight-view.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import type { Millis } from "../terms/time.ts";
import type { Preflight } from "../terms/state.ts";
import { readAnswer, type Answer } from "./answer.ts";
import { preflightJob, preflightSeconds, type Trial } from "./job.ts";

type Verdict =
  | {
      readonly is: "pending";
      readonly until: Millis;
      /** When it is looked at again whatever happens. */
      readonly wake: Millis;
      readonly effects: readonly CreatePreflight[];
    }
  | { readonly is: "accepted" }
  /** Nova's own words, fit to be shown, and the entries that it refuses by themselves. */
  | { readonly is: "refused"; readonly words: string; readonly blamed: readonly string[] }
  | { readonly is: "unknown"; readonly why: string };

type CreatePreflight = Extract<Effect, { readonly do: "create-preflight" }>;

/** The Job's own end, and time to hear of it. */
const againMillis = 30_000;
const waitMillis = (preflightSeconds + 60) * 1000;

/** `asked`: since when this very question has been asked. */
export function preflightVerdict(trial: Trial, asked: Preflight, seen: Snapshot): Verdict {
  const { preflights, now, namespace } = seen;
  const until = asked.since + waitMillis;
  const waits = (made?: Made): Verdict =>
    now >= until
      ? { is: "unknown", why: `there was no answer within ${waitMillis / 60_000} minutes` }
      : {
          is: "pending",
          until,
          wake: Math.min(until, made?.again ?? until),
          effects: made?.effects ?? [],
        };
  if (preflights === undefined || preflights.is === "unknown") return waits();
  if (preflights.is === "denied") {
    const command = `kubectl apply -n ${namespace} -k deploy/namespace/preflight`;
    return { is: "unknown", why: `the operator may make no such Jobs: ${command}` };
  }
  const job = preflights.jobs.find((item) => item.name === asked.job && !item.deleting);
  if (job !== undefined) return job.ended ? verdictOf(job) : waits();
  const no = preflights.refused[asked.job];
  if (no !== undefined) return { is: "unknown", why: `its Job is refused: ${no}` };
  return waits(made(trial, asked, preflights, seen));
}

/** `again`: when it may be made, where it was made lately. */
type Made = { readonly effects: readonly CreatePreflight[]; readonly again?: Millis };

type Read = Extract<PreflightsView, { readonly is: "read" }>;

function made(
  trial: Trial,
  { job, made: last }: Preflight,
  { jobs }: Read,
  { objects, now }: Snapshot,
): Made {
  const owner = objects.passthrough?.metadata.uid;
  // One of this name is going: its name is free only then. And who takes Jobs away is not fought.
  const again = last === undefined ? now : last + againMillis;
  if (owner === undefined || jobs.some((other) => other.name === job)) return { effects: [] };
  if (now < again) return { effects: [], again };
  const { node, fragment } = trial;
  const body = preflightJob(trial, owner);
  return { effects: [{ do: "create-preflight", name: job, node, fragment, job: body }] };
}

function verdictOf({ message, why }: PreflightJob): Verdict {
  const answer = readAnswer(message ?? "");
  if (answer.verdict === "accepted") return { is: "accepted" };
  if (answer.verdict === "refused") {
    const words = novaErrorLine(answer.words) ?? "in words that are not known to be harmless";
    return { is: "refused", words, blamed: answer.blamed };
  }
  return {
    is: "unknown",
    why: message === undefined ? (why ?? "it left no words") : reason(answer),
  };
}

/** Sentences of our own program; what stands behind them may be anything. */
const sentences = [
  "its command does not read",
  "it refuses its own files, without the fragment",
  "it could not be asked",
  "the image has no Python with Nova",
];

function reason({ words }: Answer): string {
  const known = sentences.find((sentence) => words.startsWith(sentence));
  if (known === undefined) return "it gave no answer";
  const line = novaErrorLine(words.slice(known.length + 2));
  const what = known === sentences[0] ? ` ${fragmentKey}` : "";
  return `${known}${what}${line === undefined ? "" : `: ${line}`}`;
}
