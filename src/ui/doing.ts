// One effect in a person's words; nothing for what is our own memory.

import { serviceTitle } from "../api/names.ts";
import { answerOf, type ForEach } from "../plan/terms/effect-table.ts";
import type { Effect } from "../plan/terms/effects.ts";
import type { StoryLine, Tone } from "./model.ts";

export function doingLine(effect: Effect): StoryLine | undefined {
  return answerOf(lines, effect);
}

const line = (topic: string, text: string, tone: Tone = "moving"): StoryLine => ({
  topic,
  text,
  tone,
});
const nothing = (): undefined => undefined;

const lines: ForEach<StoryLine | undefined> = {
  "create-fragment": (effect) =>
    line("file", `${effect.name} is written for ${serviceTitle[effect.service]}`),
  "write-mounted": (effect) =>
    line("file", `${effect.name} is written for ${serviceTitle[effect.service]}`),
  "annotate-workload": (effect) =>
    line("restart", `${effect.kind}/${effect.name} rolls to ${effect.value}`),
  "remove-pod": (effect) => line("restart", `pod ${effect.name} is replaced: ${effect.why}`),
  "disable-compute": (effect) =>
    line("nova", `compute service of ${effect.host} disabled: ${effect.reason}`),
  "enable-compute": (effect) => line("nova", `compute service of ${effect.host} enabled again`),
  "create-job": (effect) =>
    line("clean", `${effect.address} on ${effect.node} is cleaned by Job ${effect.name}`),
  "create-preflight": (effect) =>
    line("file", `${effect.fragment} is tried on ${effect.node} by Job ${effect.name}`),
  "return-device": (effect) => line("clean", `${effect.address} on ${effect.node} is given back`),
  "create-flavor": (effect) => line("flavor", `${effect.flavor.name} is created in Nova`),
  "set-extra-specs": (effect) => line("flavor", pairs(effect.set)),
  "delete-extra-spec": (effect) => line("flavor", `${effect.key} is removed`),
  "delete-flavor": (effect) => line("flavor", `${effect.flavorId} is deleted in Nova`),
  event: (effect) =>
    effect.type === "Warning"
      ? line("warning", `${effect.reason}: ${effect.message}`, "bad")
      : undefined,
  "delete-job": nothing,
  "write-state": nothing,
  "create-assignment": nothing,
  "patch-assignment": nothing,
  "delete-fragment": nothing,
  "create-passthrough": nothing,
  "set-finalizers": nothing,
  "set-flavor-description": nothing,
  "add-flavor-access": nothing,
  "remove-flavor-access": nothing,
  status: nothing,
};

function pairs(set: Readonly<Record<string, string>>): string {
  return Object.entries(set)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
