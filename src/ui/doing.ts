// One effect in a person's words; nothing for what is our own memory.

import { serviceTitle } from "../api/names.ts";
import type { Effect } from "../plan/terms/effects.ts";
import type { StoryLine, Tone } from "./model.ts";

export function doingLine(effect: Effect): StoryLine | undefined {
  const line = (topic: string, text: string, tone: Tone = "moving"): StoryLine => ({
    topic,
    text,
    tone,
  });
  switch (effect.do) {
    case "create-fragment":
    case "write-mounted":
      return line("file", `${effect.name} is written for ${serviceTitle[effect.service]}`);
    case "annotate-workload":
      return line("restart", `${effect.kind}/${effect.name} rolls to ${effect.value}`);
    case "remove-pod":
      return line("restart", `pod ${effect.name} is replaced: ${effect.why}`);
    case "disable-compute":
      return line("nova", `compute service of ${effect.host} disabled: ${effect.reason}`);
    case "enable-compute":
      return line("nova", `compute service of ${effect.host} enabled again`);
    case "create-flavor":
      return line("flavor", `${effect.flavor.name} is created in Nova`);
    case "set-extra-specs":
      return line("flavor", pairs(effect.set));
    case "delete-extra-spec":
      return line("flavor", `${effect.key} is removed`);
    case "delete-flavor":
      return line("flavor", `${effect.flavorId} is deleted in Nova`);
    case "event":
      return effect.type === "Warning"
        ? line("warning", `${effect.reason}: ${effect.message}`, "bad")
        : undefined;
    case "write-state":
    case "create-assignment":
    case "patch-assignment":
    case "delete-fragment":
    case "create-passthrough":
    case "set-finalizers":
    case "set-flavor-description":
    case "add-flavor-access":
    case "remove-flavor-access":
    case "status":
      return undefined;
  }
}

function pairs(set: Readonly<Record<string, string>>): string {
  return Object.entries(set)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
