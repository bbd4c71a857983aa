// What an outage of a part of the cloud leaves of the answer.

import type { CloudRead, CloudView } from "../../src/plan/terms/snapshot.ts";
import type { Outage } from "./schedule.ts";

export function whatIsLeft(view: CloudView, silent: (part: Outage) => boolean): CloudView {
  if (silent("secret")) {
    return { is: "no-credentials", reason: "MissingRight", message: "the Secret cannot be read" };
  }
  if (view.is !== "read") return view;
  let left: CloudRead = view;
  if (silent("placement")) left = without(left, "placement", "inventories");
  if (silent("alias-use")) left = without(left, "aliasUse");
  if (silent("usage")) {
    const unknown = { is: "unknown", reason: "Nova does not answer" } as const;
    const usage = Object.keys(left.usage).map((host) => [host, unknown] as const);
    left = { ...left, usage: Object.fromEntries(usage) };
  }
  if (silent("cells")) {
    left = {
      ...left,
      services: left.services.map((service) => ({ ...service, state: "unknown" })),
    };
  }
  return left;
}

function without(view: CloudRead, ...parts: readonly (keyof CloudRead)[]): CloudRead {
  const kept = Object.entries(view).filter(([key]) => !parts.includes(key as keyof CloudRead));
  return Object.fromEntries(kept) as CloudRead;
}
