// What is known of each effect, one row for each: which adapter performs it, what of the world it
// is, its line in the log. An effect without a row does not compile.

import { assignmentName, passthroughName, stateName } from "../../api/names.ts";
import type { CloudEffect, Effect, KubeEffect } from "./effects.ts";

/**
 * `memory`: our own notes, which nobody asks a plan for. `words`: statuses and Events, true
 * whatever else fails. `text`: what a later pod reads. `restart`: a pod or workload is replaced.
 * `cloud`: Nova or Placement is written. `job`: work of a Job, on a
 * device between two servers or before a canary.
 */
type EffectIs = "memory" | "words" | "text" | "restart" | "cloud" | "job";

type Row<By> = {
  readonly by: By;
  readonly is: EffectIs;
  /** A constant sentence: what varies stands in the fields of the line. */
  readonly log: string;
  /** What is tried, before the name of what it is done to. */
  readonly tries: string;
};

type Table = { readonly [Do in KubeEffect["do"]]: Row<"kubernetes"> } & {
  readonly [Do in CloudEffect["do"]]: Row<"cloud">;
};

const kubernetes = (is: EffectIs, tries: string, log: string): Row<"kubernetes"> => ({
  by: "kubernetes",
  ...{ is, tries, log },
});
const cloud = (tries: string, log: string): Row<"cloud"> => ({
  by: "cloud",
  is: "cloud",
  ...{ tries, log },
});

export const effectTable: Table = {
  "write-state": kubernetes("memory", "write ConfigMap", "the state was written"),
  "create-fragment": kubernetes("text", "create ConfigMap", "a fragment was written"),
  "delete-fragment": kubernetes(
    "text",
    "delete ConfigMap",
    "a fragment that nothing names was deleted",
  ),
  "write-mounted": kubernetes("text", "write ConfigMap", "a mounted fragment was written"),
  "create-assignment": kubernetes("text", "create ConfigMap", "the assignment was written"),
  "patch-assignment": kubernetes("text", "change ConfigMap", "the assignment was changed"),
  "annotate-workload": kubernetes("restart", "annotate", "a workload was given a fragment"),
  "remove-pod": kubernetes(
    "restart",
    "remove pod",
    "a pod was removed so that its successor reads its fragment",
  ),
  "create-job": kubernetes("job", "create Job", "a Job was made that cleans a device"),
  "create-preflight": kubernetes("job", "create Job", "a Job was made that tries a fragment"),
  "delete-job": kubernetes("job", "delete Job", "a Job that nothing waits for was deleted"),
  "create-passthrough": kubernetes(
    "memory",
    "create PciPassthrough",
    "the PciPassthrough was created",
  ),
  "set-finalizers": kubernetes("memory", "set finalizers of PciFlavor", "finalizers were changed"),
  status: kubernetes("words", "write the status of", "status updated"),
  event: kubernetes("words", "record an Event of", "event recorded"),
  "create-flavor": cloud("create flavor", "a flavor was created"),
  "set-extra-specs": cloud("write extra specs of flavor", "extra specs were written"),
  "delete-extra-spec": cloud("remove an extra spec of flavor", "an extra spec was removed"),
  "set-flavor-description": cloud("describe flavor", "the description of a flavor was written"),
  "add-flavor-access": cloud(
    "give a project access to flavor",
    "a project was given access to a flavor",
  ),
  "remove-flavor-access": cloud(
    "take a project's access to flavor",
    "a project lost access to a flavor",
  ),
  "delete-flavor": cloud("delete flavor", "a flavor was deleted"),
  "disable-compute": cloud("close host", "a compute service was disabled before its restart"),
  "enable-compute": cloud("open host", "a compute service was enabled again"),
  "return-device": cloud("give back device", "a device that was cleaned was given back"),
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

const ofName = ({ name }: { readonly name: string }): string => name;
const ofObject = (item: { readonly kind: string; readonly name: string }): string =>
  `${item.kind}/${item.name}`;
const ofFlavor = ({ flavorId }: { readonly flavorId: string }): string => flavorId;
const ofHost = ({ host }: { readonly host: string }): string => host;

const subjects: ForEach<string> = {
  "write-state": () => stateName,
  "create-fragment": ofName,
  "delete-fragment": ofName,
  "write-mounted": ofName,
  "create-assignment": () => assignmentName,
  "patch-assignment": () => assignmentName,
  "annotate-workload": ofObject,
  "remove-pod": ofName,
  "create-passthrough": () => passthroughName,
  "set-finalizers": ofName,
  status: ofObject,
  event: ({ about }) => ofObject(about),
  "create-flavor": ({ flavor }) => flavor.name,
  "set-extra-specs": ofFlavor,
  "delete-extra-spec": ofFlavor,
  "set-flavor-description": ofFlavor,
  "add-flavor-access": ofFlavor,
  "remove-flavor-access": ofFlavor,
  "delete-flavor": ofFlavor,
  "disable-compute": ofHost,
  "enable-compute": ofHost,
  "create-job": ofName,
  "create-preflight": ofName,
  "delete-job": ofName,
  "return-device": ({ node, address }) => `${address} of ${node}`,
};

/** The name of what it is done to, as people know it. */
export function subjectOf(effect: Effect): string {
  return answerOf(subjects, effect);
}
