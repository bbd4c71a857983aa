// What is known of each effect, one row for each: which adapter performs it, what of the world it
// is, its line in the log. An effect without a row does not compile.

import type { CloudEffect, Effect, KubeEffect } from "./effects.ts";

/**
 * `memory`: our own notes, which nobody asks a plan for. `words`: statuses and Events, true whatever
 * else fails. `text`: what a later pod reads. `restart`: a pod or workload is replaced. `cloud`:
 * Nova or Placement is written. `job`: work on a device between two servers.
 */
type EffectIs = "memory" | "words" | "text" | "restart" | "cloud" | "job";

type Row<By> = {
  readonly by: By;
  readonly is: EffectIs;
  /** A constant sentence: what varies stands in the fields of the line. */
  readonly log: string;
};

type Table = { readonly [Do in KubeEffect["do"]]: Row<"kubernetes"> } & {
  readonly [Do in CloudEffect["do"]]: Row<"cloud">;
};

const kubernetes = (is: EffectIs, log: string): Row<"kubernetes"> => ({
  by: "kubernetes",
  is,
  log,
});
const cloud = (log: string): Row<"cloud"> => ({ by: "cloud", is: "cloud", log });

export const effectTable: Table = {
  "write-state": kubernetes("memory", "the state was written"),
  "create-fragment": kubernetes("text", "a fragment was written"),
  "delete-fragment": kubernetes("text", "a fragment that nothing names was deleted"),
  "write-mounted": kubernetes("text", "a mounted fragment was written"),
  "create-assignment": kubernetes("text", "the assignment was written"),
  "patch-assignment": kubernetes("text", "the assignment was changed"),
  "annotate-workload": kubernetes("restart", "a workload was given a fragment"),
  "remove-pod": kubernetes("restart", "a pod was removed so that its successor reads its fragment"),
  "create-job": kubernetes("job", "a Job was made that cleans a device"),
  "delete-job": kubernetes("job", "a Job that nothing waits for was deleted"),
  "create-passthrough": kubernetes("memory", "the PciPassthrough was created"),
  "set-finalizers": kubernetes("memory", "finalizers were changed"),
  status: kubernetes("words", "status updated"),
  event: kubernetes("words", "event recorded"),
  "create-flavor": cloud("a flavor was created"),
  "set-extra-specs": cloud("extra specs were written"),
  "delete-extra-spec": cloud("an extra spec was removed"),
  "set-flavor-description": cloud("the description of a flavor was written"),
  "add-flavor-access": cloud("a project was given access to a flavor"),
  "remove-flavor-access": cloud("a project lost access to a flavor"),
  "delete-flavor": cloud("a flavor was deleted"),
  "disable-compute": cloud("a compute service was disabled before its restart"),
  "enable-compute": cloud("a compute service was enabled again"),
  "return-device": cloud("a device that was cleaned was given back"),
};

export function isCloud(effect: Effect): effect is CloudEffect {
  return effectTable[effect.do].by === "cloud";
}

/** Statuses and Events tell what was seen: they are true whatever else failed. */
export function isWord(effect: Effect): boolean {
  return effectTable[effect.do].is === "words";
}

export function isRestart(effect: Effect): boolean {
  return effectTable[effect.do].is === "restart";
}

/** One answer for each effect: what has none does not compile. */
export type ForEach<Out> = {
  readonly [Do in Effect["do"]]: (effect: Extract<Effect, { readonly do: Do }>) => Out;
};

export function answerOf<Out>(answers: ForEach<Out>, effect: Effect): Out {
  return (answers[effect.do] as (effect: Effect) => Out)(effect);
}
